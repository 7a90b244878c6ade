"""Statements are fetched: look at the places that are due, hand in what is new and whole.

What waits to be sent to the same place goes first.

A file is handed in first and remembered as fetched afterwards. Whoever dies in between hands the same bytes in again,
and the same bytes are the same import.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO

from django.db import transaction

from zahlmeister.banking.connections import (
    answered,
    claim_connection,
    failed,
    fetched,
    hold_on,
    look_now,
    secret_of,
    waiting,
)
from zahlmeister.banking.conversation import Outcome
from zahlmeister.banking.models import Connection, ConnectionKind
from zahlmeister.connectors.banks.folder import Folder
from zahlmeister.connectors.banks.place import Offered, Place
from zahlmeister.connectors.banks.sftp import Access, Sftp, connected
from zahlmeister.flows.hand_in_statement import Way, hand_in_statement
from zahlmeister.flows.send_payment_file import send_by_sftp
from zahlmeister.flows.unpack import Handed, unpacked
from zahlmeister.history.record import Happened, record
from zahlmeister.refusals import Refusal, Refused, Unreachable

#: A file above this is no statement; it is left lying, with a sentence.
MOST_BYTES = 4 << 30

#: Those that are asked, and may ask back; there is no place to look at.
ASKED = (ConnectionKind.FINTS, ConnectionKind.AGGREGATOR)

Clock = Callable[[], datetime]


def fetch_next(*, clock: Clock) -> Connection | None:
    """A worker's turn: look at the connection that is due; None when there is none."""
    connection = claim_connection(clock())
    if connection is None:
        return None
    try:
        if connection.kind in ASKED:
            _talk(connection, clock=clock)
            return connection
        is_growing = fetch(connection, clock=clock)
    except Refusal as stop:
        is_permanent = not isinstance(stop, Unreachable) or stop.permanent
        after = stop.after if isinstance(stop, Unreachable) else None
        _tell(connection, str(stop), clock(), permanent=is_permanent, after=after)
    else:
        answered(connection, clock(), is_growing=is_growing)
    return connection


def fetch(connection: Connection, *, clock: Clock) -> bool:
    """Hand in every file that is new and whole.

    Returns:
        Whether files lie there that may still be growing.

    Raises:
        Unreachable: the place does not answer.
        Refused: what we know of it is not enough to reach it.
        TakenOver: somebody else looks after it by now.
    """
    with place(connection) as there:
        if isinstance(there, Sftp) and connection.has_outbox:
            send_by_sftp(connection, there, at=clock())
        whole, is_growing = waiting(connection, there.offered(), clock())
        for offered in whole:
            hold_on(connection, clock())
            _fetch_one(connection, there, offered, clock)
    return is_growing


def _talk(connection: Connection, *, clock: Clock) -> None:
    """A bank is asked, and may ask back."""
    from zahlmeister.flows.ask_aggregator import ask_aggregator
    from zahlmeister.flows.talk_to_bank import talk_to_bank

    asked = talk_to_bank if connection.kind == ConnectionKind.FINTS else ask_aggregator
    outcome = asked(connection, clock=clock)
    if outcome is not Outcome.ASKS:
        answered(connection, clock(), is_growing=False)
    if outcome is Outcome.MORE:
        look_now(connection, clock())


@contextmanager
def place(connection: Connection) -> Iterator[Place]:
    """The place behind a connection, open."""
    settings = connection.settings
    match ConnectionKind(connection.kind):
        case ConnectionKind.FOLDER:
            yield Folder(Path(settings["path"]))
        case ConnectionKind.SFTP:
            with connected(Access(**{**settings, **secret_of(connection)})) as there:
                yield there
        case ConnectionKind.FINTS | ConnectionKind.AGGREGATOR:
            raise Refused("A bank is asked; there is no place to look at.")


def _fetch_one(connection: Connection, there: Place, offered: Offered, clock: Clock) -> None:
    if not offered.size or offered.size > MOST_BYTES:
        return
    with tempfile.TemporaryFile() as kept:
        with there.open(offered) as source:
            copyfileobj(source, kept, 1 << 20)
        if kept.tell() != offered.size:
            return  # it changed while it was read; the next look sees another size
        try:
            _hand_in(connection, kept, offered.name, clock)
        except Refused as refusal:
            _note(connection, "not_taken", f"{offered.name}: {refusal}", clock())
    fetched(connection, offered, clock())


def _hand_in(connection: Connection, file: BinaryIO, name: str, clock: Clock) -> None:
    by = f"connection:{connection.name}"[:120]
    for one in unpacked([Handed(name, file)]):
        hand_in_statement(connection.merchant, one.file, one.name, by=by, at=clock(), way=Way(connection))


def _tell(connection: Connection, sentence: str, at: datetime, *, permanent: bool, after: int | None) -> None:
    with transaction.atomic(durable=True):
        if failed(connection, at, sentence, permanent=permanent, after=after) and not connection.failures:
            verb = "stuck" if permanent else "troubled"
            record(connection.merchant_id, [_step(connection, verb, sentence)], at=at)


def _note(connection: Connection, verb: str, sentence: str, at: datetime) -> None:
    with transaction.atomic(durable=True):
        record(connection.merchant_id, [_step(connection, verb, sentence)], at=at)


def _step(connection: Connection, verb: str, sentence: str) -> Happened:
    return Happened("connection", connection.pk, verb, "system", sentence[:240])
