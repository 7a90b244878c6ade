"""What a month costs, payment by payment, and the tax on it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.plans.rules import Came, Category, Prices, Why, charges, portion, tax_of

FIRST = date(2026, 11, 1)


def came(number: int, minor: int = 10_000, **other: object) -> Came:
    return Came(number, FIRST + timedelta(days=number % 28), minor, **{"is_pooled": True, **other})


def test_the_first_hundred_are_free_and_the_next_costs_half_a_percent() -> None:
    priced = charges(Prices(), [came(number * 28) for number in range(101)])
    assert [charge.why for charge in priced].count(Why.FREE) == 100
    assert (priced[-1].why, priced[-1].minor) == (Why.COMMISSION, 50)


@pytest.mark.parametrize(
    ("payment", "why", "minor"),
    [
        (came(1), Why.COMMISSION, 50),
        (came(1, is_missed=True), Why.MISSED, 0),
        (came(1, has_order=False), Why.COMMISSION, 50),
        (came(1, 100_000, has_order=False), Why.CAPPED, 195),
        (came(1, is_pooled=False), Why.COMMISSION, 50),
        (came(1, is_pooled=False, is_ignored=True), Why.IGNORED, 0),
        (came(1, is_ignored=True), Why.COMMISSION, 50),  # on a pooled account nothing is ignored
        (came(1, 99), Why.COMMISSION, 0),
        (came(1, 100), Why.COMMISSION, 1),
    ],
)
def test_what_one_payment_costs_beyond_the_free_ones(payment: Came, why: Why, minor: int) -> None:
    [charge] = charges(Prices(free=0), [payment])
    assert (charge.why, charge.minor) == (why, minor)


def test_what_costs_nothing_anyway_uses_up_no_free_payment() -> None:
    waived = [came(1, is_missed=True), came(2, is_pooled=False, is_ignored=True)]
    [*_, last] = charges(Prices(free=1), [*waived, came(3)])
    assert last.why is Why.FREE


def test_with_a_flat_rate_own_accounts_cost_nothing_by_themselves() -> None:
    own, pooled = charges(Prices(free=0, flat_own_minor=1900), [came(1, is_pooled=False), came(2)])
    assert (own.why, pooled.why) == (Why.FLAT, Why.COMMISSION)


@given(st.lists(st.integers(1, 10**7), max_size=40), st.integers(0, 30), st.integers(0, 500))
def test_no_payment_costs_more_than_its_share_and_the_order_does_not_matter(
    amounts: list[int], free: int, share: int
) -> None:
    payments = [came(number, minor) for number, minor in enumerate(amounts)]
    prices = Prices(free=free, commission_bp=share)
    priced = charges(prices, payments)
    assert priced == charges(prices, payments[::-1])
    assert sum(charge.why is Why.FREE for charge in priced) == min(free, len(amounts))
    by_number = {charge.payment: charge.minor for charge in priced}
    assert all(by_number[one.payment] * 20_000 <= 2 * one.minor * share + 10_000 for one in payments)


@pytest.mark.parametrize(("minor", "share", "of", "expected"), [(1, 1, 2, 1), (1, 1, 3, 0), (10_050, 50, 10_000, 50)])
def test_half_a_cent_is_rounded_up(minor: int, share: int, of: int, expected: int) -> None:
    assert portion(minor, share, of) == expected


@pytest.mark.parametrize(
    ("buyer", "is_valid", "category", "tax"),
    [
        ("DE", False, Category.STANDARD, 190),
        ("DE", True, Category.STANDARD, 190),
        ("AT", True, Category.REVERSE_CHARGE, 0),
        ("AT", False, Category.STANDARD, 190),
        ("CH", False, Category.OUTSIDE, 0),
    ],
)
def test_tax_follows_the_country_and_the_valid_id(buyer: str, is_valid: bool, category: Category, tax: int) -> None:
    found = tax_of("DE", buyer, has_valid_id=is_valid)
    assert (found.category, found.on(1000)) == (category, tax)
