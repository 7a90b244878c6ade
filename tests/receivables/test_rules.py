"""What becomes of an item: debts that fall and rise lose no cent."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.ledger.rules import Waiver
from zahlmeister.receivables.rules import Debt, Terms, costs_due, interest_of, lift, lower, waiver

CENTS = st.integers(0, 10**9)
DEBTS = st.one_of(st.builds(Debt, CENTS, st.just(0)), st.builds(Debt, st.just(0), CENTS))


@given(DEBTS, CENTS)
def test_lowering_and_lifting_by_the_same_is_nothing(debt: Debt, by: int) -> None:
    assert lift(lower(debt, by).debt, by).debt == debt


@given(DEBTS, CENTS)
def test_every_cent_of_a_move_is_either_open_or_surplus(debt: Debt, by: int) -> None:
    for moved in (lower(debt, by), lift(debt, by)):
        assert moved.of_open + moved.of_surplus == by
        assert abs(moved.debt.open - debt.open) == moved.of_open
        assert abs(moved.debt.surplus - debt.surplus) == moved.of_surplus


def test_open_and_surplus_together_cannot_be() -> None:
    with pytest.raises(ValueError, match="cannot"):
        Debt(1, 1)
    with pytest.raises(ValueError, match="cannot"):
        Debt(-1, 0)


DAY = date(2026, 11, 20)
TERMS = Terms(tolerance=5, discount=200, discount_until=DAY)


@pytest.mark.parametrize(
    ("rest", "on", "charges", "why"),
    [
        (5, DAY, False, Waiver.TOLERANCE),
        (6, DAY, False, Waiver.DISCOUNT),
        (200, DAY, False, Waiver.DISCOUNT),
        (205, DAY, False, Waiver.DISCOUNT),  # the tolerance comes on top
        (206, DAY, False, None),
        (200, date(2026, 11, 21), False, None),
        (1500, DAY, True, Waiver.CHARGES),
    ],
)
def test_what_is_not_asked_for(rest: int, on: date, charges: bool, why: Waiver | None) -> None:
    assert waiver(rest, paid_on=on, terms=TERMS, has_charges=charges) == why


@pytest.mark.parametrize(("opened", "surplus"), [(-1, 0), (0, -1), (1, 1)])
def test_a_debt_is_never_below_zero_nor_both(opened: int, surplus: int) -> None:
    with pytest.raises(ValueError, match="An item cannot have"):
        Debt(opened, surplus)


@pytest.mark.parametrize(
    ("debt", "due", "given", "is_claimed", "counts"),
    [
        (Debt(5000, 0), 0, 0, True, 700),  # claimed: all of it, whatever was paid
        (Debt(5000, 0), 0, 0, False, 0),
        (Debt(5000, 0), 0, 5000, False, 0),  # what comes is for the order first
        (Debt(5000, 0), 0, 5300, False, 300),
        (Debt(5000, 0), 0, 6000, False, 700),  # no more than was asked for
        (Debt(0, 300), 0, 0, False, 300),
        (Debt(400, 0), 700, 0, False, 300),  # seven counted, of which four are open
        (Debt(5700, 0), 700, 0, False, 0),
    ],
)
def test_costs_of_delay_count_when_claimed_or_as_far_as_they_are_paid(
    debt: Debt, due: int, given: int, is_claimed: bool, counts: int
) -> None:
    assert costs_due(debt, asked=700, due=due, given=given, is_claimed=is_claimed) == counts


def test_without_a_payment_on_its_way_nothing_is_given() -> None:
    assert costs_due(Debt(0, 1), asked=700, due=0, is_claimed=False) == 1


@pytest.mark.parametrize(("costs", "interest"), [(0, 0), (499, 0), (500, 0), (501, 1), (700, 200)])
def test_fees_are_paid_before_interest(costs: int, interest: int) -> None:
    assert interest_of(costs, asked=700, interest=200) == interest


@pytest.mark.parametrize(
    ("rest", "terms", "has_charges", "crossed", "why"),
    [
        (5, Terms(), False, 5, Waiver.CROSSED),
        (6, Terms(), False, 5, None),
        (5, Terms(tolerance=5), False, 0, Waiver.TOLERANCE),
        (6, Terms(tolerance=5), True, 0, Waiver.CHARGES),
        (6, Terms(tolerance=5, bears_charges=False), True, 0, None),
        (6, Terms(tolerance=5), False, 0, None),
        (105, Terms(tolerance=5, discount=100, discount_until=date(2026, 11, 20)), False, 0, Waiver.DISCOUNT),
        (106, Terms(tolerance=5, discount=100, discount_until=date(2026, 11, 20)), False, 0, None),
        (105, Terms(tolerance=5, discount=100, discount_until=date(2026, 11, 19)), False, 0, None),
        (105, Terms(tolerance=5, discount=100), False, 0, None),  # a discount without a term is none
    ],
)
def test_why_a_rest_is_not_asked_for(
    rest: int, terms: Terms, has_charges: bool, crossed: int, why: Waiver | None
) -> None:
    friday = date(2026, 11, 20)

    assert waiver(rest, paid_on=friday, terms=terms, has_charges=has_charges, crossed=crossed) is why
