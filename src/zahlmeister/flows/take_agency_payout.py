"""An agency's payout meets the payment that it was: by itself where number and amount agree, else by a person."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from zahlmeister.collection.models import AgencyPayout
from zahlmeister.flows.meet_payout import book_payout, free_payments, move_payment, naming, payment_for
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.rules import Legs, agency_paid_out
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
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
    named = naming(payout, free_payments(payout, NEEDS_A_PERSON))
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
        payment = payment_for(payout, payment_id)
        move_payment(payment, PaymentState.PAYOUT, by, at)
        AgencyPayout.objects.filter(pk=payout.pk, payment=None).update(payment=payment)
        payout.payment = payment
        _book(payout, payment, agency_paid_out(payout.agency_id), "paid_out", by, at)
    return payout


def give_back_payout(merchant: Merchant, payout_id: int, *, by: str, at: datetime) -> None:
    """The payment was another one: it waits for a person, who may take it all the same; the payout waits for the next.

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


def _book(payout: AgencyPayout, payment: Payment, legs: Legs, verb: str, by: str, at: datetime) -> None:
    book_payout(payout, payment, legs, at)
    facts = {"statement": payout.number, "agency": payout.agency.name}
    record(payout.merchant_id, [Happened("payment", payment.pk, verb, by, "", facts)], at=at)
