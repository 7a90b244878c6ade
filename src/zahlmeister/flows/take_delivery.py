"""What a bank hands out on request becomes statement files, handed in where all files are.

A bank that is asked tells the same days again and again, each time under another number and time. A delivery is
therefore known by what it says, and one that says nothing new is not handed in.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from io import BytesIO

from zahlmeister.banking.connections import delivered, is_delivered
from zahlmeister.banking.models import Connection
from zahlmeister.connectors.banks.place import Offered
from zahlmeister.flows.hand_in_statement import Way, hand_in_statement
from zahlmeister.formats.camt_join import joined_camt
from zahlmeister.formats.read import read_stream
from zahlmeister.formats.records import Closing, Entry
from zahlmeister.refusals import Unreadable

_ENDINGS = {b"<": "xml", b"{": "json"}


def take_delivery(connection: Connection, iban: str, files: Sequence[bytes], *, clock: Callable[[], datetime]) -> int:
    """Hand in the files of one account, fetched in one go.

    Returns:
        How many of them said something new.
    """
    news = 0
    for data in _joined(files, iban):
        name = f"{iban} {_mark(data)}.{_ENDINGS.get(data.lstrip()[:1], 'sta')}"
        offered = Offered(name, len(data), 0)
        if is_delivered(connection, name):
            continue
        at = clock()
        by = f"connection:{connection.name}"[:120]
        hand_in_statement(connection.merchant, BytesIO(data), name, by=by, at=at, way=Way(connection))
        delivered(connection, offered, at)
        news += 1
    return news


def _joined(files: Sequence[bytes], iban: str) -> list[bytes]:
    if not all(each.lstrip().startswith(b"<") for each in files):
        return [each for each in files if each.strip()]
    try:
        return joined_camt(files, name=iban)
    except Unreadable:  # each is handed in as it came, and says there what is wrong with it
        return list(files)


def _mark(data: bytes) -> str:
    """Twelve signs of what the file says, whatever its number and time; of the bytes where it cannot be read."""
    told = hashlib.sha256()
    try:
        for record in read_stream(BytesIO(data), name="delivery"):
            match record:
                case Entry():
                    told.update(repr(record).encode())
                case Closing():
                    told.update(repr(record.balance).encode())
                case _:
                    continue
    except Unreadable:
        told.update(data)
    return told.hexdigest()[:12]
