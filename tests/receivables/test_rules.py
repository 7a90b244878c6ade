"""What becomes of an item: debts that fall and rise lose no cent."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.ledger.rules import Waiver
from zahlmeister.receivables.rules import Debt, Terms, lift, lower, waiver

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
