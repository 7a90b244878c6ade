"""Gambio: the contract, and what is its own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from tests.connectors.shops.contract import PAID, ShopContract, read, told
from zahlmeister.connectors.shops.contract import Heard, Reading, ShopPort
from zahlmeister.connectors.shops.systems import SYSTEMS
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreachable
from zahlmeister.sandbox.shops.gambio import GambioStandIn
from zahlmeister.sandbox.shops.served import Asked, Said


@pytest.fixture
def peer() -> Iterator[GambioStandIn]:
    stand_in = GambioStandIn()
    yield stand_in
    stand_in.close()


class TestGambio(ShopContract):
    @pytest.fixture
    def peer(self, peer: GambioStandIn) -> GambioStandIn:
        return peer

    def test_who_may_not_sign_in_waits_for_a_person(self, peer: GambioStandIn):
        settings, secret = peer.access(peer.address)

        with (
            SYSTEMS["gambio"].open(settings, {**secret, "password": "wrong"}) as shop,
            pytest.raises(Unreachable, match="does not accept the key or password") as stop,
        ):
            shop.about()

        assert stop.value.permanent

    def test_a_shop_that_has_answered_too_often_says_when_it_answers_again(self, shop: ShopPort, peer: GambioStandIn):
        peer.left = 0

        with pytest.raises(Unreachable, match="wants fewer questions") as stop:
            shop.about()

        assert not stop.value.permanent
        assert stop.value.after in range(290, 302)

    def test_what_can_be_mapped(self, shop: ShopPort, peer: GambioStandIn):
        peer.methods = ("klarna",)
        peer.place("1001", Amount(4990, "EUR"))

        assert shop.about().version == "v4.8.0.3"
        assert [(method.code, method.name) for method in shop.methods() if method.code in {"cod", "klarna"}] == [
            ("cod", "Cash on delivery"),
            ("klarna", "Klarna"),
        ]
        assert ("99", "Storniert") in [(status.code, status.name) for status in shop.statuses()]

    def test_each_kind_has_its_own_methods_and_statuses(self, shop: ShopPort, peer: GambioStandIn):
        wanted = Reading(
            kinds={"prepayment": (("moneyorder",), ("1",)), "invoice": (("eustandardtransfer",), ("3",))},
            since=date(2026, 11, 2),
        )
        peer.place("1001", Amount(4990, "EUR"), method=0)
        peer.place("1002", Amount(4990, "EUR"), method=1)
        peer.place("1003", Amount(4990, "EUR"), method=1)
        peer.change_by_hand("1003")

        assert list(shop.open_keys(wanted)) == ["1001", "1003"]
        assert list(shop.open_keys(replace(wanted, since=date(2026, 11, 3)))) == []

    def test_a_list_is_whole_although_orders_go_while_it_is_read(
        self, shop: ShopPort, peer: GambioStandIn, monkeypatch: pytest.MonkeyPatch
    ):
        for number in range(1000, 1250):
            peer.place(str(number), Amount(1000, "EUR"))
        pages, answer = [], peer.answer

        def pay_before_the_second_page(asked: Asked) -> Said:
            pages.append(asked)
            if len(pages) == 2:
                peer.order("1003").states["status"] = "2"
            return answer(asked)

        monkeypatch.setattr(peer, "answer", pay_before_the_second_page)

        assert list(shop.open_keys(peer.wanted)) == [str(number) for number in range(1000, 1250)]

    def test_a_status_that_is_not_there_is_refused_because_gambio_would_take_it(
        self, shop: ShopPort, peer: GambioStandIn
    ):
        peer.place("1001", Amount(4990, "EUR"))
        telling = replace(told(peer, read(shop, peer)["1001"], PAID), status="7")

        [answer] = shop.tell([telling])

        assert (answer.heard, answer.why) == (Heard.REFUSED, "“7” is no status of Gambio.")
        assert peer.effects("1001") == 0

    def test_what_we_told_stands_in_the_history_and_nobody_gets_a_mail(self, shop: ShopPort, peer: GambioStandIn):
        peer.place("1001", Amount(4990, "EUR"))
        shop.tell([told(peer, read(shop, peer)["1001"], PAID)])

        [entry] = peer.history["1001"]
        assert (entry["comment"], entry["customerNotified"]) == ("Zahlmeister zm-1001-paid", False)

    def test_where_no_status_is_chosen_the_money_is_noted_once(self, shop: ShopPort, peer: GambioStandIn):
        peer.place("1001", Amount(4990, "EUR"))
        telling = replace(told(peer, read(shop, peer)["1001"], PAID), status="")

        heard = [answer.heard for answer in [*shop.tell([telling]), *shop.tell([telling])]]

        assert heard == [Heard.WRITTEN, Heard.ALREADY]
        assert (peer.order("1001").states["status"], peer.effects("1001")) == ("1", 1)

    def test_changes_of_the_last_minutes(self, shop: ShopPort, peer: GambioStandIn):
        peer.place("1001", Amount(4990, "EUR"))
        peer.place("1002", Amount(4990, "EUR"))
        peer.order("1001").changed_at = peer.order("1001").changed_at.replace(day=1)

        assert list(shop.changed(peer.wanted, peer.order("1002").changed_at)) == ["1002"]

    def test_all_that_is_told_of_an_order(self, shop: ShopPort, peer: GambioStandIn):
        peer.place("1001", Amount(4990, "EUR"))

        order = read(shop, peer)["1001"]

        assert (order.key, order.status, order.status_name, order.payment_method) == (
            "1001",
            "1",
            "Offen",
            "moneyorder",
        )
        assert (order.ordered_on, order.language, order.customer_number) == (date(2026, 11, 2), "de", "10023")
        assert (order.billing.street, order.billing.postcode, order.billing.country) == ("Wollweg 1", "50667", "DE")
        assert (order.items, order.shipping) == (("WOLLE-1",), Amount(400, "EUR"))
