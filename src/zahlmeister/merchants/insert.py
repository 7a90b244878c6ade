"""Write many rows at once, quickly.

`bulk_create` prepares every value of every row through the ORM, which costs more than the database does; a statement's
payments leave ten rows each. Here the conversion of a column is looked up once per batch, and most columns need none.
PostgreSQL takes rows without conflicts as one COPY instead of a statement each. The models keep their meaning:
constraints are the database's, and ids are made by the application.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from json.encoder import encode_basestring
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.db import connection, models

from zahlmeister.merchants.sealed_facts import SealedFacts
from zahlmeister.merchants.sealed_number import SealedNumber

if TYPE_CHECKING:
    AnyField = models.Field[Any, Any]
else:
    AnyField = models.Field

_Convert = Callable[[Any], Any]


class Later:
    """What is to be written, thought out before writing begins, so that nobody waits longer than for the writing.

    Steps are functions of modules with plain values, so that another process can think them out.
    """

    def __init__(self) -> None:
        self._steps: list[Callable[[], object]] = []

    def add(self, step: Callable[[], object]) -> None:
        """Write this after all that was added before."""
        self._steps.append(step)

    def write(self) -> None:
        """Write everything in order, inside the caller's transaction."""
        for step in self._steps:
            step()


@contextmanager
def written(later: Later | None) -> Iterator[Later]:
    """What is added in this block is written at its end, or whenever the caller writes its own collection."""
    collected = later if later is not None else Later()
    yield collected
    if later is None:
        collected.write()


def insert_values(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    later: Later | None = None,
    *,
    ignore_conflicts: bool = False,
) -> None:
    """Insert rows given as plain values, for what is written in the largest numbers.

    Args:
        model: whose table.
        columns: the attribute names of the values, such as `merchant_id`; together every column of the table.
        rows: values in that order; a JSON value may be the text of it.
        later: where to collect what is to be written; now when absent.
        ignore_conflicts: pass over rows that a unique constraint refuses.
    """
    if rows:
        options = model._meta  # noqa: SLF001 - Django's documented model API
        fields = {field.attname: field for field in options.concrete_fields}
        _execute(options.db_table, [fields[name] for name in columns], rows, later, ignore_conflicts=ignore_conflicts)


def insert(rows: Sequence[models.Model], *, ignore_conflicts: bool = False) -> None:
    """Insert rows of one model, inside the caller's transaction.

    Args:
        rows: complete instances; default values are those of their construction.
        ignore_conflicts: pass over rows that a unique constraint refuses.
    """
    if rows:
        insert_like(type(rows[0]), rows, ignore_conflicts=ignore_conflicts)


def insert_like(
    model: type[models.Model], rows: Sequence[Any], later: Later | None = None, *, ignore_conflicts: bool = False
) -> None:
    """Insert rows given as objects that have an attribute for each column of the model, under the same name."""
    options = model._meta  # noqa: SLF001 - Django's documented model API
    fields = [field for field in options.concrete_fields if not isinstance(field, models.CompositePrimaryKey)]
    values = attrgetter(*(field.attname for field in fields))
    _execute(options.db_table, fields, list(map(values, rows)), later, ignore_conflicts=ignore_conflicts)


def among(column: str) -> str:
    """A condition that a column of whole numbers is among many; its one parameter is made by `numbers`."""
    if connection.vendor == "sqlite":
        return f"{column} IN (SELECT value FROM json_each(%s))"  # noqa: S608 - a column of ours
    return f"{column} = ANY(%s)"


def numbers(values: Iterable[int]) -> Any:
    """The parameter of `among`."""
    return json.dumps(list(values)) if connection.vendor == "sqlite" else list(values)


def has_rows(model: type[models.Model], merchant_id: int) -> bool:
    """Whether a merchant has anything in a table; for what is asked with every batch, plain and quick."""
    table = connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 - Django's documented model API
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table} WHERE merchant_id = %s LIMIT 1", [merchant_id])  # noqa: S608 - our own words
        return cursor.fetchone() is not None


