"""Verification has failed for good: after a term everything on the merchant's pooled accounts goes back to its senders.

What was paid out already is not there any more; only payments that were not paid out go back. An order whose
payment goes back is open again. Each transfer is approved by a person, like every return.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from zahlmeister.banking.models import AccountKind
from zahlmeister.flows.assign_payment import unassign
from zahlmeister.flows.return_payment import note_why_not, return_payment
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification
from zahlmeister.merchants.trouble import take_first
from zahlmeister.payouts.models import PayoutLine
from zahlmeister.receivables.going_back import NOT_BY_ITSELF
from zahlmeister.receivables.models import Allocation, Payment
from zahlmeister.receivables.states import NEEDS_A_PERSON, PaymentState
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.states import RefundState
from zahlmeister.refusals import Refused

BY = "house"
#: Days after the failure in which the merchant can still be verified.
TERM_DAYS = 14

Clock = Callable[[], datetime]


def give_back_next(*, clock: Clock) -> Payment | None:
    """A worker's turn: send one payment of a merchant back whose verification failed; None when there is none."""
    now = clock()
    since = timezone.localdate(now) - timedelta(days=TERM_DAYS)
    failed = Merchant.objects.filter(verification=Verification.FAILED, verification_on__lte=since)
    whose = list(failed.values_list("pk", flat=True))
    if not whose:  # asked first: all merchants' payments lie behind the other question
        return None
    rows = to_give_back().filter(merchant__in=whose).select_related("merchant")
    return take_first("give_back", rows, lambda payment: _give_back(payment.merchant, payment, now), at=now)


def to_give_back() -> QuerySet[Payment]:
    """The payments on pooled accounts that were not paid out and are not on their way back, oldest first.

    A payment that was assigned before a payout was paid out with it. One of an order that is refunded goes back as that
    refund, or waits for a person who withdraws it.
    """
    paid_out = PayoutLine.objects.filter(
        merchant=OuterRef("merchant"),
        transaction=OuterRef("transaction"),
        payout__created_at__gte=OuterRef("decided_at"),
    )
    refunded = Refund.objects.filter(item=OuterRef("item")).exclude(state=RefundState.CANCELLED)
    standing = Allocation.objects.filter(payment=OuterRef("pk"), reverses=None, reversal=None)
    of_refunded = standing.filter(Exists(refunded))
    rows = Payment.objects.filter(transaction__account__kind=AccountKind.POOLED)
    rows = rows.exclude(Exists(of_refunded))
    waiting = Q(state__in=NEEDS_A_PERSON) & ~Q(reason__in=NOT_BY_ITSELF)
    return rows.filter(waiting | Q(state=PaymentState.ASSIGNED) & ~Exists(paid_out)).order_by("booked_on", "id")


def deadline(merchant: Merchant) -> date | None:
    """The day after which everything goes back; None unless the verification has failed."""
    if merchant.verification != Verification.FAILED or merchant.verification_on is None:
        return None
    return merchant.verification_on + timedelta(days=TERM_DAYS)


def _give_back(merchant: Merchant, payment: Payment, now: datetime) -> None:
    try:
        if Allocation.objects.filter(merchant=merchant, payment=payment, reverses=None, reversal=None).exists():
            unassign(merchant, payment.pk, by=BY, at=now)
        return_payment(merchant, payment.pk, by=BY, at=now)
    except Refused:  # a person has to name an account, or to look why it cannot go
        note_why_not(payment)
