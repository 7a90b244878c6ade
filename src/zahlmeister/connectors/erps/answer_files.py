"""What an ERP without a program is told by files: what became of each document it sent, and of its orders."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from io import StringIO
from typing import Any

#: A cell that begins like this is reckoned with by a spreadsheet program; an apostrophe makes text of it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_STATUS = ("event", "kind", "at", "order", "invoice", "amount", "currency", "facts")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one document of a file: `taken`, `refused` with the sentence why, or `waiting` for another try."""

    where: str
    kind: str
    number: str
    result: str
    reason: str


def answer(verdicts: Iterable[Verdict]) -> bytes:
    """The answer to a file: a table with a row for each of its documents."""
    return _table([field.name for field in fields(Verdict)], [astuple(verdict) for verdict in verdicts])


def status(events: Sequence[dict[str, Any]]) -> bytes:
    """What became of orders, a row for each event, oldest first; `facts` is what else is known of it, as JSON."""
    return _table(_STATUS, [[event.get(name, "") for name in _STATUS] for event in events])


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    out = StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows([[_cell(cell) for cell in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def _cell(told: Any) -> str:
    text = json.dumps(told, ensure_ascii=False, sort_keys=True) if isinstance(told, dict) else str(told)
    return f"'{text}" if text.startswith(_FORMULA) else text
