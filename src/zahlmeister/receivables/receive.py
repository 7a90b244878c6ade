"""An incoming transaction becomes a payment that waits to be assigned."""

from collections.abc import Sequence
from datetime import datetime

from zahlmeister.banking.models import BankTransaction
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.insert import insert
from zahlmeister.receivables.models import Payment


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


def is_payment(row: BankTransaction) -> bool:
    """Whether money came in that somebody may have paid us; our own money coming back is not."""
    return row.amount_minor > 0 and not row.is_return
