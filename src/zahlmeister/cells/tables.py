"""Tables as they are carried from one database to another: read, written, and summed up on both sides."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.apps import apps
from django.db import connections

AT_ONCE = 5000


def _plain(value: object) -> str:
    """What JSON has no word for reads the same from both databases."""
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


#: Made once, because there are millions of rows.
_TOLD = json.JSONEncoder(sort_keys=True, default=_plain).encode


@dataclass(frozen=True, slots=True)
class Sum:
    """So many rows, and a number that another set of rows does not have; their order does not matter."""

    rows: int = 0
    digest: int = 0

    def with_row(self, values: Sequence[object]) -> "Sum":
        digest = int.from_bytes(hashlib.blake2b(_TOLD(values).encode(), digest_size=16).digest())
        return Sum(self.rows + 1, (self.digest + digest) % 2**128)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of ours, as Django knows it; or those of its rows that `only` says."""

    model: Any
    name: str  # as it stands in SQL
    fields: Sequence[Any]
    only: Any = None  # a condition of Django's

    def read(self, alias: str = "default") -> Iterator[tuple[Any, ...]]:
        """The rows, in no order, as Python knows their values."""
        rows = self.model._base_manager.using(alias)  # noqa: SLF001 - all of its rows, whatever managers hide
        wanted = rows.all() if self.only is None else rows.filter(self.only)
        yield from wanted.order_by().values_list(*[field.attname for field in self.fields]).iterator(AT_ONCE)

    def write(self, rows: Iterable[tuple[Any, ...]], alias: str = "default") -> Sum:
        """Write rows in the caller's transaction.

        Returns:
            The sum of what was written.
        """
        there, left = connections[alias], Sum()
        columns = ", ".join(quoted(field.column) for field in self.fields)
        waiting = iter(rows)
        with there.cursor() as cursor:
            while some := list(islice(waiting, AT_ONCE)):
                for values in some:
                    left = left.with_row(values)
                told = [
                    [field.get_db_prep_save(value, there) for field, value in zip(self.fields, values, strict=True)]
                    for values in some
                ]
                _put(cursor, there.vendor, f"{self.name} ({columns})", told)
        return left

    def numbers(self, place: int) -> set[Any]:
        """What stands in one column."""
        rows = self.model._base_manager.filter(self.only).order_by()  # noqa: SLF001 - all of its rows
        return set(rows.values_list(self.fields[place].attname, flat=True).distinct()) - {None}

    def sum(self, alias: str = "default") -> Sum:
        """Read the rows and sum them up."""
        found = Sum()
        for values in self.read(alias):
            found = found.with_row(values)
        return found


def every_table() -> list[Table]:
    """Each table that Django keeps."""
    models = apps.get_models(include_auto_created=True)
    return [table_of(model) for model in models if model._meta.managed]  # noqa: SLF001 - nothing else tells it


def table_of(model: Any, only: Any = None, *, without: Sequence[str] = ()) -> Table:
    """The table of a model; columns in `without` keep what the other database gives them by itself."""
    meta = model._meta  # noqa: SLF001 - what a model says of its table is told by nothing else
    fields = [field for field in meta.local_concrete_fields if field.name not in without]
    return Table(model, quoted(meta.db_table), fields, only)


def quoted(name: str) -> str:
    """A name of a table or column; both databases quote alike."""
    return f'"{name}"'


def _put(cursor: Any, vendor: str, where: str, rows: Sequence[Sequence[Any]]) -> None:
    if vendor == "postgresql":
        with cursor.copy(f"COPY {where} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        marks = ", ".join(["%s"] * len(rows[0]))
        cursor.executemany(f"INSERT INTO {where} VALUES ({marks})", rows)  # noqa: S608 - our own names
