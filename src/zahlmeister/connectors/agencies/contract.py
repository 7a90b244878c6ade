"""The contract of every collection agency, in the house's own words.

An agency is handed a claim, told what happens afterwards, and asked what is new. Every word to it carries a key of
ours: the same key again is the same thing, so that what was not answered in time can be said once more. Every news of
it carries a key of its own, for the same reason. What a claim must contain is what the law wants the agency to tell
the debtor (§ 13a RDG) and what agencies ask for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from zahlmeister.money.amount import Amount


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody is reached by post. The country is ISO 3166, two letters."""

    street: str
    postcode: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class Creditor:
    """Whose claim it is. `deducts_tax`: the agency's value added tax is no damage of his then."""

    name: str
    address: Address
    deducts_tax: bool
    tax_number: str
    contact: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class Debtor:
    """Who owes it, and where the address comes from, which the debtor may ask."""

    name: str
    company: str
    address: Address
    email: str
    phone: str
    customer_number: str
    address_source: str = "order"


@dataclass(frozen=True, slots=True)
class Reminder:
    """A notice that the debtor was sent, by `mail`, `letter` or `registered`."""

    on: date
    level: int
    sent_by: str
    fee: Amount


@dataclass(frozen=True, slots=True)
class InterestSlice:
    """Days, both counted, on which principal and yearly rate stayed the same."""

    first: date
    last: date
    days: int
    principal: Amount
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Invoice:
    """The invoice as the buyer got it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """A whole claim as it is handed over; all amounts in one currency.

    `reference` is ours and comes back with every news. `principal` is what is still owed on the invoice itself.
    """

    reference: str
    order_number: str
    subject: str
    contract_on: date
    invoice_number: str
    invoiced_on: date
    due_on: date
    default_since: date
    default_by: str
    total: Amount
    principal: Amount
    fees: Amount
    flat: Amount
    interest: Amount
    interest_basis: str
    slices: Sequence[InterestSlice]
    reminders: Sequence[Reminder]
    creditor: Creditor
    debtor: Debtor
    language: str = "de"

    @property
    def demanded(self) -> Amount:
        """Everything that is asked for on the day of the hand-over."""
        return self.principal + self.fees + self.flat + self.interest


class Tell(StrEnum):
    """What an agency is told about a case it has."""

    DIRECT_PAYMENT = "direct_payment"
    PAYMENT_REVERSED = "payment_reversed"
    CREDIT_NOTE = "credit_note"
    ADDRESS_CHANGED = "address_changed"
    DISPUTED = "disputed"
    ANSWER = "answer"
    CANCEL = "cancel"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing that happened on our side. `case` is the agency's number, empty before it has given one."""

    kind: Tell
    reference: str
    case: str
    on: date
    amount: Amount | None = None
    text: str = ""
    question: str = ""  # the agency's key of what is answered
    address: Address | None = None


class Heard(StrEnum):
    """What an agency tells."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    QUERY = "query"
    PROGRESS = "progress"
    STAGE = "stage"
    WORK = "work"
    COLLECTED = "collected"
    REVERSED = "reversed"
    BALANCE = "balance"
    CLOSED = "closed"
    PAID_OUT = "paid_out"


#: The parts of what a debtor owes, in the order in which the law counts a payment against them (§ 367 BGB).
COMPONENTS = ("agency_costs", "fees", "flat", "interest", "principal")


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened at the agency.

    `key` makes it this one and no other; `at` is when it happened there, which orders news that arrive out of order.
    `word` is a stage, a way of work or a result of the house's vocabulary (see `collection.states`), `parts` the
    components of an amount; `success_fee` among them is what the agency keeps of the principal. `statement` is the
    number that a payout bears on the bank statement.
    """

    key: str
    kind: Heard
    at: datetime
    reference: str = ""
    case: str = ""
    word: str = ""
    text: str = ""
    amount: Amount | None = None
    parts: Mapping[str, Amount] = field(default_factory=dict)
    statement: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some news in the order in which the agency gives them, and where to go on; `broken` are those nobody can read."""

    news: Sequence[News]
    after: str
    broken: Sequence[str] = ()


#: A claim or telling as plain data, the way it is kept and sent: see `as_document`.
Document = Mapping[str, Any]


class Agency(Protocol):
    """An agency that can be spoken to. Every verb raises `refusals.Unreachable` with a sentence when it cannot."""

    def submit(self, claim: Document, invoice: Invoice | None, key: str) -> str:
        """Hand a claim over; its number there, or nothing where the number comes with the acceptance."""

    def tell(self, telling: Document, key: str) -> None:
        """Tell what happened."""

    def news(self, after: str) -> Page:
        """What is new since a place that an earlier page ended at; empty for the beginning."""

    def cost_of_cancelling(self, case: str) -> Amount | None:
        """What the merchant would have to pay for ending a case now; None where the agency does not say."""


def as_document(told: Claim | Telling) -> dict[str, Any]:
    """A claim or telling as plain data: names as here, days as 2026-11-22, amounts as “89.90” beside a currency."""
    plain = _plain(told)
    assert isinstance(plain, dict)
    plain["currency"] = _currency(told)
    if isinstance(told, Claim):
        plain["demanded"] = _plain(told.demanded)
        plain["debtor"]["is_company"] = bool(told.debtor.company)
    return plain


def _currency(told: Claim | Telling) -> str:
    if isinstance(told, Claim):
        return told.total.currency
    return told.amount.currency if told.amount else ""


def _plain(value: object) -> Any:
    match value:
        case Amount():
            return value.text()
        case StrEnum() | Decimal() | date():
            return str(value)
        case list() | tuple():
            return [_plain(one) for one in value]
        case _ if hasattr(value, "__dataclass_fields__"):
            return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
        case _:
            return value
