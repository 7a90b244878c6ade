"""Read any bank file we know: the one door to the readers."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from zahlmeister.formats.camt import read_camt
from zahlmeister.formats.detect import HEAD, Kind, detect, head_text
from zahlmeister.formats.encoding import Readable
from zahlmeister.formats.mt940 import read_mt940
from zahlmeister.formats.records import Record
from zahlmeister.refusals import Unreadable


def read_file(path: Path, *, name: str | None = None) -> Iterator[Record]:
    """The records of a bank file, recognised by its content, also inside a ZIP archive.

    Args:
        path: the file.
        name: how it is called in records and sentences; its own name otherwise.

    Raises:
        Unreadable: one sentence with file, entry, field and why. What was yielded before stays true.
    """
    with path.open("rb") as file:
        yield from read_stream(file, name=name or path.name)


def read_stream(fileobj: BinaryIO, *, name: str) -> Iterator[Record]:
    """The records of a bank file that is already open; see `read_file`."""
    head = _first(fileobj, HEAD)
    kind = detect(head, name=name)
    stream = Rewound(head, fileobj)
    match kind:
        case Kind.CAMT:
            yield from read_camt(stream, head=head_text(head), name=name)
        case Kind.MT940:
            yield from read_mt940(stream, name=name)
        case _:
            raise Unreadable(f"{name}: this kind of file is not read yet.")


class Rewound:
    """A stream whose first bytes were looked at, from its beginning."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int = -1) -> bytes:
        if self._head:
            cut = len(self._head) if size < 0 else size
            first, self._head = self._head[:cut], self._head[cut:]
            return first
        return self._rest.read(size)


def _first(stream: Readable, size: int) -> bytes:
    """The first bytes, also of a stream that gives them by and by."""
    head = b""
    while len(head) < size:
        more = stream.read(size - len(head))
        if not more:
            break
        head += more
    return head
