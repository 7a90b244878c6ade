"""How far back the books of a new merchant reach: asked for as long as the first steps are not done."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Min

from zahlmeister.banking.models import BankTransaction
from zahlmeister.orders.models import Order
from zahlmeister.receivables.models import OpenItem, Payment
from zahlmeister.receivables.queries import OWED
from zahlmeister.receivables.states import PaymentState


@dataclass(frozen=True, slots=True)
class Reach:
    """First day with a booking, orders and the day of the oldest that is owed, and how many payments are assigned."""

    first_booking: date | None
    orders: int
    oldest_order: date | None
    assigned: int


def reach(merchant_id: int) -> Reach:
    """How far back bookings and orders reach."""
    booked = BankTransaction.objects.filter(merchant_id=merchant_id).aggregate(first=Min("booked_on"))
    owed = OpenItem.objects.filter(merchant_id=merchant_id, state__in=OWED)
    return Reach(
        first_booking=booked["first"],
        orders=Order.objects.filter(merchant_id=merchant_id).count(),
        oldest_order=owed.aggregate(first=Min("order__ordered_on"))["first"],
        assigned=Payment.objects.filter(merchant_id=merchant_id, state=PaymentState.ASSIGNED).count(),
    )
