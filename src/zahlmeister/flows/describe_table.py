"""A person tells what the columns of a CSV mean: the file is read on, and the next of its kind is recognised."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import islice

from django.core.files.storage import default_storage
from django.db import transaction

from zahlmeister.banking.models import BankAccount, StatementImport
from zahlmeister.banking.states import ImportState
from zahlmeister.banking.tables import forget, note_used, remember
from zahlmeister.formats.detect import HEAD, Kind, detect
from zahlmeister.formats.records import Entry, Transaction
from zahlmeister.formats.table import read_table
from zahlmeister.formats.table_described import DESCRIBED, Described
from zahlmeister.formats.table_guess import Table, table_in
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.models import Merchant
from zahlmeister.refusals import Refused, Unreadable

#: So many payments are shown before a person says that it is right.
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be read: the first movements, and the sentence at which reading would stop."""

    movements: tuple[Transaction, ...]
    refusal: str


def unknown_table(work: StatementImport) -> Table | None:
    """The table in a file that stopped at its first line; None when there is nothing to describe."""
    if work.state not in {ImportState.BROKEN, ImportState.DISCARDED} or work.entries_done:
        return None
    head = _head(work)
    try:
        is_table = detect(head, name=work.name) is Kind.TABLE
    except Unreadable:
        return None
    return table_in(head) if is_table else None


def preview(work: StatementImport, said: Described) -> Preview:
    """What would be read of the first rows.

    Raises:
        Refused: what was said is not enough to read a row.
    """
    head = _head(work)
    whole = head if len(head) < HEAD else head[: head.rfind(b"\n") + 1]
    movements: list[Transaction] = []
    try:
        movements.extend(islice(_movements(whole, work.name, said), SHOWN))
    except Unreadable as refusal:
        return Preview(tuple(movements), str(refusal))
    return Preview(tuple(movements), "")


def describe_table(work: StatementImport, said: Described, *, by: str, at: datetime) -> None:
    """Remember what the columns mean and line the file up for reading.

    Args:
        work: the file that stopped because its columns were not known.
        said: what they mean.
        by: who says so.
        at: now.

    Raises:
        Refused: what was said is not enough, or the file is being read already.
    """
    said.profile()
    if BankAccount.objects.filter(merchant_id=work.merchant_id).exists() and _names_no_account(work, said):
        raise Refused("The file names no account. Say of which account it is.")
    with transaction.atomic(durable=True):
        stopped = StatementImport.objects.filter(
            pk=work.pk, state__in=(ImportState.BROKEN, ImportState.DISCARDED), entries_done=0
        )
        if not stopped.update(state=ImportState.WAITING, error="", warnings=[]):
            raise Refused("Only a file that stopped at an error can be read again.")
        remember(work.merchant_id, said, by=by, at=at)
        record(work.merchant_id, [Happened("import", work.pk, "columns_told", by)], at=at)


def forget_table(merchant: Merchant, mapping_id: int, *, by: str, at: datetime) -> None:
    """The next file with these columns asks again what they mean. What was read stays read.

    Raises:
        Refused: somebody else has just forgotten it.
    """
    with transaction.atomic(durable=True):
        if not forget(merchant.pk, mapping_id):
            raise Refused("What these columns mean is forgotten already.")
        record(merchant.pk, [Happened("mapping", mapping_id, "forgotten", by)], at=at)


def note_use(work: StatementImport, at: datetime) -> None:
    """A file was read to its end; if it was by what somebody had told of its columns, that is noted."""
    if work.format != DESCRIBED:
        return
    table = table_in(_head(work))
    if table is not None:
        with transaction.atomic(durable=True):
            note_used(work.merchant_id, table.header, at)


def _names_no_account(work: StatementImport, said: Described) -> bool:
    """Whether neither a column nor the lines above nor a person says whose rows these are."""
    return any(one.account is None for one in preview(work, said).movements)


def _movements(data: bytes, name: str, said: Described) -> Iterator[Transaction]:
    for read in read_table(BytesIO(data), name=name, known=(said.profile(),)):
        if isinstance(read, Entry):
            yield from read.transactions


def _head(work: StatementImport) -> bytes:
    if not default_storage.exists(work.path):
        return b""
    with default_storage.open(work.path) as file:
        return bytes(file.read(HEAD))
