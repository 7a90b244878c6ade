"""An incoming transaction becomes a payment that waits to be assigned."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from zahlmeister.banking.models import BankTransaction
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.insert import insert
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.states import UNDECIDED, PaymentState


def receive(merchant_id: int, transactions: Sequence[BankTransaction], *, by: str, at: datetime) -> list[Payment]:
    """Open a payment for each of these incoming transactions, which have none yet."""
    payments = [
        Payment(
            merchant_id=merchant_id,
            transaction=row,
            currency=row.currency,
            amount_minor=row.amount_minor,
            open_minor=row.amount_minor,
            booked_on=row.booked_on,
        )
        for row in transactions
    ]
    insert(payments)
    steps = [Happened("payment", paid.pk, "recorded", by, facts={"minor": paid.amount_minor}) for paid in payments]
    record(merchant_id, steps, at=at, new_subjects=True)
    return payments


def divide(merchant_id: int, sums: Iterable[int], *, by: str, at: datetime) -> set[int]:
    """Another file tells the parts of these collective transactions: the sum itself is no payment any more.

    Returns:
        The transactions that could be divided. One that a person or the matcher has decided on as a whole stays so.
    """
    rows = Payment.objects.filter(merchant_id=merchant_id, transaction_id__in=set(sums), state__in=UNDECIDED)
    payments = list(rows.order_by("pk").select_for_update())
    Payment.objects.filter(pk__in=[paid.pk for paid in payments]).update(
        state=PaymentState.DIVIDED, open_minor=0, candidates=[], decided_by=by, decided_at=at
    )
    record(merchant_id, [Happened("payment", paid.pk, "divided", by) for paid in payments], at=at)
    return {paid.transaction_id for paid in payments}


def is_payment(row: BankTransaction) -> bool:
    """Whether money came in that somebody may have paid us; our own money coming back is not."""
    return row.amount_minor > 0 and not row.is_return
