"""A statement is received: read, recognised and proposed for batch by batch, and written, from where it stopped.

Reading a batch, recognising its lines and proposing for its payments only reads (see `prepare_batch`); for large files
a second process does it (see `read_ahead`). Writing it is one transaction: it records the entries, opens the payments
in the state that was decided, allocates, posts, and moves the import's own progress. It is thought out before the
transaction begins, so that others wait for the writing only, and written in parts, so that whoever waits gets the next
turn after one of them; each commit costs as much as writing fifty payments. The progress is written under the
worker's claim: a worker that was killed has written the whole batch or nothing of it, and the next one goes on behind
it. What somebody else changed between proposing and writing is proposed anew: the merchant's turns tell whether there
was anybody, and every item is changed by compare-and-swap.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction

from zahlmeister.banking.batches import BATCH
from zahlmeister.banking.claim import LeaseLost, advance, claim, hold, release
from zahlmeister.banking.lines import Told
from zahlmeister.banking.models import Statement, StatementImport
from zahlmeister.banking.recognise import Recogniser
from zahlmeister.banking.record import Twins
from zahlmeister.banking.states import ImportState
from zahlmeister.flows.describe_table import note_use
from zahlmeister.flows.follow_orders import follow_report, report_in
from zahlmeister.flows.learn import learn_from_settled
from zahlmeister.flows.look_again import look_again
from zahlmeister.flows.plan_statement import AT_ONCE, BY, Part, Plan, Planner, hangs_on_itself
from zahlmeister.flows.prepare_batch import Prepared
from zahlmeister.flows.read_ahead import batches
from zahlmeister.flows.settle_payments import Settler
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.insert import among, numbers
from zahlmeister.merchants.lock import going_first, lock, somebody_waits, turn
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.young_tables import YoungTables
from zahlmeister.receivables.candidates import renew_population
from zahlmeister.receivables.desk import Changed
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.queries import outcome_of_file
from zahlmeister.receivables.receive import Decided
from zahlmeister.receivables.states import PaymentState
from zahlmeister.refusals import Refusal

MOST_WARNINGS = 200
#: While others come, it is fewer: each commit costs more then, and nobody waits long.
WHILE_OTHERS_COME = 80
#: For so long after somebody has waited, more are expected.
EXPECTED = timedelta(seconds=5)
#: Files of fewer bytes go first between the transactions of large ones.
SMALL = 100_000
#: What each entry leaves rows in.
TABLES = (
    "banking_banktransaction",
    "banking_sighting",
    "receivables_payment",
    "receivables_allocation",
    "ledger_posting",
    "history_step",
)
#: A plan carries row numbers of its own time: those who follow a table by them look back for a minute.
_TOO_OLD = timedelta(seconds=20)
INTERNAL = "An error inside Zahlmeister stopped the reading; what was read before is kept. Please report it."

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
        with going_first() if work.size < SMALL else nullcontext():
            reading.settle_what_a_stop_left()
            reading.read(watch)
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
        note_use(work, clock())
    watch(work)
    return work


def receive_next(*, clock: Clock) -> StatementImport | None:
    """A worker's turn: claim the next file that waits, read it, and learn from it; None when there is none."""
    work = claim(clock())
    if work is None:
        return None
    done = receive_statement(work, clock=clock)
    learn_from_settled(work.merchant, at=clock())
    renew_population(work.merchant_id)
    return done


