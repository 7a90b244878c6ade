"""The days on which banks book: euro by the calendar of the euro payment system, francs by that of Zurich.

Instant payments know no such days: they are booked at any hour of any day.
"""

from datetime import date, timedelta
from enum import Enum
from functools import lru_cache


class Calendar(Enum):
    """Which holidays count besides Saturday and Sunday: fixed days (month, day) and days from Easter Sunday.

    TARGET is the euro payment system T2 of the central banks, whatever the country: New Year, Good Friday, Easter
    Monday, 1 May, 25 and 26 December. SWISS is that of the banks in Zurich: also 2 January, Ascension, Whit Monday
    and 1 August. GERMANY and AUSTRIA are the public holidays of the whole country: on them banks may book, but nobody
    is asked for money.
    """

    TARGET = (((1, 1), (5, 1), (12, 25), (12, 26)), (-2, 1))
    SWISS = (((1, 1), (1, 2), (5, 1), (8, 1), (12, 25), (12, 26)), (-2, 1, 39, 50))
    GERMANY = (((1, 1), (5, 1), (10, 3), (12, 25), (12, 26)), (-2, 1, 39, 50))
    AUSTRIA = (
        ((1, 1), (1, 6), (5, 1), (8, 15), (10, 26), (11, 1), (12, 8), (12, 25), (12, 26)),
        (1, 39, 50, 60),
    )


def is_banking_day(day: date, calendar: Calendar = Calendar.TARGET) -> bool:
    """Monday to Friday, except the holidays of the calendar."""
    return day.weekday() < 5 and day not in _holidays(day.year, calendar)


def banking_day(day: date, later: int = 0, calendar: Calendar = Calendar.TARGET) -> date:
    """The day itself or the next on which banks book, and so many banking days after it."""
    while not is_banking_day(day, calendar):
        day += timedelta(days=1)
    for _ in range(later):
        day = banking_day(day + timedelta(days=1), calendar=calendar)
    return day


def next_banking_day(day: date, calendar: Calendar = Calendar.TARGET) -> date:
    """The first banking day after this one."""
    return banking_day(day + timedelta(days=1), calendar=calendar)


def last_banking_day(day: date, calendar: Calendar = Calendar.TARGET) -> date:
    """The day itself or the one before it on which banks booked last."""
    while not is_banking_day(day, calendar):
        day -= timedelta(days=1)
    return day


@lru_cache(maxsize=256)
def _holidays(year: int, calendar: Calendar) -> frozenset[date]:
    fixed, from_easter = calendar.value
    easter = _easter(year)
    return frozenset(
        {
            *(date(year, month, day) for month, day in fixed),
            *(easter + timedelta(days=days) for days in from_easter),
        }
    )


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the rule of Gauss as completed by Lichtenberg."""
    century = year // 100
    moon = 15 + (3 * century + 3) // 4 - (8 * century + 13) // 25
    sun = 2 - (3 * century + 3) // 4
    cycle = year % 19
    seed = (19 * cycle + moon) % 30
    correction = (seed + cycle // 11) // 29
    border = 21 + seed - correction
    first_sunday = 7 - (year + year // 4 + sun) % 7
    march_day = border + 7 - (border - first_sunday) % 7
    return date(year, 3, 1) + timedelta(days=march_day - 1)
