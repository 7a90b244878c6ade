"""A connected shop on the stage, for stories about reading and telling."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.connectors.shops import memory
from tests.connectors.shops.memory import MemoryShop
from tests.stage import Stage
from zahlmeister.connectors.shops import systems
from zahlmeister.flows.connect_shop import begin, connect_shop, offered
from zahlmeister.flows.deliver_outbox import deliver_next
from zahlmeister.flows.read_shop_orders import read_next
from zahlmeister.orders.connections import WantedShop
from zahlmeister.orders.models import Order, ShopConnection
from zahlmeister.outbox.models import Message

BY = "brigitte@wollstube.example"


@dataclass
class ConnectedShop:
    """Brigitte's shop, and our connection to it."""

    stage: Stage
    shop: MemoryShop
    connection: ShopConnection

    def read(self) -> ShopConnection:
        """A worker reads the shop, a while after it was read last."""
        self.stage.later(minutes=20)
        return self.read_at_once()

    def read_at_once(self) -> ShopConnection:
        ShopConnection.objects.filter(pk=self.connection.pk).update(due_at=self.stage.now)
        assert read_next(clock=self.stage.clock) is not None
        self.connection.refresh_from_db()
        return self.connection

    def deliver(self) -> list[Message]:
        """A worker delivers everything that is due."""
        delivered: list[Message] = []
        while some := deliver_next(clock=self.stage.clock):
            delivered += some
        return delivered

    def order(self, number: str) -> Order:
        return Order.objects.select_related("item").get(shop=self.connection.shop, number=number)

    def messages(self) -> list[Message]:
        return list(Message.objects.filter(channel="shop").order_by("id"))


def connected(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, *, name: str = "Wollstube", **wanted: Any
) -> ConnectedShop:
    """A shop that was connected with the usual mapping, and not read yet."""
    monkeypatch.setitem(systems.SYSTEMS, "memory", memory.SYSTEM)
    shop = MemoryShop(f"https://{name.lower().replace(' ', '-')}.example")
    settings, secret = {"address": shop.address}, {"password": shop.password}
    made = connect_shop(stage.merchant, WantedShop(name, "memory", settings, secret, **wanted), by=BY, at=stage.now)
    begin(made, offered(made).usual, by=BY, at=stage.now)
    made.refresh_from_db()
    return ConnectedShop(stage, shop, made)
