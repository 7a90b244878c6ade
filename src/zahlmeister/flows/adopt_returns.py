"""Payments that were sent back before refunds were kept get their refund, so that it is heard when they do not arrive.

What they were posted to then is moved to what is owed as a refund; from there on they are like all others.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import RETURN_ADOPTED
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.trouble import take_first
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.states import PaymentState
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.queries import next_number
from zahlmeister.refunds.states import Origin, RefundState

BY = "house"

Clock = Callable[[], datetime]


def adopt_next(*, clock: Clock) -> Payment | None:
    """A worker's turn: one payment that goes back by a transfer and has no refund gets it; None when there is none."""
    now = clock()
    source = Concat(Value("return:"), Cast(OuterRef("pk"), CharField()), Value(":"))
    sent = PaymentOrder.objects.filter(merchant=OuterRef("merchant"), source__startswith=source)
    rows = Payment.objects.filter(Exists(sent), state=PaymentState.GOING_BACK, refunds=None)
    return take_first("adopt_returns", rows.order_by("pk"), lambda payment: _adopt(payment, now), at=now)


def _adopt(payment: Payment, now: datetime) -> None:
    with transaction.atomic(durable=True):
        lock(payment.merchant_id)
        if Refund.objects.filter(merchant_id=payment.merchant_id, payment=payment).exists():
            return
        mine = PaymentOrder.objects.filter(merchant_id=payment.merchant_id, source__startswith=f"return:{payment.pk}:")
        refund = _refund(payment, mine.order_by("-pk")[0], now)
        refund.save(force_insert=True)
        day = timezone.localdate(now)
        post(payment.merchant_id, [Booking(RETURN_ADOPTED, payment.open, f"refund:{refund.pk}", day)], at=now)
        record(payment.merchant_id, [Happened("refund", refund.pk, "promised", BY, "adopted")], at=now)


def _refund(payment: Payment, transfer: PaymentOrder, now: datetime) -> Refund:
    return Refund(
        id=new_id(),
        merchant_id=payment.merchant_id,
        number=next_number(payment.merchant_id),
        source=f"payment:{payment.pk}:{transfer.pk}",
        origin=Origin.HOUSE,
        payment=payment,
        amount_minor=payment.open_minor,
        currency=payment.currency,
        state=RefundState.ORDERED,
        has_news=True,  # whatever has become of it by now
        name=transfer.creditor_name[:140],
        iban=transfer.creditor_number,
        is_going_back=transfer.is_going_back,
        account=transfer.account,
        attempt=1,
        transfer=transfer,
        due_on=transfer.execute_on,
        created_by=transfer.created_by,
        created_at=now,
    )
