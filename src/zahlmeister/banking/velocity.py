"""Whether more leaves on a day than usual, and how much a day and a recipient may still get; pure, in minor units."""

from collections.abc import Sequence
from dataclasses import dataclass

#: From so many days with transfers on one knows what is usual.
KNOWN_DAYS = 5
#: So many times the largest day is unusual.
TIMES = 3
#: Fewer transfers than these are never too many.
FEW = 10


@dataclass(frozen=True, slots=True)
class Day:
    """What was drafted on one day."""

    count: int
    minor: int


def is_unusual(today: Day, before: Sequence[Day]) -> bool:
    """Whether today goes far beyond the days before, as when somebody empties an account.

    Args:
        today: with the transfer in question.
        before: the earlier days on which anything was drafted.
    """
    if len(before) < KNOWN_DAYS:
        return False
    too_much = today.minor > TIMES * max(day.minor for day in before)
    too_many = today.count > max(FEW, TIMES * max(day.count for day in before))
    return too_much or too_many


@dataclass(frozen=True, slots=True)
class Caps:
    """What may leave on one day in all, and to one recipient; None for any amount."""

    day: int | None = None
    recipient: int | None = None


def within(wanted: Sequence[tuple[str, int]], gone: Sequence[tuple[str, int]], caps: Caps) -> list[bool]:
    """Which of the wanted transfers still fit under the caps, in their order.

    Args:
        wanted: recipient and amount of each.
        gone: likewise, what has left today.
        caps: of a day.
    """
    left: dict[str, int] = {}
    for recipient, minor in gone:
        left[recipient] = left.get(recipient, 0) + minor
    total, fits = sum(left.values()), []
    for recipient, minor in wanted:
        to_him = left.get(recipient, 0) + minor
        may = (caps.day is None or total + minor <= caps.day) and (caps.recipient is None or to_him <= caps.recipient)
        fits.append(may)
        if may:
            left[recipient], total = to_him, total + minor
    return fits
