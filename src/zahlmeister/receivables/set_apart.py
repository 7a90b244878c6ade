"""A payment that is for no order because it moves money between the operator and a merchant he works for."""

from datetime import datetime

from zahlmeister.history.record import Happened
from zahlmeister.ledger.post import Booking
from zahlmeister.ledger.rules import Legs
from zahlmeister.receivables.desk import become
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.states import PaymentState
from zahlmeister.refusals import Refused

#: What stands with such a payment as the reason why it is ignored; nobody is charged for it.
SET_APART = "set_apart"


def set_apart(payment: Payment, legs: Legs, source: str, *, by: str, at: datetime) -> tuple[Booking, Happened]:
    """Take a whole payment out of the unclear money, inside the caller's transaction and turn.

    Args:
        payment: nothing of it is assigned.
        legs: where its money stands from then on; their text is the step of the history.
        source: says for what, once.
        by: what in the house does it.
        at: now.

    Raises:
        Refused: somebody else has just decided.
    """
    before = payment.state
    payment.reason = ""
    become(payment, PaymentState.IGNORED)
    rows = Payment.objects.filter(pk=payment.pk, state=before, open_minor=payment.amount_minor)
    if not rows.update(state=payment.state, decided_by=by, decided_at=at, reason=SET_APART):
        raise Refused("Somebody else has just decided on this payment.")
    return Booking(legs, payment.amount, source, payment.booked_on), Happened("payment", payment.pk, legs.text, by)
