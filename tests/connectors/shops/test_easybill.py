"""Easybill: the contract, and what is its own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from tests.connectors.shops.contract import CANCELLED, PAID, ShopContract, read, told
from zahlmeister.connectors.shops.contract import Heard, ShopPort
from zahlmeister.connectors.shops.systems import SYSTEMS
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreachable
from zahlmeister.sandbox.shops.easybill import EasybillStandIn


@pytest.fixture
def peer() -> Iterator[EasybillStandIn]:
    stand_in = EasybillStandIn()
    yield stand_in
    stand_in.close()


class TestEasybill(ShopContract):
    @pytest.fixture
    def peer(self, peer: EasybillStandIn) -> EasybillStandIn:
        return peer

    def test_a_payment_is_written_to_its_invoice(self, shop: ShopPort, peer: EasybillStandIn):
        peer.place("RE-1", Amount(4990, "EUR"))
        telling = replace(told(peer, read(shop, peer)["RE-1"], PAID), paid_on=date(2026, 11, 20))
        shop.tell([telling])

        [payment] = peer.payments
        assert (payment["document_id"], payment["amount"], payment["payment_at"]) == (1, 4990, "2026-11-20")
        assert payment["reference"] == telling.callback

    def test_only_what_is_still_owed_is_written(self, shop: ShopPort, peer: EasybillStandIn):
        peer.place("RE-1", Amount(4990, "EUR"))
        order = read(shop, peer)["RE-1"]
        peer.payments.append({"id": 1, "document_id": 1, "amount": 1000, "reference": "Kasse", "notice": ""})

        assert shop.tell([told(peer, order, PAID)])[0].heard is Heard.WRITTEN
        assert [payment["amount"] for payment in peer.payments] == [1000, 3990]

    def test_invoices_are_cancelled_only_where_it_is_switched_on(self, peer: EasybillStandIn):
        peer.place("RE-1", Amount(4990, "EUR"))
        settings, secret = peer.access(peer.address)

        with SYSTEMS["easybill"].open({**settings, "cancels": False}, secret) as shop:
            [answer] = shop.tell([told(peer, read(shop, peer)["RE-1"], CANCELLED)])

        assert (answer.heard, peer.outcome("RE-1")) == (Heard.LEFT, None)

    def test_a_credit_whose_money_is_not_sent_back_stays_open(self, shop: ShopPort, peer: EasybillStandIn):
        peer.place("RE-1", Amount(4990, "EUR"))
        key = peer.credit("RE-1", Amount(990, "EUR"))

        answer = shop.answer_credit(key, "STOPPED", "zm-r-1")

        assert (answer.heard, peer.payments) == (Heard.LEFT, [])
        assert [credit.key for credit in shop.credits()] == [key]

    def test_a_wrong_key_waits_for_a_person(self, peer: EasybillStandIn):
        settings, _ = peer.access(peer.address)

        with (
            SYSTEMS["easybill"].open(settings, {"api_key": "wrong"}) as shop,
            pytest.raises(Unreachable, match="does not accept the key or password") as stop,
        ):
            shop.about()

        assert stop.value.permanent

    def test_all_that_is_told_of_an_invoice(self, shop: ShopPort, peer: EasybillStandIn):
        peer.place("RE-1", Amount(4990, "EUR"))

        order = read(shop, peer)["RE-1"]

        assert (order.kind, order.invoice_numbers, order.marketplace_number) == ("invoice", ("RE-1",), "S1")
        assert (order.ordered_on, order.due_on) == (date(2026, 11, 2), date(2026, 12, 1))
        assert (order.discount, order.discount_until) == (Amount(100, "EUR"), date(2026, 11, 12))
        assert (order.billing.street, order.billing.postcode, order.billing.country) == ("Wollweg 1", "50667", "DE")
        assert (order.iban, order.customer_number) == ("DE89370400440532013000", "10023")
        assert (shop.invoice(order.key, "RE-1") or b"").startswith(b"%PDF")
        assert shop.invoice("4711", "RE-9") is None
