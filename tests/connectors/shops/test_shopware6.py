"""Shopware 6: the contract, and what is its own."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.connectors.shops.contract import PAID, ShopContract, read, told
from zahlmeister.connectors.shops.contract import Heard, Reading, ShopPort
from zahlmeister.connectors.shops.systems import SYSTEMS
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreachable
from zahlmeister.sandbox.shops.shopware6 import Shopware6StandIn


@pytest.fixture
def peer() -> Iterator[Shopware6StandIn]:
    stand_in = Shopware6StandIn()
    yield stand_in
    stand_in.close()


class TestShopware6(ShopContract):
    @pytest.fixture
    def peer(self, peer: Shopware6StandIn) -> Shopware6StandIn:
        return peer

    def test_a_token_that_has_run_out_is_renewed(self, shop: ShopPort, peer: Shopware6StandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        peer.tokens_last = 2

        assert set(read(shop, peer)) == {"A-1001"}
        assert set(read(shop, peer)) == {"A-1001"}
        assert len(peer.tokens) > 1

    def test_a_wrong_key_waits_for_a_person(self, peer: Shopware6StandIn):
        settings, _ = peer.access(peer.address)

        with (
            SYSTEMS["shopware6"].open(settings, {"client_secret": "wrong"}) as shop,
            pytest.raises(Unreachable, match="does not accept the access key") as stop,
        ):
            shop.about()

        assert stop.value.permanent

    def test_what_can_be_mapped(self, shop: ShopPort):
        assert ("payment_prepayment", "Vorkasse") in [(method.code, method.name) for method in shop.methods()]
        statuses = {status.code: status.name for status in shop.statuses()}
        assert statuses["payment:open"] == "Payment: Open"
        assert {"order:cancelled", "delivery:shipped", "payment:paid"} <= set(statuses)

    def test_an_invoice_is_open_when_it_is_shipped(self, shop: ShopPort, peer: Shopware6StandIn):
        shipped = Reading(kinds={"invoice": (("payment_invoicepayment",), ("payment:open", "delivery:shipped"))})
        for number in ("A-1001", "A-1002"):
            peer.place(number, Amount(4990, "EUR"), method=1)
        peer.order("A-1002").states["delivery"] = "shipped"

        [key] = shop.open_keys(shipped)

        assert key == peer.order("A-1002").key

    def test_what_was_sent_meanwhile_is_still_paid(self, shop: ShopPort, peer: Shopware6StandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        telling = told(peer, read(shop, peer)["A-1001"], PAID)
        peer.order("A-1001").states["delivery"] = "shipped"

        assert shop.tell([telling])[0].heard is Heard.WRITTEN
        assert peer.order("A-1001").notes == {"zahlmeister_callback": telling.callback}

    def test_an_order_that_a_person_cancelled_is_not_paid(self, shop: ShopPort, peer: Shopware6StandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        telling = told(peer, read(shop, peer)["A-1001"], PAID)
        peer.order("A-1001").states["order"] = "cancelled"

        [answer] = shop.tell([telling])

        assert (answer.heard, answer.why) == (Heard.LEFT, "The order was cancelled in the shop.")

    def test_a_state_to_which_no_way_leads_is_refused(self, shop: ShopPort, peer: Shopware6StandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        telling = replace(told(peer, read(shop, peer)["A-1001"], PAID), status="payment:chargeback")

        [answer] = shop.tell([telling])

        assert answer.heard is Heard.REFUSED
        assert "no way leads to “payment:chargeback”" in answer.why

    def test_changes_of_the_last_minutes(self, shop: ShopPort, peer: Shopware6StandIn):
        for number in ("A-1001", "A-1002"):
            peer.place(number, Amount(4990, "EUR"))
        since = peer.order("A-1002").changed_at
        peer.change_by_hand("A-1001")

        assert set(shop.changed(peer.wanted, since)) == {peer.order(number).key for number in ("A-1001", "A-1002")}
        assert list(shop.changed(peer.wanted, peer.order("A-1001").changed_at)) == [peer.order("A-1001").key]

    def test_all_that_is_told_of_an_order(self, shop: ShopPort, peer: Shopware6StandIn):
        peer.place("A-1001", Amount(4991, "EUR"), name="Jürgen Weiß")

        order = read(shop, peer)["A-1001"]

        assert order.amount == Amount(4991, "EUR")
        assert order.status == "payment:open order:open delivery:open"
        assert (order.payment_method, order.payment_method_name) == ("payment_prepayment", "Vorkasse")
        assert (order.billing.street, order.billing.postcode, order.billing.country) == ("Wollweg 1", "50667", "DE")
        assert order.delivery == order.billing
        assert (order.invoice_numbers, order.tracking_numbers) == (("RA-1001",), ("00340434161094000001",))
        assert (order.items, order.language, order.customer_number) == (("WOLLE-1",), "de-DE", "10023")
        assert order.customer_group == "Händler"
        assert order.shipping == Amount(490, "EUR")

    def test_an_invoice_as_pdf(self, shop: ShopPort, peer: Shopware6StandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        [order] = read(shop, peer).values()

        assert (shop.invoice(order.key, "RA-1001") or b"").startswith(b"%PDF")
        assert shop.invoice(order.key, "another") is None
