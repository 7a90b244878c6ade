from datetime import date

import pytest

from zahlmeister.money.banking_days import Calendar, banking_day, is_banking_day, next_banking_day


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


def test_francs_and_euro_each_have_their_own_calendar():
    ascension = date(2026, 5, 14)

    assert is_banking_day(ascension)
    assert banking_day(ascension, calendar=Calendar.SWISS) == date(2026, 5, 15)
    assert next_banking_day(date(2026, 5, 13), Calendar.SWISS) == date(2026, 5, 15)
