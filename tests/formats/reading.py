"""Short ways to read bytes in tests."""

import io

from zahlmeister.formats.read import read_stream
from zahlmeister.formats.records import Entry, Problem, Record, Transaction
from zahlmeister.refusals import Unreadable


def records(data: bytes | str, name: str = "file") -> list[Record]:
    return list(read_stream(io.BytesIO(data.encode() if isinstance(data, str) else data), name=name))


def entries(data: bytes | str) -> list[Entry]:
    return [record for record in records(data) if isinstance(record, Entry)]


def transactions(data: bytes | str) -> list[Transaction]:
    return [transaction for entry in entries(data) for transaction in entry.transactions]


def problems(data: bytes | str) -> list[str]:
    return [record.sentence for record in records(data) if isinstance(record, Problem)]


def until_refused(data: bytes | str, name: str = "file") -> tuple[list[Record], str]:
    """What was read before the refusal, and its sentence."""
    read: list[Record] = []
    stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
    try:
        for record in read_stream(stream, name=name):
            read.append(record)  # noqa: PERF402 - what came before the refusal must survive it
    except Unreadable as refusal:
        return read, str(refusal)
    raise AssertionError("the file was read to its end")
