"""Billbee: the contract, and what is its own."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.connectors.shops.contract import PAID, ShopContract, read, told
from zahlmeister.connectors.shops import billbee
from zahlmeister.connectors.shops.contract import Heard, ShopPort
from zahlmeister.connectors.shops.systems import SYSTEMS
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreachable
from zahlmeister.sandbox.shops.billbee import BillbeeStandIn
from zahlmeister.sandbox.shops.served import Asked, Said


@pytest.fixture
def peer() -> Iterator[BillbeeStandIn]:
    stand_in = BillbeeStandIn()
    yield stand_in
    stand_in.close()


class TestBillbee(ShopContract):
    @pytest.fixture
    def peer(self, peer: BillbeeStandIn, monkeypatch: pytest.MonkeyPatch) -> BillbeeStandIn:
        monkeypatch.setattr(billbee, "PAUSE", 0)
        return peer

    def test_orders_without_an_invoice_are_not_read(self, shop: ShopPort, peer: BillbeeStandIn):
        for number in ("A-1001", "A-1002"):
            peer.place(number, Amount(4990, "EUR"))
        peer.uninvoiced = {"A-1001"}

        assert set(read(shop, peer)) == {"A-1002"}
        assert list(shop.orders([peer.order("A-1001").key])) == []

    def test_two_questions_in_a_second_and_no_more(self, peer: BillbeeStandIn, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(billbee, "PAUSE", 0.7)
        peer.is_strict = True
        peer.place("A-1001", Amount(4990, "EUR"))
        settings, secret = peer.access(peer.address)

        with SYSTEMS["billbee"].open(settings, secret) as shop:
            assert [len(shop.open_keys(peer.wanted)) for _ in range(4)] == [1] * 4

    def test_a_list_that_moves_is_read_again(
        self, shop: ShopPort, peer: BillbeeStandIn, monkeypatch: pytest.MonkeyPatch
    ):
        for number in range(300):
            peer.place(f"A-{number}", Amount(1000, "EUR"))
        asked_before, answer = len(peer.asked), peer.answer

        def pay_before_the_second_page(asked: Asked) -> Said:
            if len(peer.asked) == asked_before + 2:
                peer.order("A-3").states["status"] = "3"
            return answer(asked)

        monkeypatch.setattr(peer, "answer", pay_before_the_second_page)

        assert list(shop.open_keys(peer.wanted)) == [order.key for order in peer.orders if order.number != "A-3"]

    def test_shipping_is_added_where_the_total_is_without(self):
        order = {"TotalCost": 49.9, "ShippingCost": 4.9, "OrderItems": [{"TotalPrice": 49.9}]}

        assert billbee._total(order, "EUR") == Amount(5480, "EUR")
        assert billbee._total({**order, "TotalCost": 54.8}, "EUR") == Amount(5480, "EUR")
        assert billbee._total({**order, "TotalCost": 50.0}, "EUR") == Amount(5000, "EUR")

    def test_a_wrong_key_waits_for_a_person(self, peer: BillbeeStandIn):
        settings, secret = peer.access(peer.address)

        with (
            SYSTEMS["billbee"].open(settings, {**secret, "api_key": "wrong"}) as shop,
            pytest.raises(Unreachable, match="does not accept the key or password") as stop,
        ):
            shop.about()

        assert stop.value.permanent

    def test_a_state_that_is_not_there_is_refused(self, shop: ShopPort, peer: BillbeeStandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        telling = replace(told(peer, read(shop, peer)["A-1001"], PAID), status="99")

        [answer] = shop.tell([telling])

        assert (answer.heard, answer.why) == (Heard.REFUSED, "State 99 does not exist")

    def test_all_that_is_told_of_an_order(self, shop: ShopPort, peer: BillbeeStandIn):
        peer.place("A-1001", Amount(4990, "EUR"))

        order = read(shop, peer)["A-1001"]

        assert (order.status, order.status_name, order.payment_method_name) == ("2", "Confirmed", "Bank transfer")
        assert (order.invoice_numbers, order.tracking_numbers, order.items) == (("RN-81",), ("0034",), ("WOLLE-1",))
        assert (order.billing.street, order.billing.postcode, order.billing.country) == ("Wollweg 1", "50667", "DE")
        assert (order.subshop, order.marketplace_number) == ("77", "ebay-1")
