"""Which day is a payday, what the period is called, and what may leave."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.payouts.rules import Rhythm, Standing, next_day, period, to_pay_out

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("rhythm", "day", "expected"),
    [
        (Rhythm.DAILY, 1, date(2026, 11, 23)),
        (Rhythm.WEEKLY, 1, date(2026, 11, 23)),
        (Rhythm.WEEKLY, 7, date(2026, 11, 29)),
        (Rhythm.MONTHLY, 22, date(2026, 12, 22)),
        (Rhythm.MONTHLY, 23, date(2026, 11, 23)),
        (Rhythm.MONTHLY, 31, date(2026, 11, 30)),
        (Rhythm.BY_HAND, 1, None),
    ],
)
def test_the_next_payday(rhythm: Rhythm, day: int, expected: date | None) -> None:
    assert next_day(rhythm, day, SUNDAY) == expected


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(1, 31))
def test_every_month_has_one_payday(after: date, day: int) -> None:
    first = next_day(Rhythm.MONTHLY, day, after)
    assert first is not None
    second = next_day(Rhythm.MONTHLY, day, first)
    assert second is not None
    assert after < first < second
    assert (second.year * 12 + second.month) - (first.year * 12 + first.month) == 1
    assert period(Rhythm.MONTHLY, first) != period(Rhythm.MONTHLY, second)


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(1, 7))
def test_every_week_has_one_payday(after: date, day: int) -> None:
    first = next_day(Rhythm.WEEKLY, day, after)
    assert first is not None
    assert (first.isoweekday(), timedelta() < first - after <= timedelta(days=7)) == (day, True)
    assert next_day(Rhythm.WEEKLY, day, first) == first + timedelta(days=7)


@pytest.mark.parametrize(
    ("standing", "minimum", "expected"),
    [
        (Standing(10_000), 0, 10_000),
        (Standing(10_000, unclear=2000, on_its_way=1000, promised=500, reserve=1500), 0, 5000),
        (Standing(10_000, reserve=5000), 5001, 0),
        (Standing(10_000, reserve=5000), 5000, 5000),
        (Standing(-500), 0, 0),
        (Standing(0), 0, 0),
    ],
)
def test_what_is_not_the_merchants_does_not_leave(standing: Standing, minimum: int, expected: int) -> None:
    assert to_pay_out(standing, minimum) == expected


def test_a_reserve_is_no_debt() -> None:
    assert Standing(500, reserve=2000).missing == 0
    assert Standing(-500, reserve=2000).missing == 500
    assert Standing(1000, promised=1800).missing == 800
