"""Workbooks (XLSX): sheets of cells in which amounts are numbers, the same to the byte whenever they are written.

An amount goes into the file as the decimal text of its minor units: a spreadsheet shows it to the cent.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from zahlmeister.money.amount import Amount, exponent

#: What stands in a cell: a text, a whole number, a day, or an amount of money.
Cell = str | int | date | Amount | None
_WIDEST = 48


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, the titles of its columns, and its rows; `bold` are the rows that are sums."""

    name: str
    titles: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    bold: frozenset[int] = frozenset()


def workbook(sheets: Sequence[Sheet], *, title: str, made_at: datetime) -> bytes:
    """The file.

    Args:
        sheets: in their order; at least one.
        title: of the document.
        made_at: kept in the file as when it was made; the writer's own clock is not asked.
    """
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title, "created": made_at.replace(tzinfo=None, microsecond=0)})
    for sheet in sheets:
        _write(book, book.add_worksheet(sheet.name[:31]), sheet)
    book.close()
    return target.getvalue()


def _write(book: xlsxwriter.Workbook, page: Worksheet, sheet: Sheet) -> None:
    looks = {bold: _Looks(book, is_bold=bold) for bold in (False, True)}
    for column, name in enumerate(sheet.titles):
        page.write_string(0, column, name, looks[True].text)
    for number, row in enumerate(sheet.rows, start=1):
        look = looks[number - 1 in sheet.bold]
        for column, cell in enumerate(row):
            _cell(page, (number, column), cell, look)
    page.freeze_panes(1, 0)
    for column in range(len(sheet.titles)):
        page.set_column(column, column, _width(sheet, column))


class _Looks:
    """How cells look: plain or bold."""

    def __init__(self, book: xlsxwriter.Workbook, *, is_bold: bool) -> None:
        self._book, self._bold = book, is_bold
        self.text = book.add_format({"bold": is_bold})
        self.day = book.add_format({"bold": is_bold, "num_format": "yyyy-mm-dd"})
        self._money: dict[int, object] = {}

    def money(self, places: int) -> object:
        if places not in self._money:
            form = "#,##0" + (f".{'0' * places}" if places else "")
            self._money[places] = self._book.add_format({"bold": self._bold, "num_format": form})
        return self._money[places]


def _cell(page: Worksheet, place: tuple[int, int], cell: Cell, look: _Looks) -> None:
    row, column = place
    match cell:
        case None | "":
            return
        case Amount(minor=minor, currency=currency):
            places = exponent(currency)
            page.write_number(row, column, Decimal(minor).scaleb(-places), look.money(places))
        case bool() | int():
            page.write_number(row, column, cell, look.text)
        case date():
            page.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), look.day)  # noqa: DTZ001 - a day
        case str():
            page.write_string(row, column, cell, look.text)


def _width(sheet: Sheet, column: int) -> int:
    longest = max((len(str(row[column])) for row in sheet.rows if column < len(row)), default=0)
    return min(_WIDEST, max(longest, len(sheet.titles[column]), 8) + 2)
