"""How much may go back and when, as tables and properties."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.refunds.rules import (
    AboveLimit,
    GoneBack,
    Rhythm,
    due_on,
    gone_back,
    limit_of_money,
    limit_of_order,
    netted,
    said_in_transfer,
    slot,
    split,
)

FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("total", "paid", "earlier", "only_paid", "left"),
    [
        (5000, 5000, 0, False, 10000),  # twice the order
        (5000, 0, 0, False, 10000),  # also when nothing was paid
        (5000, 12000, 0, False, 12000),  # more than twice was paid: all of that
        (5000, 5000, 10000, False, 0),  # earlier refunds count
        (5000, 5000, 12000, False, 0),  # the order became smaller since
        (5000, 3000, 0, True, 3000),  # from the shop: what was paid
        (5000, 0, 0, True, 0),
        (5000, 12000, 2000, True, 10000),
        (-500, 0, 0, False, 0),  # an order of less than nothing
    ],
)
def test_what_may_go_back_for_an_order(total: int, paid: int, earlier: int, only_paid: bool, left: int) -> None:
    assert limit_of_order("EUR", total=total, paid=paid, earlier=earlier, only_paid=only_paid).left == left


@pytest.mark.parametrize("minor", [0, -1])
def test_nothing_and_less_does_not_go_back(minor: int) -> None:
    with pytest.raises(AboveLimit):
        limit_of_order("EUR", total=3333, paid=0, earlier=0).check(minor)


@pytest.mark.parametrize(
    ("days", "in_banking_days", "currency", "day"),
    [
        (7, False, "EUR", date(2026, 11, 27)),
        (5, True, "EUR", date(2026, 11, 27)),
        (0, False, "EUR", FRIDAY),
        (0, True, "EUR", FRIDAY),
        (30, True, "EUR", date(2027, 1, 5)),  # 25 December and 1 January fall on banking days
        (30, True, "CHF", date(2027, 1, 5)),
    ],
)
def test_a_refund_waits_as_long_as_the_merchant_says(
    days: int, in_banking_days: bool, currency: str, day: date
) -> None:
    assert due_on(FRIDAY, days, in_banking_days=in_banking_days, currency=currency) == day


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_a_refund_takes_the_surplus_first_and_loses_no_cent(minor: int, surplus: int) -> None:
    part = split(minor, surplus)
    assert part.of_surplus + part.of_order == minor
    assert 0 <= part.of_surplus <= surplus
    assert part.of_order == 0 or part.of_surplus == surplus


def test_a_credit_note_that_makes_the_order_smaller_is_not_owed_again() -> None:
    assert netted(2000, of_order=2000, total_then=5000, total_now=3000, netted_before=0) == 2000
    assert netted(2000, of_order=2000, total_then=5000, total_now=5000, netted_before=0) == 0  # the buyer paid twice
    assert netted(2500, of_order=2000, total_then=5000, total_now=3000, netted_before=0) == 2000
    assert netted(500, of_order=2000, total_then=5000, total_now=3000, netted_before=2000) == 0


def test_the_transfer_says_what_it_is_for() -> None:
    assert said_in_transfer(17, "100012345", "Wollstube") == "Rueckerstattung ZMR00000017 100012345 Wollstube"
    assert len(said_in_transfer(17, "1" * 64, "W" * 120)) == 140


def test_a_limit_is_said_with_what_is_left_and_what_counts() -> None:
    limit = limit_of_order("CHF", total=5000, paid=0, earlier=2500)

    limit.check(7500)
    limit.check(1)
    with pytest.raises(AboveLimit) as refused:
        limit.check(7501)
    assert str(refused.value) == "At most 75.00 CHF may still go back; of 100.00 CHF in all, earlier refunds count."


def test_granted_credit_never_goes_back_as_money() -> None:
    limit = limit_of_money("EUR", paid=5000, granted=2000, earlier=500)

    limit.check(2500)
    with pytest.raises(AboveLimit, match=r"^20\.00 EUR were paid with granted credit .*; 25\.00 EUR may\.$"):
        limit.check(2501)
    assert limit_of_money("EUR", paid=1000, granted=2000, earlier=0).left == 0


def test_what_was_sent_back_as_a_payment_lowers_what_an_order_may_give_back() -> None:
    assert limit_of_order("EUR", total=5000, paid=0, earlier=0, gone_back=4000).left == 6000
    assert limit_of_order("EUR", total=5000, paid=7000, earlier=0, gone_back=4000).left == 7000


@pytest.mark.parametrize(
    ("of_order", "how_much"),
    [(-1, None), (0, None), (1, GoneBack.PART), (4999, GoneBack.PART), (5000, GoneBack.ALL), (5001, GoneBack.ALL)],
)
def test_an_order_has_gone_back_in_part_or_all_of_it(of_order: int, how_much: GoneBack | None) -> None:
    assert gone_back(of_order, 5000) is how_much


@pytest.mark.parametrize(
    ("day", "rhythm", "half"),
    [
        (date(2027, 1, 1), Rhythm.WEEKLY, (2026, 53, 0)),
        (date(2027, 1, 1), Rhythm.TWICE, (2026, 53, 1)),
        (date(2026, 11, 18), Rhythm.TWICE, (2026, 47, 0)),  # Wednesday
        (date(2026, 11, 19), Rhythm.TWICE, (2026, 47, 1)),  # Thursday
        (date(2026, 11, 19), Rhythm.WEEKLY, (2026, 47, 0)),
    ],
)
def test_once_a_week_or_from_monday_and_from_thursday(day: date, rhythm: Rhythm, half: tuple[int, int, int]) -> None:
    assert slot(day, rhythm) == half


def test_francs_wait_by_the_days_of_zurich() -> None:
    wednesday = date(2026, 5, 13)  # the next day is Ascension: euro are booked, francs are not

    assert due_on(wednesday, 1, in_banking_days=True, currency="EUR") == date(2026, 5, 14)
    assert due_on(wednesday, 1, in_banking_days=True, currency="CHF") == date(2026, 5, 15)


def test_a_transfer_for_no_order_is_a_payment_that_goes_back() -> None:
    assert said_in_transfer(17, "", "Die\n Wollstube") == "Rueckzahlung Die Wollstube"
    assert said_in_transfer(17, "", "") == "Rueckzahlung"
    assert len(said_in_transfer(17, "1" * 64, "W" * 200)) == 140


def test_nothing_is_netted_that_was_netted_before_or_never_refunded() -> None:
    assert netted(2000, of_order=2000, total_then=5000, total_now=3000, netted_before=500) == 1500
    assert netted(2000, of_order=0, total_then=5000, total_now=3000, netted_before=0) == 0
    assert netted(2000, of_order=2000, total_then=3000, total_now=5000, netted_before=0) == 0
