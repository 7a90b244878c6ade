"""The demo's connected shop: what is paid in the office is seen going back, also after the office was closed."""

from datetime import UTC, datetime

import pytest

from zahlmeister.connectors.shops.contract import Verdict
from zahlmeister.flows.deliver_outbox import deliver_next
from zahlmeister.flows.read_shop_orders import read_next
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Order, ShopConnection
from zahlmeister.orders.states import Presence
from zahlmeister.sandbox.demo_shop import CANCELLED, ORDERS, PAID, open_demo_shop

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_demo_shop_is_read_and_told_and_knows_it_the_next_day(
    merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    now = [datetime(2026, 11, 20, 8, 0, tzinfo=UTC)]
    shop = open_demo_shop(merchant, clock=lambda: now[0])
    while deliver_next(clock=lambda: now[0]):
        pass

    assert Order.objects.count() == len(ORDERS)
    assert {number for number, *_ in ORDERS if shop.outcome(number) is Verdict.PAID} == set(PAID)
    assert {number for number, *_ in ORDERS if shop.outcome(number) is Verdict.CANCELLED} == set(CANCELLED)
    shop.close()

    again = open_demo_shop(merchant, clock=lambda: now[0])
    ShopConnection.objects.update(due_at=now[0])
    assert read_next(clock=lambda: now[0]) is not None
    assert ShopConnection.objects.get().error == ""
    assert again.outcome(PAID[0]) is Verdict.PAID
    assert not Order.objects.exclude(presence=Presence.HERE).exists()
    again.close()
