"""Tables of bookings for programs that read one: which columns, signs and dates is said in `layouts.toml`."""

import csv
import io
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from zahlmeister.formats.journals.row import BookRow, BookSheet
from zahlmeister.money.amount import exponent


@dataclass(frozen=True, slots=True)
class Layout:
    """How a program wants its table."""

    title: str
    ending: str
    encoding: str
    delimiter: str
    decimal: str
    day: str
    columns: tuple[tuple[str, str], ...]
    lines: int = 1
    reversals: str = "turned"


@dataclass(frozen=True, slots=True)
class TableFile:
    """The bytes of a table, and each text that it could not carry as it is, in a sentence."""

    content: bytes
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the table: the booking, its number, and which side this line tells: 0 both, 1 debit, 2 credit."""

    row: BookRow
    number: int
    side: int
    sheet: BookSheet
    layout: Layout

    @property
    def turns(self) -> bool:
        return self.row.reverses and self.layout.reversals == "turned"

    def amount(self) -> str:
        text = plain(self.row.minor, self.sheet.currency, self.layout.decimal)
        return f"-{text}" if self.row.reverses and not self.turns else text

    def amount_of(self, side: int) -> str:
        return self.amount() if self.side == side else plain(0, self.sheet.currency, self.layout.decimal)


_CELLS: dict[str, Callable[[_Line], str]] = {
    "day": lambda line: line.row.on.strftime(line.layout.day),
    "month": lambda line: f"{line.row.on.month}",
    "due": lambda line: line.row.due_on.strftime(line.layout.day) if line.row.due_on else "",
    "amount": lambda line: line.amount(),
    "debit_amount": lambda line: line.amount_of(1),
    "credit_amount": lambda line: line.amount_of(2),
    "account": lambda line: line.row.account,
    "against": lambda line: line.row.against,
    "debit": lambda line: line.row.debited,
    "credit": lambda line: line.row.credited,
    "account_of_line": lambda line: line.row.debited if line.side == 1 else line.row.credited,
    "debit_name": lambda line: line.sheet.names.get(line.row.debited, ""),
    "credit_name": lambda line: line.sheet.names.get(line.row.credited, ""),
    "side": lambda line: "S" if line.row.is_debit else "H",
    "side_number": lambda line: "1" if line.row.is_debit else "2",
    "text": lambda line: line.row.text,
    "voucher": lambda line: line.row.voucher,
    "order": lambda line: line.row.order_number,
    "source": lambda line: line.row.source,
    "guid": lambda line: line.row.guid,
    "tax_key": lambda line: line.row.tax_key,
    "currency": lambda line: line.sheet.currency,
    "number": lambda line: str(line.number),
}


@cache
def layouts() -> dict[str, Layout]:
    """The layouts there are, by the program's short name.

    Raises:
        ValueError: a layout asks for something that no booking has.
    """
    said = tomllib.loads(files(__package__).joinpath("layouts.toml").read_text(encoding="utf-8"))
    found = {
        name: Layout(**{**row, "columns": tuple((title, what) for title, what in row["columns"])})
        for name, row in said.items()
    }
    for name, layout in found.items():
        unknown = [what for _title, what in layout.columns if not what.startswith("=") and what not in _CELLS]
        if unknown:
            raise ValueError(f"The layout {name} asks for {unknown}, which no booking has.")
    return found


def table_of(name: str, sheet: BookSheet) -> list[list[str]]:
    """The table of a layout with its titles, as lines of cells."""
    layout = layouts()[name]
    return [[title for title, _what in layout.columns], *_lines(layout, sheet)]


def table_file(name: str, sheet: BookSheet) -> TableFile:
    """The same as the file that the program reads."""
    layout = layouts()[name]
    text = io.StringIO()
    csv.writer(text, delimiter=layout.delimiter, lineterminator="\r\n").writerows(table_of(name, sheet))
    written = text.getvalue()
    content = written.encode(layout.encoding, "replace")
    carried = content.decode(layout.encoding)
    changes = [
        f"Line {number}: “{before}” has signs that this file cannot carry and stands there as “{after}”."
        for number, (before, after) in enumerate(zip(written.split("\r\n"), carried.split("\r\n"), strict=True), 1)
        if before != after
    ]
    return TableFile(content, tuple(changes))


def plain(minor: int, currency: str, decimal: str = ".") -> str:
    """An amount without grouping: `1234.50`, with a minus in front when it is below zero."""
    places = exponent(currency)
    whole, rest = divmod(abs(minor), 10**places)
    return f"{'-' if minor < 0 else ''}{whole}{f'{decimal}{rest:0{places}d}' if places else ''}"


def _lines(layout: Layout, sheet: BookSheet) -> Iterator[list[str]]:
    sides = (1, 2) if layout.lines == 2 else (0,)
    for number, row in enumerate(sheet.rows, start=sheet.first_number):
        for side in sides:
            line = _Line(row, number, side, sheet, layout)
            yield [_cell(what, line) for _title, what in layout.columns]


def _cell(what: str, line: _Line) -> str:
    told = what[1:] if what.startswith("=") else _CELLS[what](line)
    return safe(" ".join(told.split()))


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe stands before what begins like one."""
    return f"'{text}" if text[:1] in {"=", "@", "+"} or (text[:1] == "-" and not _is_number(text)) else text


def _is_number(text: str) -> bool:
    return text[1:].replace(".", "", 1).replace(",", "", 1).isdigit()
