"""What the operator has collected from a merchant is held for him, whatever was decided on that payment before.

The matcher leaves such a payment alone and people are refused. Where a decision came all the same it is undone: an
order that it seemed to pay is owed again. Money that the operator has sent away is held for the merchant nevertheless,
so that the books of both sides say the same.
"""

from datetime import datetime

from zahlmeister.banking.debit_models import Debit
from zahlmeister.flows.taken_back import take_back_whatever
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import FOR_AN_ORDER_AFTER_ALL, HELD_ALL_THE_SAME, HELD_FOR_MERCHANT
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.allocate import Decider
from zahlmeister.receivables.desk import COLLECTED, become
from zahlmeister.receivables.models import Allocation, Payment
from zahlmeister.receivables.set_apart import SET_APART, set_apart
from zahlmeister.receivables.states import UNDECIDED, PaymentState


def hold(payment: Payment, amount: Amount, source: str, *, by: str, at: datetime) -> None:
    """Hold a payment for the merchant it was collected from; inside the caller's transaction and the operator's turn.

    Args:
        payment: the operator's.
        amount: that was collected.
        source: names the collection.
        by: what in the house does it.
        at: now.
    """
    _undo_decision(payment, source, by, at)
    if payment.state in UNDECIDED and payment.open == amount:
        booking, step = set_apart(payment, HELD_FOR_MERCHANT, f"{source}:held", by=by, at=at)
    else:
        booking = Booking(HELD_ALL_THE_SAME, amount, f"{source}:held", payment.booked_on)
        step = Happened("payment", payment.pk, HELD_ALL_THE_SAME.text, by)
    post(payment.merchant_id, [booking], at=at)
    record(payment.merchant_id, [step], at=at)


def let_go(debit: Debit) -> None:
    """The debit has brought what it was to bring, or never will: another payment of its number is a person's to decide.

    Inside the caller's transaction and the operator's turn.
    """
    mine = Payment.objects.filter(merchant_id=debit.merchant_id, transaction__end_to_end_id=debit.end_to_end_id)
    mine.filter(state__in=UNDECIDED, reason=COLLECTED).update(reason="")


def _undo_decision(payment: Payment, source: str, by: str, at: datetime) -> None:
    mine = Allocation.objects.filter(merchant_id=payment.merchant_id, payment=payment)
    rows = list(mine.filter(reverses=None, reversal=None).order_by("id"))
    if rows:
        take_back_whatever(payment.merchant_id, rows, Decider(by, at))
        payment.refresh_from_db()
    elif payment.state == PaymentState.IGNORED and payment.reason != SET_APART:
        become(payment, PaymentState.UNCLEAR)
        Payment.objects.filter(pk=payment.pk).update(state=payment.state)
        booking = Booking(FOR_AN_ORDER_AFTER_ALL, payment.open, f"{source}:unignored", payment.booked_on)
        post(payment.merchant_id, [booking], at=at)
