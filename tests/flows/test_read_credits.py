"""The shop's credit notes become refunds, once, and the shop hears which were paid back."""

from datetime import date

import pytest
from tests.stage import Paid, Stage, order

from zahlmeister.connectors.shops.contract import SENT_BACK, Answer, Credit, Heard
from zahlmeister.flows.read_credits import take_credits
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification
from zahlmeister.money.amount import Amount
from zahlmeister.orders.record import shop_called
from zahlmeister.refunds.models import Refund, RefundSettings
from zahlmeister.refunds.states import Origin, RefundState

NUMBER = "100012345"


class Port:
    """A shop that credits, and keeps what it is answered."""

    def __init__(self, *listed: Credit) -> None:
        self.listed = list(listed)
        self.answers: list[tuple[str, str, str]] = []

    def credits(self) -> list[Credit]:
        return self.listed

    def answer_credit(self, key: str, status: str, callback: str) -> Answer:
        self.answers.append((key, status, callback))
        return Answer(Heard.WRITTEN)


@pytest.fixture
def paid(stage: Stage) -> Stage:
    stage.orders(order(NUMBER, "49.90"), order("100099999", "20.00", payment_kind="cod"))
    stage.pays(Paid(4990, NUMBER))
    Merchant.objects.update(verification=Verification.VERIFIED)
    RefundSettings.objects.create(merchant=stage.merchant, from_shop=True)
    return stage


def take(stage: Stage, port: Port) -> int:
    shop = shop_called(stage.merchant.pk, "Wollstube")
    return take_credits(shop, port, at=stage.now)  # type: ignore[arg-type] # it says what is needed of a shop


def credit(key: str = "7", minor: int = 2000, number: str = NUMBER) -> Credit:
    return Credit(key, number, Amount(minor, "EUR"), "20.00", date(2026, 11, 19))


def test_a_credit_becomes_one_refund_however_often_it_is_read(paid: Stage) -> None:
    port = Port(credit())
    assert [take(paid, port) for _ in range(3)] == [1, 0, 0]
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.origin, refund.external_reference) == (2000, Origin.SHOP, "7")
    assert port.answers == []
    Refund.objects.update(state=RefundState.PAID)
    take(paid, port)
    assert port.answers == [("7", SENT_BACK, refund.reference)]


def test_without_a_currency_the_orders_is_meant(paid: Stage) -> None:
    assert take(paid, Port(Credit("8", NUMBER, None, "12.50"))) == 1
    assert Refund.objects.get().amount == Amount(1250, "EUR")


def test_more_than_was_paid_is_refused_and_the_shop_told_why(paid: Stage) -> None:
    port = Port(credit(minor=4991))
    assert take(paid, port) == 0
    assert "At most 49.90 EUR" in port.answers[0][1]
    assert not Refund.objects.exists()


def test_what_a_carrier_collected_and_what_nobody_knows_is_left(paid: Stage) -> None:
    port = Port(credit(number="100099999"), credit(number="unknown"))
    assert take(paid, port) == 0
    assert (port.answers, Refund.objects.count()) == ([], 0)


def test_nothing_is_taken_while_it_is_switched_off_or_the_merchant_is_not_verified(paid: Stage) -> None:
    Merchant.objects.update(verification=Verification.MISSING)
    port = Port(credit())
    assert take(paid, port) == 0
    Merchant.objects.update(verification=Verification.VERIFIED)
    RefundSettings.objects.update(from_shop=False)
    assert take(paid, port) == 0
    RefundSettings.objects.update(from_shop=True)
    assert (take(paid, port), port.answers) == (1, [])
