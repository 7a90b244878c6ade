"""Who can be handed over to an agency, and every reason why not: pure, so that the preview and the hand-over agree."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

#: § 195, § 199 BGB: three years from the end of the year in which the debt arose; § 1486 ABGB: three years from the
#: due day; Art. 127 OR: ten years, for goods sold in small trade five (Art. 128). The earliest day each may have ended.
_LIMITATION = {"DE": 3, "AT": 3, "CH": 5, "LI": 3}


class Hindrance(StrEnum):
    """Why an item cannot be handed over; the words for it are the office's."""

    HANDED_OVER = "handed_over"
    NOT_OWED = "not_owed"
    NOT_ON_INVOICE = "not_on_invoice"
    TEST_SHOP = "test_shop"
    GONE = "gone"
    NOT_REMINDED = "not_reminded"  # no notice after the due day: an agency would be the first to ask
    LEVELS_LEFT = "levels_left"  # the merchant's own notices come first
    NOT_IN_DEFAULT = "not_in_default"
    DISPUTED = "disputed"
    RETURNED = "returned"
    BLOCKED = "blocked"
    WAITING_PAYMENT = "waiting_payment"
    STALE_BANK = "stale_bank"
    TOO_LITTLE = "too_little"
    TOO_OLD = "too_old"  # the debtor may refuse for the time that has passed
    NO_NAME = "no_name"
    NO_POSTAL_ADDRESS = "no_postal_address"
    NO_INVOICE_NUMBER = "no_invoice_number"
    NO_AGENCY = "no_agency"  # for the debtor's country, currency or amount
    CREDITOR_INCOMPLETE = "creditor_incomplete"
    NOT_VERIFIED = "not_verified"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an item on the day on which it would be handed over; amounts in minor units."""

    open_minor: int
    country: str
    is_on_invoice: bool = True
    is_test: bool = False
    is_gone: bool = False
    is_handed_over: bool = False
    notices_after_due: int = 0
    has_levels_left: bool = False
    default_since: date | None = None
    is_disputed: bool = False
    is_returned: bool = False
    is_blocked: bool = False
    has_waiting_payment: bool = False
    is_bank_stale: bool = False
    due_on: date | None = None
    name: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    invoice_number: str = ""
    has_agency: bool = True
    least_minor: int = 0
    is_creditor_complete: bool = True
    is_verified: bool = True


def hindrances(facts: Facts, *, today: date) -> Iterator[Hindrance]:
    """Every reason why an item is not handed over today, the gravest first; none when it can be."""
    reasons = {
        Hindrance.HANDED_OVER: facts.is_handed_over,
        Hindrance.NOT_OWED: facts.open_minor <= 0,
        Hindrance.NOT_ON_INVOICE: not facts.is_on_invoice,
        Hindrance.TEST_SHOP: facts.is_test,
        Hindrance.GONE: facts.is_gone,
        Hindrance.DISPUTED: facts.is_disputed,
        Hindrance.RETURNED: facts.is_returned,
        Hindrance.BLOCKED: facts.is_blocked,
        Hindrance.NOT_REMINDED: facts.notices_after_due == 0,
        Hindrance.LEVELS_LEFT: facts.has_levels_left,
        Hindrance.NOT_IN_DEFAULT: facts.default_since is None or facts.default_since > today,
        Hindrance.WAITING_PAYMENT: facts.has_waiting_payment,
        Hindrance.STALE_BANK: facts.is_bank_stale,
        Hindrance.TOO_LITTLE: 0 < facts.open_minor < facts.least_minor,
        Hindrance.TOO_OLD: _may_be_barred(facts, today),
        Hindrance.NO_NAME: not facts.name.strip(),
        Hindrance.NO_POSTAL_ADDRESS: not all(part.strip() for part in (facts.street, facts.postcode, facts.city)),
        Hindrance.NO_INVOICE_NUMBER: not facts.invoice_number.strip(),
        Hindrance.NO_AGENCY: not facts.has_agency,
        Hindrance.CREDITOR_INCOMPLETE: not facts.is_creditor_complete,
        Hindrance.NOT_VERIFIED: not facts.is_verified,
    }
    return (hindrance for hindrance, is_so in reasons.items() if is_so)


def barred_after(country: str, due_on: date) -> date | None:
    """The last day before the debtor may refuse for the time that has passed; None where the house knows no term."""
    years = _LIMITATION.get(country)
    if years is None:
        return None
    if country == "DE":
        return date(due_on.year + years, 12, 31)
    last = due_on.replace(day=28) if (due_on.month, due_on.day) == (2, 29) else due_on
    return last.replace(year=last.year + years)


def _may_be_barred(facts: Facts, today: date) -> bool:
    last = barred_after(facts.country, facts.due_on) if facts.due_on else None
    return last is not None and today > last
