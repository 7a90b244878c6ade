"""eBay: the contract, and what is its own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.connectors.shops.contract import CANCELLED, PAID, ShopContract, read, told
from zahlmeister.connectors.shops.contract import Heard, ShopPort
from zahlmeister.connectors.shops.systems import SYSTEMS
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreachable
from zahlmeister.sandbox.shops.ebay import EbayStandIn
from zahlmeister.sandbox.shops.served import Asked, Said


@pytest.fixture
def peer() -> Iterator[EbayStandIn]:
    stand_in = EbayStandIn()
    yield stand_in
    stand_in.close()


class TestEbay(ShopContract):
    @pytest.fixture
    def peer(self, peer: EbayStandIn) -> EbayStandIn:
        return peer

    def test_an_access_token_that_has_run_out_is_renewed(self, shop: ShopPort, peer: EbayStandIn):
        shop.about()
        peer.token = "another"

        assert shop.about().system == "eBay"
        assert peer.tokens == 2

    @pytest.mark.parametrize(
        ("name", "why"),
        [("client_secret", "client authentication failed"), ("refresh_token", "refresh token is inval")],
    )
    def test_keys_that_are_not_accepted_wait_for_a_person(self, peer: EbayStandIn, name: str, why: str):
        settings, secret = peer.access(peer.address)

        with (
            SYSTEMS["ebay"].open(settings, {**secret, name: "wrong"}) as shop,
            pytest.raises(Unreachable, match=f"does not accept the keys or the refresh token .*{why}") as stop,
        ):
            shop.about()

        assert stop.value.permanent

    def test_what_ebay_collects_is_not_open(self, shop: ShopPort, peer: EbayStandIn):
        for number in ("1001", "1002", "1003"):
            peer.place(number, Amount(4990, "EUR"))
        peer.collected = {"1001"}
        peer.order("1002").states["payment"] = "PAID"

        assert list(shop.open_keys(peer.wanted)) == ["1003"]

    def test_nothing_older_than_ebay_tells_is_asked_for(self, shop: ShopPort, peer: EbayStandIn):
        shop.open_keys(replace(peer.wanted, since=date(2020, 1, 1)))

        oldest = (datetime.now(UTC) - timedelta(days=729)).date()
        assert peer.asked[-1].query["filter"] == f"creationdate:[{oldest}T00:00:00.000Z..]"

    def test_a_list_that_moves_is_read_again(self, shop: ShopPort, peer: EbayStandIn, monkeypatch: pytest.MonkeyPatch):
        for number in range(1000, 1300):
            peer.place(str(number), Amount(1000, "EUR"))
        pages, answer = [], peer.answer

        def lose_one_before_the_second_page(asked: Asked) -> Said:
            if asked.path.endswith("/order"):
                pages.append(asked)
                if len(pages) == 2:
                    del peer.orders[0]
            return answer(asked)

        monkeypatch.setattr(peer, "answer", lose_one_before_the_second_page)

        assert list(shop.open_keys(peer.wanted)) == [str(number) for number in range(1001, 1300)]

    def test_more_orders_than_may_be_asked_for_at_once(self, shop: ShopPort, peer: EbayStandIn):
        numbers = [str(number) for number in range(1000, 1060)]
        for number in numbers:
            peer.place(number, Amount(1000, "EUR"))

        assert [order.number for order in shop.orders(numbers)] == numbers

    def test_a_number_at_which_ebay_takes_offence_spoils_no_other(
        self, shop: ShopPort, peer: EbayStandIn, monkeypatch: pytest.MonkeyPatch
    ):
        peer.place("1001", Amount(4990, "EUR"))
        answer = peer.answer

        def offended(asked: Asked) -> Said:
            return Said(400, b'{"errors": []}') if "nobody" in asked.query.get("orderIds", "") else answer(asked)

        monkeypatch.setattr(peer, "answer", offended)

        assert [order.number for order in shop.orders(["1001", "nobody"])] == ["1001"]

    def test_what_ebay_collected_meanwhile_is_refused_in_its_own_words(self, shop: ShopPort, peer: EbayStandIn):
        peer.place("1001", Amount(4990, "EUR"))
        telling = told(peer, read(shop, peer)["1001"], PAID)
        peer.collected = {"1001"}

        [answer] = shop.tell([telling])

        assert answer.heard is Heard.REFUSED
        assert answer.why == "The payment status of this order cannot be changed by the seller."

    def test_an_order_is_never_cancelled_from_here(self, shop: ShopPort, peer: EbayStandIn):
        peer.place("1001", Amount(4990, "EUR"))
        telling = replace(told(peer, read(shop, peer)["1001"], CANCELLED), status="order:cancelled")

        [answer] = shop.tell([telling])

        assert (answer.heard, answer.why) == (Heard.LEFT, "An order is cancelled at eBay by the seller.")

    def test_a_token_that_the_older_api_does_not_take_is_tried_again_later(
        self, shop: ShopPort, peer: EbayStandIn, monkeypatch: pytest.MonkeyPatch
    ):
        peer.place("1001", Amount(4990, "EUR"))
        telling, answer = told(peer, read(shop, peer)["1001"], PAID), peer.answer

        def forget_the_token(asked: Asked) -> Said:
            if asked.path == "/ws/api.dll":
                peer.token = "another"
            return answer(asked)

        monkeypatch.setattr(peer, "answer", forget_the_token)

        with pytest.raises(Unreachable, match=r"eBay cannot do it now: Invalid IAF token\.") as stop:
            shop.tell([telling])

        assert not stop.value.permanent

    def test_changes_of_the_last_minutes(self, shop: ShopPort, peer: EbayStandIn):
        for number in ("1001", "1002"):
            peer.place(number, Amount(4990, "EUR"))
        peer.change_by_hand("1001")

        assert list(shop.changed(peer.wanted, peer.order("1001").changed_at)) == ["1001"]

    def test_all_that_is_told_of_an_order(self, shop: ShopPort, peer: EbayStandIn):
        peer.place("1001", Amount(4990, "EUR"))

        order = read(shop, peer)["1001"]

        assert (order.status, order.status_name) == ("payment:pending delivery:not_started", "Payment pending")
        assert (order.payment_method, order.customer_number, order.language) == ("OFFLINE", "wollfreundin", "de-DE")
        assert (order.billing.street, order.billing.postcode, order.billing.country) == ("Wollweg 1", "50667", "DE")
        assert (order.items, order.shipping, order.paid) == (("WOLLE-1",), Amount(490, "EUR"), None)
