"""Magento 2: the contract, and what is its own."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.connectors.shops.contract import CANCELLED, PAID, ShopContract, read, told
from zahlmeister.connectors.shops import oauth1
from zahlmeister.connectors.shops.contract import Heard, ShopPort
from zahlmeister.connectors.shops.systems import SYSTEMS
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreachable
from zahlmeister.sandbox.shops.magento2 import KEYS, Magento2StandIn


@pytest.fixture
def peer() -> Iterator[Magento2StandIn]:
    stand_in = Magento2StandIn()
    yield stand_in
    stand_in.close()


class TestMagento2(ShopContract):
    @pytest.fixture
    def peer(self, peer: Magento2StandIn) -> Magento2StandIn:
        return peer

    def test_signed_questions_are_let_in(self, peer: Magento2StandIn):
        peer.wants_signatures = True
        peer.place("A-1001", Amount(4990, "EUR"))
        secret = {
            "consumer_key": KEYS.consumer_key,
            "consumer_secret": KEYS.consumer_secret,
            "access_token": KEYS.token,
            "access_token_secret": KEYS.token_secret,
        }

        with SYSTEMS["magento2"].open({"address": peer.address}, secret) as shop:
            [answer] = shop.tell([told(peer, read(shop, peer)["A-1001"], PAID)])

        assert answer.heard is Heard.WRITTEN

    def test_a_bare_token_where_signatures_are_wanted(self, shop: ShopPort, peer: Magento2StandIn):
        peer.wants_signatures = True

        with pytest.raises(Unreachable, match=r"isn't authorized to access Magento_Sales::sales\.") as stop:
            shop.about()

        assert stop.value.permanent

    def test_what_can_be_mapped(self, shop: ShopPort, peer: Magento2StandIn):
        peer.place("A-1001", Amount(4990, "EUR"), method=1)
        peer.order("A-1001").states["status"] = "bezahlt"

        assert ("checkmo", "Vorkasse") in [(method.code, method.name) for method in shop.methods()]
        assert {"pending", "canceled", "bezahlt"} <= {status.code for status in shop.statuses()}

    def test_a_status_of_the_merchants_own_follows_the_invoice(self, shop: ShopPort, peer: Magento2StandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        telling = replace(told(peer, read(shop, peer)["A-1001"], PAID), status="bezahlt")

        assert [shop.tell([telling])[0].heard for _ in range(2)] == [Heard.WRITTEN, Heard.ALREADY]
        assert (peer.order("A-1001").states["status"], peer.outcome("A-1001")) == ("bezahlt", PAID)

    def test_what_broke_off_behind_the_invoice_is_finished(self, shop: ShopPort, peer: Magento2StandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        telling = replace(told(peer, read(shop, peer)["A-1001"], PAID), status="bezahlt")
        shop.tell([telling])
        peer.order("A-1001").states["status"] = "processing"  # as if the last comment had not arrived

        assert shop.tell([telling])[0].heard is Heard.WRITTEN
        assert (peer.order("A-1001").states["status"], peer.effects("A-1001")) == ("bezahlt", 1)

    def test_an_invoice_that_waits_is_captured(self, shop: ShopPort, peer: Magento2StandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        order = peer.order("A-1001")
        order.states["status"], peer.invoices[order.key] = "complete", "1"
        [told_order] = shop.orders([order.key])
        telling = replace(told(peer, told_order, PAID), status="")

        assert [shop.tell([telling])[0].heard for _ in range(2)] == [Heard.WRITTEN, Heard.ALREADY]
        assert (peer.outcome("A-1001"), peer.effects("A-1001")) == (PAID, 1)
        assert told_order.invoice_numbers == ("I1",)

    def test_what_magento_refuses_is_said_in_its_words(self, shop: ShopPort, peer: Magento2StandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        peer.order("A-1001").states["status"] = "closed"
        telling = told(peer, read_one(shop, "1"), PAID)

        [answer] = shop.tell([telling])

        assert answer.heard is Heard.REFUSED
        assert answer.why.endswith("when an order has a status of closed.")

    def test_an_order_that_cannot_be_cancelled_any_more(self, shop: ShopPort, peer: Magento2StandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        peer.order("A-1001").states["status"] = "complete"

        [answer] = shop.tell([told(peer, read_one(shop, "1"), CANCELLED)])

        assert (answer.heard, answer.why) == (Heard.REFUSED, "Magento did not do it, and did not say why.")

    def test_all_that_is_told_of_an_order(self, shop: ShopPort, peer: Magento2StandIn):
        peer.place("A-1001", Amount(4990, "EUR"))

        order = read(shop, peer)["A-1001"]

        assert (order.status, order.payment_method, order.payment_method_name) == (
            "pending",
            "banktransfer",
            "Banküberweisung",
        )
        assert (order.billing.street, order.billing.postcode, order.billing.country) == (
            "Wollweg 1, Hof",
            "50667",
            "DE",
        )
        assert order.delivery == order.billing
        assert (order.items, order.subshop, order.customer_number) == (("WOLLE-1",), "1", "23")
        assert order.customer_group == "2"
        assert (order.shipping, order.paid) == (Amount(490, "EUR"), None)


def read_one(shop: ShopPort, key: str):
    [order] = shop.orders([key])
    return order


def test_a_signature_as_in_the_standard():
    """RFC 5849, section 1.2; it signs by HMAC-SHA1, the base and the key are the same."""
    keys = oauth1.Keys("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "nnch734d00sl2jdk", "pfkkdhi9sl3r4s00")
    pairs = [
        ("file", "vacation.jpg"),
        ("size", "original"),
        ("oauth_consumer_key", keys.consumer_key),
        ("oauth_token", keys.token),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "137131202"),
        ("oauth_nonce", "chapoH"),
    ]

    signed = oauth1.signature("GET", "http://photos.example.net/photos", pairs, keys, digest="sha1")

    assert signed == "MdpQcU8iPSUjWoN/UDMsK2sui9I="
