"""When waiting ends, the shop is told in its own words; and what the shop does not have any more is not asked for."""

from datetime import date

import pytest
from tests.flows.test_run_dunning import Diary, levels, switch_on
from tests.shops import BY, ConnectedShop, connected
from tests.stage import Stage

from zahlmeister.dunning.models import DunningCase, Notice
from zahlmeister.flows.mark_paid import mark_paid
from zahlmeister.orders.models import KindMapping
from zahlmeister.receivables.announce import untrue_in_shop
from zahlmeister.receivables.states import ItemState

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> ConnectedShop:
    shop = connected(stage, monkeypatch)
    shop.shop.place("100", "49.90")
    shop.shop.place("102", "30.00", payment_method="invoice", status="complete")
    shop.read()
    switch_on(stage.merchant, levels=levels(1), end_days=1, on_working_days=False)
    switch_on(stage.merchant, "invoice", levels=levels(1), term_days=1, end_days=1, on_working_days=False)
    return shop


def wait(shop: ConnectedShop, days: int) -> None:
    Diary(shop.stage).until(date.fromordinal(shop.stage.now.date().toordinal() + days))
    shop.deliver()


def test_unpaid_prepayment_is_cancelled_in_the_shop(shop: ConnectedShop):
    wait(shop, 10)

    assert shop.shop.effects("100") == ["CANCELLED"]
    assert shop.order("100").item.state == ItemState.CANCELLED


def test_an_unpaid_invoice_is_not_paid_in_the_shop_and_stays_owed_here(shop: ConnectedShop):
    wait(shop, 10)

    kept = shop.order("102")
    assert (shop.shop.effects("102"), shop.shop.status("102")) == (["CANCELLED"], "canceled")
    assert (kept.told, kept.item.state) == ("OVERDUE", ItemState.OPEN)
    assert list(untrue_in_shop(shop.stage.merchant.pk)) == []
    assert DunningCase.objects.get(item=kept.item).ended == "overdue"


def test_late_money_for_an_overdue_invoice_is_told_as_paid(shop: ConnectedShop):
    wait(shop, 10)

    mark_paid(shop.stage.merchant, shop.order("102").item.pk, by=BY, at=shop.stage.now, source="s1")
    shop.deliver()

    assert (shop.shop.effects("102"), shop.shop.status("102")) == (["CANCELLED", "PAID"], "paid")


def test_a_shop_that_has_no_word_for_not_paid_is_not_told(shop: ConnectedShop):
    KindMapping.objects.filter(kind="invoice").update(cancelled_status="")

    wait(shop, 10)

    assert shop.shop.effects("102") == []


def test_an_order_that_has_disappeared_is_not_asked_for(shop: ConnectedShop):
    del shop.shop.orders_by_key["k100"]
    shop.read()

    wait(shop, 10)

    assert not Notice.objects.filter(item=shop.order("100").item).exists()
    assert shop.order("100").item.state == ItemState.OPEN
