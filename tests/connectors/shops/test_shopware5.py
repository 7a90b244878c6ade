"""Shopware 5: the contract, and what is its own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from tests.connectors.shops.contract import PAID, ShopContract, read, told
from zahlmeister.connectors.shops.contract import Heard, Reading, ShopPort
from zahlmeister.connectors.shops.systems import SYSTEMS
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreachable
from zahlmeister.sandbox.shops.shopware5 import Shopware5StandIn


@pytest.fixture
def peer() -> Iterator[Shopware5StandIn]:
    stand_in = Shopware5StandIn()
    yield stand_in
    stand_in.close()


class TestShopware5(ShopContract):
    @pytest.fixture
    def peer(self, peer: Shopware5StandIn) -> Shopware5StandIn:
        return peer

    def test_a_wrong_key_waits_for_a_person(self, peer: Shopware5StandIn):
        settings, _ = peer.access(peer.address)

        with (
            SYSTEMS["shopware5"].open(settings, {"api_key": "wrong"}) as shop,
            pytest.raises(Unreachable, match="does not accept the key or password") as stop,
        ):
            shop.about()

        assert stop.value.permanent

    def test_an_invoice_is_open_when_it_is_delivered(self, shop: ShopPort, peer: Shopware5StandIn):
        wanted = Reading(kinds={"invoice": (("invoice",), ("payment:17", "order:7", "order:2"))}, subshops=("1",))
        for number in ("A-1001", "A-1002"):
            peer.place(number, Amount(4990, "EUR"), method=1)
        peer.order("A-1002").states["order"] = "7"

        assert list(shop.open_keys(wanted)) == [peer.order("A-1002").key]
        assert list(shop.open_keys(replace(wanted, subshops=("2",)))) == []

    def test_the_day_of_the_payment_and_our_transaction_are_kept(self, shop: ShopPort, peer: Shopware5StandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        telling = replace(told(peer, read(shop, peer)["A-1001"], PAID), paid_on=date(2026, 11, 20))
        shop.tell([telling])

        assert peer.order("A-1001").notes == {"transactionId": telling.callback, "clearedDate": "2026-11-20"}

    def test_an_order_that_a_person_cancelled_is_not_paid(self, shop: ShopPort, peer: Shopware5StandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        telling = told(peer, read(shop, peer)["A-1001"], PAID)
        peer.order("A-1001").states["order"] = "4"

        assert shop.tell([telling])[0].heard is Heard.LEFT

    def test_a_status_that_is_not_there_is_refused(self, shop: ShopPort, peer: Shopware5StandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        telling = replace(told(peer, read(shop, peer)["A-1001"], PAID), status="payment:99")

        [answer] = shop.tell([telling])

        assert (answer.heard, answer.why) == (Heard.REFUSED, "PaymentStatus by id 99 not found")

    def test_all_that_is_told_of_an_order(self, shop: ShopPort, peer: Shopware5StandIn):
        peer.place("A-1001", Amount(4990, "EUR"))

        order = read(shop, peer)["A-1001"]

        assert (order.status, order.payment_method, order.language) == ("payment:17 order:0", "prepayment", "de-DE")
        assert (order.invoice_numbers, order.tracking_numbers) == (("RA-1001",), ("0034", "0035"))
        assert (order.billing.street, order.billing.postcode, order.billing.country) == ("Wollweg 1", "50667", "DE")
        assert (order.items, order.customer_number, order.shipping) == (("WOLLE-1",), "20023", Amount(490, "EUR"))
        assert order.customer_group == "H"
        assert ("invoice", "Rechnung") in [(method.code, method.name) for method in shop.methods()]
        assert {"payment:17", "order:7"} <= {status.code for status in shop.statuses()}
