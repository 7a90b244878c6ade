"""The days on which banks book euro payments."""

from datetime import date, timedelta


def is_banking_day(day: date) -> bool:
    """Monday to Friday, except the holidays of the euro payment system T2.

    They are 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December, whatever the country.
    """
    easter = _easter(day.year)
    holidays = {
        date(day.year, 1, 1),
        easter - timedelta(days=2),
        easter + timedelta(days=1),
        date(day.year, 5, 1),
        date(day.year, 12, 25),
        date(day.year, 12, 26),
    }
    return day.weekday() < 5 and day not in holidays


def banking_day(day: date, later: int = 0) -> date:
    """The day itself or the next on which banks book, and so many banking days after it."""
    while not is_banking_day(day):
        day += timedelta(days=1)
    for _ in range(later):
        day = banking_day(day + timedelta(days=1))
    return day


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
