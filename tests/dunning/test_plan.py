"""When an item is asked for: five levels, holidays, leap days, and workers that stood still."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.dunning.plan import (
    DEFAULTS,
    BaseDay,
    Ending,
    Policy,
    Situation,
    Step,
    What,
    next_step,
    steps_until,
    working_day,
)

START = date(2026, 1, 1)
ANY_DAY = working_day("DE")
FIVE = Policy(BaseDay.INVOICED, (10, 7, 7, 7, 7), Ending.OVERDUE, 14, on_working_days=False)


def test_five_levels_each_counted_from_the_one_before():
    steps = list(steps_until(date(2026, 12, 31), Situation(date(2026, 1, 1)), FIVE, ANY_DAY, today=date(2026, 1, 1)))

    assert [(step.what, step.on, step.level) for step in steps] == [
        (What.REMIND, date(2026, 1, 11), 1),
        (What.REMIND, date(2026, 1, 18), 2),
        (What.REMIND, date(2026, 1, 25), 3),
        (What.REMIND, date(2026, 2, 1), 4),
        (What.REMIND, date(2026, 2, 8), 5),
        (What.OVERDUE, date(2026, 2, 22), 5),
    ]


def test_a_worker_that_stood_still_moves_everything_behind_it():
    late = Situation(date(2026, 1, 1), level=1, reached_on=date(2026, 1, 20))

    assert next_step(late, FIVE, ANY_DAY, today=START) == Step(What.REMIND, date(2026, 1, 27), 2)


def test_what_is_overdue_is_done_today_and_the_next_one_not_at_once():
    steps = list(steps_until(date(2026, 3, 10), Situation(date(2026, 1, 1)), FIVE, ANY_DAY, today=date(2026, 3, 1)))

    assert [step.on for step in steps] == [date(2026, 3, 1), date(2026, 3, 8)]


def test_a_buyer_who_pays_before_is_reminded_of_nothing_when_there_are_no_levels():
    never = Policy(BaseDay.ORDERED)

    assert next_step(Situation(date(2026, 1, 1)), never, ANY_DAY, today=START) is None


def test_waiting_ends_without_a_reminder_where_the_merchant_wants_none():
    strict = Policy(BaseDay.ORDERED, (), Ending.CANCEL, 14, on_working_days=False)

    assert next_step(Situation(date(2026, 1, 1)), strict, ANY_DAY, today=START) == Step(
        What.CANCEL, date(2026, 1, 15), 0
    )


def test_what_has_ended_stays_ended():
    assert (
        next_step(Situation(date(2026, 1, 1), 5, date(2026, 2, 8), has_ended=True), FIVE, ANY_DAY, today=START) is None
    )


def test_an_invoice_that_is_not_written_yet_is_not_asked_for():
    assert next_step(Situation(None), FIVE, ANY_DAY, today=START) is None


def test_a_taken_over_order_goes_on_at_its_level():
    taken_over = Situation(date(2026, 1, 1), level=3)

    assert next_step(taken_over, FIVE, ANY_DAY, today=START) == Step(What.REMIND, date(2026, 1, 8), 4)


def test_cash_on_delivery_is_asked_once_and_then_overdue():
    cod = DEFAULTS["cod"]
    steps = list(
        steps_until(date(2026, 12, 31), Situation(date(2026, 3, 2)), cod, working_day("DE"), today=date(2026, 3, 2))
    )

    assert [step.what for step in steps] == [What.ASK, What.OVERDUE]
    assert [step.on for step in steps] == [date(2026, 3, 16), date(2026, 4, 1)]


@pytest.mark.parametrize(
    ("country", "base", "on"),
    [
        ("DE", date(2026, 9, 27), date(2026, 10, 5)),  # 3 October is a Saturday and the day of unity
        ("AT", date(2026, 10, 20), date(2026, 10, 27)),  # 26 October is Austria's
        ("DE", date(2026, 10, 20), date(2026, 10, 26)),
        ("CH", date(2026, 7, 26), date(2026, 8, 3)),  # 1 August is a Saturday
        ("DE", date(2026, 12, 19), date(2026, 12, 28)),  # over Christmas and the week's end
        ("FR", date(2026, 12, 19), date(2026, 12, 28)),
    ],
)
def test_nobody_is_asked_on_a_holiday_of_his_country(country, base, on):
    step = next_step(Situation(base), DEFAULTS["prepayment"], working_day(country), today=START)

    assert step is not None
    assert step.on == on


def test_a_leap_day_is_a_day():
    policy = Policy(BaseDay.ORDERED, (1,), on_working_days=False)

    step = next_step(Situation(date(2028, 2, 28)), policy, ANY_DAY, today=START)

    assert step is not None
    assert step.on == date(2028, 2, 29)


@pytest.mark.parametrize("days", [(1, 2, 3, 4, 5, 6), (0,), (5, -1)])
def test_more_than_five_levels_or_no_interval_is_no_policy(days):
    with pytest.raises(ValueError, match="intervals"):
        Policy(BaseDay.ORDERED, days)


@given(
    base=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    days=st.lists(st.integers(1, 60), max_size=5).map(tuple),
    late=st.integers(0, 400),
)
def test_steps_never_come_together_nor_before_their_time(base, days, late):
    policy = Policy(BaseDay.ORDERED, days, Ending.OVERDUE, 7)
    today = base + timedelta(days=late)

    steps = list(steps_until(date(2040, 1, 1), Situation(base), policy, ANY_DAY, today=today))

    assert [step.level for step in steps] == [*range(1, len(days) + 1), len(days)]
    gaps = [later.on - earlier.on for earlier, later in pairwise(steps)]
    assert all(gap >= timedelta(days=wanted) for gap, wanted in zip(gaps, (*days[1:], 7), strict=False))


def test_what_was_left_lying_is_not_done_on_a_sunday():
    overdue = Situation(date(2026, 11, 2))

    step = next_step(overdue, DEFAULTS["prepayment"], working_day("DE"), today=date(2026, 11, 22))

    assert step == Step(What.REMIND, date(2026, 11, 23), 1)