class _Reading:
    """One file being read into one merchant's books."""

    def __init__(self, work: StatementImport, clock: Clock) -> None:
        self.work = work
        self.clock = clock
        self.merchant: Merchant = work.merchant
        self._planner = Planner(work)
        self._last_turn = turn(self.merchant.pk)
        self._strange_turn = -1  # the last one that was somebody else's
        self._waited_at: datetime | None = None

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

    def read(self, watch: Watch) -> None:
        """Write a statement batch by batch; a status report (pain.002) brings its orders to where it says they are."""
        report = report_in(self.work)
        if report is not None:
            told_by = follow_report(self.merchant, report, self.work.name, at=self.clock())
            with transaction.atomic(durable=True):
                advance(self.work, self.clock(), counts={}, format=told_by)
            return
        young = YoungTables(*TABLES)
        with closing(batches(self.work, self.clock)) as batch:
            for parts in batch:
                self.write(self._divided(parts))
                young.grew(sum(part.batch.entries for part in parts))
                self.work.refresh_from_db()
                watch(self.work)

    def write(self, parts: list[Part]) -> None:
        """Write the parts of a batch, each whole or not at all; what changed meanwhile is looked at again."""
        while parts:
            planned = self._planned(parts)
            try:
                done, is_left = self._write(planned)
            except (Changed, IntegrityError):  # by whatever way, somebody was there
                self._strange_turn = self._last_turn + 1
                done, is_left = self._write([Part(parts[0].batch)])
            parts = parts[done:]
            if is_left:
                self.settle_what_a_stop_left()

    def _divided(self, parts: list[Part]) -> list[Part]:
        """The parts of a batch, small enough for those who wait; what was thought out ahead stays whole else."""
        others = self._others_come()
        most = min(AT_ONCE, WHILE_OTHERS_COME) if others else AT_ONCE
        small: list[Part] = []
        for part in parts:
            small += [part] if part.plan and not others else map(Part, part.batch.parts(most))
        return small

    def _others_come(self) -> bool:
        return self._waited_at is not None and self.clock() - self._waited_at <= EXPECTED

    def _planned(self, parts: Sequence[Part]) -> list[Part]:
        """As many of the parts as can be thought out ahead; or the first alone, when it cannot."""
        planned: list[Part] = []
        given: dict[Twins, int] = {}
        for part in parts:
            seen = turn(self.merchant.pk)
            plan = self._as_it_came(part, seen) or self._thought_out(part.batch, seen, given)
            if plan is None:
                return planned or [Part(part.batch)]
            planned.append(Part(part.batch, plan))
        return planned

    def _as_it_came(self, part: Part, seen: int) -> Plan | None:
        """The plan that a part came with, if it is young and nobody has come between."""
        if part.plan is None or not self._is_fresh(part.batch, seen) or self.clock() - part.plan.at > _TOO_OLD:
            return None
        return replace(part.plan, seen=seen)

    def _thought_out(self, batch: Prepared, seen: int, given: dict[Twins, int]) -> Plan | None:
        """What is to be written if nobody comes between; None when it hangs on what the batch itself writes."""
        lines, decided = self._as_things_stand(batch, seen)
        if hangs_on_itself(batch, lines):
            return None
        return self._planner.plan(batch, lines, decided, seen=seen, at=self.clock(), given=given)

    def _write(self, planned: Sequence[Part]) -> tuple[int, bool]:
        """Write parts in one transaction, until somebody waits or one must be thought out in it.

        Returns:
            How many were written, and whether payments of theirs are left to be settled.
        """
        items = max(sum(batch.entries for batch, _ in planned), 1)
        written: list[Plan] = []
        with transaction.atomic(durable=True):
            now = lock(self.merchant.pk, items)
            hold(self.work)
            for batch, ahead in planned:
                plan = ahead if ahead and ahead.seen == now - items else self._thought_out_now(batch, now - items)
                plan.later.write()
                written.append(plan)
                if plan is not ahead:
                    break
                if somebody_waits():
                    self._waited_at = self.clock()
                    break
            self._advance(written)
        self._last_turn = now
        self.work.entries_done = self._done(written)
        return len(written), any(plan.leaves_some for plan in written)

    def _thought_out_now(self, batch: Prepared, seen: int) -> Plan:
        """What is to be written of a batch as things stand inside the transaction."""
        lines, decided = self._as_things_stand(batch, seen)
        Statement.objects.bulk_create(batch.statements, ignore_conflicts=True)  # a stop may have left them
        return self._planner.plan(batch, lines, decided, seen=seen, at=self.clock(), given={})

    def _as_things_stand(self, batch: Prepared, seen: int) -> tuple[Sequence[Told], Sequence[Decided | None]]:
        """The lines and decisions, looked at again when somebody has written since they were made."""
        if self._is_fresh(batch, seen):
            return batch.lines, batch.decided
        lines = Recogniser(self.work).recognise([line._replace(known=0, part_of=0) for line in batch.lines])
        return lines, self._standing(batch.decided)

    def _is_fresh(self, batch: Prepared, seen: int) -> bool:
        """Whether nobody else has written since the batch was prepared, now that the turns stand at `seen`."""
        if seen != self._last_turn:
            self._strange_turn = seen
        return batch.turn >= self._strange_turn

    def _standing(self, decided: Sequence[Decided | None]) -> list[Decided | None]:
        """The decisions whose items still owe what they were found owing; the others are to be made anew."""
        wanted = sorted({share.item_id for one in decided if one for share in one.shares})
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id, open_minor FROM receivables_openitem WHERE {among('id')}",  # noqa: S608 - our own words
                [numbers(wanted)],
            )
            standing = dict(cursor.fetchall())
        return [one if one and _claims(one, standing) else None for one in decided]

    def look_again(self) -> None:
        """Look again at what waits: orders that have been paid by now leave fewer answers for the rest."""
        if self.work.settled:
            look_again(self.work, at=self.clock(), watch=self._go_on)

    def _go_on(self) -> None:
        """Keep the claim during work that writes nothing of the import itself."""
        with transaction.atomic(durable=True):
            advance(self.work, self.clock(), counts={})

    def finish(self, state: ImportState, *, error: str = "") -> None:
        at = self.clock()
        with transaction.atomic(durable=True):
            self.work.refresh_from_db(fields=["entries_done"])
            outcome = outcome_of_file(self.merchant.pk, self.work.pk)
            done = self.work.entries_done
            advance(self.work, at, counts={}, state=state, finished_at=at, error=error, expected=done, **outcome)
            step = Happened("import", self.work.pk, state.value, BY, error)
            record(self.merchant.pk, [step], at=at)
        self.work.refresh_from_db()

    def _advance(self, written: Sequence[Plan]) -> None:
        """Move the import's own progress, once for all parts of a transaction."""
        counts: Counter[str] = Counter()
        changes: dict[str, Any] = {"entries_done": self._done(written)}
        for plan in written:
            counts.update(plan.counts)
            changes |= plan.format
        if warnings := [each for plan in written for each in plan.warnings]:
            changes["warnings"] = (self.work.warnings + warnings)[:MOST_WARNINGS]
        advance(self.work, self.clock(), counts=counts, **changes)

    def _done(self, written: Sequence[Plan]) -> int:
        """How many entries of the file are behind us with these parts; the last one of a file may have none."""
        return max(self.work.entries_done, *(plan.last for plan in written))

    def _settle(self, payments: list[Payment]) -> None:
        settled = Settler(self.merchant).settle(payments, at=self.clock())
        counts = {name: settled[name] for name in ("settled", "suggested", "unclear", "ignored")}
        with transaction.atomic(durable=True):
            advance(self.work, self.clock(), counts=counts)


def _claims(decided: Decided, standing: dict[int, int]) -> bool:
    """Whether every item still owes what it was found owing; if so, the shares are taken off what stands."""
    if any(standing.get(share.item_id) != share.open_minor for share in decided.shares):
        return False
    for share in decided.shares:
        standing[share.item_id] = max(share.open_minor - share.minor, 0)
    return True
