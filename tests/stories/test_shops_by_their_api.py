"""Shops that are asked by their own API, told as the same story as those with the payment module."""

from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from tests.connectors.shops.faults import Line
from tests.shops import BY
from tests.stage import Stage
from tests.stories.test_shops import (
    Told,
    a_payment_is_told_once_whatever_gets_lost,
    late_money_follows_a_cancellation,
    orders_come_in_whole_or_not_at_all,
    what_a_person_takes_in_hand_is_left_alone,
)

from zahlmeister.connectors import web
from zahlmeister.connectors.shops import billbee
from zahlmeister.connectors.shops.shopify import shop as shopify
from zahlmeister.flows.connect_shop import begin, connect_shop, offered
from zahlmeister.orders.connections import WantedShop
from zahlmeister.orders.models import ShopConnection
from zahlmeister.sandbox.shops.billbee import BillbeeStandIn
from zahlmeister.sandbox.shops.easybill import EasybillStandIn
from zahlmeister.sandbox.shops.ebay import EbayStandIn
from zahlmeister.sandbox.shops.gambio import GambioStandIn
from zahlmeister.sandbox.shops.magento2 import Magento2StandIn
from zahlmeister.sandbox.shops.placed import ShopStandIn
from zahlmeister.sandbox.shops.prestashop import PrestaShopStandIn
from zahlmeister.sandbox.shops.shopify import ShopifyStandIn
from zahlmeister.sandbox.shops.shopware5 import Shopware5StandIn
from zahlmeister.sandbox.shops.shopware6 import Shopware6StandIn
from zahlmeister.sandbox.shops.woocommerce import WooCommerceStandIn

STAND_INS = [
    *(Shopware6StandIn, Shopware5StandIn, WooCommerceStandIn, ShopifyStandIn, Magento2StandIn),
    *(PrestaShopStandIn, GambioStandIn, BillbeeStandIn, EasybillStandIn, EbayStandIn),
]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


class ToldByApi(Told):
    """The same, connected with the usual mapping of the system."""

    def connect(self, line: Line) -> ShopConnection:
        settings, secret = self.peer.access(line.address)
        wanted = WantedShop("Wollstube", self.peer.system, settings, secret)
        made = connect_shop(self.stage.merchant, wanted, by=BY, at=self.stage.now)
        usual = offered(made).usual
        if usual:
            begin(made, usual, by=BY, at=self.stage.now)
        return made


@pytest.fixture(params=STAND_INS, ids=lambda stand_in: stand_in.system)
def told(request: pytest.FixtureRequest, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[ToldByApi]:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    monkeypatch.setattr(web, "TO_ANSWER", 0.4)
    monkeypatch.setattr(billbee, "PAUSE", 0)
    monkeypatch.setattr(shopify, "_PAUSE", 0)
    stage.now = timezone.now().replace(microsecond=0)
    made: Callable[[], ShopStandIn] = request.param
    peer = made()
    line = Line(peer.address)
    line.silence = 0.8
    yield ToldByApi(stage, peer, line)
    line.close()
    peer.close()


def test_a_shop_is_connected_read_told_paid_late_and_cancelled_under_faults(told: ToldByApi):
    told.connect(told.line)
    orders_come_in_whole_or_not_at_all(told)
    a_payment_is_told_once_whatever_gets_lost(told)
    late_money_follows_a_cancellation(told)
    what_a_person_takes_in_hand_is_left_alone(told)
    assert told.stage.books() == []
