"""How what came in at a provider is divided, and when a payment is asked about again."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.intents.rules import divided, next_late_look, next_look, next_second_look

BEGAN = datetime.fromisoformat("2026-11-20T10:00:00+00:00")
CHOSEN = [(1, 500), (2, 300)]


@pytest.mark.parametrize(
    ("minor", "owed", "parts", "left"),
    [
        (800, {1: 500, 2: 300}, [(1, 500), (2, 300)], 0),
        (801, {1: 500, 2: 300}, [(1, 500), (2, 300)], 1),
        (600, {1: 500, 2: 300}, [(1, 500), (2, 100)], 0),  # who comes first is served first
        (800, {1: 200, 2: 400}, [(1, 200), (2, 400)], 200),  # chosen for what is paid by now, it fills up the other
        (800, {1: 200, 2: 900}, [(1, 200), (2, 600)], 0),
        (900, {1: 900, 2: 900}, [(1, 600), (2, 300)], 0),  # everybody gets what was chosen before anybody gets more
        (800, {2: 300}, [(2, 300)], 500),
        (800, {1: 0, 2: -5}, [], 800),
        (0, {1: 500, 2: 300}, [], 0),
    ],
)
def test_what_came_in_goes_where_it_was_chosen_for_and_then_where_it_is_owed(
    minor: int, owed: Mapping[int, int], parts: list[tuple[int, int]], left: int
) -> None:
    assert divided(minor, CHOSEN, owed) == (parts, left)


def test_what_nobody_chose_gets_nothing() -> None:
    assert divided(700, [(1, 500)], {1: 500, 3: 900}) == ([(1, 500)], 200)


@given(
    st.integers(0, 2000),
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 900)), max_size=4, unique_by=lambda one: one[0]),
    st.dictionaries(st.integers(1, 4), st.integers(0, 900)),
)
def test_no_cent_is_lost_and_no_item_gets_more_than_it_owes(
    minor: int, chosen: list[tuple[int, int]], owed: dict[int, int]
) -> None:
    parts, left = divided(minor, chosen, owed)

    assert sum(part for _, part in parts) + left == minor
    assert all(0 < part <= owed[item] for item, part in parts)
    assert left == max(minor - sum(owed.get(item, 0) for item, _ in chosen), 0)


@pytest.mark.parametrize(
    ("minutes", "wait"), [(0, 1), (1, 1), (4, 1), (8, 2), (60, 15), (120, 30), (121, 30), (10_000, 30)]
)
def test_a_payment_that_is_not_over_is_asked_about_ever_more_rarely(minutes: int, wait: int) -> None:
    at = BEGAN + timedelta(minutes=minutes)

    assert next_look(BEGAN, at) == at + timedelta(minutes=wait)


@pytest.mark.parametrize(
    ("hours", "wait"),
    [(0, 1), (23.9, 1), (24, 24), (119.9, 24)],
)
def test_one_that_only_we_gave_up_is_asked_about_hourly_for_a_day_then_daily(hours: float, wait: int) -> None:
    at = BEGAN + timedelta(hours=hours)

    assert next_late_look(BEGAN, at) == at + timedelta(hours=wait)


def test_after_five_days_nobody_pays_one_that_was_given_up() -> None:
    assert next_late_look(BEGAN, BEGAN + timedelta(days=5)) is None
    assert next_late_look(BEGAN, BEGAN + timedelta(days=6)) is None


@pytest.mark.parametrize(("days", "wait"), [(0, 1), (0.5, 1), (1, 1), (2, 2), (90, 90), (179.5, 179.5)])
def test_one_that_succeeded_is_asked_about_after_a_day_and_then_twice_as_late(days: float, wait: float) -> None:
    at = BEGAN + timedelta(days=days)

    assert next_second_look(BEGAN, at) == at + timedelta(days=wait)


def test_after_half_a_year_nobody_takes_money_back() -> None:
    assert next_second_look(BEGAN, BEGAN + timedelta(days=180)) is None
