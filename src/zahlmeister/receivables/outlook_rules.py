"""What is likely to come in: how long orders took to be paid so far, carried on into the next thirty days.

For every payment kind the merchant's own orders of the last half year say which part of what is still unpaid so many
days after the order is paid on that very day (the rate of Kaplan and Meier, weighted by money, so that young orders
count as far as they are known). Orders that are open now go on along this curve, and so do the orders that are still to
come: as many as there were in the last eight weeks, by the day of the week. What falls on a day is shared out by the
days of the week on which money came so far, because banks book on working days.

The same is worked out for three months that are over, from what was known then; by how much that was wrong is the error
that is shown. All figures are whole minor units, rates are millionths.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

DAYS = 30
HISTORY = 180
#: What tells how many orders are still to come, and on which days of the week money comes.
RECENT = 56
#: After so many days an order that is not paid is not paid at all, as far as this goes.
LONGEST = 120
#: With fewer paid orders than this nothing is said.
LEAST = 30
#: How many days ago the three months began that are over.
LOOKED_BACK = (30, 60, 90)
_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Cell:
    """Orders of one kind and day that were paid on one day (None: not yet): how many, and their sum."""

    kind: str
    opened_on: date
    settled_on: date | None
    count: int
    minor: int


@dataclass(frozen=True, slots=True)
class Curve:
    """How orders of one kind are paid: of what is unpaid `lag` days after the order, `rates[lag]` is paid that day."""

    rates: tuple[int, ...]

    def paid_after(self, lag: int) -> int:
        """The share that is paid so many days after the order, in millionths."""
        return _ALL - self._left(lag)

    def half_after(self) -> int | None:
        """After how many days half of it is paid; None when it never is."""
        return next((lag for lag in range(LONGEST + 1) if self.paid_after(lag) * 2 >= _ALL), None)

    def coming(self, minor: int, age: int) -> list[int]:
        """What of this money, unpaid after `age` days, comes on each of the next days."""
        left, found = minor * _ALL, []
        for lag in range(age + 1, age + 1 + DAYS):
            paid = left * self.rates[lag] // _ALL if lag <= LONGEST else 0
            found.append(paid // _ALL)
            left -= paid
        return found

    def _left(self, lag: int) -> int:
        left = _ALL
        for rate in self.rates[: lag + 1]:
            left -= left * rate // _ALL
        return left


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected on one day: for orders that are open, and for orders that are still to come."""

    open_minor: int
    new_minor: int


@dataclass(frozen=True, slots=True)
class Tried:
    """A month that is over: what was to be expected of it the day before, and what came."""

    first: date
    expected_minor: int
    came_minor: int

    @property
    def off_minor(self) -> int:
        return abs(self.expected_minor - self.came_minor)


@dataclass(frozen=True, slots=True)
class Outlook:
    """The next thirty days from `first` on, the curves they rest on, and the months that were tried."""

    first: date
    days: Sequence[Expected]
    curves: Mapping[str, Curve]
    tried: Sequence[Tried]


def look_ahead(cells: Sequence[Cell], still_open: Mapping[tuple[str, date], int], first: date) -> Outlook | None:
    """What the next thirty days bring; None when too little is known.

    Args:
        cells: the merchant's orders of the last `HISTORY` + 90 days in one currency, all that became of them.
        still_open: what is open now, by payment kind and day of the order.
        first: the first day that is looked at; what is known ends the day before.
    """
    until = first - timedelta(days=1)
    if sum(cell.count for cell in cells if cell.settled_on and cell.settled_on <= until) < LEAST:
        return None
    curves = _curves(cells, until)
    days = _expected(cells, still_open, curves, until)
    tried = [one for one in (_tried(cells, first - timedelta(days=back)) for back in LOOKED_BACK) if one]
    return Outlook(first, days, curves, tried)


def error_per_mille(tried: Sequence[Tried]) -> int | None:
    """By how much the months that were tried were wrong, as a share of what came; None when nothing was tried."""
    came = sum(one.came_minor for one in tried)
    return 1000 * sum(one.off_minor for one in tried) // came if came else None


