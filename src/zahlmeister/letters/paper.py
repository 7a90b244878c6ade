"""A letter on paper: the address in the envelope's window (DIN 5008, form B), text, imprint, and the slip behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

from pypdf import PdfWriter
from pypdf.errors import PyPdfError

from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.letters.compose import Block, Details, Letter, Link, Paragraph, Run, Sums
from zahlmeister.letters.figures import day
from zahlmeister.letters.look import Look
from zahlmeister.letters.slips.sheet import POINT_MM, Sheet, text_width, wrapped
from zahlmeister.letters.slips.slip import draw_slip
from zahlmeister.letters.texts.read import module

_LEFT, _TEXT_WIDTH = 25, 160
_WINDOW_TOP, _FIRST_LINE, _LAST_LINE = 45, 98, 262
_SIZE = 10.5
_STEP = _SIZE * POINT_MM * 1.35
_CODE = 34


@dataclass(frozen=True, slots=True)
class Posted:
    """Who a letter is sent to by post, and of which day it is."""

    to: Sequence[str]  # name, street, postcode and town, country when it is abroad
    on: date
    place: str = ""


def paper(letter: Letter, look: Look, posted: Posted, *, asked: Asked | None = None, country: str = "") -> bytes:
    """The letter as PDF. With `asked` a transfer slip of the reader's country follows on a page of its own."""
    writer = _Writer(letter, look)
    writer.head(posted)
    for block in letter.blocks:
        writer.write(block)
    if asked is not None:
        writer.write(Paragraph((Run(module("enclosed", letter.language)),)))
    writer.foot()
    if asked is not None:
        writer.sheet.next_page()
        draw_slip(writer.sheet, asked, country=country, language=letter.language)
    return writer.sheet.finished()


def with_behind(letter: bytes, other: bytes) -> bytes:
    """A letter with the pages of another PDF behind it; alone where that one cannot be opened."""
    pages = PdfWriter()
    pages.append(BytesIO(letter))
    try:
        pages.append(BytesIO(other))
    except (PyPdfError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, OSError, RecursionError):
        return letter
    joined = BytesIO()
    pages.write(joined)
    return joined.getvalue()


class _Writer:
    """Writes block after block from top to bottom, on as many pages as it takes."""

    def __init__(self, letter: Letter, look: Look) -> None:
        self.sheet = Sheet(letter.subject, author=look.name)
        self._letter, self._look = letter, look
        self._y: float = _FIRST_LINE

    def head(self, posted: Posted) -> None:
        sheet, look = self.sheet, self._look
        if look.logo:
            sheet.picture(135, 15, look.logo, width=55, height=22)
        else:
            sheet.text(135, 24, look.name, 13, bold=True)
        sheet.text_within(_LEFT, _WINDOW_TOP + 15, " · ".join((look.name, *look.postal)), 7, 80)
        for line, words in enumerate(posted.to):
            sheet.text_within(_LEFT, _WINDOW_TOP + 22 + line * 5, words, _SIZE, 80)
        when = ", ".join(part for part in (posted.place, day(posted.on, self._letter.language)) if part)
        sheet.text_right(_LEFT + _TEXT_WIDTH, 88, when, _SIZE)
        for mark in (105, 210):  # where the sheet is folded
            sheet.line(5, mark, 9, mark)
        self._y = sheet.paragraph(_LEFT, _FIRST_LINE, self._letter.subject, 12, _TEXT_WIDTH, bold=True) + _STEP

    def write(self, block: Block) -> None:
        match block:
            case Paragraph(runs):
                self._paragraph(runs)
            case Details(rows):
                self._rows(rows, block)
            case Sums(rows):
                self._sums(rows)
            case Link(label, address):
                self._paragraph((Run(f"{label}: {address}"),))

    def foot(self) -> None:
        """The imprint at the foot of the page."""
        lines = [piece for line in self._look.imprint.strip().split("\n") for piece in wrapped(line, 7.5, _TEXT_WIDTH)]
        self.sheet.line(_LEFT, 271, _LEFT + _TEXT_WIDTH, 271, width=0.1)
        for number, line in enumerate(lines[:6]):
            self.sheet.text(_LEFT, 275 + number * 3.4, line, 7.5)

    def _paragraph(self, runs: Sequence[Run]) -> None:
        for line in _lines(runs):
            self._room(_STEP)
            x: float = _LEFT
            for run in line:
                self.sheet.text(x, self._y, run.words, _SIZE, bold=run.is_bold)
                x += text_width(run.words, _SIZE, bold=run.is_bold)
            self._y += _STEP
        self._y += _STEP * 0.6

    def _rows(self, rows: Sequence[tuple[str, str]], details: Details) -> None:
        self._room(max(len(rows) * _STEP * 1.25, _CODE + 4 if details.code else 0) + _STEP)
        top = self._y
        for label, value in rows:
            self.sheet.text(_LEFT + 4, self._y, label, 9)
            self.sheet.text_within(_LEFT + 40, self._y, value, _SIZE, 82)
            self._y += _STEP * 1.25
        if details.code:
            self.sheet.code(_LEFT + _TEXT_WIDTH - _CODE, top - 3, _CODE, details.code)
            self._y = max(self._y, top + _CODE + 2)
        self._y += _STEP * 0.6

    def _sums(self, rows: Sequence[tuple[str, str]]) -> None:
        self._room((len(rows) + 1) * _STEP)
        for number, (label, value) in enumerate(rows):
            is_sum = number == len(rows) - 1
            if is_sum:
                self.sheet.line(_LEFT + 4, self._y - 3.6, _LEFT + 110, self._y - 3.6, width=0.15)
            self.sheet.text(_LEFT + 4, self._y, label, _SIZE, bold=is_sum)
            self.sheet.text_right(_LEFT + 110, self._y, value, _SIZE, bold=is_sum)
            self._y += _STEP
        self._y += _STEP * 0.6

    def _room(self, height: float) -> None:
        """Go on on a new page where so much does not fit any more."""
        if self._y + height > _LAST_LINE:
            self.foot()
            self.sheet.next_page()
            self._y = 30


def _lines(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs of bold and plain words broken into lines that fit the text's width."""
    lines: list[list[Run]] = [[]]
    for run in runs:
        for number, part in enumerate(run.words.split("\n")):
            if number:
                lines.append([])
            for word in _words(part):
                if lines[-1] and _wide([*lines[-1], Run(word.rstrip(), run.is_bold)]) > _TEXT_WIDTH:
                    lines.append([Run(word.lstrip(), run.is_bold)])
                else:
                    lines[-1].append(Run(word, run.is_bold))
    return lines


def _wide(runs: Sequence[Run]) -> float:
    return sum(text_width(run.words, _SIZE, bold=run.is_bold) for run in runs)


def _words(part: str) -> list[str]:
    """Words with the blank before them; a word that is wider than the text is broken where it must."""
    pieces: list[str] = []
    for number, word in enumerate(part.split(" ")):
        broken = wrapped(word, _SIZE, _TEXT_WIDTH) or [""]
        pieces += [f" {broken[0]}" if number else broken[0], *broken[1:]]
    return [piece for piece in pieces if piece]
