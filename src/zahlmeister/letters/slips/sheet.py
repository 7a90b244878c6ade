"""A sheet of A4 to draw on: millimetres from the upper left corner, one font with the letters of all Latin languages.

The font is Liberation Sans, which the Swiss style guide names beside Arial and Helvetica; it goes into the file, so
that every reader shows and prints the same.
"""

import io
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from zahlmeister.formats.payment_codes.picture import Picture

WIDTH, HEIGHT = 210, 297
POINT_MM = 25.4 / 72
PLAIN, BOLD = "Liberation Sans", "Liberation Sans Bold"
_FONTS = Path(__file__).parent.parent / "fonts"

#: A colour as red, green and blue in shares of one.
Colour = tuple[float, float, float]
BLACK: Colour = (0, 0, 0)
WHITE: Colour = (1, 1, 1)


class Sheet:
    """One or more pages of A4. All places and sizes are millimetres, sizes of letters are points."""

    def __init__(self, title: str, *, author: str) -> None:
        _fonts()
        self._file = io.BytesIO()
        size = (WIDTH * mm, HEIGHT * mm)
        first: Any = (
            PLAIN  # the stubs take the name of a font for a figure; without it Helvetica is named and not inside
        )
        self._canvas = Canvas(self._file, pagesize=size, invariant=True, lang="de", initialFontName=first)
        self._canvas.setTitle(title)
        self._canvas.setAuthor(author)

    def text(
        self, x: float, y: float, text: str, size: float = 10, *, bold: bool = False, colour: Colour = BLACK
    ) -> None:
        """One line that begins at x; y is its base line."""
        self._letters(size, bold=bold, colour=colour)
        self._canvas.drawString(x * mm, (HEIGHT - y) * mm, text)

    def text_right(self, x: float, y: float, text: str, size: float = 10, *, bold: bool = False) -> None:
        """One line that ends at x."""
        self._letters(size, bold=bold, colour=BLACK)
        self._canvas.drawRightString(x * mm, (HEIGHT - y) * mm, text)

    def text_within(self, x: float, y: float, text: str, size: float, width: float) -> None:
        """One line in letters small enough that it is no wider than this; nothing is cut off."""
        needed = text_width(text, size)
        self.text(x, y, text, size if needed <= width else size * width / needed)

    def paragraph(self, x: float, y: float, text: str, size: float, width: float, *, bold: bool = False) -> float:
        """Lines broken at blanks; returns where the next line would stand."""
        for line in wrapped(text, size, width, bold=bold):
            self.text(x, y, line, size, bold=bold)
            y += size * 1.4 * POINT_MM
        return y

    def line(self, x1: float, y1: float, x2: float, y2: float, *, width: float = 0.2, dash: float = 0) -> None:
        """A line of this width; `dash` is the length of its dashes, 0 for none."""
        self._canvas.setStrokeColorRGB(*BLACK)
        self._canvas.setLineWidth(width * mm)
        self._canvas.setDash([dash * mm, dash * mm] if dash else [])
        self._canvas.line(x1 * mm, (HEIGHT - y1) * mm, x2 * mm, (HEIGHT - y2) * mm)

    def box(
        self, x: float, y: float, width: float, height: float, *, fill: Colour | None = None, edge: float = 0
    ) -> None:
        """A rectangle, filled, or drawn with an edge of this width, or both."""
        self._canvas.setDash([])
        if fill is not None:
            self._canvas.setFillColorRGB(*fill)
        self._canvas.setStrokeColorRGB(*BLACK)
        self._canvas.setLineWidth(edge * mm)
        self._canvas.rect(
            x * mm,
            (HEIGHT - y - height) * mm,
            width * mm,
            height * mm,
            stroke=int(edge > 0),
            fill=int(fill is not None),
        )

    def corners(self, x: float, y: float, width: float, height: float, *, arm: float = 3) -> None:
        """Four corners that mark a field to write into, as on the QR-bill."""
        for cx, towards_x in ((x, 1), (x + width, -1)):
            for cy, towards_y in ((y, 1), (y + height, -1)):
                self.line(cx, cy, cx + towards_x * arm, cy, width=0.26)
                self.line(cx, cy, cx, cy + towards_y * arm, width=0.26)

    def code(self, x: float, y: float, size: float, picture: Picture) -> None:
        """A QR code of this size, the white around it not counted."""
        for box in picture.boxes():
            colour = BLACK if box.is_black else WHITE
            self.box(x + box.x * size, y + box.y * size, box.width * size, box.height * size, fill=colour)

    def picture(self, x: float, y: float, data: bytes, *, width: float, height: float) -> None:
        """A picture file, as large as fits into this room, at its upper left."""
        from reportlab.lib.utils import ImageReader

        reader = ImageReader(io.BytesIO(data))
        wide, high = reader.getSize()
        scale = min(width / wide, height / high)
        size = wide * scale * mm, high * scale * mm
        self._canvas.drawImage(reader, x * mm, (HEIGHT - y) * mm - size[1], *size, mask="auto")

    def next_page(self) -> None:
        """Go on with an empty page."""
        self._canvas.showPage()

    def finished(self) -> bytes:
        """The document."""
        self._canvas.save()
        return self._file.getvalue()

    def _letters(self, size: float, *, bold: bool, colour: Colour) -> None:
        self._canvas.setFillColorRGB(*colour)
        self._canvas.setFont(BOLD if bold else PLAIN, size)


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a line of letters is, in millimetres."""
    _fonts()
    return float(pdfmetrics.stringWidth(text, BOLD if bold else PLAIN, size)) / mm


def wrapped(text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
    """The text in lines no wider than this, broken at blanks; a word that is wider is broken where it must."""
    lines: list[str] = []
    line = ""
    for word in _fitting(text.split(), size, width, bold=bold):
        longer = f"{line} {word}" if line else word
        if line and text_width(longer, size, bold=bold) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line] if line else lines


def _fitting(words: Iterable[str], size: float, width: float, *, bold: bool) -> Iterable[str]:
    for word in words:
        piece = ""
        for character in word:
            if piece and text_width(piece + character, size, bold=bold) > width:
                yield piece
                piece = ""
            piece += character
        yield piece


@cache
def _fonts() -> None:
    """Make the fonts known to the writer of PDF files, once."""
    pdfmetrics.registerFont(TTFont(PLAIN, _FONTS / "LiberationSans-Regular.ttf"))
    pdfmetrics.registerFont(TTFont(BOLD, _FONTS / "LiberationSans-Bold.ttf"))
