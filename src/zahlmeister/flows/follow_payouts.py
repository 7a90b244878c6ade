"""A payout whose transfer was cancelled, rejected or came back was not paid out: its posting is turned round."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_states import NOT_MADE
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import NOT_PAID_OUT
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.trouble import take_first
from zahlmeister.payouts.models import Payout

BY = "house"

Clock = Callable[[], datetime]


def follow_next(*, clock: Clock) -> Payout | None:
    """A worker's turn: turn one payout round that was not made; None when there is none."""
    now = clock()
    over = PaymentOrder.objects.filter(state__in=NOT_MADE, source__startswith="payout:")
    rows = Payout.objects.filter(undone_on=None, order__in=over).select_related("order").order_by("pk")
    return take_first("follow_payouts", rows, lambda payout: _turn_round(payout, now), at=now)


def _turn_round(payout: Payout, now: datetime) -> None:
    day = timezone.localdate(now)
    with transaction.atomic(durable=True):
        lock(payout.merchant_id)
        if Payout.objects.filter(pk=payout.pk, undone_on=None).update(undone_on=day):
            booking = Booking(NOT_PAID_OUT, payout.amount, f"payout:{payout.pk}:undone", day)
            post(payout.merchant_id, [booking], at=now)
            step = Happened("payout", payout.pk, "not_made", BY, payout.order.state)
            record(payout.merchant_id, [step], at=now)
