"""What may be paid out of a pooled account, and on which days; pure figures in minor units."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Rhythm(StrEnum):
    """How often is paid out."""

    BY_HAND = "by_hand"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Standing:
    """The merchant's share of a pooled account, and what of it is not his to have yet.

    `bank` is what the statements say. `unclear` came in and is for nothing known; `on_its_way` was ordered from the
    account and no statement shows it; `promised` are refunds that wait; `reserve` is what stays there as agreed.
    """

    bank: int
    unclear: int = 0
    on_its_way: int = 0
    promised: int = 0
    reserve: int = 0

    @property
    def held(self) -> int:
        return self.unclear + self.on_its_way + self.promised + self.reserve

    @property
    def available(self) -> int:
        """What can be paid out; below zero the merchant owes it, the reserve not counted."""
        return self.bank - self.held

    @property
    def missing(self) -> int:
        """What the merchant owes to the account: his share is overdrawn by so much."""
        return max(0, -(self.available + self.reserve))


def to_pay_out(standing: Standing, minimum: int) -> int:
    """How much leaves: all that is available, or nothing below the minimum."""
    return standing.available if standing.available >= max(minimum, 1) else 0


def next_day(rhythm: Rhythm, day: int, after: date) -> date | None:
    """The next day of paying out after a day; None when somebody has to say so.

    Args:
        rhythm: how often.
        day: the weekday (Monday is 1) or the day of the month; a month that is shorter pays on its last day.
        after: the day before the first possible one.
    """
    if rhythm is Rhythm.BY_HAND:
        return None
    if rhythm is Rhythm.DAILY:
        return after + timedelta(days=1)
    if rhythm is Rhythm.WEEKLY:
        return after + timedelta(days=(day - after.isoweekday() - 1) % 7 + 1)
    this_month = _in_month(after, day)
    return this_month if this_month > after else _in_month(after.replace(day=28) + timedelta(days=4), day)


def period(rhythm: Rhythm, due: date) -> str:
    """The name of the time that a payout settles: an account is settled once for each."""
    match rhythm:
        case Rhythm.WEEKLY:
            year, week, _ = due.isocalendar()
            return f"{year}-W{week:02d}"
        case Rhythm.MONTHLY:
            return f"{due:%Y-%m}"
        case Rhythm.DAILY:
            return due.isoformat()
        case Rhythm.BY_HAND:
            return f"{due.isoformat()}-by-hand"


def _in_month(month: date, day: int) -> date:
    return month.replace(day=min(day, monthrange(month.year, month.month)[1]))
