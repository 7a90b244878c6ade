"""Which day is a payday, what the period is called, and what may leave."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.payouts.rules import Rhythm, Standing, next_day, period, to_pay_out
from zahlmeister.refunds.rules import GoneBack
from zahlmeister.refunds.rules import Rhythm as Collected

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


def test_of_which_nothing_is_said_nothing_is_held() -> None:
    assert (Standing(700).held, Standing(700).available, Standing(700).missing) == (0, 700, 0)


@pytest.mark.parametrize(
    ("standing", "missing"),
    [
        (Standing(-500), 500),
        (Standing(500, promised=700), 200),
        (Standing(500, reserve=700), 0),  # what is agreed to stay there is not owed
        (Standing(500, promised=700, reserve=300), 200),
    ],
)
def test_who_is_overdrawn_owes_it_without_the_reserve(standing: Standing, missing: int) -> None:
    assert standing.missing == missing


@pytest.mark.parametrize(
    ("rhythm", "due", "name"),
    [
        (Rhythm.DAILY, date(2027, 1, 1), "2027-01-01"),
        (Rhythm.WEEKLY, date(2027, 1, 1), "2026-W53"),
        (Rhythm.WEEKLY, date(2026, 1, 5), "2026-W02"),
        (Rhythm.MONTHLY, date(2027, 1, 1), "2027-01"),
        (Rhythm.BY_HAND, date(2027, 1, 1), "2027-01-01-by-hand"),
    ],
)
def test_each_time_that_is_settled_has_a_name_of_its_own(rhythm: Rhythm, due: date, name: str) -> None:
    assert period(rhythm, due) == name


def test_the_words_of_rhythms_that_are_kept_stay_as_they_are() -> None:
    assert [str(one) for one in Rhythm] == ["by_hand", "daily", "weekly", "monthly"]
    assert [str(one) for one in Collected] == ["weekly", "twice", "each"]
    assert [str(one) for one in GoneBack] == ["refunded_part", "refunded"]
