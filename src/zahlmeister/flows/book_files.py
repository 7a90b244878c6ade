"""Write bookings as the file of one of the bookkeeper's programs, and tell what it could not carry."""

from collections.abc import Callable
from dataclasses import dataclass

from zahlmeister.accounting.models import BookFormat
from zahlmeister.formats.datev.header import BOOKINGS, BOOKINGS_9, Header, Kind
from zahlmeister.formats.datev.write import booking_file
from zahlmeister.formats.journals.layouts import layouts, table_file, table_of
from zahlmeister.formats.journals.plain_text import beancount, hledger
from zahlmeister.formats.journals.row import BookSheet
from zahlmeister.formats.journals.workbook import Cell, Sheet, workbook
from zahlmeister.money.amount import Amount

#: How files are called by the kind of their content.
CONTENT_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "beancount": "text/plain; charset=utf-8",
    "journal": "text/plain; charset=utf-8",
    "zip": "application/zip",
}


@dataclass(frozen=True, slots=True)
class BookFile:
    """The bytes of a file, the ending of its name, and each text that stands in it with other signs."""

    content: bytes
    ending: str
    changes: tuple[str, ...] = ()


def book_file(program: str, sheet: BookSheet, header: Header) -> BookFile:
    """The file that a program reads.

    Args:
        program: one of `BookFormat`.
        sheet: the bookings.
        header: whose client the merchant is; only DATEV asks.

    Raises:
        Refused: something does not fit into the program's fields.
    """
    return _WRITERS[BookFormat(program)](sheet, header)


def _datev(kind: Kind) -> Callable[[BookSheet, Header], BookFile]:
    def written(sheet: BookSheet, header: Header) -> BookFile:
        file = booking_file(header, sheet.rows, kind)
        return BookFile(file.content, "csv", tuple(str(change) for change in file.changes))

    return written


def _table(name: str) -> Callable[[BookSheet, Header], BookFile]:
    def written(sheet: BookSheet, header: Header) -> BookFile:
        del header
        file = table_file(name, sheet)
        return BookFile(file.content, layouts()[name].ending, file.changes)

    return written


def _workbook(sheet: BookSheet, header: Header) -> BookFile:
    """The columns of the plain table, in which amounts are numbers and days are days."""
    del header
    titles, *lines = table_of("csv", sheet)
    day, amount = titles.index("day"), titles.index("amount")
    rows: list[list[Cell]] = []
    for row, line in zip(sheet.rows, lines, strict=True):
        cells: list[Cell] = list(line)
        cells[day], cells[amount] = row.on, Amount(row.minor, sheet.currency)
        rows.append(cells)
    page = Sheet("Buchungen", titles, rows)
    return BookFile(workbook([page], title=sheet.owner, made_at=sheet.made_at), "xlsx")


def _beancount(sheet: BookSheet, header: Header) -> BookFile:
    del header
    return BookFile(beancount(sheet), "beancount")


def _hledger(sheet: BookSheet, header: Header) -> BookFile:
    del header
    return BookFile(hledger(sheet), "journal")


_WRITERS: dict[BookFormat, Callable[[BookSheet, Header], BookFile]] = {
    **{BookFormat(name): _table(name) for name in layouts()},
    BookFormat.DATEV: _datev(BOOKINGS),
    BookFormat.DATEV_9: _datev(BOOKINGS_9),
    BookFormat.XLSX: _workbook,
    BookFormat.BEANCOUNT: _beancount,
    BookFormat.HLEDGER: _hledger,
}
