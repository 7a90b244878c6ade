"""What an announced payout and the payment that it was have to do with each other, whoever has announced it."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import Legs
from zahlmeister.matching.folding import compact
from zahlmeister.merchants.ids import new_id
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.desk import become
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.queries import MATCHER
from zahlmeister.receivables.set_apart import SET_APART
from zahlmeister.receivables.states import PaymentState
from zahlmeister.refusals import Refused

#: So many payments of one amount are looked at.
_MOST = 200


class Announced(Protocol):
    """A payout that an agency or a provider has announced."""

    merchant_id: int
    payment_id: int | None
    number: str

    @property
    def amount(self) -> Amount: ...


def free_payments(payout: Announced, states: Collection[PaymentState]) -> list[Payment]:
    """The payments of exactly this amount that nothing was taken of, with their bank entries.

    What a person has taken back, given back or ignored stays with that person.
    """
    rows = Payment.objects.filter(
        merchant_id=payout.merchant_id,
        state__in=states,
        decided_by__in=("", MATCHER),
        amount_minor=payout.amount.minor,
        open_minor=payout.amount.minor,
        currency=payout.amount.currency,
    )
    return list(rows.select_related("transaction")[:_MOST])


def naming(payout: Announced, payments: list[Payment]) -> list[Payment]:
    """Those whose text names the payout's number."""
    number = compact(payout.number)
    return [row for row in payments if number and number in compact(row.transaction.remittance)]


def payment_for(payout: Announced, payment_id: int) -> Payment:
    """The payment that somebody says the payout was.

    Raises:
        Refused: the payout has one already, there is no such payment, or the amounts differ.
    """
    payment = Payment.objects.filter(merchant_id=payout.merchant_id, pk=payment_id).first()
    if payment is None or payout.payment_id is not None:
        raise Refused("This payout has its payment already, or there is no such payment; look again.")
    if payment.reason == SET_APART:
        raise Refused("This money was collected or transferred by the operator and is booked; it is for no order.")
    if payment.amount != payout.amount or payment.open_minor != payment.amount_minor:
        raise Refused(f"The payout is {payout.amount}, and of the payment {payment.open} are free.")
    return payment


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


def book_payout(payout: Announced, payment: Payment, legs: Legs, at: datetime) -> None:
    """Post what a payment means as this payout; it can be taken, given back and taken again."""
    source = f"payment:{payment.pk}:{legs.text}:{new_id()}"
    post(payout.merchant_id, [Booking(legs, payout.amount, source, payment.booked_on)], at=at)
