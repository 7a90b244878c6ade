"""How much may go back and when, as tables and properties."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.refunds.rules import (
    AboveLimit,
    due_on,
    limit_of_order,
    netted,
    said_in_transfer,
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
