"""When is an open item asked for, and when does waiting end? Pure dates; the calendar of each debtor is handed in.

The first reminder comes so many days after the base day, each further one so many days after the one before it was
sent, the end so many days after the last. What is not sent on its day moves everything behind it: nobody gets two
reminders in one week because a worker stood still.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from zahlmeister.money.banking_days import Calendar, banking_day

MOST_LEVELS = 5


class BaseDay(StrEnum):
    """What the days of the first level are counted from."""

    ORDERED = "ordered"
    INVOICED = "invoiced"
    DUE = "due"


class Ending(StrEnum):
    """What becomes of an item that is not paid in the end."""

    NOTHING = "nothing"
    CANCEL = "cancel"  # prepayment: nothing was shipped
    OVERDUE = "overdue"  # invoice and cash on delivery: the goods are with the buyer


class What(StrEnum):
    """What is done on a day."""

    REMIND = "remind"
    ASK = "ask"  # cash on delivery: the buyer is asked once whether and to whom he has paid
    CANCEL = "cancel"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient a merchant is with one kind of payment.

    `days` are those of the levels, each counted from the one before; none means that nobody is reminded. `end_days`
    follow the last level, or the base day where there is none. `asks_once` makes a single question of the first level.
    """

    base: BaseDay
    days: tuple[int, ...] = ()
    ending: Ending = Ending.NOTHING
    end_days: int = 0
    asks_once: bool = False
    on_working_days: bool = True
    minimum_minor: int = 0

    def __post_init__(self) -> None:
        if len(self.days) > MOST_LEVELS or any(days < 1 for days in (*self.days, self.end_days or 1)):
            raise ValueError(f"{self.days} and {self.end_days} are no intervals: up to five, each a day at least.")


#: What a merchant begins with: asked kindly, in time, without fees.
DEFAULTS = {
    "prepayment": Policy(BaseDay.ORDERED, (6, 6), Ending.CANCEL, 6),
    "invoice": Policy(BaseDay.DUE, (4, 7, 10), Ending.OVERDUE, 14),
    "cod": Policy(BaseDay.ORDERED, (14,), Ending.OVERDUE, 16, asks_once=True),
}


@dataclass(frozen=True, slots=True)
class Situation:
    """Where an item stands: the day counted from, the level reached, and when it was reached."""

    base_on: date | None
    level: int = 0
    reached_on: date | None = None
    has_ended: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done, and on which day at the earliest. `level` is the one that is reached by it."""

    what: What
    on: date
    level: int


#: The day itself, or the next one on which the debtor's country works.
WorkingDay = Callable[[date], date]
_CALENDARS = {"DE": Calendar.GERMANY, "AT": Calendar.AUSTRIA, "CH": Calendar.SWISS, "LI": Calendar.SWISS}


@lru_cache(maxsize=256)
def working_day(country: str) -> WorkingDay:
    """The calendar by which a debtor of this country is asked for money; where it is not known, that of the euro."""
    calendar = _CALENDARS.get(country, Calendar.TARGET)
    return lambda day: banking_day(day, calendar=calendar)


def next_step(situation: Situation, policy: Policy, on_work: WorkingDay, *, today: date) -> Step | None:
    """What comes next for an item that stays unpaid, today at the earliest; None when nothing does.

    An item without a base day (an invoice that is not written yet) is not asked for.
    """
    counted_from = situation.reached_on or situation.base_on
    if situation.has_ended or counted_from is None:
        return None
    is_asked = situation.level < len(policy.days)
    if not is_asked and policy.ending is Ending.NOTHING:
        return None
    days = policy.days[situation.level] if is_asked else policy.end_days
    on = max(counted_from + timedelta(days=days), today)
    what = _notice(policy) if is_asked else What(policy.ending.value)
    return Step(what, on_work(on) if policy.on_working_days else on, situation.level + is_asked)


def steps_until(
    last: date, situation: Situation, policy: Policy, on_work: WorkingDay, *, today: date
) -> Iterator[Step]:
    """Everything that would be done up to a day if nothing is paid; what is overdue would be done today."""
    while (step := next_step(situation, policy, on_work, today=today)) is not None:
        if step.on > last:
            return
        yield step
        situation = replace(
            situation, level=step.level, reached_on=step.on, has_ended=step.what in (What.CANCEL, What.OVERDUE)
        )


def _notice(policy: Policy) -> What:
    return What.ASK if policy.asks_once else What.REMIND
