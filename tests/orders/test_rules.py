"""When a shop's list is too short to be believed, and how long a shop that fails is left alone."""

from datetime import datetime, timedelta

import pytest

from zahlmeister.orders.rules import is_given_up, is_suspicious, next_try


@pytest.mark.parametrize(
    ("known", "missing"),
    [
        (100, 31),  # more than thirty of a hundred
        (19, 6),
        (3, 3),  # all of them
        (1000, 1000),
    ],
)
def test_a_list_on_which_too_many_are_missing_is_not_believed(known: int, missing: int) -> None:
    assert is_suspicious(known=known, missing=missing)
    assert is_suspicious(known=known, missing=missing, confirmed=missing - 1)
    assert not is_suspicious(known=known, missing=missing, confirmed=missing)


@pytest.mark.parametrize(
    ("known", "missing"),
    [
        (100, 30),
        (20, 6),  # exactly the share
        (6, 5),  # so few may be missing whatever the share
        (2, 2),  # who has two open orders may sell both in a day
        (0, 0),
        (100, 0),
    ],
)
def test_a_list_on_which_few_are_missing_is_believed(known: int, missing: int) -> None:
    assert not is_suspicious(known=known, missing=missing)


@pytest.mark.parametrize(("failures", "minutes"), [(0, 1), (1, 2), (2, 4), (8, 256), (9, 360), (10, 360), (500, 360)])
def test_each_failure_doubles_the_wait_up_to_six_hours(failures: int, minutes: int) -> None:
    assert next_try(failures=failures, after=None, is_lasting=False) == timedelta(minutes=minutes)


def test_a_shop_may_wish_for_a_longer_wait_but_for_no_shorter() -> None:
    assert next_try(failures=0, after=90, is_lasting=False) == timedelta(seconds=90)
    assert next_try(failures=3, after=90, is_lasting=False) == timedelta(minutes=8)
    assert next_try(failures=20, after=8 * 3600, is_lasting=False) == timedelta(hours=8)


def test_where_trying_is_of_little_use_it_waits_an_hour_at_least() -> None:
    assert next_try(failures=0, after=None, is_lasting=True) == timedelta(hours=1)
    assert next_try(failures=7, after=None, is_lasting=True) == timedelta(minutes=128)


def test_a_shop_is_given_up_after_fourteen_days() -> None:
    since = datetime.fromisoformat("2026-11-01T10:00:00+00:00")

    assert is_given_up(troubled_since=since, at=since + timedelta(days=14))
    assert not is_given_up(troubled_since=since, at=since + timedelta(days=14) - timedelta(seconds=1))
    assert not is_given_up(troubled_since=None, at=since)
