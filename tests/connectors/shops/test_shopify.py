"""Shopify: the contract, and what is its own."""

from collections.abc import Iterator

import pytest

from tests.connectors.shops.contract import CANCELLED, PAID, ShopContract, read, told
from zahlmeister.connectors.shops.contract import Heard, Reading, ShopPort
from zahlmeister.connectors.shops.shopify import shop as shopify
from zahlmeister.connectors.shops.shopify.speech import Speech
from zahlmeister.connectors.shops.systems import SYSTEMS
from zahlmeister.connectors.web import site
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreachable
from zahlmeister.sandbox.shops.shopify import CLIENT, SECRET, ShopifyStandIn


@pytest.fixture
def peer() -> Iterator[ShopifyStandIn]:
    stand_in = ShopifyStandIn()
    yield stand_in
    stand_in.close()


class TestShopify(ShopContract):
    @pytest.fixture
    def peer(self, peer: ShopifyStandIn, monkeypatch: pytest.MonkeyPatch) -> ShopifyStandIn:
        monkeypatch.setattr(shopify, "_PAUSE", 0)
        return peer

    def test_too_many_points_are_waited_for(self, peer: ShopifyStandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        peer.points = 5
        pauses: list[int] = []
        with site(peer.address) as where:
            shop = shopify.Shopify(Speech(where, peer.access("")[1], sleep=pauses.append))

            assert len(shop.open_keys(peer.wanted)) == 1

        assert pauses == [1]

    def test_a_shop_that_never_has_points_is_left_alone(self, peer: ShopifyStandIn, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(ShopifyStandIn, "points", property(lambda _: 0, lambda *_: None), raising=False)
        with site(peer.address) as where:
            shop = shopify.Shopify(Speech(where, peer.access("")[1], sleep=lambda _: None))

            with pytest.raises(Unreachable, match="wants fewer questions") as stop:
                shop.open_keys(peer.wanted)

        assert stop.value.after

    def test_an_app_signs_in_with_its_own_id(self, peer: ShopifyStandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        settings, _ = peer.access(peer.address)

        with SYSTEMS["shopify"].open(settings, {"client_id": CLIENT, "client_secret": SECRET}) as shop:
            assert set(read(shop, peer)) == {"A-1001"}

    @pytest.mark.parametrize("secret", [{"access_token": "x"}, {"client_id": CLIENT, "client_secret": "x"}])
    def test_a_wrong_token_waits_for_a_person(self, peer: ShopifyStandIn, secret: dict[str, str]):
        settings, _ = peer.access(peer.address)

        with (
            SYSTEMS["shopify"].open(settings, secret) as shop,
            pytest.raises(Unreachable, match="does not accept the") as stop,
        ):
            shop.about()

        assert stop.value.permanent

    def test_what_can_be_mapped(self, shop: ShopPort, peer: ShopifyStandIn):
        peer.place("A-1001", Amount(4990, "EUR"), method=1)

        assert [method.code for method in shop.methods()] == ["Vorkasse"]
        assert {"payment:pending", "payment:paid", "delivery:fulfilled", "order:cancelled"} <= {
            status.code for status in shop.statuses()
        }

    def test_an_invoice_is_open_when_it_is_sent(self, shop: ShopPort, peer: ShopifyStandIn):
        sent = Reading(kinds={"invoice": (("Vorkasse",), ("payment:pending", "delivery:fulfilled"))})
        for number in ("A-1001", "A-1002"):
            peer.place(number, Amount(4990, "EUR"), method=1)
        peer.order("A-1002").states["delivery"] = "FULFILLED"

        assert list(shop.open_keys(sent)) == [peer.order("A-1002").key]

    def test_late_money_for_a_cancelled_order_is_not_written(self, shop: ShopPort, peer: ShopifyStandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        order = read(shop, peer)["A-1001"]
        shop.tell([told(peer, order, CANCELLED)])

        [answer] = shop.tell([told(peer, order, PAID, seen="order:cancelled")])

        assert (answer.heard, peer.outcome("A-1001")) == (Heard.LEFT, CANCELLED)
        assert "cannot be undone" in answer.why

    def test_a_payment_that_cannot_be_marked_is_refused(self, shop: ShopPort, peer: ShopifyStandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        telling = told(peer, read(shop, peer)["A-1001"], PAID, seen="")
        peer.order("A-1001").states["payment"] = "REFUNDED"

        assert shop.tell([telling])[0].heard is Heard.REFUSED

    def test_what_we_told_is_kept_with_the_order(self, shop: ShopPort, peer: ShopifyStandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        order = read(shop, peer)["A-1001"]
        shop.tell([told(peer, order, PAID)])

        assert peer.notes[order.key] == {"callback": "zm-A-1001-paid"}

    def test_changes_of_the_last_minutes(self, shop: ShopPort, peer: ShopifyStandIn):
        for number in ("A-1001", "A-1002"):
            peer.place(number, Amount(4990, "EUR"))
        peer.change_by_hand("A-1001")

        assert list(shop.changed(peer.wanted, peer.order("A-1001").changed_at)) == [peer.order("A-1001").key]

    def test_all_that_is_told_of_an_order(self, shop: ShopPort, peer: ShopifyStandIn):
        peer.place("1001", Amount(4990, "EUR"))

        order = read(shop, peer)["1001"]

        assert (order.key, order.status) == ("gid://shopify/Order/1", "payment:pending delivery:unfulfilled")
        assert (order.amount, order.paid, order.shipping) == (
            Amount(4990, "EUR"),
            Amount(0, "EUR"),
            Amount(490, "EUR"),
        )
        assert (order.billing.street, order.billing.postcode, order.billing.country) == ("Wollweg 1", "50667", "DE")
        assert (order.items, order.tracking_numbers, order.customer_number) == (("WOLLE-1",), ("0034",), "10023")
        assert shop.find("#1001") == order
