"""The running balance that some CSV exports have: does it add up, and what was there before and after?

Exports come oldest or newest first, and some banks write a balance only on the last row of a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise


@dataclass(frozen=True, slots=True)
class Step:
    """A booked row: what it moved, and the balance after it where the bank says so; in minor units."""

    line: int
    moved: int
    balance: int | None


@dataclass(frozen=True, slots=True)
class Course:
    """The balance before all rows and after them, and the line at which it jumps, if it does."""

    opening: int
    closing: int
    jump: int | None


def course(steps: Sequence[Step], *, newest_first: bool | None) -> Course | None:
    """The course of the balance; None where the rows do not tell it.

    Args:
        steps: in the order of the file.
        newest_first: what the days of the rows say, None when they are all the same.
    """
    known = [place for place, step in enumerate(steps) if step.balance is not None]
    if not known:
        return None
    sums = [0, *accumulate(step.moved for step in steps)]  # sums[n]: what the first n rows moved
    jumps_up = [second for first, second in pairwise(known) if not _adds_up(steps, sums, first, second)]
    jumps_down = [second for first, second in pairwise(known) if not _adds_down(steps, sums, first, second)]
    if len(steps) == 1:
        newest_first = False
    elif len(jumps_up) != len(jumps_down):
        newest_first = len(jumps_down) < len(jumps_up)
    jumps = jumps_down if newest_first else jumps_up
    if newest_first is None or 2 * len(jumps) > len(known):
        return None
    opening, closing = _ends(steps, sums, known, newest_first=newest_first)
    return Course(opening, closing, steps[jumps[0]].line if jumps else None)


def _ends(steps: Sequence[Step], sums: Sequence[int], known: Sequence[int], *, newest_first: bool) -> tuple[int, int]:
    first, last = steps[known[0]].balance or 0, steps[known[-1]].balance or 0
    if newest_first:
        return last - (sums[-1] - sums[known[-1]]), first + sums[known[0]]
    return first - sums[known[0] + 1], last + sums[-1] - sums[known[-1] + 1]


def _adds_up(steps: Sequence[Step], sums: Sequence[int], first: int, second: int) -> bool:
    return (steps[first].balance or 0) + sums[second + 1] - sums[first + 1] == steps[second].balance


def _adds_down(steps: Sequence[Step], sums: Sequence[int], first: int, second: int) -> bool:
    return (steps[second].balance or 0) + sums[second] - sums[first] == steps[first].balance