def update_each(table: str, sets: Sequence[str], where: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """Update each row of a table to its own values, if it still has certain values.

    Args:
        table: the table.
        sets: the columns to be set, each followed by a blank and its PostgreSQL type, such as `open_minor bigint`.
        where: the columns that say which row, and what it must be like, likewise.
        rows: the values of both, in that order.

    Returns:
        How many rows were found as they must be, and changed.
    """
    if not rows:
        return 0
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            settings = ", ".join(f"{name.split()[0]}=%s" for name in sets)
            conditions = " AND ".join(f"{name.split()[0]}=%s" for name in where)
            cursor.executemany(f"UPDATE {table} SET {settings} WHERE {conditions}", rows)  # noqa: S608 - our own names
        else:
            settings = ", ".join(f"{name.split()[0]}=v.s{n}" for n, name in enumerate(sets))
            conditions = " AND ".join(f"t.{name.split()[0]}=v.w{n}" for n, name in enumerate(where))
            names = [f"s{n}" for n in range(len(sets))] + [f"w{n}" for n in range(len(where))]
            arrays = ", ".join(f"%s::{name.split()[1]}[]" for name in (*sets, *where))
            cursor.execute(
                f"UPDATE {table} t SET {settings} FROM unnest({arrays}) AS v({', '.join(names)}) "  # noqa: S608 - likewise
                f"WHERE {conditions}",
                [list(column) for column in zip(*rows, strict=True)],
            )
        return int(cursor.rowcount)


def _execute(
    table: str,
    fields: Sequence[AnyField],
    rows: Sequence[Sequence[Any]],
    later: Later | None,
    *,
    ignore_conflicts: bool = False,
) -> None:
    if not rows:
        return
    converts = [(index, convert) for index, field in enumerate(fields) if (convert := _conversion(field))]
    prepared = _converted(rows, converts) if converts else rows
    with written(later) as collected:
        if connection.vendor == "postgresql" and not ignore_conflicts and len(rows) > 1:
            collected.add(partial(_copy, _copying(table, fields), prepared))
        else:
            statement = _statement(table, fields, ignore_conflicts=ignore_conflicts)
            collected.add(partial(_execute_many, statement, prepared))


def _execute_many(statement: str, rows: Sequence[Sequence[Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)


def _copying(table: str, fields: Sequence[AnyField]) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    return f"COPY {quote(table)} ({columns}) FROM STDIN"


def _copy(statement: str, rows: Iterable[Sequence[Any]]) -> None:
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:  # what the database refuses shows at the end only, where Django does not look by itself
            copy.write_row(row)


_EMPTY: dict[type, str] = {list: "[]", dict: "{}"}


def _converted(rows: Sequence[Sequence[Any]], converts: Sequence[tuple[int, _Convert]]) -> list[Sequence[Any]]:
    """The rows with some of their columns converted, a column at a time."""
    columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
    for index, convert in converts:
        columns[index] = map(convert, columns[index])
    return list(zip(*columns, strict=True))


def _conversion(field: AnyField) -> _Convert | None:
    """How a Python value becomes the driver's; None when it is the same."""
    if isinstance(field, models.JSONField):
        return _written
    if isinstance(field, (SealedNumber, SealedFacts)):
        return field.sealing()
    if isinstance(field, models.DateTimeField):
        return lru_cache(64)(connection.ops.adapt_datetimefield_value)  # a batch is recorded at one instant
    if isinstance(field, models.DateField):
        return lru_cache(64)(connection.ops.adapt_datefield_value)
    return None


def _written(value: Any) -> str | None:
    """A JSON value as its text; a text is taken for one, because our columns hold lists and dicts only."""
    if value is None or type(value) is str:
        return value
    if not value:
        return _EMPTY[type(value)]
    if type(value) is list and all(type(part) is str for part in value):
        return f"[{', '.join(map(encode_basestring, value))}]"  # for texts no encoder need be set up
    return _encode(value)


_encode = json.JSONEncoder(ensure_ascii=False).encode


def _statement(table: str, fields: Sequence[AnyField], *, ignore_conflicts: bool) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    ending = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    return f"INSERT INTO {quote(table)} ({columns}) VALUES ({places}){ending}"  # noqa: S608 - names of our own models
