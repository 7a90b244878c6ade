"""Read any bank file we know: the one door to the readers."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, BinaryIO

from zahlmeister.formats.archive import members, spooled, unzipped
from zahlmeister.formats.berlin import read_berlin
from zahlmeister.formats.camt import read_camt
from zahlmeister.formats.detect import HEAD, Kind, NoStatement, detect, head_text
from zahlmeister.formats.encoding import Readable
from zahlmeister.formats.mt940 import read_mt940
from zahlmeister.formats.records import Problem, Record, Source
from zahlmeister.formats.table import read_table
from zahlmeister.formats.table_profiles.profile import Profile
from zahlmeister.refusals import Unreadable

#: An archive in an archive in an archive is nobody's statement.
DEEPEST = 2


def read_file(path: Path, *, name: str | None = None, known: Sequence[Profile] = ()) -> Iterator[Record]:
    """The records of a bank file, recognised by its content, also inside ZIP and gzip.

    Args:
        path: the file.
        name: how it is called in records and sentences; its own name otherwise.
        known: CSV exports that a person has described.

    Raises:
        Unreadable: one sentence with file, entry, field and why. What was yielded before stays true. Of an
        archive
            with several files the others are read before it is raised.
    """
    with path.open("rb") as file:
        yield from read_stream(file, name=name or path.name, known=known)


def read_stream(fileobj: BinaryIO, *, name: str, known: Sequence[Profile] = ()) -> Iterator[Record]:
    """The records of a bank file that is already open; see `read_file`."""
    yield from _read(fileobj, name, known, depth=0)


def _read(stream: Readable, name: str, known: Sequence[Profile], *, depth: int) -> Iterator[Record]:
    head = _first(stream, HEAD)
    kind = detect(head, name=name)
    whole = _Rewound(head, stream)
    match kind:
        case Kind.CAMT:
            yield from read_camt(whole, head=head_text(head), name=name)
        case Kind.MT940:
            yield from read_mt940(whole, name=name)
        case Kind.BERLIN:
            yield from read_berlin(whole, name=name)
        case Kind.TABLE:
            yield from read_table(whole, name=name, known=known)
        case Kind.GZIP | Kind.ZIP if depth >= DEEPEST:
            raise Unreadable(f"{name}: archives within archives within archives are not opened; unpack it first.")
        case Kind.GZIP:
            yield from _read(unzipped(whole, name=name), name.removesuffix(".gz"), known, depth=depth + 1)
        case Kind.ZIP:
            with spooled(whole) as file:
                yield from _read_members(file, name, known, depth=depth + 1)


def _read_members(file: IO[bytes], name: str, known: Sequence[Profile], *, depth: int) -> Iterator[Record]:
    """All that can be read of the archive; what cannot is told together at the end."""
    refusals = []
    strangers = []
    is_any = False
    for member in members(file, name=name):
        try:
            yield from _read(member.stream, member.name, known, depth=depth)
        except NoStatement as refusal:
            strangers.append(Problem(Source(member.name, "zip", 0, 0), f"{refusal} It was passed over."))
            continue
        except Unreadable as refusal:
            refusals.append(str(refusal))
        is_any = True
    yield from strangers
    if not is_any:
        refusals.append(f"{name}: the archive holds no statement.")
    if refusals:
        raise Unreadable("\n".join(refusals))


class _Rewound:
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
