"""A missing statement is noticed; the same one in several formats, or a month beside its days, is none."""

from datetime import date, timedelta
from itertools import pairwise, permutations

from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.banking.chain import Gap, Link, Stretch, gaps, silences


def day(number: int) -> date:
    return date(2026, 11, 1) + timedelta(days=number)


def daily(*balances: int) -> list[Link]:
    """A statement a day; the opening balance is of the day before."""
    return [Link(day(n), before, day(n + 1), after) for n, (before, after) in enumerate(pairwise(balances))]


def test_statements_that_follow_each_other_have_no_gap() -> None:
    assert gaps(daily(0, 100, 250, 250, 90)) == []


def test_a_missing_day_is_told_with_what_it_moved() -> None:
    one, _, three = daily(0, 100, 250, 90)

    assert gaps([one, three]) == [Gap(day(1), day(2), 150)]


def test_a_day_that_opens_with_its_own_date_is_no_gap() -> None:
    assert gaps([Link(day(1), 0, day(1), 100), Link(day(2), 100, day(2), 250)]) == []


def test_several_statements_of_one_day_hang_together() -> None:
    several = [Link(day(1), 50, day(1), 10), Link(day(1), 10, day(1), 30), Link(day(2), 30, day(2), 20)]
    for links in permutations(several):
        assert gaps(links) == []


def test_a_months_statement_beside_its_days_is_no_gap() -> None:
    days = daily(0, 100, 250, 90)

    assert gaps([*days, Link(day(0), 0, day(3), 90)]) == []


def test_an_older_statement_handed_in_later_moves_the_gap() -> None:
    days = daily(0, 10, 20, 30, 40, 50)

    assert gaps([days[4], days[1]]) == [Gap(day(2), day(4), 20)]
    assert gaps([days[4], days[1], days[2], days[3]]) == []


@given(st.lists(st.integers(-1000, 1000).filter(bool), min_size=3, max_size=30), st.data())
def test_whatever_is_missing_in_the_middle_is_found(moves: list[int], data: st.DataObject) -> None:
    balances = [0]
    for move in moves:
        balances.append(balances[-1] + abs(move))  # never twice the same balance
    links = daily(*balances)
    missing = data.draw(st.integers(1, len(links) - 2))
    shuffled = data.draw(st.permutations(links[:missing] + links[missing + 1 :]))

    assert gaps(shuffled * 2) == [Gap(day(missing), day(missing + 1), abs(moves[missing]))]


def test_days_that_no_file_tells_of_are_a_silence() -> None:
    weeks = [Stretch(date(2026, 11, 9), date(2026, 11, 13)), Stretch(date(2026, 10, 26), date(2026, 11, 2))]

    assert silences(weeks) == [Stretch(date(2026, 11, 3), date(2026, 11, 8))]


def test_a_weekend_between_two_files_is_no_silence_but_the_monday_after_it_is() -> None:
    friday, monday, tuesday = date(2026, 11, 6), date(2026, 11, 9), date(2026, 11, 10)

    assert silences([Stretch(friday, friday), Stretch(monday, monday)]) == []
    assert silences([Stretch(friday, friday), Stretch(tuesday, tuesday)]) == [
        Stretch(friday + timedelta(days=1), monday)
    ]


def test_a_file_over_many_days_covers_the_quiet_ones_in_it() -> None:
    month, week = Stretch(date(2026, 10, 1), date(2026, 10, 30)), Stretch(date(2026, 10, 5), date(2026, 10, 9))

    assert silences([week, month, Stretch(date(2026, 11, 2), date(2026, 11, 2))]) == []
    assert silences([]) == []
