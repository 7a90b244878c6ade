"""Insert many rows at once, quickly.

`bulk_create` prepares every value of every row through the ORM, which costs more than the database does; a statement's
payments leave nine rows each. Here the conversion of a column is looked up once per batch, and most columns need none.
The models keep their meaning: constraints are the database's, and ids are made by the application.
"""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.db import connection, models

if TYPE_CHECKING:
    AnyField = models.Field[Any, Any]
else:
    AnyField = models.Field

_Convert = Callable[[Any], Any]


def insert_values(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows given as plain values, for what is written in the largest numbers.

    Args:
        model: whose table.
        columns: the attribute names of the values, such as `merchant_id`; together every column of the table.
        rows: values in that order.
    """
    if rows:
        options = model._meta  # noqa: SLF001 - Django's documented model API
        fields = {field.attname: field for field in options.concrete_fields}
        _execute(options.db_table, [fields[name] for name in columns], rows, ignore_conflicts=False)


def insert(rows: Sequence[models.Model], *, ignore_conflicts: bool = False) -> None:
    """Insert rows of one model, inside the caller's transaction.

    Args:
        rows: complete instances; default values are those of their construction.
        ignore_conflicts: pass over rows that a unique constraint refuses.
    """
    if not rows:
        return
    options = type(rows[0])._meta  # noqa: SLF001 - Django's documented model API
    fields = [field for field in options.concrete_fields if not isinstance(field, models.CompositePrimaryKey)]
    values = attrgetter(*(field.attname for field in fields))
    _execute(options.db_table, fields, list(map(values, rows)), ignore_conflicts=ignore_conflicts)


def _execute(table: str, fields: Sequence[AnyField], rows: Sequence[Sequence[Any]], *, ignore_conflicts: bool) -> None:
    converts = [(index, convert) for index, field in enumerate(fields) if (convert := _conversion(field))]
    prepared = [_converted(row, converts) for row in rows] if converts else rows
    with connection.cursor() as cursor:
        cursor.executemany(_statement(table, fields, ignore_conflicts=ignore_conflicts), prepared)


_EMPTY: dict[type, str] = {list: "[]", dict: "{}"}


def _converted(row: Sequence[Any], converts: Sequence[tuple[int, _Convert]]) -> list[Any]:
    values = list(row)
    for index, convert in converts:
        if values[index] is not None:
            values[index] = convert(values[index])
    return values


def _conversion(field: AnyField) -> _Convert | None:
    """How a Python value becomes the driver's; None when it is the same."""
    if isinstance(field, models.JSONField):
        return lambda value: json.dumps(value, ensure_ascii=False) if value else _EMPTY[type(value)]
    if isinstance(field, models.DateTimeField):
        return lru_cache(64)(connection.ops.adapt_datetimefield_value)  # a batch is recorded at one instant
    if isinstance(field, models.DateField):
        return lru_cache(64)(connection.ops.adapt_datefield_value)
    return None


def _statement(table: str, fields: Sequence[AnyField], *, ignore_conflicts: bool) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    ending = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    return f"INSERT INTO {quote(table)} ({columns}) VALUES ({places}){ending}"  # noqa: S608 - names of our own models
