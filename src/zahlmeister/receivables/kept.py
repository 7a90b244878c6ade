"""A carrier kept a part of what it collected: the buyers have paid that, too, so it is there to be assigned."""

from datetime import datetime

from django.db.models import F

from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import KEPT_BY_CARRIER, NOT_KEPT_BY_CARRIER
from zahlmeister.merchants.ids import new_id
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.desk import Changed
from zahlmeister.receivables.models import Payment


def keep(merchant_id: int, payment: Payment, minor: int, *, source: str, at: datetime) -> None:
    """Add what the carrier kept to what the payment has left, and book it as the carrier's fee.

    Args:
        merchant_id: whose.
        payment: as it was read; its figures are brought up to date.
        minor: above zero.
        source: of the decision; the database refuses the posting a second time.
        at: now.

    Raises:
        Changed: somebody else was quicker.
    """
    unchanged = Payment.objects.filter(
        merchant_id=merchant_id, pk=payment.pk, open_minor=payment.open_minor, kept_minor=payment.kept_minor
    )
    if not unchanged.update(open_minor=F("open_minor") + minor, kept_minor=F("kept_minor") + minor):
        raise Changed("Somebody else has just changed one of these; look again and decide anew.")
    payment.open_minor, payment.kept_minor = payment.open_minor + minor, payment.kept_minor + minor
    amount = Amount(minor, payment.currency)
    post(
        merchant_id,
        [Booking(KEPT_BY_CARRIER, amount, f"payment:{payment.pk}:kept:{source}", payment.booked_on)],
        at=at,
    )


def give_back_kept(merchant_id: int, payment_id: int, *, at: datetime) -> None:
    """Nothing of the payment is assigned any more: what the carrier kept was told by the list, and goes with it."""
    payment = Payment.objects.get(merchant_id=merchant_id, pk=payment_id)
    if not payment.kept_minor:
        return
    unchanged = Payment.objects.filter(
        pk=payment.pk, open_minor=payment.amount_minor + payment.kept_minor, kept_minor=payment.kept_minor
    )
    if not unchanged.update(open_minor=F("amount_minor"), kept_minor=0):
        raise Changed("Somebody else has just changed one of these; look again and decide anew.")
    amount = Amount(payment.kept_minor, payment.currency)
    source = f"payment:{payment.pk}:not-kept:{new_id()}"  # it can be divided, taken back and divided again
    post(merchant_id, [Booking(NOT_KEPT_BY_CARRIER, amount, source, payment.booked_on)], at=at)
