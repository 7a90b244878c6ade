"""An account is settled from an earlier day on: what was only recorded until then finds its orders.

A bank connection brings weeks that the merchant has dealt with by hand, and so may the first file that a person hands
in. They are recorded and wait as “before the start”, until somebody moves the day back. The moving is quick; a worker
does the settling batch by batch, and whoever goes on after it died finds what is left.
"""

from collections.abc import Callable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from zahlmeister.banking.models import BankAccount, StatementImport
from zahlmeister.banking.states import ImportState
from zahlmeister.flows.learn import learn_from_settled
from zahlmeister.flows.settings.noted import noted
from zahlmeister.flows.settle_payments import Settler, settle_waiting
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.trouble import take_first
from zahlmeister.receivables.candidates import renew_population
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.queries import outcome_of_file
from zahlmeister.receivables.states import PaymentState

BATCH = 500

Clock = Callable[[], datetime]


def start_account(account: BankAccount, day: date | None, *, by: str, at: datetime) -> None:
    """Settle an account from this day on, None for the beginning. What is assigned already stays assigned."""
    with transaction.atomic(durable=True), noted(account.merchant_id, by=by, at=at):
        BankAccount.objects.filter(pk=account.pk).update(starts_on=day, is_starting=True)
        before = "" if account.waits_for_start else str(account.starts_on or "")
        facts = {"starts_on": [before, str(day or "")]}
        record(account.merchant_id, [Happened("account", account.pk, "started", by, facts=facts)], at=at)


def settle_started(*, clock: Clock) -> BankAccount | None:
    """A worker's turn: settle a batch of an account whose day was moved back; None when there is none.

    As long as a file of the merchant is being read, the account waits: the reading may not know yet that it has
    started, and what it still records as early would be left behind.
    """
    reading = StatementImport.objects.filter(merchant=OuterRef("merchant"), state=ImportState.RUNNING)
    started = BankAccount.objects.select_related("merchant").filter(~Exists(reading), is_starting=True)
    return take_first("settle_started", started.order_by("pk"), lambda account: _settle(account, clock), at=clock())


def _settle(account: BankAccount, clock: Clock) -> None:
    early = Payment.objects.filter(
        merchant=account.merchant, state=PaymentState.EARLY, transaction__account=account
    ).select_related("transaction")
    if account.starts_on:
        early = early.filter(booked_on__gte=account.starts_on)
    payments = list(early.order_by("id")[:BATCH])
    if payments:
        Settler(account.merchant).settle(payments, at=clock())
    else:
        _finish(account, clock)


def _finish(account: BankAccount, clock: Clock) -> None:
    """What a file does at its end is done for the account; who dies here does it again."""
    settle_waiting(account.merchant, at=clock())  # what has been paid by now leaves fewer answers for the rest
    learn_from_settled(account.merchant, at=clock())
    renew_population(account.merchant_id)
    files = StatementImport.objects.filter(
        merchant=account.merchant, only_records_first=True, state=ImportState.DONE, statements__account=account
    )
    outcomes = {file: outcome_of_file(account.merchant_id, file) for file in files.values_list("pk", flat=True)}
    done = BankAccount.objects.filter(pk=account.pk, starts_on=account.starts_on)  # not moved meanwhile
    with transaction.atomic(durable=True):
        for file, outcome in outcomes.items():
            StatementImport.objects.filter(pk=file).update(**outcome)
        done.update(is_starting=False)
