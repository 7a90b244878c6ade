"""Do the statements of an account follow each other? Pure: balances in, gaps out."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from zahlmeister.money.banking_days import next_banking_day


@dataclass(frozen=True, slots=True)
class Link:
    """A statement with both balances, in minor units. `opened_on` is the day its opening balance is of."""

    opened_on: date
    opening: int
    closed_on: date
    closing: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Between the ends of two days the balance moved by `minor`, and no statement says how."""

    after: date
    before: date
    minor: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days from the first to the last, both of them among it."""

    first: date
    last: date


def silences(told: Iterable[Stretch]) -> list[Stretch]:
    """The days between files of which none of them tells anything, oldest first, each with a banking day at least.

    For files without balances: nothing proves that something is missing, and a person looks at the bank.
    """
    found: list[Stretch] = []
    reached = None
    for stretch in sorted(told, key=lambda one: (one.first, one.last)):
        if reached is not None and next_banking_day(reached) < stretch.first:
            found.append(Stretch(reached + timedelta(days=1), stretch.first - timedelta(days=1)))
        reached = max(reached, stretch.last) if reached else stretch.last
    return found


def gaps(links: Iterable[Link]) -> list[Gap]:
    """Where a statement is missing, oldest first.

    A statement hangs on the one before it when that closed with just the balance this one opens with. The same
    statement in several formats is one link; a month's statement beside its days' statements breaks nothing.
    """
    chain = sorted(set(links), key=lambda link: (link.opened_on, link.closed_on, link.opening, link.closing))
    closings: dict[date, set[int]] = defaultdict(set)
    for link in chain:
        closings[link.closed_on].add(link.closing)
    days = sorted(closings)
    first = chain[0].opened_on if chain else date.min
    begin = {(first, link.opening) for link in chain if link.opened_on == first and link.opening not in closings[first]}
    found: dict[tuple[date, date], Gap] = {}
    for link in chain:
        if (link.opened_on, link.opening) in begin:
            continue
        earlier = days[: bisect_left(days, link.opened_on)]
        near = {*earlier[-1:], *days[bisect_left(days, link.opened_on) : bisect_right(days, link.opened_on)]}
        if not any(link.opening in closings[day] for day in near):
            last = earlier[-1] if earlier else link.opened_on
            nearest = min(closings[last] or {link.opening}, key=lambda closing: abs(link.opening - closing))
            found.setdefault((last, link.opened_on), Gap(last, link.opened_on, link.opening - nearest))
    return sorted(found.values(), key=lambda gap: gap.before)
