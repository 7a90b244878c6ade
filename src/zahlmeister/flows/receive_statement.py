"""A statement is received: record, post, settle; batch by batch, and from where it stopped.

Each batch is one transaction that records the entries, opens the payments, posts them and moves the import's own
progress. The progress is written under the worker's claim: a worker that was killed has written the whole batch or
nothing of it, and the next one goes on behind it. Settling follows in a transaction of its own per batch; payments
that a stop left unsettled are settled first when the reading goes on.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction

from zahlmeister.banking.batches import BATCH, Batch, Batches
from zahlmeister.banking.claim import LeaseLost, advance, claim, release
from zahlmeister.banking.models import BankAccount, BankTransaction, Statement, StatementImport
from zahlmeister.banking.record import Recorded, record_entries
from zahlmeister.banking.states import ImportState
from zahlmeister.flows.settle_payments import Settler
from zahlmeister.formats.read import read_file
from zahlmeister.formats.records import Record
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import books_begin, money_came_back, money_came_in, money_went_out
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.receive import is_payment, receive
from zahlmeister.receivables.states import PaymentState
from zahlmeister.refusals import Refusal, Unreadable

MOST_WARNINGS = 200
INTERNAL = "An error inside Zahlmeister stopped the reading; what was read before is kept. Please report it."
BY = "import"

Clock = Callable[[], datetime]
Watch = Callable[[StatementImport], None]


def receive_statement(work: StatementImport, *, clock: Clock, watch: Watch = lambda _: None) -> StatementImport:
    """Read a claimed file to its end, or to the sentence that says why not.

    Args:
        work: an import claimed with `banking.claim`.
        clock: tells the time.
        watch: is shown the import after each batch, for progress bars.

    Raises:
        LeaseLost: another worker took over; nothing of the last batch was written.
    """
    reading = _Reading(work, clock)
    try:
        reading.settle_what_a_stop_left()
        for batch in Batches(work, reading.records()):
            reading.write(batch)
            watch(work)
    except LeaseLost:
        raise
    except Refusal as stop:
        reading.finish(ImportState.BROKEN, error=str(stop))
    except Exception as bug:
        reading.finish(ImportState.BROKEN, error=f"{INTERNAL} ({type(bug).__name__}: {bug})")
        raise
    except BaseException:
        release(work, clock())
        raise
    else:
        reading.finish(ImportState.DONE)
    watch(work)
    return work


def receive_next(*, clock: Clock) -> StatementImport | None:
    """A worker's turn: claim the next file that waits and read it; None when there is none."""
    work = claim(clock())
    return None if work is None else receive_statement(work, clock=clock)


class _Reading:
    """One file being read into one merchant's books."""

    def __init__(self, work: StatementImport, clock: Clock) -> None:
        self.work = work
        self.clock = clock
        self.merchant: Merchant = work.merchant
        self.settler = Settler(self.merchant)

    def records(self) -> Iterator[Record]:
        if not default_storage.exists(self.work.path):
            raise Unreadable(f"“{self.work.name}” is no longer in the file store; please hand it in again.")
        return read_file(Path(default_storage.path(self.work.path)), name=self.work.name)

    def settle_what_a_stop_left(self) -> None:
        """Settle payments of this file that were recorded before the stop and not yet settled."""
        while True:
            new = Payment.objects.filter(
                merchant=self.merchant, state=PaymentState.NEW, transaction__first_import=self.work
            ).select_related("transaction")
            left = list(new.order_by("id")[:BATCH])
            if not left:
                return
            self._settle(left)

    def write(self, batch: Batch) -> None:
        at = self.clock()
        with transaction.atomic(durable=True):
            recorded = self._record(batch, at)
            payments = receive(self.merchant.pk, [row for row in recorded.new if is_payment(row)], by=BY, at=at)
            post(self.merchant.pk, self._bookings(batch, recorded), at=at)
            self._advance(batch, recorded, len(payments), at)
        if payments:
            self._settle(payments)
        self.work.refresh_from_db()

    def finish(self, state: ImportState, *, error: str = "") -> None:
        at = self.clock()
        with transaction.atomic(durable=True):
            self.work.refresh_from_db(fields=["entries_done"])
            advance(
                self.work,
                at,
                counts={},
                state=state,
                finished_at=at,
                error=error,
                expected=self.work.entries_done,
            )
            step = Happened("import", self.work.pk, state.value, BY, error)
            record(self.merchant.pk, [step], at=at)
        self.work.refresh_from_db()

    def _record(self, batch: Batch, at: datetime) -> Recorded:
        Statement.objects.bulk_create(batch.statements, ignore_conflicts=True)  # a stop may have left them written
        for position, balance in batch.closings:
            Statement.objects.filter(statement_import=self.work, position=position).update(
                closing_minor=balance.amount.minor, closing_on=balance.on
            )
        return record_entries(self.work, batch.places, at=at)

    def _bookings(self, batch: Batch, recorded: Recorded) -> list[Booking]:
        first: dict[int, Statement] = {}
        for statement in batch.statements:
            first.setdefault(statement.account_id, statement)
        began = [
            Booking(
                books_begin(statement.account_id, statement.opening_minor),
                Amount(abs(statement.opening_minor), statement.account.currency),
                f"account:{statement.account_id}:begin",
                statement.opening_on or self.clock().date(),
            )
            for statement in first.values()
            if statement.opening_minor and not _has_history(statement.account, recorded)
        ]
        return began + [_booking(row) for row in recorded.new if row.amount_minor]

    def _advance(self, batch: Batch, recorded: Recorded, payments: int, at: datetime) -> None:
        changes: dict[str, Any] = {"entries_done": self.work.entries_done + len(batch.places)}
        if batch.warnings:
            changes["warnings"] = (self.work.warnings + batch.warnings)[:MOST_WARNINGS]
        if batch.places:
            changes["format"] = batch.places[0].entry.source.format[:40]
        counts = {
            "recorded": len(recorded.new),
            "known": recorded.known,
            "pending": recorded.pending,
            "outgoing": len(recorded.new) - payments,
        }
        advance(self.work, at, counts=counts, **changes)

    def _settle(self, payments: list[Payment]) -> None:
        settled = self.settler.settle(payments, at=self.clock())
        counts = {name: settled[name] for name in ("settled", "suggested", "unclear", "ignored")}
        with transaction.atomic(durable=True):
            advance(self.work, self.clock(), counts=counts)


def _has_history(account: BankAccount, recorded: Recorded) -> bool:
    """Whether the account had transactions before this batch."""
    fresh = [row.pk for row in recorded.new if row.account_id == account.pk]
    return BankTransaction.objects.filter(account=account).exclude(pk__in=fresh).exists()


def _booking(row: BankTransaction) -> Booking:
    if row.amount_minor < 0:
        legs = money_went_out(row.account_id)
    else:
        legs = money_came_in(row.account_id) if is_payment(row) else money_came_back(row.account_id)
    return Booking(legs, Amount(abs(row.amount_minor), row.currency), f"transaction:{row.pk}", row.booked_on)
