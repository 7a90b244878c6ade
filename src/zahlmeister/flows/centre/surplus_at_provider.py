"""What was paid too much at a provider goes back there, where the customer wants that."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from zahlmeister.flows.ask_refund import limit_of
from zahlmeister.flows.back_at_provider import order_back
from zahlmeister.flows.spend_on_items import promise
from zahlmeister.intents.models import PaymentIntent, ProviderRefund
from zahlmeister.intents.queries import refundable_minor
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.states import Verification
from zahlmeister.merchants.trouble import take_first
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.models import OpenItem

Clock = Callable[[], datetime]
BY = "customer"


def send_surplus_next(*, clock: Clock) -> PaymentIntent | None:
    """A worker's turn: promise back what one payment brought too much, and have it sent; None when there is none."""
    now = clock()
    rows = PaymentIntent.objects.filter(back_minor__gt=0, merchant__verification=Verification.VERIFIED)
    return take_first("send_surplus_at_provider", rows.order_by("id"), lambda intent: _send(intent, now), at=now)


def send_surplus(intent: PaymentIntent, item: OpenItem, minor: int, *, at: datetime) -> None:
    """Send so much of an order's surplus back by the payment that brought it; inside the caller's turn.

    Raises:
        Refused: less is left of the payment, or less may go back for the order.
    """
    limit_of(item).check(minor)
    times = ProviderRefund.objects.filter(merchant_id=intent.merchant_id, intent=intent).count()
    back = order_back(intent, Amount(minor, intent.currency), key=f"surplus-{times}", by=BY, at=at)
    promise(intent, item.pk, minor, f"{back.subject}:{item.pk}", by=BY, at=at)


def _send(intent: PaymentIntent, at: datetime) -> None:
    with transaction.atomic(durable=True):
        lock(intent.merchant_id)
        standing = PaymentIntent.objects.select_related("connection").get(pk=intent.pk)
        left = standing.back_minor
        for number, _wanted in reversed(standing.shares):
            item = OpenItem.objects.get(merchant_id=standing.merchant_id, pk=int(number))
            part = min(left, item.surplus_minor, refundable_minor(standing), limit_of(item).left)
            if part > 0:
                send_surplus(standing, item, part, at=at)
                left -= part
        # what is no surplus any more, because the payment was charged back or somebody else was quicker, stays
        PaymentIntent.objects.filter(pk=standing.pk).update(back_minor=0)
