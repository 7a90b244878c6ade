"""Long lists in pages: newest first, each page saying where the next one begins.

Ids grow with the clock, so that a page never shows a row twice or leaves one out while rows are added.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from ninja import Schema
from pydantic import Field

from zahlmeister.api.v1 import problems
from zahlmeister.api.v1.problems import Problem

MOST = 200
#: The largest number a column holds; what is above it is the id of nothing.
_LARGEST = (1 << 63) - 1

CURSOR = r"^(([0-9]{4}-[0-9]{2}-[0-9]{2}[.])?[0-9]{1,19})?$"

Row = TypeVar("Row", bound=Model)


class PageWanted(Schema):
    """Which part of a list is wanted."""

    limit: int = Field(default=50, ge=1, le=MOST, description="How many rows at most.")
    cursor: str = Field(default="", pattern=CURSOR, description="`next` of the page before; empty for the first.")
    fields: list[str] = Field(default=[], description="Only these fields, and `id`; all of them where none is named.")


class OneWanted(Schema):
    """What is wanted of one row."""

    fields: list[str] = Field(default=[], description="Only these fields, and `id`; all of them where none is named.")


def page_of(rows: QuerySet[Row], wanted: PageWanted, *, by: str = "") -> tuple[list[Row], str | None]:
    """The rows of a page, newest first, and the cursor of the next one if there is one.

    Args:
        rows: all that are wanted.
        wanted: which part of them.
        by: the column with a row's day, where rows are in the order of their days.

    Raises:
        Problem: the cursor is none of this list.
    """
    day, _, number = wanted.cursor.rpartition(".")
    if wanted.cursor and bool(day) != bool(by):
        raise Problem(problems.NOT_UNDERSTOOD, "cursor: it is none of this list.")
    if wanted.cursor:
        older = Q(pk__lt=min(int(number), _LARGEST))
        rows = rows.filter(Q(**{f"{by}__lt": _day(day)}) | Q(**{by: _day(day)}) & older if by else older)
    found = list(rows.order_by(*([f"-{by}"] if by else []), "-pk")[: wanted.limit + 1])
    return cut(found, wanted, lambda row: f"{getattr(row, by)}.{row.pk}" if by else str(row.pk))


def cut(found: list[Any], wanted: PageWanted, place: Callable[[Any], str]) -> tuple[list[Any], str | None]:
    """At most as many rows as were wanted, of one more that were looked for."""
    rows = found[: wanted.limit]
    return rows, place(rows[-1]) if len(found) > wanted.limit else None


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise Problem(problems.NOT_UNDERSTOOD, "cursor: it is none of this list.") from None


def one_of(rows: QuerySet[Row], number: str, what: str) -> Row:
    """The row of this id.

    Raises:
        Problem: there is none, or none for this program.
    """
    found = rows.filter(pk=number_of(number)).first()
    if found is None:
        raise Problem(problems.ABSENT, f"There is no {what} {number[:20]}.")
    return found


def number_of(said: str) -> int:
    """The number an id stands for; that of nothing where it is too large for one, or none."""
    return min(int(said), _LARGEST) if said.isascii() and said.isdecimal() and len(said) < 20 else -1