def curve(cells: Iterable[Cell], until: date) -> Curve:
    """How orders of one kind were paid, as it is known at the end of a day."""
    paid: Counter[int] = Counter()
    seen: Counter[int] = Counter()  # by the last lag up to which they were watched unpaid
    for cell in cells:
        is_paid = cell.settled_on is not None and cell.settled_on <= until
        last = (cell.settled_on if is_paid and cell.settled_on else until) - cell.opened_on
        lag = min(max(last.days, 0), LONGEST)
        seen[lag] += cell.minor
        paid[lag] += cell.minor if is_paid and last.days <= LONGEST else 0
    rates, watched = [0] * (LONGEST + 1), 0
    for lag in range(LONGEST, -1, -1):
        watched += seen[lag]
        rates[lag] = _ALL * paid[lag] // watched if watched else 0
    return Curve(tuple(rates))


def _curves(cells: Sequence[Cell], until: date) -> dict[str, Curve]:
    known = [cell for cell in cells if until - timedelta(days=HISTORY) < cell.opened_on <= until]
    kinds = sorted({cell.kind for cell in known})
    return {kind: curve([cell for cell in known if cell.kind == kind], until) for kind in kinds}


def _expected(
    cells: Sequence[Cell], still_open: Mapping[tuple[str, date], int], curves: Mapping[str, Curve], until: date
) -> list[Expected]:
    open_, new = [0] * DAYS, [0] * DAYS
    for (kind, opened_on), minor in still_open.items():
        if kind in curves:
            _add(open_, curves[kind].coming(minor, max((until - opened_on).days, 0)), 0)
    ordered = _ordered_by_weekday(cells, until)
    for kind, found in curves.items():
        for ahead in range(DAYS):
            minor = ordered[kind, (until + timedelta(days=ahead + 1)).weekday()]
            _add(new, found.coming(minor, -1), ahead)
    share = _weekdays(cells, until)
    on = [share[(until + timedelta(days=ahead + 1)).weekday()] for ahead in range(DAYS)]
    return [Expected(a * part // _ALL, b * part // _ALL) for a, b, part in zip(open_, new, on, strict=True)]


def _add(to: list[int], what: Sequence[int], start: int) -> None:
    for place in range(start, DAYS):
        to[place] += what[place - start]


def _ordered_by_weekday(cells: Sequence[Cell], until: date) -> Counter[tuple[str, int]]:
    """What is ordered on an average day of the week, by kind and weekday."""
    ordered: Counter[tuple[str, int]] = Counter()
    for cell in cells:
        if until - timedelta(days=RECENT) < cell.opened_on <= until:
            ordered[cell.kind, cell.opened_on.weekday()] += cell.minor
    return Counter({key: minor * 7 // RECENT for key, minor in ordered.items()})


def _weekdays(cells: Sequence[Cell], until: date) -> list[int]:
    """How much more or less than on an average day comes on each day of the week, in millionths."""
    came = [0] * 7
    for cell in cells:
        if cell.settled_on and until - timedelta(days=RECENT) < cell.settled_on <= until:
            came[cell.settled_on.weekday()] += cell.minor
    total = sum(came)
    return [minor * 7 * _ALL // total for minor in came] if total else [_ALL] * 7


def _tried(cells: Sequence[Cell], first: date) -> Tried | None:
    """A month that is over, with what was known before it; None when too little was."""
    until, last = first - timedelta(days=1), first + timedelta(days=DAYS - 1)
    if sum(cell.count for cell in cells if cell.settled_on and cell.settled_on <= until) < LEAST:
        return None
    then_open: Counter[tuple[str, date]] = Counter()
    came = 0
    for cell in cells:
        is_late = cell.settled_on is None or cell.settled_on > until
        if is_late and cell.opened_on <= until:
            then_open[cell.kind, cell.opened_on] += cell.minor
        if cell.settled_on and first <= cell.settled_on <= last:
            came += cell.minor
    days = _expected(cells, then_open, _curves(cells, until), until)
    return Tried(first, sum(day.open_minor + day.new_minor for day in days), came)
