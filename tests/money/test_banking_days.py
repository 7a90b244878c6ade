from datetime import date, timedelta

import pytest

from zahlmeister.money.banking_days import (
    Calendar,
    banking_day,
    is_banking_day,
    last_banking_day,
    next_banking_day,
)


@pytest.mark.parametrize(
    "holiday",
    [
        date(2026, 1, 1),
        date(2026, 4, 3),  # Good Friday
        date(2026, 4, 6),  # Easter Monday
        date(2025, 4, 18),
        date(2024, 4, 1),
        date(2026, 5, 1),
        date(2026, 12, 25),
        date(2025, 12, 26),
        date(2026, 11, 21),  # a Saturday
    ],
)
def test_banks_rest(holiday):
    assert not is_banking_day(holiday)


@pytest.mark.parametrize("day", [date(2026, 4, 7), date(2026, 10, 3 + 2), date(2026, 5, 14), date(2026, 12, 24)])
def test_banks_book_on_other_days_even_where_the_country_rests(day):
    assert is_banking_day(day)


def test_a_weekend_is_skipped_and_days_are_counted_from_there():
    saturday = date(2026, 11, 21)

    assert banking_day(saturday) == date(2026, 11, 23)
    assert banking_day(saturday, 2) == date(2026, 11, 25)
    assert banking_day(date(2026, 12, 24), 1) == date(2026, 12, 28)


def test_the_next_banking_day_is_never_the_day_itself():
    assert next_banking_day(date(2026, 11, 20)) == date(2026, 11, 23)
    assert next_banking_day(date(2026, 11, 23)) == date(2026, 11, 24)
    assert next_banking_day(date(2026, 4, 2)) == date(2026, 4, 7)  # over Good Friday and Easter Monday


@pytest.mark.parametrize(
    "holiday",
    [date(2026, 1, 2), date(2026, 4, 3), date(2026, 5, 1), date(2026, 5, 14), date(2026, 5, 25), date(2025, 8, 1)],
)
def test_francs_rest_when_switzerland_rests(holiday):
    assert not is_banking_day(holiday, Calendar.SWISS)


def test_days_are_counted_on_by_the_calendar_of_the_currency():
    assert banking_day(date(2025, 12, 31), 1, Calendar.SWISS) == date(2026, 1, 5)  # the second of January is a holiday
    assert banking_day(date(2025, 12, 31), 1) == date(2026, 1, 2)


def test_francs_and_euro_each_have_their_own_calendar():
    ascension = date(2026, 5, 14)

    assert is_banking_day(ascension)
    assert banking_day(ascension, calendar=Calendar.SWISS) == date(2026, 5, 15)
    assert next_banking_day(date(2026, 5, 13), Calendar.SWISS) == date(2026, 5, 15)


def easter(year):
    """Easter Sunday by another way than the house's: the new moons counted in the golden number and the epact."""
    golden = year % 19 + 1
    century = year // 100 + 1
    not_leap, drift = 3 * century // 4 - 12, (8 * century + 5) // 25 - 5
    epact = (11 * golden + 20 + drift - not_leap) % 30
    if epact == 24 or (epact == 25 and golden > 11):
        epact += 1
    full_moon = 44 - epact + (30 if 44 - epact < 21 else 0)
    sunday = full_moon + 7 - (5 * year // 4 - not_leap - 10 + full_moon) % 7
    return date(year, 3, 1) + timedelta(days=sunday - 1)


#: What the lists of the banks say: fixed days, and days from Easter Sunday.
EVERYWHERE = {(1, 1), (5, 1), (12, 25), (12, 26)}
LISTS = {
    Calendar.TARGET: (EVERYWHERE, {-2, 1}),
    Calendar.SWISS: (EVERYWHERE | {(1, 2), (8, 1)}, {-2, 1, 39, 50}),
    Calendar.GERMANY: (EVERYWHERE | {(10, 3)}, {-2, 1, 39, 50}),
    Calendar.AUSTRIA: (EVERYWHERE | {(1, 6), (8, 15), (10, 26), (11, 1), (12, 8)}, {1, 39, 50, 60}),
}


@pytest.mark.parametrize("calendar", Calendar)
@pytest.mark.parametrize("year", [1954, 1981, 2000, 2024, 2026, 2027, 2028, 2049, 2076, 2100, 2199, 2285])
def test_a_year_has_its_holidays_and_no_others(year, calendar):
    fixed, moving = LISTS[calendar]
    rest = {date(year, *day) for day in fixed} | {easter(year) + timedelta(days=days) for days in moving}
    days = [date(year, 1, 1) + timedelta(days=day) for day in range(365)]

    assert [day for day in days if not is_banking_day(day, calendar)] == [
        day for day in days if day.isoweekday() > 5 or day in rest
    ]


def test_easter_is_where_it_is_in_every_year_of_four_centuries():
    for year in range(1900, 2300):
        monday = easter(year) + timedelta(days=1)
        assert not is_banking_day(monday)
        assert not is_banking_day(monday - timedelta(days=3)), "Good Friday"


def test_the_last_banking_day_may_be_the_day_itself():
    assert last_banking_day(date(2026, 11, 20)) == date(2026, 11, 20)
    assert last_banking_day(date(2026, 11, 22)) == date(2026, 11, 20)
    assert last_banking_day(date(2026, 4, 6)) == date(2026, 4, 2)
    assert last_banking_day(date(2026, 5, 14), Calendar.SWISS) == date(2026, 5, 13)
