"""The guarantee has a price: what a person had to assign, or to take back, is not charged for."""

from pathlib import Path

import pytest
from tests.flows.test_invoices import NOVEMBER, charged, works
from tests.flows.test_pay_out import Desk

from zahlmeister.flows.assign_payment import assign, unassign
from zahlmeister.merchants.models import Merchant
from zahlmeister.plans.models import Invoice
from zahlmeister.plans.rules import Prices, Why
from zahlmeister.plans.usage import usage
from zahlmeister.receivables.guarantee import missed, months
from zahlmeister.receivables.models import Payment

pytestmark = pytest.mark.django_db(transaction=True)

BY = "brigitte@wollstube.example"
STRANGERS, ANNAS, BERNDS = 3333, 4990, 8000


@pytest.fixture
def desk(merchant: Merchant, tmp_path: Path) -> Desk:
    """Half a percent of each payment, from the first: 17, 25 and 40 cents for the three of November."""
    return charged(Desk(merchant, tmp_path), Prices(free=0))


def fees(desk: Desk) -> dict[int, tuple[Why, int]]:
    """Why each payment costs what it costs, by its amount."""
    found = usage(desk.merchant.pk, NOVEMBER)
    assert found is not None
    amounts = dict(Payment.objects.filter(merchant=desk.merchant).values_list("pk", "amount_minor"))
    return {amounts[one.payment]: (one.why, one.minor) for one in found.charges}


def of(desk: Desk, minor: int) -> Payment:
    return Payment.objects.get(merchant=desk.merchant, amount_minor=minor)


def take_back(desk: Desk, minor: int) -> None:
    unassign(desk.merchant, of(desk, minor).pk, by=BY, at=desk.stage.now)


def give(desk: Desk, minor: int, number: str) -> None:
    share = (desk.stage.item(number).pk, minor)
    desk.stage.later(minutes=1)
    assign(desk.merchant, of(desk, minor).pk, [share], by=BY, at=desk.stage.now, source=f"{minor}{number}")


def test_what_is_kept_is_charged(desk: Desk) -> None:
    assert fees(desk) == {
        STRANGERS: (Why.COMMISSION, 17), ANNAS: (Why.COMMISSION, 25), BERNDS: (Why.COMMISSION, 40),
    }  # fmt: skip
    works(desk)
    assert Invoice.objects.get(customer=desk.merchant).net_minor == 82


def test_a_wrong_one_that_a_person_took_back_costs_nothing_on_the_invoice(desk: Desk) -> None:
    take_back(desk, BERNDS)
    assert fees(desk)[BERNDS] == (Why.MISSED, 0)
    assert [one.payment_id for one in missed(desk.merchant.pk, NOVEMBER)] == [of(desk, BERNDS).pk]
    works(desk)
    works(desk)
    assert Invoice.objects.get(customer=desk.merchant).net_minor == 82 - 40


def test_what_a_person_had_to_find_costs_nothing_either(desk: Desk) -> None:
    take_back(desk, ANNAS)
    give(desk, STRANGERS, "100012345")
    assert {minor: why for minor, (why, _fee) in fees(desk).items()} == {
        STRANGERS: Why.MISSED, ANNAS: Why.MISSED, BERNDS: Why.COMMISSION,
    }  # fmt: skip
    [month] = months(desk.merchant.pk, NOVEMBER, 1)
    assert (month.automatic, month.by_hand, month.wrong) == (1, 1, 1)
    works(desk)
    assert Invoice.objects.get(customer=desk.merchant).net_minor == 40


def test_whoever_takes_back_and_gives_the_same_again_has_missed_nothing(desk: Desk) -> None:
    take_back(desk, BERNDS)
    give(desk, BERNDS, "100012346")
    assert fees(desk)[BERNDS] == (Why.COMMISSION, 40)
    assert missed(desk.merchant.pk, NOVEMBER) == []
