"""Each system of the seeds with the payment module: connect, read, pay, write back, cancel, late money; and faults."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest
from tests.stage import Paid, Stage

from zahlmeister.connectors.shops.module import handshake
from zahlmeister.connectors.shops.module.keys import Keys, new_keys
from zahlmeister.flows.assign_payment import assign
from zahlmeister.flows.connect_shop import connect_shop
from zahlmeister.flows.deliver_outbox import deliver_next
from zahlmeister.flows.mark_paid import cancel_item
from zahlmeister.flows.read_shop_orders import read_next
from zahlmeister.orders.connections import WantedShop
from zahlmeister.orders.models import Order, ShopConnection
from zahlmeister.orders.states import Presence, ShopState
from zahlmeister.receivables.models import Payment
from zahlmeister.sandbox.module_shop.books import PACKED, Person, Placed
from zahlmeister.sandbox.module_shop.dialects import DIALECTS
from zahlmeister.sandbox.module_shop.server import ModuleServer
from zahlmeister.sandbox.module_shop.side import outcome

#: The systems that the seeds name.
SYSTEMS = ("gambio", "magento1", "magento2", "modified", "oscommerce", "oxid", "xtcommerce3", "xtcommerce4")
KEYS = new_keys(1024, {})
ANNA, BERND = "10001234", "10005678"
BY = "brigitte@wollstube.example"


@dataclass
class Played:
    """A stand-in shop, connected to Brigitte's merchant."""

    server: ModuleServer
    stage: Stage

    def orders(self, number: str, total: str, first: str, last: str) -> None:
        buyer = Person(first, last)
        self.server.module.books.place(
            Placed(number, Decimal(total), buyer, buyer, email=f"{first}@example.org".lower(), customer_number=last)
        )

    def works(self, rounds: int = 3) -> None:
        """A worker's turns, far enough apart that nothing waits."""
        for _ in range(rounds):
            self.stage.later(hours=7)
            while read_next(clock=self.stage.clock) is not None:
                pass
            while deliver_next(clock=self.stage.clock) is not None:
                pass

    def outcome(self, number: str) -> str:
        return outcome(self.server.module.books.orders[number])

    @property
    def connection(self) -> ShopConnection:
        return ShopConnection.objects.get()


@pytest.fixture(params=SYSTEMS)
def played(request: pytest.FixtureRequest, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")

    def quick(bits: int, known: dict[str, str]) -> Keys:
        return replace(KEYS, access_code=known.get("access_code") or KEYS.access_code)

    monkeypatch.setattr(handshake, "new_keys", quick)
    server = ModuleServer(request.param)
    played = Played(server, stage)
    played.orders(ANNA, "24.98", "Anna", "Weber")
    played.orders(BERND, "49.90", "Bernd", "Krause")
    wanted = WantedShop("Wollstube", "module", {"module": request.param, "address": server.address})
    connect_shop(stage.merchant, wanted, by=BY, at=stage.now)
    played.works()
    yield played
    server.close()


def test_from_the_order_to_paid_in_the_shop_and_late_money_for_a_cancelled_one(played: Played, stage: Stage):
    orders = {order.number: order for order in Order.objects.all()}
    assert {number: order.total_minor for number, order in orders.items()} == {ANNA: 2498, BERND: 4990}
    assert (orders[ANNA].name, orders[ANNA].ordered_on) == ("Anna Weber", date(2026, 11, 20))

    stage.pays(Paid(2498, f"Bestellung {ANNA}"))
    cancel_item(stage.merchant, stage.item(BERND).pk, by=BY, at=stage.now)
    played.works()

    assert (played.outcome(ANNA), played.outcome(BERND)) == ("PAID", "CANCELLED")
    assert [len(played.server.module.books.by_module(number)) for number in (ANNA, BERND)] == [1, 1]

    stage.pays(Paid(4990, f"Bestellung {BERND}", name="Bernd Krause"))
    late = Payment.objects.get(amount_minor=4990)
    assign(stage.merchant, late.pk, [(stage.item(BERND).pk, 4990)], by=BY, at=stage.now, source="late")
    played.works()

    revives = DIALECTS[played.server.module.dialect.name].revives
    assert stage.item(BERND).state == "paid"
    assert played.outcome(BERND) == ("PAID" if revives else "CANCELLED")
    assert stage.books() == []


def test_a_fault_ends_nothing_and_is_over_when_it_is_over(played: Played, stage: Stage):
    for number in range(20001001, 20001008):
        played.orders(str(number), "10.00", "Cora", "Lang")
    played.works()
    stage.pays(Paid(2498, f"Bestellung {ANNA}"))
    switches = played.server.module.switches

    for fault in ("broken", "half", "list_empty"):
        setattr(switches, fault, True)
        played.works(rounds=1)
        assert set(Order.objects.values_list("presence", flat=True)) == {Presence.HERE}, fault
        assert played.connection.error or played.connection.doubt, fault
        setattr(switches, fault, False)
    switches.warning_before = switches.warning_after = True
    played.works(rounds=4)

    assert (played.connection.state, played.connection.error) == (ShopState.CONNECTED, "")
    assert played.outcome(ANNA) == "PAID"
    assert len(played.server.module.books.by_module(ANNA)) == 1


@pytest.mark.parametrize("played", ["gambio"], indirect=True)
def test_what_a_person_changed_is_left_and_no_longer_asked_for(played: Played, stage: Stage):
    played.server.module.books.change_by_hand(BERND, PACKED)
    played.works()

    assert Order.objects.get(number=BERND).presence == Presence.DISAPPEARED
    assert played.server.module.books.by_module(BERND) == []
    assert stage.item(ANNA).state == "open"
