"""An account is settled from an earlier day on: what was only recorded until then finds its orders.

A bank connection brings weeks that the merchant has dealt with by hand. They are recorded and wait as “before the
start”, until somebody moves the day back. The moving is quick; a worker does the settling batch by batch, and whoever
goes on after it died finds what is left.
"""

from collections.abc import Callable
from datetime import date, datetime

from django.db import transaction

from zahlmeister.banking.models import BankAccount
from zahlmeister.flows.settle_payments import Settler
from zahlmeister.history.record import Happened, record
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.states import PaymentState

BATCH = 500

Clock = Callable[[], datetime]


def start_account(account: BankAccount, day: date | None, *, by: str, at: datetime) -> None:
    """Settle an account from this day on, None for the beginning. What is assigned already stays assigned."""
    with transaction.atomic(durable=True):
        BankAccount.objects.filter(pk=account.pk).update(starts_on=day, is_starting=True)
        told = [str(account.starts_on or ""), str(day or "")]
        record(account.merchant_id, [Happened("account", account.pk, "started", by, facts={"starts_on": told})], at=at)


def settle_started(*, clock: Clock) -> BankAccount | None:
    """A worker's turn: settle a batch of an account whose day was moved back; None when there is none."""
    account = BankAccount.objects.select_related("merchant").filter(is_starting=True).order_by("pk").first()
    if account is None:
        return None
    early = Payment.objects.filter(
        merchant=account.merchant, state=PaymentState.EARLY, transaction__account=account
    ).select_related("transaction")
    if account.starts_on:
        early = early.filter(booked_on__gte=account.starts_on)
    payments = list(early.order_by("id")[:BATCH])
    if payments:
        Settler(account.merchant).settle(payments, at=clock())
    else:
        done = BankAccount.objects.filter(pk=account.pk, starts_on=account.starts_on)  # not moved meanwhile
        with transaction.atomic(durable=True):
            done.update(is_starting=False)
    return account
