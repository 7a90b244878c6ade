"""A payment that nobody can place goes back: a transfer to its sender is drafted, and a person approves it.

On pooled accounts that happens by itself when the term is over. Where the sender's account cannot be paid to, a person
is asked for another one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.banking.payer_account import unusable
from zahlmeister.flows.draft_payment import Wanted, keep_order, make_order
from zahlmeister.formats.payments.parties import Party
from zahlmeister.history.record import record
from zahlmeister.ledger.post import post
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant, Person
from zahlmeister.receivables.going_back import ASK_ACCOUNT, go_back, origin_of, to_go_back
from zahlmeister.receivables.models import Payment
from zahlmeister.refusals import Refused

BY = "house"
OVER = (OrderState.CANCELLED, OrderState.REJECTED, OrderState.RETURNED)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class SendTo:
    """An account that a person named because the sender's cannot be paid to."""

    name: str
    iban: str


def return_payment(
    merchant: Merchant, payment_id: int, *, by: Person | str, at: datetime, to: SendTo | None = None
) -> PaymentOrder:
    """Draft the transfer that sends a whole payment back. It waits for approval; twice is one transfer.

    Args:
        merchant: whose payment.
        payment_id: which payment.
        by: the person, or the name of what in the house does it.
        at: now.
        to: where to, when not to the account it came from.

    Raises:
        Refused: the account it came from cannot be paid to, a part is assigned, or a bank would reject the transfer.
    """
    payment = _found(merchant, payment_id)
    if to is None and (why := unusable(origin_of(payment.transaction))):
        raise Refused(f"Nothing can be sent back to where this payment came from ({why}); enter an account.")
    attempt = returns_of(payment).count() + 1
    order = make_order(payment.transaction.account, _wanted(payment, to, attempt, at), by=by, at=at)
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        known = returns_of(payment).exclude(state__in=OVER).first()
        if known is not None:
            return known
        booking, step = go_back(_found(merchant, payment_id), f"return:{attempt}", by=order.created_by, at=at)
        keep_order(order, at=at)
        post(merchant.pk, [booking], at=at)
        record(merchant.pk, [step], at=at)
    return order


def return_next(*, clock: Clock) -> Payment | None:
    """A worker's turn: one payment on a pooled account whose term is over goes back; None when there is none."""
    pooled = BankAccount.objects.filter(kind=AccountKind.POOLED).values("merchant").distinct()
    for merchant in Merchant.objects.filter(pk__in=pooled).order_by("pk"):
        now = clock()
        tried = PaymentOrder.objects.filter(
            merchant=merchant, source=Concat(Value("return:"), Cast(OuterRef("pk"), CharField()), Value(":1"))
        )
        over = to_go_back(merchant, timezone.localdate(now)).exclude(reason=ASK_ACCOUNT).exclude(Exists(tried))
        payment = over.first()
        if payment is not None:
            _by_itself(merchant, payment, now)
            return payment
    return None


def _by_itself(merchant: Merchant, payment: Payment, now: datetime) -> None:
    try:
        return_payment(merchant, payment.pk, by=BY, at=now)
    except Refused:  # a person has to name an account, or to take back a part; Today says so
        Payment.objects.filter(pk=payment.pk, state=payment.state).update(reason=ASK_ACCOUNT)


def _wanted(payment: Payment, to: SendTo | None, attempt: int, at: datetime) -> Wanted:
    said = payment.transaction
    return Wanted(
        f"return:{payment.pk}:{attempt}",
        Party(to.name if to else said.counterparty),
        to.iban if to else said.counterparty_number,
        payment.open,
        timezone.localdate(at),
        bic="" if to else said.counterparty_bic,
        text=f"Rueckzahlung {payment.booked_on:%d.%m.%Y}",
        is_going_back=to is None,
    )


def returns_of(payment: Payment) -> QuerySet[PaymentOrder]:
    """The transfers that bring a payment back, or were to."""
    mine = PaymentOrder.objects.filter(merchant_id=payment.merchant_id)
    return mine.filter(source__startswith=f"return:{payment.pk}:")


def _found(merchant: Merchant, payment_id: int) -> Payment:
    rows = Payment.objects.select_related("transaction__account__merchant").filter(merchant=merchant, pk=payment_id)
    payment = rows.first()
    if payment is None:
        raise Refused("This payment does not exist.")
    return payment
