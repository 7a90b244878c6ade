"""Work of the night that takes long for a merchant: workers who begin together begin with different ones."""

from datetime import UTC, datetime

import pytest

from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.flows.check_nightly import check_next
from zahlmeister.flows.forget import forget_next
from zahlmeister.flows.reconcile import reconcile_next
from zahlmeister.merchants.models import Merchant

pytestmark = pytest.mark.django_db(transaction=True)
NIGHT = datetime(2026, 11, 23, 3, tzinfo=UTC)
TURNS = (reconcile_next, check_next, forget_next)
MANY = 12


@pytest.fixture
def house() -> list[int]:
    """Twelve merchants with money on a pooled account, and the operator, who is the oldest."""
    merchants = [Merchant.objects.create(name="Haus", slug="haus", is_operator=True)]
    merchants += [Merchant.objects.create(name=f"Laden {n}", slug=f"laden-{n}") for n in range(MANY)]
    for n, merchant in enumerate(merchants):
        BankAccount.objects.create(
            merchant=merchant, number=f"DE{n:020}", currency="EUR", kind=AccountKind.POOLED, is_ours=True
        )
    return [merchant.pk for merchant in merchants]


@pytest.mark.parametrize("turn", TURNS, ids=[turn.__name__ for turn in TURNS])
def test_merchants_are_taken_in_no_order_and_each_once(house: list[int], turn) -> None:
    taken = []
    while merchant := turn(clock=lambda: NIGHT):
        taken.append(merchant.pk)
    assert sorted(taken) == house
    assert taken not in (house, [*house[1:], house[0]])  # in one of 479 million nights they are


def test_the_operators_day_adds_up_the_others_and_comes_last(house: list[int]) -> None:
    taken = []
    while merchant := reconcile_next(clock=lambda: NIGHT):
        taken.append(merchant.pk)
    assert taken[-1] == house[0]
