"""What a credit bureau is asked and answers, in plain records, and what of an answer may count.

A bureau that knows nothing but the address has no opinion: on address data alone nobody may be judged (§ 31 (1) no. 3
BDSG). The thresholds from grade to light are the merchant's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


class Interest(StrEnum):
    """Why one may ask (§ 31 BDSG, Art. 6 (1) f GDPR): a bureau wants it said."""

    CREDIT = "credit"  # a purchase on invoice is to be granted
    CLAIM = "claim"  # a claim is to be collected


@dataclass(frozen=True, slots=True)
class Enquiry:
    """Who is asked about. `reference` is ours and comes back on the bureau's invoice.

    A person is told by name and birth date, a company by its name and VAT number.
    """

    reference: str
    interest: Interest
    first_name: str
    last_name: str
    company: str
    vat_id: str
    born_on: date | None
    street: str
    house_number: str
    postcode: str
    city: str
    country: str

    @property
    def names_somebody(self) -> bool:
        """Whether more than an address is told."""
        if self.company:
            return True
        return bool(self.first_name.strip() and self.last_name.strip() and self.born_on)


class Known(StrEnum):
    """How well the bureau knows whom it was asked about."""

    YES = "yes"
    DIFFERENTLY = "differently"  # the same person with other data
    ADDRESS_ONLY = "address_only"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a bureau said: how well it knows the buyer, its grade (small is good), and its marks against him."""

    known: Known
    grade: Decimal | None = None
    marks: Sequence[str] = ()
    is_negative: bool = False  # a hard mark: insolvency, refusal of information on assets


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Up to which grade an answer is green, and up to which yellow; above it is red."""

    green_to: Decimal = Decimal("2.5")
    yellow_to: Decimal = Decimal("3.5")


class Bureau(Protocol):
    """A bureau that can be asked."""

    def ask(self, enquiry: Enquiry) -> Answer:
        """What it says of somebody.

        Raises:
            Unreachable: it did not answer, or not in a way that can be read.
        """


def light_of(answer: Answer, thresholds: Thresholds) -> str:
    """What an answer comes to: `green`, `yellow`, `red`, or `unknown` where nothing but an address is behind it."""
    if answer.known in (Known.NO, Known.ADDRESS_ONLY):
        return "unknown"
    if answer.is_negative:
        return "red"
    if answer.grade is None:
        return "unknown"
    if answer.grade <= thresholds.green_to:
        return "green" if answer.known is Known.YES else "yellow"
    return "yellow" if answer.grade <= thresholds.yellow_to else "red"
