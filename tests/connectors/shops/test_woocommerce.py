"""WooCommerce: the contract, and what is its own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from tests.connectors.shops.contract import PAID, ShopContract, read, told
from zahlmeister.connectors.shops.contract import Heard, Reading, ShopPort
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreachable
from zahlmeister.sandbox.shops.served import Asked, Said
from zahlmeister.sandbox.shops.woocommerce import WooCommerceStandIn


@pytest.fixture
def peer() -> Iterator[WooCommerceStandIn]:
    stand_in = WooCommerceStandIn()
    yield stand_in
    stand_in.close()


class TestWooCommerce(ShopContract):
    @pytest.fixture
    def peer(self, peer: WooCommerceStandIn) -> WooCommerceStandIn:
        return peer

    def test_a_key_that_is_not_accepted_waits_for_a_person(self, shop: ShopPort, peer: WooCommerceStandIn):
        peer.is_encrypted = False  # as a shop on plain HTTP: passwords are not looked at

        with pytest.raises(Unreachable, match=r"says no \(401\): Sorry, you cannot list resources\.") as stop:
            shop.about()

        assert stop.value.permanent

    def test_what_can_be_mapped(self, shop: ShopPort):
        assert ("bacs", "Direkte Banküberweisung") in [(method.code, method.name) for method in shop.methods()]
        assert ("on-hold", "In Wartestellung") in [(status.code, status.name) for status in shop.statuses()]

    def test_each_kind_has_its_own_methods_and_statuses(self, shop: ShopPort, peer: WooCommerceStandIn):
        wanted = Reading(kinds={"prepayment": (("bacs",), ("on-hold",)), "invoice": (("cheque",), ("completed",))})
        peer.place("A-1001", Amount(4990, "EUR"), method=0)
        peer.place("A-1002", Amount(4990, "EUR"), method=1)
        peer.place("A-1003", Amount(4990, "EUR"), method=1)
        peer.change_by_hand("A-1003")  # completed

        assert list(shop.open_keys(wanted)) == [peer.order("A-1001").key, peer.order("A-1003").key]

    def test_a_status_that_is_no_longer_there_waits_for_a_person(self, shop: ShopPort):
        gone = Reading(kinds={"prepayment": (("bacs",), ("wartet",))})

        with pytest.raises(Unreachable, match=r"Invalid parameter\(s\): status") as stop:
            shop.open_keys(gone)

        assert stop.value.permanent

    def test_a_list_is_whole_although_orders_go_while_it_is_read(
        self, shop: ShopPort, peer: WooCommerceStandIn, monkeypatch: pytest.MonkeyPatch
    ):
        """An order of the first page is paid meanwhile, so that all others move up: none may be missed."""
        for number in range(250):
            peer.place(f"A-{number}", Amount(1000, "EUR"))
        pages, answer = [], peer.answer

        def pay_before_the_second_page(asked: Asked) -> Said:
            pages.append(asked)
            if len(pages) == 2:
                peer.order("A-3").states["status"] = "processing"
            return answer(asked)

        monkeypatch.setattr(peer, "answer", pay_before_the_second_page)

        assert list(shop.open_keys(peer.wanted)) == [order.key for order in peer.orders if order.number != "A-3"]

    def test_a_status_that_the_shop_does_not_know_is_refused(self, shop: ShopPort, peer: WooCommerceStandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        telling = replace(told(peer, read(shop, peer)["A-1001"], PAID), status="bezahlt")

        [answer] = shop.tell([telling])

        assert (answer.heard, answer.why) == (Heard.REFUSED, "Invalid parameter(s): status")

    def test_what_we_told_is_the_transaction_id(self, shop: ShopPort, peer: WooCommerceStandIn):
        peer.place("A-1001", Amount(4990, "EUR"))
        telling = told(peer, read(shop, peer)["A-1001"], PAID)
        shop.tell([telling])

        assert peer.order("A-1001").notes["transaction_id"] == telling.callback

    def test_changes_of_the_last_minutes(self, shop: ShopPort, peer: WooCommerceStandIn):
        for number in ("A-1001", "A-1002"):
            peer.place(number, Amount(4990, "EUR"))
        peer.change_by_hand("A-1001")

        assert list(shop.changed(peer.wanted, peer.order("A-1001").changed_at)) == [peer.order("A-1001").key]

    def test_all_that_is_told_of_an_order(self, shop: ShopPort, peer: WooCommerceStandIn):
        peer.place("A-1001", Amount(4990, "EUR"))

        order = read(shop, peer)["A-1001"]

        assert (order.key, order.status, order.payment_method) == ("1", "on-hold", "bacs")
        assert order.ordered_on == date(2026, 11, 2)
        assert (order.billing.street, order.billing.postcode, order.billing.country) == ("Wollweg 1", "50667", "DE")
        assert (order.invoice_numbers, order.tracking_numbers) == (("RA-1001",), ("0034043416",))
        assert (order.items, order.customer_number, order.paid) == (("WOLLE-1",), "23", None)
        assert order.shipping == Amount(490, "EUR")
