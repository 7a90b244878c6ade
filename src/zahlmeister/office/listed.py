"""A list that stands on a page among other things: its chips, its search, its page of rows, and its file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpResponseBase
from django.utils import timezone

from zahlmeister.formats.journals.workbook import Cell
from zahlmeister.office.access import OfficeRequest
from zahlmeister.office.export import list_file
from zahlmeister.office.listing import Address, Chip, Pages, choice_chip, days_chip, pages
from zahlmeister.orders.queries import Sought

Row = TypeVar("Row", bound=Model)

MOST_COUNTED = 10_000  # of what is beyond, the list says that there is more, and the filters and the file lead to it


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A chip with one answer out of several: its word in the address, its words, and the rows it leaves."""

    name: str
    any_words: str
    answers: Sequence[tuple[str, str, Q]]


@dataclass(frozen=True, slots=True)
class Wants(Generic[Row]):
    """What a list can be narrowed by, and what its file holds.

    Args:
        file: the file's name, without its ending.
        columns: the titles of its columns, and what stands there for a row.
        narrowings: the chips.
        texts: the fields in which words are looked for.
        day: the field in which days are looked for; empty where none are.
        found: which rows a text is in, where that is more than to look into fields; instead of `texts`.
    """

    file: str
    columns: Sequence[tuple[str, Callable[[Row], Cell]]]
    narrowings: Sequence[Narrowing] = ()
    texts: Sequence[str] = ()
    day: str = ""
    found: Callable[[str], Q] | None = None


@dataclass(frozen=True, slots=True)
class Listed(Generic[Row]):
    """What the address asks for: a file, or else a page of rows."""

    file: HttpResponseBase | None
    address: Address
    chips: Sequence[Chip]
    page: Pages
    rows: Sequence[Row]

    @property
    def context(self) -> dict[str, Any]:
        """What chips, figures, rows and pages need in a template."""
        return {"address": self.address, "chips": self.chips, "page": self.page, "rows": self.rows}


def listed(
    request: OfficeRequest,
    rows: QuerySet[Row],
    wants: Wants[Row],
    by_id: Callable[[Sequence[int]], Sequence[Row]] | None = None,
) -> Listed[Row]:
    """What the request asks for of these rows, in the order they have.

    `by_id` reads the few rows of a page by their numbers, in this order: where there are a million, SQLite otherwise
    goes through all of the merchant's.
    """
    address = Address(request, file_at="")
    narrowed = _narrowed(rows, address, wants)
    page = pages(narrowed, address, MOST_COUNTED)
    return Listed(
        list_file(address, wants.file, [title for title, _cell in wants.columns], _cells(narrowed, wants)),
        address,
        _chips(address, wants),
        page,
        by_id(page.ids) if by_id else _in_order(narrowed, page.ids),
    )


def _in_order(rows: QuerySet[Row], ids: Sequence[int]) -> list[Row]:
    found = rows.in_bulk(ids)
    return [found[number] for number in ids]


def _narrowed(rows: QuerySet[Row], address: Address, wants: Wants[Row]) -> QuerySet[Row]:
    for each in wants.narrowings:
        left = [condition for word, _words, condition in each.answers if word == address.get(each.name)]
        rows = rows.filter(*left)
    if address.q and wants.found:
        rows = rows.filter(wants.found(address.q))
    elif address.q and wants.texts:
        rows = rows.filter(Sought(text=address.q).said_in(*wants.texts))
    first, last = address.days() if wants.day else (None, None)
    if first:
        rows = rows.filter(**{f"{wants.day}__gte": first})
    return rows.filter(**{f"{wants.day}__lte": last}) if last else rows


def _chips(address: Address, wants: Wants[Row]) -> list[Chip]:
    chips = [
        choice_chip(address, each.name, each.any_words, [(word, words) for word, words, _condition in each.answers])
        for each in wants.narrowings
    ]
    return [*chips, days_chip(address, timezone.localdate())] if wants.day else chips


def _cells(rows: QuerySet[Row], wants: Wants[Row]) -> Iterator[list[Cell]]:
    for row in rows.iterator(chunk_size=2000):
        yield [cell(row) for _title, cell in wants.columns]
