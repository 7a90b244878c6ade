"""An agency's payout meets the payment that it was: by itself where number and amount agree, else by a person."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from zahlmeister.collection.models import AgencyPayout
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import Legs, agency_paid_out
from zahlmeister.matching.folding import compact
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.receivables.desk import become
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.states import NEEDS_A_PERSON, PaymentState
from zahlmeister.refusals import Refused

Clock = Callable[[], datetime]
BY = "house"
#: How often the payment of a payout is looked for.
EVERY = timedelta(minutes=10)


def take_next(*, clock: Clock) -> AgencyPayout | None:
    """A worker's turn: find the payment of one announced payout; None when none is found."""
    now = clock()
    due = AgencyPayout.objects.filter(payment=None, look_at__lte=now).select_related("agency__merchant")
    for payout in due.order_by("look_at", "pk"):
        AgencyPayout.objects.filter(pk=payout.pk).update(look_at=now + EVERY)
        payment = payment_of(payout)
        if payment is not None:
            return take_payout(payout.agency.merchant, payout.pk, payment.pk, by=BY, at=now)
    return None


def payment_of(payout: AgencyPayout) -> Payment | None:
    """The one waiting payment of exactly this amount whose text names the payout's number; None when there is none."""
    number = compact(payout.number)
    rows = Payment.objects.filter(
        merchant_id=payout.merchant_id,
        state__in=NEEDS_A_PERSON,
        amount_minor=payout.amount_minor,
        open_minor=payout.amount_minor,
        currency=payout.currency,
    )
    named = [
        row
        for row in rows.select_related("transaction")[:200]
        if number and number in compact(row.transaction.remittance)
    ]
    return named[0] if len(named) == 1 else None


def take_payout(merchant: Merchant, payout_id: int, payment_id: int, *, by: str, at: datetime) -> AgencyPayout:
    """This payment is that payout; twice is once.

    Raises:
        Refused: it was another payment already, or the amounts differ.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        payout = _payout(merchant, payout_id)
        if payout.payment_id == payment_id:
            return payout
        payment = Payment.objects.filter(merchant=merchant, pk=payment_id).first()
        if payment is None or payout.payment_id is not None:
            raise Refused("This payout has its payment already, or there is no such payment; look again.")
        if payment.amount != payout.amount or payment.open_minor != payment.amount_minor:
            raise Refused(f"The payout is {payout.amount}, and of the payment {payment.open} are free.")
        move_payment(payment, PaymentState.PAYOUT, by, at)
        AgencyPayout.objects.filter(pk=payout.pk, payment=None).update(payment=payment)
        payout.payment = payment
        _book(payout, payment, agency_paid_out(payout.agency_id), "paid_out", by, at)
    return payout


def give_back_payout(merchant: Merchant, payout_id: int, *, by: str, at: datetime) -> None:
    """The payment was another one: it waits for a person again, and so does the payout.

    Raises:
        Refused: the payout has no payment.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        payout = _payout(merchant, payout_id)
        payment = payout.payment
        if payment is None:
            raise Refused("This payout has no payment; look again.")
        move_payment(payment, PaymentState.UNCLEAR, by, at)
        AgencyPayout.objects.filter(pk=payout.pk).update(payment=None)
        legs = agency_paid_out(payout.agency_id).turned("agency_did_not_pay_out")
        _book(payout, payment, legs, "not_paid_out", by, at)


def _payout(merchant: Merchant, payout_id: int) -> AgencyPayout:
    rows = AgencyPayout.objects.filter(merchant=merchant, pk=payout_id).select_related("payment", "agency")
    payout = rows.first()
    if payout is None:
        raise Refused("This payout does not exist.")
    return payout


def move_payment(payment: Payment, state: PaymentState, by: str, at: datetime) -> None:
    """A payment becomes somebody's payout, or waits again; inside the caller's turn.

    Raises:
        Refused: somebody else was quicker, or its life does not allow it.
    """
    before = payment.state
    become(payment, state)
    rows = Payment.objects.filter(pk=payment.pk, state=before, open_minor=payment.open_minor)
    if not rows.update(state=state, decided_by=by, decided_at=at, reason=""):
        raise Refused("Somebody else has just decided on this payment.")


def _book(payout: AgencyPayout, payment: Payment, legs: Legs, verb: str, by: str, at: datetime) -> None:
    source = f"payment:{payment.pk}:{legs.text}:{new_id()}"  # it can be taken, given back and taken again
    post(payout.merchant_id, [Booking(legs, payout.amount, source, payment.booked_on)], at=at)
    facts = {"statement": payout.number, "agency": payout.agency.name}
    record(payout.merchant_id, [Happened("payment", payment.pk, verb, by, "", facts)], at=at)
