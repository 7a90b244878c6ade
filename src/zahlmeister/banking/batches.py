"""A file's records in batches that can be written one by one, from where the reading stopped."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from django.utils import timezone

from zahlmeister.banking.accounts import account_for, is_ours_by_itself
from zahlmeister.banking.lines import Place
from zahlmeister.banking.models import NOT_STARTED, BankAccount, Statement, StatementImport
from zahlmeister.formats.records import Balance, Closing, Entry, Opening, Problem, Record, Status
from zahlmeister.refusals import Unreadable

#: Entries per transaction: enough to be quick, few enough that pages are answered while an import writes.
BATCH = 500


@dataclass(slots=True)
class Batch:
    """What has been read and not yet written."""

    places: list[Place] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    closings: list[tuple[int, Balance]] = field(default_factory=list)  # the statement's position, its last balance
    warnings: list[str] = field(default_factory=list)


class Batches:
    """Iterates over the batches of a file, passing over the entries that were written before a stop.

    What was read before a bad place is handed out before the sentence about it is raised.
    """

    def __init__(self, work: StatementImport, records: Iterator[Record]) -> None:
        self._work = work
        self._records = records
        self._passed = work.entries_done
        self._position = 0
        self._batch = Batch()
        self._opening: Opening | None = None
        self._account: BankAccount | None = None
        self._is_left_out = False
        self._is_elsewhere = False  # this statement belongs to the first reading
        self._left_out = left_out(work.rest_of or work)
        self._told: set[int] = set()
        self._seen: set[tuple[str, ...]] = set()
        self._is_repeat = False
        self._statements = 0  # counted through the file, the files inside an archive included

    def __iter__(self) -> Iterator[Batch]:
        while True:
            try:
                said = next(self._records, None)
                if said is not None:
                    self._take(said)
            except Unreadable:
                yield self._batch
                raise
            if said is None:
                yield self._batch
                return
            if len(self._batch.places) >= BATCH:
                yield self._batch
                self._batch = Batch()

    def _take(self, said: Record) -> None:
        match said:
            case Opening():
                self._open(said)
            case Problem():
                self._batch.warnings.append(said.sentence)
            case Entry() | Closing() if self._is_repeat:
                pass
            case Entry():
                self._enter(said)
            case Closing():
                self._close(said)

    def _open(self, said: Opening) -> None:
        self._opening, self._account = said, None
        self._is_left_out = self._is_elsewhere = False
        self._is_repeat = self._was_seen(said)
        if self._is_repeat:
            where = f"{said.source.file}, statement {said.source.statement}"
            self._batch.warnings.append(f"{where}: this statement stands in the file twice and is read once.")

    def _enter(self, said: Entry) -> None:
        account = self._account_for(said, said.amount.currency)
        if self._is_left_out:
            return
        self._position += 1
        if self._position > self._passed:
            self._batch.places.append(Place(account, self._position, said, self._day(said)))

    def _day(self, said: Entry) -> date:
        """The day an entry belongs to; without one, what comes again tomorrow could not be recognised."""
        first = said.transactions[0]
        balance = self._opening.balance if self._opening else None
        day = first.booked_on or first.value_on or (balance.on if balance else None)
        if day is None and first.status is Status.BOOKED:
            raise Unreadable(f"{said.source}: the entry has no date, and neither has its statement; ask the bank.")
        return day or date.min

    def _close(self, said: Closing) -> None:
        if said.balance is not None:
            self._account_for(said, said.balance.amount.currency)
            if not self._is_elsewhere:
                self._batch.closings.append((self._statements, said.balance))

    def _account_for(self, said: Entry | Closing, currency: str) -> BankAccount:
        """The account of the current statement; the statement itself is noted when its first line comes."""
        if self._account is None:
            opening = self._opening or _headless(said)
            number, currency = opening.account, opening.currency or currency
            self._account = account_for(
                self._work.merchant_id,
                number,
                currency,
                starts_on=self._first_day(),
                is_ours=partial(is_ours_by_itself, self._work, number),
            )
            self._statements += 1
            self._begin(opening, self._account)
        return self._account

    def _begin(self, opening: Opening, account: BankAccount) -> None:
        """A statement begins: is it read?"""
        was_left_out = self._left_out.get(self._statements)
        if self._work.rest_of_id:
            self._is_left_out = self._is_elsewhere = was_left_out != self._work.account_id
        else:
            self._is_left_out = was_left_out is not None or not account.is_ours
        if self._is_elsewhere:
            return
        noted = _statement(self._work, opening, account, self._statements)
        noted.is_left_out = self._is_left_out
        self._batch.statements.append(noted)
        if self._is_left_out and account.pk not in self._told:
            self._told.add(account.pk)
            self._batch.warnings.append(_why_left_out(opening.source.file, account))

    def _first_day(self) -> date | None:
        """From which day on an account that is new is settled.

        A connection brings what has long been dealt with: from it, it is today. Of what a person hands in, it is the
        beginning, or no day before a person starts the account.
        """
        if self._work.connection_id:
            return timezone.localdate(self._work.created_at)
        return NOT_STARTED if self._work.only_records_first else None

    def _was_seen(self, said: Opening) -> bool:
        """Whether this very statement was already in the file: same account, id, number and opening balance."""
        if not said.identification and not said.sequence:
            return False
        mark = (said.account or "", said.identification or "", said.sequence or "", said.page or "", str(said.balance))
        if mark in self._seen:
            return True
        self._seen.add(mark)
        return False


def left_out(work: StatementImport) -> dict[int, int]:
    """The statements of a file that were left out when it was read: position → account."""
    rows = Statement.objects.filter(statement_import=work, is_left_out=True)
    return dict(rows.values_list("position", "account"))


def _why_left_out(file: str, account: BankAccount) -> str:
    if account.is_ours is False:
        return f"{file}: somebody has said that account {account.number} is not yours; its statement is not read."
    return (
        f"{file}: nobody has said yet that account {account.number} is yours; its statement is read when somebody does."
    )


def _headless(said: Entry | Closing) -> Opening:
    """A file whose statement has no head of its own."""
    account = said.transactions[0].account if isinstance(said, Entry) else None
    return Opening(said.source, account, None, None, None, None)


def _statement(work: StatementImport, opening: Opening, account: BankAccount, position: int) -> Statement:
    balance = opening.balance
    return Statement(
        merchant_id=work.merchant_id,
        statement_import=work,
        account=account,
        position=position,
        identification=(opening.identification or "")[:80],
        sequence=(opening.sequence or "")[:40],
        opening_minor=balance.amount.minor if balance else None,
        opening_on=balance.on if balance else None,
    )
