"""What may be topped up, what a balance pays first, and which items money is for."""

from datetime import date

import pytest

from zahlmeister.money.amount import Amount
from zahlmeister.prepaid.rules import (
    Balance,
    GrantStep,
    Limits,
    NotEnough,
    OutsideLimits,
    Owed,
    grants_left,
    oldest_first,
    receipt_number,
    shares,
    told_number,
)
from zahlmeister.refusals import Refused

LIMITS = Limits("EUR", minimum=1000, maximum=5000, step=500, most=8000)


@pytest.mark.parametrize(("minor", "balance"), [(1000, 0), (5000, 0), (5000, 3000), (1500, 6500), (5000, -500)])
def test_an_amount_on_the_limits_is_taken(minor: int, balance: int) -> None:
    LIMITS.check(minor, balance=balance)


@pytest.mark.parametrize(
    ("minor", "balance", "sentence"),
    [
        (0, 0, "An amount above zero is needed to top up."),
        (-1, 0, "An amount above zero is needed to top up."),
        (999, 0, "At least 10.00 EUR can be topped up."),
        (5001, 0, "At most 50.00 EUR can be topped up at once."),
        (1001, 0, "Only whole steps of 5.00 EUR can be topped up."),
        (2000, 6500, "The balance may come to 80.00 EUR at most; 15.00 EUR are left to top up."),
        (2000, 8500, "The balance may come to 80.00 EUR at most; 0.00 EUR are left to top up."),
    ],
)
def test_an_amount_outside_is_refused_with_the_limit_it_hits(minor: int, balance: int, sentence: str) -> None:
    with pytest.raises(OutsideLimits) as refused:
        LIMITS.check(minor, balance=balance)
    assert str(refused.value) == sentence


def test_a_limit_of_which_nothing_was_said_is_none() -> None:
    Limits("EUR").check(1, balance=10**12)
    Limits("EUR").check(10**12 + 1, balance=0)
    with pytest.raises(OutsideLimits, match=r"^An amount above zero"):
        Limits("EUR").check(0, balance=0)


@pytest.mark.parametrize(
    ("minor", "spent"), [(1, Balance(0, 1)), (300, Balance(0, 300)), (301, Balance(1, 300)), (1000, Balance(700, 300))]
)
def test_granted_credit_is_spent_before_what_was_paid_in(minor: int, spent: Balance) -> None:
    assert Balance(paid=700, granted=300).spend(minor, "EUR") == spent


def test_no_more_is_spent_than_there_is() -> None:
    with pytest.raises(NotEnough) as refused:
        Balance(700, 300).spend(1001, "CHF")
    assert f"{Amount(1000, 'CHF')}; {Amount(1001, 'CHF')}" in str(refused.value)
    with pytest.raises(NotEnough):
        Balance(-1, 300).spend(1, "EUR")  # what was granted does not cover what a chargeback took
    assert Balance(0, 300).spend(300, "EUR") == Balance(0, 300)


@pytest.mark.parametrize("minor", [0, -1])
def test_nothing_is_not_spent(minor: int) -> None:
    with pytest.raises(Refused, match="above zero is needed to pay") as refused:
        Balance(700, 300).spend(minor, "EUR")
    assert not isinstance(refused.value, NotEnough)


def grant(number: int, minor: int, expires_on: date | None = None) -> GrantStep:
    return GrantStep(number, minor, is_grant=True, expires_on=expires_on)


JUNE, JULY = date(2027, 6, 30), date(2027, 7, 31)


def test_what_takes_from_granted_credit_takes_first_what_ends_first() -> None:
    grants = [grant(1, 100), grant(2, 100, JULY), grant(3, 100, JUNE)]

    assert grants_left(grants) == {1: 100, 2: 100, 3: 100}
    assert grants_left([*grants, GrantStep(4, -60)]) == {1: 100, 2: 100, 3: 40}
    assert grants_left([*grants, GrantStep(4, -60), GrantStep(5, -60)]) == {1: 100, 2: 80, 3: 0}
    assert grants_left([*grants, GrantStep(4, -250)]) == {1: 50, 2: 0, 3: 0}


def test_of_two_that_end_together_the_older_is_taken_first() -> None:
    assert grants_left([grant(1, 100, JUNE), grant(2, 100, JUNE), GrantStep(3, -60)]) == {1: 40, 2: 100}


def test_a_later_grant_pays_nothing_that_was_taken_before_it() -> None:
    assert grants_left([grant(1, 100, JULY), GrantStep(2, -60), grant(3, 100, JUNE)]) == {1: 40, 3: 100}


def test_what_is_undone_goes_back_to_where_it_was_taken_from() -> None:
    steps = [grant(1, 100, JULY), grant(2, 100, JUNE), GrantStep(3, -150), GrantStep(4, -10)]

    assert grants_left(steps) == {1: 40, 2: 0}
    assert grants_left([*steps, GrantStep(5, 150, undoes=3)]) == {1: 90, 2: 100}
    assert grants_left([*steps, GrantStep(5, 10, undoes=4)]) == {1: 50, 2: 0}
    assert grants_left([*steps, GrantStep(5, 10)]) == {1: 40, 2: 0}  # it undoes nothing that is known


def test_the_oldest_item_is_paid_first_and_of_one_day_the_one_entered_first() -> None:
    old, first, second = Owed(9, 50, date(2026, 1, 1)), Owed(3, 70, date(2026, 2, 1)), Owed(5, 20, date(2026, 2, 1))

    assert oldest_first([second, first, old]) == [old, first, second]


@pytest.mark.parametrize(
    ("minor", "parts", "left"),
    [
        (0, [], 0),
        (50, [(9, 50)], 0),
        (51, [(9, 50), (5, 1)], 0),
        (70, [(9, 50), (5, 20)], 0),
        (71, [(9, 50), (5, 20)], 1),
    ],
)
def test_money_is_spread_in_order_and_the_rest_is_left(minor: int, parts: list[tuple[int, int]], left: int) -> None:
    day = date(2026, 1, 1)

    assert shares(minor, [Owed(9, 50, day), Owed(3, 0, day), Owed(5, 20, day)]) == (parts, left)


def test_accounts_and_receipts_have_names_for_people() -> None:
    assert told_number(17) == "KK-00017"
    assert receipt_number(42, date(2026, 11, 20)) == "EZ-2026-000042"
