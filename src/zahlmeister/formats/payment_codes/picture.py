"""QR codes as they are drawn: error level M, at most the version the standards allow, the Swiss one with its cross."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import segno

#: Level M and UTF-8 bytes are what both standards ask for.
_LEVEL = "m"
GIROCODE_VERSION, SWISS_VERSION = 13, 25
QUIET = 4  # modules of white around a code that does not stand on white paper

#: The Swiss cross on its field, in millimetres; the code itself is 46 mm wide (Style Guide QR-bill). As in the coat of
#: arms each arm is a sixth longer than broad: 7 + 6 + 7 = 20 of the field's 32 parts from end to end.
SWISS_CODE_MM = 46
_FIELD, _EDGE = 7, 0.5
_BLACK = _FIELD - 2 * _EDGE
_LONG, _BROAD = _BLACK * 20 / 32, _BLACK * 6 / 32


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of a drawn code, from its upper left corner, in the unit of the whole (1 is the code's width)."""

    x: float
    y: float
    width: float
    height: float
    is_black: bool = True


@dataclass(frozen=True, slots=True)
class Picture:
    """A QR code as rows of modules, true where black, and whether the Swiss cross stands in its middle."""

    rows: tuple[tuple[bool, ...], ...]
    has_cross: bool = False

    @property
    def size(self) -> int:
        """Modules on each side, without the white around them."""
        return len(self.rows)

    def boxes(self) -> Iterator[Box]:
        """The rectangles to draw one after the other; runs of black modules are one rectangle."""
        unit = 1 / self.size
        for y, row in enumerate(self.rows):
            for start, end in _runs(row):
                yield Box(start * unit, y * unit, (end - start) * unit, unit)
        if self.has_cross:
            yield from _cross()

    def svg(self) -> str:
        """The code as an inline drawing with its quiet zone, sharp at any size; what is around it says what it is."""
        whole = self.size + 2 * QUIET
        path = "".join(
            f"M{_number(QUIET + box.x * self.size)} {_number(QUIET + box.y * self.size)}"
            f"h{_number(box.width * self.size)}v{_number(box.height * self.size)}"
            f"h-{_number(box.width * self.size)}z"
            for box in Picture(self.rows).boxes()
        )
        cross = "".join(
            f'<rect x="{_number(QUIET + box.x * self.size)}" y="{_number(QUIET + box.y * self.size)}" '
            f'width="{_number(box.width * self.size)}" height="{_number(box.height * self.size)}" '
            f'fill="{"#000" if box.is_black else "#fff"}"/>'
            for box in (_cross() if self.has_cross else ())
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" aria-hidden="true">'
            f'<path fill="#fff" d="M0 0h{whole}v{whole}H0z"/><path d="{path}"/>{cross}</svg>'
        )

    def png(self, *, scale: int = 6) -> bytes:
        """The code as a picture file with its quiet zone; `scale` is the width of a module in pixels."""
        from PIL import Image, ImageDraw

        side = (self.size + 2 * QUIET) * scale
        image = Image.new("1", (side, side), 1)
        draw = ImageDraw.Draw(image)
        code = self.size * scale
        for box in self.boxes():
            left, top = QUIET * scale + box.x * code, QUIET * scale + box.y * code
            corners = (round(left), round(top), round(left + box.width * code) - 1, round(top + box.height * code) - 1)
            draw.rectangle(corners, fill=0 if box.is_black else 1)
        file = io.BytesIO()
        image.save(file, "PNG", optimize=True)
        return file.getvalue()


def girocode_picture(payload: str) -> Picture:
    """A GiroCode; `payload` is what `girocode` wrote."""
    return Picture(_rows(payload, GIROCODE_VERSION))


def swiss_picture(payload: str) -> Picture:
    """A Swiss QR code with the cross; `payload` is what `swiss_qr` wrote."""
    return Picture(_rows(payload, SWISS_VERSION), has_cross=True)


def _rows(payload: str, largest: int) -> tuple[tuple[bool, ...], ...]:
    code = segno.make(payload, error=_LEVEL, mode="byte", encoding="utf-8", micro=False, boost_error=False)
    assert int(code.version) <= largest, "the payload's own limits keep it below"
    return tuple(tuple(bool(module) for module in row) for row in code.matrix)


def _runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Where runs of black modules begin and end."""
    start = None
    for x, is_black in enumerate((*row, False)):
        if is_black and start is None:
            start = x
        elif not is_black and start is not None:
            yield start, x
            start = None


def _cross() -> Iterator[Box]:
    for width, height, is_black in (
        (_FIELD, _FIELD, False),
        (_BLACK, _BLACK, True),
        (_LONG, _BROAD, False),
        (_BROAD, _LONG, False),
    ):
        yield Box(
            0.5 - width / SWISS_CODE_MM / 2,
            0.5 - height / SWISS_CODE_MM / 2,
            width / SWISS_CODE_MM,
            height / SWISS_CODE_MM,
            is_black,
        )


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
