"""Record what a statement says: every transaction once, however often and in whatever format it arrives."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from zahlmeister.banking.lines import Said, Told
from zahlmeister.banking.models import BankTransaction, Sighting, StatementImport
from zahlmeister.banking.rules import fingerprint
from zahlmeister.merchants.ids import new_ids
from zahlmeister.merchants.insert import Later, insert_values


@dataclass(frozen=True, slots=True)
class Recorded:
    """The new transactions of a batch in file order: their row numbers and lines; and how many were known."""

    new: list[tuple[int, Told]]
    known: int


#: What twins have in common: account, day, minor units, and what is said.
Twins = tuple[int, str, int, str]


def record_lines(
    statement_import: StatementImport,
    lines: Sequence[Told],
    *,
    at: datetime,
    later: Later | None = None,
    given: dict[Twins, int] | None = None,
) -> Recorded:
    """Record the lines of a batch, which have been recognised as far as other files told them.

    A line that is new is inserted, a known one only noted as seen. The database refuses any line that would come
    twice.

    Args:
        statement_import: the file.
        lines: of the batch.
        at: now.
        later: where to collect what is to be written; now when absent.
        given: the last ordinals of lines before, which may not be written yet; those of these lines are added.
    """
    fresh = [line for line in lines if not line.known]
    numbers = iter(new_ids(len(fresh)))
    rows = [line.known or next(numbers) for line in lines]
    new = [(number, line) for number, line in zip(rows, lines, strict=True) if not line.known]
    _insert(statement_import, new, at, later, {} if given is None else given)
    insert_values(Sighting, _SIGHTING, _sightings(statement_import, lines, rows), later)
    return Recorded(new, known=len(lines) - len(fresh))


_KEPT = ("id", "merchant_id", "account_id", "first_import_id", "fingerprint", "ordinal", "part_of_id", "recorded_at")
_SIGHTING = ("id", "merchant_id", "statement_import_id", "transaction_id", "entry", "detail")


def _insert(
    statement_import: StatementImport,
    new: Sequence[tuple[int, Told]],
    at: datetime,
    later: Later | None,
    given: dict[Twins, int],
) -> None:
    merchant_id, work = statement_import.merchant_id, statement_import.pk
    rows: list[tuple[Any, ...]] = []
    for (number, line), (key, ordinal) in zip(new, _give(merchant_id, [line for _, line in new], given), strict=True):
        kept = (number, merchant_id, line.account_id, work, key[-1], ordinal, line.part_of or None, at)
        rows.append((*kept, *line.said))
    insert_values(BankTransaction, (*_KEPT, *Said._fields), rows, later)


def count_lines(merchant_id: int, lines: Sequence[Told], given: dict[Twins, int]) -> None:
    """Add the ordinals of lines that somebody else is about to record to those that are `given`."""
    for _ in _give(merchant_id, [line for line in lines if not line.known], given):
        pass


def _give(merchant_id: int, lines: Sequence[Told], given: dict[Twins, int]) -> Iterator[tuple[Twins, int]]:
    """The ordinal of each line among its twins, behind those in the table and those given before."""
    keys = [_key(line) for line in lines]
    taken = _taken(merchant_id, keys)
    for key in keys:
        given[key] = ordinal = max(given.get(key, 0), taken[key]) + 1
        yield key, ordinal


def _key(line: Told) -> Twins:
    return line.account_id, _days[line.said.booked_on], line.said.amount_minor, fingerprint(line.line)


class _Days(dict[date, str]):
    """Days as texts; a batch has few different ones."""

    def __missing__(self, day: date) -> str:
        if len(self) > 4096:
            self.clear()
        text = self[day] = day.isoformat()
        return text


_days = _Days()

_SQLITE = """
    SELECT t.account_id, t.booked_on, t.amount_minor, t.fingerprint
    FROM json_each(%s) AS w CROSS JOIN banking_banktransaction AS t
    ON t.merchant_id = %s AND t.account_id = json_extract(w.value, '$[0]')
    AND t.booked_on = json_extract(w.value, '$[1]') AND t.amount_minor = json_extract(w.value, '$[2]')
    AND t.fingerprint = json_extract(w.value, '$[3]')
"""
_POSTGRESQL = """
    SELECT t.account_id, t.booked_on, t.amount_minor, t.fingerprint
    FROM unnest(%s::bigint[], %s::date[], %s::bigint[], %s::text[]) AS w(account_id, booked_on, amount_minor, mark)
    JOIN banking_banktransaction AS t ON t.merchant_id = %s AND t.account_id = w.account_id
    AND t.booked_on = w.booked_on AND t.amount_minor = w.amount_minor AND t.fingerprint = w.mark
"""


def _taken(merchant_id: int, keys: Sequence[Twins]) -> Counter[Twins]:
    """How many rows there are already of each kind, so that the next twin gets the next ordinal."""
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        return Counter()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(_SQLITE, [json.dumps(wanted), merchant_id])
        else:
            cursor.execute(_POSTGRESQL, [*map(list, zip(*wanted, strict=True)), merchant_id])
        return Counter((account, str(day), minor, mark) for account, day, minor, mark in cursor.fetchall())


def _sightings(statement_import: StatementImport, lines: Sequence[Told], rows: Sequence[int]) -> list[tuple[int, ...]]:
    merchant_id, work = statement_import.merchant_id, statement_import.pk
    return [
        (number, merchant_id, work, row, line.entry, line.detail)
        for number, row, line in zip(new_ids(len(lines)), rows, lines, strict=True)
    ]
