"""Which letters tell what has become of an order's money."""

from collections.abc import Mapping

from zahlmeister.letters.kinds import Kind
from zahlmeister.merchants.models import Event

#: Event → the letter to the buyer and the one to the merchant; None where there is nothing to say.
LETTERS: Mapping[Event, tuple[Kind | None, Kind | None]] = {
    Event.PAID: (Kind.PAID, Kind.ORDER_PAID),
    Event.UNDERPAID: (Kind.UNDERPAID, Kind.ORDER_PAID_IN_PART),
    Event.OVERPAID: (Kind.OVERPAID, Kind.ORDER_OVERPAID),
    Event.PAID_LATE: (Kind.PAID_LATE, Kind.ORDER_PAID_LATE),
    Event.CANCELLED: (Kind.CANCELLED, None),
    Event.OVERDUE: (None, Kind.OVERDUE_NOTICE),
}
