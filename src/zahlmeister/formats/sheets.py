"""Lists that people send each other, as lines of cells: CSV, spreadsheets (xlsx, xls, ods) and PDF.

What a cell means is told by the header above it, and in a PDF by where it stands; so every cell keeps its place. In a
CSV and a spreadsheet the place is the column, in a PDF the characters from … to … of a line set in one width.
"""

import csv
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO, StringIO
from logging import CRITICAL, getLogger

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from python_calamine import CalamineError, CalamineWorkbook

from zahlmeister.refusals import Unreadable

#: Of a damaged file it quotes whole lines, and names and amounts do not belong into a log.
getLogger("pypdf").setLevel(CRITICAL)
#: A list of a day's parcels is a few pages; more than this is something else.
MOST_BYTES = 20 << 20
MOST_UNPACKED = 200 << 20
MOST_LINES = 100_000
MOST_PAGES = 500
#: Numbers of more digits than this have lost the last ones in a spreadsheet.
EXACT_DIGITS = 15
#: How the libraries meet a damaged file; a protected one may need a package that is not there.
_DAMAGE = (
    *(PyPdfError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, OSError),
    *(RecursionError, NotImplementedError, ImportError, AssertionError, zlib.error),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and where it stands in its line."""

    text: str
    start: int
    end: int

    def apart(self, other: "Cell") -> int:
        """How far two cells stand apart; the more they overlap, the further below zero."""
        return max(self.start - other.end, other.start - self.end)


Line = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines of a list, each with its number from 1; empty ones are left out."""

    format: str  # csv, spreadsheet, pdf
    lines: tuple[tuple[int, Line], ...]


def read_sheets(content: bytes, *, name: str) -> list[Sheet]:
    """The lists in a file: one per way to part a CSV's columns, one per sheet of a spreadsheet, one for a PDF.

    Which kind of file it is, its first bytes say.

    Raises:
        Unreadable: empty, too large, damaged, protected, or a PDF of pictures.
    """
    if not content:
        raise Unreadable(f"“{name}” is empty.")
    if len(content) > MOST_BYTES:
        raise Unreadable(f"“{name}” is larger than 20 MB; hand in the list alone.")
    if content.startswith(b"%PDF-"):
        return [_pdf(content, name)]
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _spreadsheet(content, name)
    return _csv(content, name)


def _csv(content: bytes, name: str) -> list[Sheet]:
    text = _decoded(content, name)
    return [Sheet("csv", _numbered(_rows(text, mark))) for mark in ";,\t|"]


def _decoded(content: bytes, name: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable(f"“{name}” is no list that can be read; CSV, Excel or PDF is expected.")


def _rows(text: str, mark: str) -> Iterator[list[str]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=mark)
    try:
        yield from reader
    except csv.Error:  # another way to part the columns may fit
        return


def _spreadsheet(content: bytes, name: str) -> list[Sheet]:
    _refuse_bombs(content, name)
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        sheets = [book.get_sheet_by_name(title) for title in book.sheet_names]
        tables = [sheet.to_python(skip_empty_area=False, nrows=MOST_LINES) for sheet in sheets]
    except (CalamineError, *_DAMAGE):
        raise Unreadable(f"“{name}” is no spreadsheet that can be opened; it may be protected or damaged.") from None
    return [Sheet("spreadsheet", _numbered([_written(value) for value in row] for row in table)) for table in tables]


def _refuse_bombs(content: bytes, name: str) -> None:
    if not content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, *_DAMAGE):
        raise Unreadable(f"“{name}” is no spreadsheet that can be opened; it may be protected or damaged.") from None
    if size > MOST_UNPACKED:
        raise Unreadable(f"“{name}” unpacks to more than 200 MB; hand in the list alone.")


def _written(value: object) -> str:
    """A value of a spreadsheet as a text; a figure without the noise of its binary fraction."""
    if isinstance(value, float):
        if value.is_integer():
            digits = str(int(value))
            return digits if len(digits.lstrip("-")) <= EXACT_DIGITS else f"{value:E}"
        return f"{value:.6f}".rstrip("0")
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _numbered(rows: Iterator[list[str]] | Sequence[list[str]]) -> tuple[tuple[int, Line], ...]:
    found = []
    for number, row in enumerate(rows, start=1):
        line = tuple(Cell(text.strip(), place, place) for place, text in enumerate(row) if text.strip())
        if line:
            found.append((number, line))
        if number >= MOST_LINES:
            break
    return tuple(found)


_WORDS = re.compile(r"\S+(?: \S+)*")


def _pdf(content: bytes, name: str) -> Sheet:
    lines: list[tuple[int, Line]] = []
    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable(f"“{name}” is protected by a password; save it without one.")
        if len(reader.pages) > MOST_PAGES:
            raise Unreadable(f"“{name}” has more than {MOST_PAGES} pages; hand in the list alone.")
        for page in reader.pages:
            for text in page.extract_text(extraction_mode="layout").splitlines()[:MOST_LINES]:
                cells = tuple(Cell(found[0], found.start(), found.end()) for found in _WORDS.finditer(text))
                if cells:
                    lines.append((len(lines) + 1, cells))
    except _DAMAGE:
        raise Unreadable(f"“{name}” is no PDF that can be read; ask the carrier for CSV or Excel.") from None
    if not lines:
        raise Unreadable(f"“{name}” holds pictures and no text; ask the carrier for CSV or Excel.")
    return Sheet("pdf", tuple(lines))
