"""A statement file is handed in: kept as it is, and put in line for a worker."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import BinaryIO

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from zahlmeister.banking.models import Connection, StatementImport
from zahlmeister.banking.states import ImportState
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.cells import is_fenced
from zahlmeister.merchants.models import Merchant
from zahlmeister.refusals import Refused

#: One entry in the bytes of a camt or an MT940 file, for a first figure to measure progress against.
_ENTRY = re.compile(rb"<(?:\w+:)?Ntry>|\r?\n:61:")
_CHUNK = 1 << 20
_LONGEST = 40  # no entry mark is longer, so that one cut by a chunk's end is still counted


@dataclass(frozen=True, slots=True)
class Way:
    """How a file came, and what follows from it."""

    connection: Connection | None = None  # what fetched it, when nobody carried it
    only_records_first: bool = False  # an account whose first file it is waits until a person starts it


@dataclass(frozen=True, slots=True)
class HandedIn:
    """The import of these bytes, and whether they were new."""

    statement_import: StatementImport
    is_new: bool


def hand_in_statement(
    merchant: Merchant, file: BinaryIO, name: str, *, by: str, at: datetime, way: Way = Way()
) -> HandedIn:
    """Keep a statement file and line it up for reading. The same bytes again are the same import.

    Args:
        merchant: whose statement.
        file: its bytes.
        name: what it is called.
        by: who hands it in.
        at: now.
        way: how it came; a file that a person carried is assigned from the first entry on, unless said otherwise.

    Raises:
        Refused: the file is empty.
    """
    digest, size, expected = _measure(file)
    if not size:
        raise Refused(f"“{name}” is empty; please export the statement again.")
    known = StatementImport.objects.filter(merchant=merchant, sha256=digest).first()
    if known:
        return HandedIn(known, is_new=False)
    file.seek(0)
    path = default_storage.save(f"statements/{merchant.pk}/{digest}{PurePath(name).suffix[:8].lower()}", File(file))
    try:
        with transaction.atomic(durable=True):
            made = StatementImport.objects.create(
                merchant=merchant,
                name=PurePath(name).name[:255],
                sha256=digest,
                size=size,
                path=path,
                expected=expected,
                created_at=at,
                created_by=by,
                connection=way.connection,
                only_records_first=way.only_records_first,
            )
            record(merchant.pk, [Happened("import", made.pk, "handed_in", by, facts={"name": made.name})], at=at)
    except IntegrityError as trouble:  # somebody handed in the same bytes at the same moment
        default_storage.delete(path)
        if is_fenced(trouble):
            raise
        return HandedIn(StatementImport.objects.get(merchant=merchant, sha256=digest), is_new=False)
    return HandedIn(made, is_new=True)


def retry_import(statement_import: StatementImport, *, by: str, at: datetime) -> None:
    """Line up a file again that stopped at an error; reading goes on where it stopped.

    Raises:
        Refused: it has not stopped.
    """
    with transaction.atomic(durable=True):
        stopped = StatementImport.objects.filter(
            pk=statement_import.pk, state__in=(ImportState.BROKEN, ImportState.DISCARDED)
        )
        if not stopped.update(state=ImportState.WAITING, error="", warnings=[]):
            raise Refused("Only a file that stopped at an error can be read again.")
        step = Happened("import", statement_import.pk, "tried_again", by)
        record(statement_import.merchant_id, [step], at=at)


def discard_import(statement_import: StatementImport, *, by: str, at: datetime) -> None:
    """Set a file aside that was never a statement, or cannot be mended; what was read of it is kept.

    Raises:
        Refused: it has not stopped at an error.
    """
    with transaction.atomic(durable=True):
        stopped = StatementImport.objects.filter(pk=statement_import.pk, state=ImportState.BROKEN)
        if not stopped.update(state=ImportState.DISCARDED):
            raise Refused("Only a file that stopped at an error can be set aside.")
        step = Happened("import", statement_import.pk, "discarded", by)
        record(statement_import.merchant_id, [step], at=at)


def _measure(file: BinaryIO) -> tuple[str, int, int]:
    """SHA-256, size, and about how many entries the bytes hold (0 when they are packed)."""
    digest, size, entries, tail = hashlib.sha256(), 0, 0, b""
    file.seek(0)
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
        window = tail + chunk
        entries += sum(1 for found in _ENTRY.finditer(window) if found.end() > len(tail))
        tail = window[-_LONGEST:]
    return digest.hexdigest(), size, entries
