"""PrestaShop: the contract, and what is its own."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.connectors.shops.contract import PAID, ShopContract, read, told
from zahlmeister.connectors.shops.contract import Heard, ShopPort
from zahlmeister.connectors.shops.systems import SYSTEMS
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreachable
from zahlmeister.sandbox.shops.prestashop import PrestaShopStandIn


@pytest.fixture
def peer() -> Iterator[PrestaShopStandIn]:
    stand_in = PrestaShopStandIn()
    yield stand_in
    stand_in.close()


class TestPrestaShop(ShopContract):
    @pytest.fixture
    def peer(self, peer: PrestaShopStandIn) -> PrestaShopStandIn:
        return peer

    def test_parcels_under_one_reference_are_several_orders(self, shop: ShopPort, peer: PrestaShopStandIn):
        for number, minor in (("XKBKNABJK", 4990), ("OHSATSERP", 990), ("XKBKNABJK", 1000)):
            peer.place(number, Amount(minor, "EUR"))

        assert {number: order.amount.minor for number, order in read(shop, peer).items()} == {
            "XKBKNABJK#1": 4990,
            "OHSATSERP": 990,
            "XKBKNABJK#2": 1000,
        }
        second = shop.find("XKBKNABJK#2")
        assert second is not None
        assert (second.key, shop.find("XKBKNABJK")) == ("3", None)

    @pytest.mark.parametrize(
        ("status", "why"), [("99", "Validation error: “id_order_state” is not valid."), ("x", "“x” is no status of")]
    )
    def test_a_status_that_is_not_there_is_refused(
        self, shop: ShopPort, peer: PrestaShopStandIn, status: str, why: str
    ):
        peer.place("A-1001", Amount(4990, "EUR"))
        telling = replace(told(peer, read(shop, peer)["A-1001"], PAID), status=status)

        [answer] = shop.tell([telling])

        assert answer.heard is Heard.REFUSED
        assert answer.why.startswith(why)

    def test_a_wrong_key_waits_for_a_person(self, peer: PrestaShopStandIn):
        with (
            SYSTEMS["prestashop"].open({"address": peer.address}, {"key": "wrong"}) as shop,
            pytest.raises(Unreachable, match="does not accept the key or password") as stop,
        ):
            shop.about()

        assert stop.value.permanent

    def test_what_can_be_mapped(self, shop: ShopPort, peer: PrestaShopStandIn):
        peer.place("A-1001", Amount(4990, "EUR"))

        assert ("10", "Warten auf Zahlung") in [(status.code, status.name) for status in shop.statuses()]
        assert ("ps_wirepayment", "Überweisung") in [(method.code, method.name) for method in shop.methods()]
        assert shop.about().version == "8.1.7"

    def test_all_that_is_told_of_an_order(self, shop: ShopPort, peer: PrestaShopStandIn):
        peer.place("A-1001", Amount(4990, "EUR"))

        order = read(shop, peer)["A-1001"]

        assert (order.status, order.payment_method, order.payment_method_name) == (
            "10",
            "ps_wirepayment",
            "Überweisung",
        )
        assert (order.billing.street, order.billing.postcode, order.billing.country) == ("Wollweg 1", "50667", "DE")
        assert (order.invoice_numbers, order.invoiced_on, order.tracking_numbers) == (("000017",), None, ("0034",))
        assert (order.items, order.language, order.billing.phone) == (("WOLLE-1",), "de", "0170 1")
        assert order.customer_group == "3"
        assert order.shipping == Amount(490, "EUR")
