"""A document that is mostly figures: whose it is, a few facts, a table, and the sums under it."""

from collections.abc import Sequence
from dataclasses import dataclass

from zahlmeister.letters.look import Look
from zahlmeister.letters.slips.sheet import POINT_MM, Sheet, text_width, wrapped

_LEFT, _RIGHT, _LAST = 20, 190, 272
_SIZE = 9.0
_STEP = _SIZE * POINT_MM * 1.5


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: its title, its width in millimetres, and whether figures stand in it."""

    title: str
    width: float
    is_figure: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """What such a document says. `to` is who it is for; the last of the `sums` is what they come to."""

    title: str
    to: Sequence[str]
    facts: Sequence[tuple[str, str]]
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    sums: Sequence[tuple[str, str]]
    notes: Sequence[str] = ()


def figures_paper(said: Figures, look: Look) -> bytes:
    """The document as PDF, on as many pages as it takes; the head of the table stands on each."""
    writer = _Writer(said, look)
    writer.head()
    writer.table()
    writer.sums()
    writer.notes()
    return writer.sheet.finished()


class _Writer:
    def __init__(self, said: Figures, look: Look) -> None:
        self.sheet = Sheet(said.title, author=look.name)
        self._said, self._look = said, look
        self._y: float = 24

    def head(self) -> None:
        sheet, look = self.sheet, self._look
        if look.logo:
            sheet.picture(135, 12, look.logo, width=55, height=18)
        else:
            sheet.text_right(_RIGHT, 22, look.name, 13, bold=True)
        sheet.text_within(_LEFT, 46, " · ".join((look.name, *look.postal)), 7, 85)
        for line, words in enumerate(self._said.to):
            sheet.text_within(_LEFT, 53 + line * 5, words, 10.5, 85)
        for line, (label, value) in enumerate(self._said.facts):
            sheet.text_within(120, 53 + line * 5, label, 9, 32)
            sheet.text_right(_RIGHT, 53 + line * 5, value, 9)
        top = 62 + 5 * max(len(self._said.to), len(self._said.facts))
        self._y = sheet.paragraph(_LEFT, top, self._said.title, 14, _RIGHT - _LEFT, bold=True) + 4

    def table(self) -> None:
        if not self._said.columns:
            return
        self._titles()
        for row in self._said.rows:
            cells = [self._broken(words, column) for words, column in zip(row, self._said.columns, strict=True)]
            height = max(len(lines) for lines in cells) * _STEP
            if self._y + height > _LAST:
                self._next_page()
                self._titles()
            self._row(cells)
            self._y += height
        self._y += _STEP * 0.5

    def sums(self) -> None:
        self._room((len(self._said.sums) + 1) * _STEP * 1.15)
        for number, (label, value) in enumerate(self._said.sums):
            is_last = number == len(self._said.sums) - 1
            if is_last:
                self.sheet.line(100, self._y - 4, _RIGHT, self._y - 4, width=0.2)
            self.sheet.text(100, self._y, label, 9.5, bold=is_last)
            self.sheet.text_right(_RIGHT, self._y, value, 9.5, bold=is_last)
            self._y += _STEP * 1.15
        self._y += _STEP

    def notes(self) -> None:
        for note in self._said.notes:
            lines = wrapped(note, 9, _RIGHT - _LEFT)
            self._room((len(lines) + 1) * _STEP)
            self._y = self.sheet.paragraph(_LEFT, self._y, note, 9, _RIGHT - _LEFT) + _STEP * 0.5
        self._foot()

    def _titles(self) -> None:
        x: float = _LEFT
        for column in self._said.columns:
            if column.is_figure:
                self.sheet.text_right(x + column.width, self._y, column.title, 8, bold=True)
            else:
                self.sheet.text(x, self._y, column.title, 8, bold=True)
            x += column.width
        self.sheet.line(_LEFT, self._y + 1.6, _RIGHT, self._y + 1.6, width=0.2)
        self._y += _STEP * 1.3

    def _row(self, cells: Sequence[Sequence[str]]) -> None:
        x: float = _LEFT
        for lines, column in zip(cells, self._said.columns, strict=True):
            for number, words in enumerate(lines):
                y = self._y + number * _STEP
                if column.is_figure:
                    self.sheet.text_right(x + column.width, y, words, _SIZE)
                else:
                    self.sheet.text(x, y, words, _SIZE)
            x += column.width

    def _broken(self, words: str, column: Column) -> list[str]:
        if column.is_figure or text_width(words, _SIZE) < column.width - 2:
            return [words]
        return wrapped(words, _SIZE, column.width - 2) or [""]

    def _room(self, height: float) -> None:
        if self._y + height > _LAST:
            self._next_page()

    def _next_page(self) -> None:
        self._foot()
        self.sheet.next_page()
        self._y = 24

    def _foot(self) -> None:
        """The imprint at the foot of the page."""
        lines = [piece for line in self._look.imprint.strip().split("\n") for piece in wrapped(line, 7, _RIGHT - _LEFT)]
        for number, line in enumerate(lines[:4]):
            self.sheet.text(_LEFT, 281 + number * 3.2, line, 7)
