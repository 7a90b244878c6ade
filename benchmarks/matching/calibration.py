"""How sure a matcher was against how often it was right: as bars for a terminal and as a picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from math import log, sqrt

#: Borders of the bins. They become finer towards certainty, where money is booked.
EDGES = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999)
WIDTH = 30


@dataclass(slots=True)
class Bin:
    """Best answers of about the same confidence."""

    count: int = 0
    right: int = 0
    booked: int = 0
    wrong: int = 0  # of those booked
    stated: float = 0.0  # sum of the confidences

    @property
    def mean(self) -> float:
        return self.stated / self.count

    @property
    def observed(self) -> float:
        return self.right / self.count

    def interval(self) -> tuple[float, float]:
        """Where the true share lies with 95 % probability (Wilson)."""
        z, n, p = 1.96, self.count, self.observed
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(middle - half, 0.0), min(middle + half, 1.0)


@dataclass(slots=True)
class Calibration:
    """Bins by confidence, only those that hold something."""

    bins: dict[float, Bin] = field(default_factory=dict)

    def add(self, confidence: float, *, is_true: bool, is_booked: bool, is_wrong: bool = False) -> None:
        """Count the best answer to one payment; wrong is only what is booked."""
        edge = max(edge for edge in EDGES if edge <= confidence)
        found = self.bins.setdefault(edge, Bin())
        found.count += 1
        found.right += is_true
        found.booked += is_booked
        found.wrong += is_wrong
        found.stated += confidence

    def merge(self, other: "Calibration") -> None:
        """Add what another run has counted."""
        for edge, found in other.bins.items():
            mine = self.bins.setdefault(edge, Bin())
            mine.count += found.count
            mine.right += found.right
            mine.booked += found.booked
            mine.wrong += found.wrong
            mine.stated += found.stated

    def sorted(self) -> list[tuple[float, Bin]]:
        return sorted(self.bins.items())

    def lines(self) -> list[str]:
        """A table with bars: what was observed, and `|` where the confidence said it would be."""
        head = "    stated   observed   (95 % between)       count   booked  wrong"
        return [head, *(_line(found) for _, found in self.sorted())]


def _line(found: Bin) -> str:
    low, high = found.interval()
    bar = list(("█" * round(found.observed * WIDTH)).ljust(WIDTH, "·"))
    bar[min(round(found.mean * WIDTH), WIDTH - 1)] = "|"
    shares = f"    {found.mean:8.5f} {found.observed:8.5f}   {low:.4f} … {high:.4f}"
    return f"{shares} {found.count:11,} {found.booked:8,} {found.wrong:6,}  {''.join(bar)}"


# The picture: both axes in log-odds, so that 0.99 and 0.9999 lie as far apart as they are.
_SIZE, _LEFT, _TOP = 420, 60, 40
_LOWEST, _HIGHEST = 0.01, 0.99999
_TICKS = (0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999)
_COLOURS = ("#1f5fa8", "#c05a1e", "#4b7f3a")


def picture(series: Mapping[str, Calibration], caption: str) -> str:
    """An SVG: stated confidence to the right, observed share upwards, the dot's area by the number of payments."""
    dots = [
        dot
        for (name, calibration), colour in zip(series.items(), _COLOURS, strict=False)
        for edge, found in calibration.sorted()
        for dot in _dot(found, colour, name)
    ]
    legend = [
        f'<text x="{_LEFT + 14}" y="{_TOP + 18 + 18 * i}" fill="{colour}">● {escape(name)}</text>'
        for i, (name, colour) in enumerate(zip(series, _COLOURS, strict=False))
    ]
    box = f"0 0 {_SIZE + _LEFT + 30} {_SIZE + _TOP + 60}"
    font = 'role="img" font-family="sans-serif" font-size="12"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" {font}>',
            f"<title>{escape(caption)}</title>",
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            f'<text x="{_LEFT}" y="22" font-size="13">{escape(caption)}</text>',
            *_axes(),
            *dots,
            *legend,
            "</svg>\n",
        )
    )


def _axes() -> list[str]:
    end, right, middle = _TOP + _SIZE, _LEFT + _SIZE, _SIZE / 2
    lines = [
        f'<rect x="{_LEFT}" y="{_TOP}" width="{_SIZE}" height="{_SIZE}" fill="none" stroke="#888888"/>',
        f'<line x1="{_LEFT}" y1="{end}" x2="{right}" y2="{_TOP}" stroke="#888888" stroke-dasharray="4 4"/>',
        f'<text x="{_LEFT + middle}" y="{end + 42}" text-anchor="middle">stated confidence</text>',
        f'<text transform="translate(14 {_TOP + middle}) rotate(-90)" text-anchor="middle">observed right</text>',
    ]
    for tick in _TICKS:
        x, y = _across(tick), _up(tick)
        lines.append(f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{end}" stroke="#e4e4e4"/>')
        lines.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_LEFT + _SIZE}" y2="{y:.1f}" stroke="#e4e4e4"/>')
        lines.append(f'<text x="{x:.1f}" y="{end + 18}" text-anchor="middle">{tick}</text>')
        lines.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick}</text>')
    return lines


def _dot(found: Bin, colour: str, name: str) -> list[str]:
    x, low, high = _across(found.mean), *map(_up, found.interval())
    radius = min(3 + found.count**0.35 / 2, 14)
    told = f"{name}: stated {found.mean:.5f}, observed {found.observed:.5f}, {found.count} payments"
    place = f'cx="{x:.1f}" cy="{_up(found.observed):.1f}" r="{radius:.1f}"'
    return [
        f'<line x1="{x:.1f}" y1="{low:.1f}" x2="{x:.1f}" y2="{high:.1f}" stroke="{colour}" stroke-width="1.5"/>',
        f'<circle {place} fill="{colour}" fill-opacity="0.65"><title>{escape(told)}</title></circle>',
    ]


def _across(probability: float) -> float:
    return _LEFT + _SIZE * _place(probability)


def _up(probability: float) -> float:
    return _TOP + _SIZE * (1 - _place(probability))


def _place(probability: float) -> float:
    """Where a probability lies between the ends of an axis, 0 to 1."""
    safe = min(max(probability, _LOWEST), _HIGHEST)
    return (_odds(safe) - _odds(_LOWEST)) / (_odds(_HIGHEST) - _odds(_LOWEST))


def _odds(probability: float) -> float:
    return log(probability / (1 - probability))
