"""What a month costs, payment by payment, and the tax on it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.plans.rules import Came, Category, Prices, Why, charges, fees_kept, portion, tax_of

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


def test_a_plan_of_which_nothing_is_said_is_the_first_one() -> None:
    """A hundred payments free, then half a percent, at most 1.95 where no order was found: the price list."""
    plan = Prices()

    assert (plan.free, plan.commission_bp, plan.cap_without_order_minor) == (100, 50, 195)
    assert (plan.flat_own_minor, plan.debit_twice_minor, plan.debit_each_minor) == (0, 0, 0)
    assert (plan.pooled_monthly, plan.keeps_reminder_fees) == ({}, False)


def test_the_words_that_stand_on_invoices_stay_as_they_are() -> None:
    assert [str(one) for one in Why] == ["ignored", "missed", "free", "flat", "capped", "commission"]
    assert [str(one) for one in Category] == ["S", "AE", "O"]  # EN 16931, BT-151


@pytest.mark.parametrize(
    ("seller", "buyer", "per_mille"), [("DE", "DE", 190), ("AT", "AT", 200), ("CH", "CH", 81), ("LI", "LI", 81)]
)
def test_each_country_has_its_standard_rate(seller: str, buyer: str, per_mille: int) -> None:
    assert tax_of(seller, buyer, has_valid_id=False).per_mille == per_mille


#: The 27 member states since 2020, as the treaty's authors write them; Greece by its ISO code.
UNION = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"


@pytest.mark.parametrize("buyer", [country for country in UNION.split() if country != "AT"])
def test_a_business_elsewhere_in_the_union_owes_the_tax_itself(buyer: str) -> None:
    assert tax_of("AT", buyer, has_valid_id=True).category is Category.REVERSE_CHARGE


@pytest.mark.parametrize("buyer", ["CH", "LI", "GB", "NO", "US", "TR"])
def test_outside_the_union_nothing_is_taxed_here(buyer: str) -> None:
    assert tax_of("AT", buyer, has_valid_id=True).category is Category.OUTSIDE
    assert tax_of(buyer if buyer in {"CH", "LI"} else "CH", "AT", has_valid_id=True).category is Category.OUTSIDE


@pytest.mark.parametrize(
    ("paid", "asked", "kept"),
    [
        (0, [(500, True)], 0),
        (300, [(500, True)], 300),
        (900, [(500, True)], 500),
        (700, [(500, False), (500, True)], 200),  # the earliest is paid first
        (700, [(500, True), (500, False)], 500),
        (900, [(300, True), (300, False), (300, True)], 600),
    ],
)
def test_of_paid_reminder_fees_the_operator_keeps_his_own(paid: int, asked: list[tuple[int, bool]], kept: int) -> None:
    assert fees_kept(paid, asked) == kept


def test_the_cap_is_for_more_than_the_cap_only() -> None:
    [at_cap, above] = charges(Prices(free=0), [came(1, 39_000, has_order=False), came(2, 39_100, has_order=False)])

    assert (at_cap.why, at_cap.minor) == (Why.COMMISSION, 195)
    assert (above.why, above.minor) == (Why.CAPPED, 195)
    assert (at_cap.payment, above.payment) == (1, 2)
