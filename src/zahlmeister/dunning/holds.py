"""Why an item is not asked for today although its day has come: better a reminder too late than one too many."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


class Hold(StrEnum):
    """A reason to wait; the words for it are the office's."""

    STALE_BANK = "stale_bank"  # nobody knows what came in meanwhile
    WAITING_PAYMENT = "waiting_payment"  # money that may well be for this item waits for a person
    BLOCKED_ORDER = "blocked_order"
    BLOCKED_CUSTOMER = "blocked_customer"
    DISPUTED = "disputed"
    RETURNED = "returned"  # goods are on their way back
    TOO_LITTLE = "too_little"
    WITH_AGENCY = "with_agency"  # a collection agency asks now
    GUARANTEED = "guaranteed"  # a guarantor has bought the claim, or is about to, and asks himself
    GONE = "gone"  # the shop does not have the order any more
    NO_ADDRESS = "no_address"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of an item on the day on which it would be asked for; amounts in minor units."""

    open_minor: int
    minimum_minor: int = 0
    bank_read_at: datetime | None = None
    bank_hours: int | None = None  # how old the last reading may be; None: any age
    has_waiting_payment: bool = False
    order_blocked_until: date | None = None
    customer_blocked_until: date | None = None
    is_disputed: bool = False
    is_returned: bool = False
    is_gone: bool = False
    is_with_agency: bool = False
    is_guaranteed: bool = False
    can_be_reached: bool = True


def holds(about: Circumstances, *, at: datetime, today: date) -> Iterator[Hold]:
    """Every reason why nothing is sent now; none when it may be."""
    oldest = at - timedelta(hours=about.bank_hours) if about.bank_hours is not None else None
    reasons = {
        Hold.GONE: about.is_gone,
        Hold.WITH_AGENCY: about.is_with_agency,
        Hold.GUARANTEED: about.is_guaranteed,
        Hold.DISPUTED: about.is_disputed,
        Hold.RETURNED: about.is_returned,
        Hold.BLOCKED_ORDER: _holds(about.order_blocked_until, today),
        Hold.BLOCKED_CUSTOMER: _holds(about.customer_blocked_until, today),
        Hold.TOO_LITTLE: about.open_minor <= 0 or about.open_minor < about.minimum_minor,
        Hold.WAITING_PAYMENT: about.has_waiting_payment,
        Hold.STALE_BANK: oldest is not None and (about.bank_read_at is None or about.bank_read_at < oldest),
        Hold.NO_ADDRESS: not about.can_be_reached,
    }
    return (hold for hold, is_so in reasons.items() if is_so)


def _holds(until: date | None, today: date) -> bool:
    """A block lasts through its last day."""
    return until is not None and today <= until
