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
from django.db import OperationalError, transaction
from django.db.models import Count

from zahlmeister.banking.batches import BATCH, Batch, Batches
from zahlmeister.banking.claim import LeaseLost, advance, claim, release
from zahlmeister.banking.models import BankAccount, BankTransaction, Statement, StatementImport
from zahlmeister.banking.record import Recorded, record_entries
from zahlmeister.banking.states import ImportState
from zahlmeister.flows.learn import learn_from_settled
from zahlmeister.flows.settle_payments import Settler, settle_waiting
from zahlmeister.formats.read import read_file
from zahlmeister.formats.records import Record
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import KEPT_OF_A_SUM, Book, books_begin, money_came_back, money_came_in, money_went_out
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.receive import divide, is_payment, receive
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
    except OperationalError:  # the database is away or busy: not the file's fault, somebody tries again
        raise
    except Exception as bug:
        reading.finish(ImportState.BROKEN, error=f"{INTERNAL} ({type(bug).__name__}: {bug})")
        raise
    except BaseException:
        release(work, clock())
        raise
    else:
        reading.look_again()
        reading.finish(ImportState.DONE)
        learn_from_settled(work.merchant, at=clock())
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
            lock(self.merchant.pk)
            recorded = self._record(batch, at)
            divided = self._divided(recorded, at)
            payments = receive(self.merchant.pk, _incoming(recorded, divided), by=BY, at=at)
            post(self.merchant.pk, self._bookings(batch, recorded, divided), at=at)
            self._advance(batch, recorded, len(payments), at)
        if payments:
            self._settle(payments)
        self.work.refresh_from_db()

    def look_again(self) -> None:
        """Look again at what waits: orders that have been paid by now leave fewer answers for the rest."""
        if self.work.settled:
            settle_waiting(self.merchant, at=self.clock(), watch=self._go_on)

    def _go_on(self) -> None:
        """Keep the claim during work that writes nothing of the import itself."""
        with transaction.atomic(durable=True):
            advance(self.work, self.clock(), counts={})

    def finish(self, state: ImportState, *, error: str = "") -> None:
        at = self.clock()
        with transaction.atomic(durable=True):
            self.work.refresh_from_db(fields=["entries_done"])
            outcome = self._outcome()
            done = self.work.entries_done
            advance(self.work, at, counts={}, state=state, finished_at=at, error=error, expected=done, **outcome)
            step = Happened("import", self.work.pk, state.value, BY, error)
            record(self.merchant.pk, [step], at=at)
        self.work.refresh_from_db()

    def _outcome(self) -> dict[str, int]:
        """What became of the payments that this file told first."""
        mine = Payment.objects.filter(merchant=self.merchant, transaction__first_import=self.work)
        counted = dict(mine.values_list("state").annotate(Count("pk")).order_by())
        return {
            "settled": counted.get(PaymentState.ASSIGNED, 0),
            "suggested": counted.get(PaymentState.SUGGESTED, 0),
            "unclear": counted.get(PaymentState.UNCLEAR, 0),
            "ignored": counted.get(PaymentState.IGNORED, 0),
        }

    def _record(self, batch: Batch, at: datetime) -> Recorded:
        Statement.objects.bulk_create(batch.statements, ignore_conflicts=True)  # a stop may have left them written
        for position, last in batch.closings:
            Statement.objects.filter(statement_import=self.work, position=position).update(
                closing_minor=last.amount.minor, closing_on=last.on
            )
        return record_entries(self.work, batch.places, at=at)

    def _bookings(self, batch: Batch, recorded: Recorded, divided: set[int]) -> list[Booking]:
        accounts = {statement.account_id: statement.account for statement in batch.statements}
        bookings = [booking for account in accounts.values() if (booking := _beginning(account))]
        for row in recorded.new:
            if row.amount_minor and not row.part_of_id:
                bookings.append(_booking(row))
            elif row.amount_minor < 0 and row.part_of_id in divided:
                amount = Amount(-row.amount_minor, row.currency)
                bookings.append(Booking(KEPT_OF_A_SUM, amount, f"transaction:{row.pk}", row.booked_on))
        return bookings

    def _divided(self, recorded: Recorded, at: datetime) -> set[int]:
        """The sums that the new parts divide; one that was decided on as a whole stays whole."""
        sums = {row.part_of_id for row in recorded.new if row.part_of_id}
        return divide(self.merchant.pk, sums, by=BY, at=at) if sums else set()

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


def _incoming(recorded: Recorded, divided: set[int]) -> list[BankTransaction]:
    """The new transactions that are payments; parts of a sum that stays whole are only kept."""
    return [row for row in recorded.new if is_payment(row) and (not row.part_of_id or row.part_of_id in divided)]


def _beginning(account: BankAccount) -> Booking | None:
    """Let the books begin with what the oldest statement opens with; an older one that comes later moves the begin."""
    oldest = (
        Statement.objects.filter(account=account, opening_minor__isnull=False, opening_on__isnull=False)
        .order_by("opening_on", "id")
        .first()
    )
    if oldest is None or oldest.opening_minor is None or oldest.opening_on is None:
        return None
    booked = balance(account.merchant_id, Book.OPENING, account.currency, about=account.pk)
    more = Amount(oldest.opening_minor, account.currency) + booked  # the opening book stands on the credit side
    legs = books_begin(account.pk)
    source = f"account:{account.pk}:begin:{new_id()}"  # it may be moved more than once
    return (
        Booking(legs if more.minor > 0 else legs.turned(legs.text), abs(more), source, oldest.opening_on)
        if more
        else None
    )


def _booking(row: BankTransaction) -> Booking:
    if row.amount_minor < 0:
        legs = money_went_out(row.account_id)
    else:
        legs = money_came_in(row.account_id) if is_payment(row) else money_came_back(row.account_id)
    return Booking(legs, Amount(abs(row.amount_minor), row.currency), f"transaction:{row.pk}", row.booked_on)
