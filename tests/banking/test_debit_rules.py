"""What a mandate allows, as tables."""

from datetime import UTC, date, datetime, timedelta

import pytest

from zahlmeister.banking.debit_rules import (
    Leave,
    check_leave,
    day_after_notice,
    day_in_file,
    sequence,
    tell_by,
)
from zahlmeister.formats.payments.mandates import Sequence
from zahlmeister.refusals import Refused

DAY = date(2026, 12, 10)
SIGNED = Leave("M-1", date(2026, 11, 1))


@pytest.mark.parametrize(
    ("leave", "others", "why"),
    [
        (SIGNED, 5, None),
        (Leave("M-1", date(2023, 12, 11)), 0, None),  # a day before it lapses
        (Leave("M-1", date(2023, 12, 10)), 0, "has lapsed on 2026-12-10"),
        (Leave("M-1", date(2020, 1, 1), last_used_on=date(2024, 1, 2)), 1, None),  # each use lets it live on
        (Leave("M-1", date(2026, 11, 1), revoked_on=date(2026, 11, 5)), 0, "was revoked on 2026-11-05"),
        (Leave("M-1", date(2026, 12, 11)), 0, "after the day of collection"),
        (Leave("M-1", date(2026, 11, 1), is_once=True), 0, None),
        (Leave("M-1", date(2026, 11, 1), is_once=True), 1, "for the last time"),
        (Leave("M-1", date(2026, 11, 1), is_ended=True), 0, "for the last time"),
    ],
)
def test_when_may_be_collected(leave: Leave, others: int, why: str | None) -> None:
    if why is None:
        check_leave(leave, DAY, others=others)
    else:
        with pytest.raises(Refused, match=why):
            check_leave(leave, DAY, others=others)


@pytest.mark.parametrize(
    ("is_once", "is_last", "was_handed_in", "called"),
    [
        (False, False, False, Sequence.FIRST),
        (False, False, True, Sequence.RECURRENT),
        (False, True, True, Sequence.LAST),
        (True, False, False, Sequence.ONLY),
    ],
)
def test_how_a_collection_is_called(is_once: bool, is_last: bool, was_handed_in: bool, called: Sequence) -> None:
    leave = Leave("M-1", date(2026, 11, 1), is_once=is_once)
    assert sequence(leave, is_last=is_last, was_handed_in=was_handed_in) is called


@pytest.mark.parametrize(
    ("wanted", "told", "notice", "day"),
    [
        (date(2026, 12, 10), date(2026, 11, 20), 14, date(2026, 12, 10)),
        (date(2026, 12, 12), date(2026, 11, 20), 14, date(2026, 12, 14)),  # a Saturday
        (date(2026, 11, 25), date(2026, 11, 20), 14, date(2026, 12, 4)),  # told too late
        (date(2026, 11, 24), date(2026, 11, 23), 1, date(2026, 11, 24)),
        (date(2026, 12, 25), date(2026, 11, 20), 14, date(2026, 12, 28)),  # TARGET is closed at Christmas
    ],
)
def test_the_day_keeps_the_notice_and_the_calendar(wanted: date, told: date, notice: int, day: date) -> None:
    assert day_after_notice(wanted, told, notice) == day


def test_the_debtor_is_told_that_many_days_before() -> None:
    assert tell_by(DAY, 14) == date(2026, 11, 26)


def test_a_file_asks_for_the_agreed_day_or_the_first_that_a_bank_can_keep() -> None:
    friday = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    assert day_in_file(date(2026, 11, 26), friday) == date(2026, 11, 26)
    assert day_in_file(date(2026, 11, 20), friday) == date(2026, 11, 23)  # the next banking day
    assert day_in_file(date(2026, 11, 20), friday + timedelta(hours=5)) == date(2026, 11, 24)  # after the cut-off
    assert day_in_file(date(2026, 12, 5), friday) is None  # more than fourteen days ahead
