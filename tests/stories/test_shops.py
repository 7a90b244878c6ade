"""Seven shops with the payment module, told as one story each, over a line on which everything goes wrong once.

A shop is connected, its orders are read, one is paid and told, one is cancelled and paid late, one is taken in hand by
somebody in the shop. In between the shop is silent, fails, prints warnings around its answers or breaks off in the
middle of them; in the end everything has happened once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from django.utils import timezone
from tests.connectors.shops.contract import FAULTS
from tests.connectors.shops.faults import Fault, Line, self_signed
from tests.connectors.shops.test_module_contract import KEYS, ModulePeer
from tests.shops import BY
from tests.stage import Paid, Stage

from zahlmeister.connectors import web
from zahlmeister.connectors.shops.contract import Verdict
from zahlmeister.connectors.shops.module import handshake
from zahlmeister.connectors.shops.module.keys import Keys
from zahlmeister.flows.assign_payment import assign
from zahlmeister.flows.connect_shop import connect_shop
from zahlmeister.flows.deliver_outbox import deliver_next
from zahlmeister.flows.mark_paid import cancel_item
from zahlmeister.flows.read_shop_orders import read_next
from zahlmeister.money.amount import Amount
from zahlmeister.orders.connections import WantedShop
from zahlmeister.orders.models import Order, ShopConnection
from zahlmeister.orders.states import Presence, ShopState
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState
from zahlmeister.receivables.states import ItemState
from zahlmeister.refusals import Unreachable

SEEDS = ["magento1", "xtcommerce3", "xtcommerce4", "oscommerce", "modified", "oxid", "gambio"]
LOSING = [*FAULTS, Fault.LOST_ANSWER, Fault.ERROR_AFTER]
PAID, LATE, HELD, LEFT = "4710001", "4710002", "4710003", "4710004"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    def keys(bits: int, known: dict[str, str]) -> Keys:
        access = known.get("access_code") or KEYS.access_code, known.get("api_key") or KEYS.api_key
        return replace(KEYS, access_code=access[0], api_key=access[1])

    monkeypatch.setattr(handshake, "new_keys", keys)
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    monkeypatch.setattr(web, "TO_ANSWER", 0.4)


class Told:
    """One shop, the line to it, and what workers do about it."""

    def __init__(self, stage: Stage, peer: ModulePeer, line: Line) -> None:
        self.stage, self.peer, self.line = stage, peer, line

    def connect(self, line: Line) -> ShopConnection:
        settings, secret = self.peer.access(line.address)
        wanted = WantedShop("Wollstube", "module", settings, secret)
        return connect_shop(self.stage.merchant, wanted, by=BY, at=self.stage.now)

    def read(self) -> ShopConnection:
        self.stage.later(minutes=20)
        ShopConnection.objects.update(due_at=self.stage.now)
        assert read_next(clock=self.stage.clock) is not None
        return ShopConnection.objects.get()

    def deliver(self) -> None:
        self.stage.later(hours=7)  # longer than any wait between two tries
        while deliver_next(clock=self.stage.clock):
            pass

    def order(self, number: str) -> Order:
        return Order.objects.select_related("item").get(number=number)

    @contextmanager
    def failing(self, fault: Fault) -> Iterator[None]:
        self.line.always = fault
        yield
        self.line.always = None


@pytest.fixture(params=SEEDS)
def told(request: pytest.FixtureRequest, stage: Stage) -> Iterator[Told]:
    stage.now = timezone.now().replace(microsecond=0)
    peer = ModulePeer(request.param)
    line = Line(peer.address)
    line.silence = 0.8
    yield Told(stage, peer, line)
    line.close()
    peer.close()


def test_a_shop_is_connected_read_told_paid_late_and_cancelled_under_faults(told: Told, tmp_path: Path):
    nobody_is_connected_before_the_shop_has_answered(told, tmp_path)
    told.connect(told.line)
    orders_come_in_whole_or_not_at_all(told)
    a_payment_is_told_once_whatever_gets_lost(told)
    late_money_follows_a_cancellation(told)
    what_a_person_takes_in_hand_is_left_alone(told)
    assert told.stage.books() == []


def nobody_is_connected_before_the_shop_has_answered(told: Told, tmp_path: Path) -> None:
    forged = Line(told.peer.address, certificate=self_signed(tmp_path))
    with pytest.raises(Unreachable, match="certificate"):
        told.connect(forged)
    forged.close()
    for fault in (Fault.SILENCE, Fault.ERROR, Fault.HTML_INSTEAD):
        with told.failing(fault), pytest.raises(Unreachable) as stop:
            told.connect(told.line)
        assert str(stop.value).endswith(".")
    assert not ShopConnection.objects.exists()


def orders_come_in_whole_or_not_at_all(told: Told) -> None:
    amounts = {PAID: 4990, LATE: 3470, HELD: 1230, LEFT: 8888}
    for number, minor in amounts.items():
        told.peer.place(number, Amount(minor, "EUR"), name="Anna Weber")
    for fault in FAULTS:
        with told.failing(fault):
            connection = told.read()
        assert (connection.state == ShopState.CONNECTED) == (connection.error == "")
        assert dict(Order.objects.values_list("number", "total_minor")) in ({}, amounts)
    connection = told.read()

    assert (connection.state, connection.open_orders) == (ShopState.CONNECTED, 4)
    assert dict(Order.objects.values_list("number", "total_minor")) == amounts
    assert told.order(PAID).name == "Anna Weber"
    for fault in FAULTS:
        with told.failing(fault):
            told.read()
    assert not Order.objects.exclude(presence=Presence.HERE).exists()


def a_payment_is_told_once_whatever_gets_lost(told: Told) -> None:
    told.stage.pays(Paid(4990, f"Bestellung {PAID} Anna Weber"))
    assert told.order(PAID).item.state == ItemState.PAID
    for fault in LOSING:
        with told.failing(fault):
            told.deliver()
    told.deliver()

    assert (told.peer.outcome(PAID), told.peer.effects(PAID)) == (Verdict.PAID, 1)
    assert [message.state for message in Message.objects.all()] == [MessageState.DELIVERED]
    told.read()
    assert told.order(PAID).presence == Presence.HERE


def late_money_follows_a_cancellation(told: Told) -> None:
    item = told.order(LATE).item
    cancel_item(told.stage.merchant, item.pk, by=BY, at=told.stage.now)
    told.deliver()
    takes = told.peer.takes_cancelled
    assert (told.peer.outcome(LATE), told.peer.effects(LATE)) == ((Verdict.CANCELLED, 1) if takes else (None, 0))

    told.stage.pays(Paid(3470, f"Bestellung {LATE} Anna Weber"))
    payment = told.stage.payments()[-1]
    assert told.order(LATE).item.state == ItemState.CANCELLED  # a person decides on late money
    assign(told.stage.merchant, payment.pk, [(item.pk, 3470)], by=BY, at=told.stage.now, source="late")
    with told.failing(Fault.LOST_ANSWER):
        told.deliver()
    told.deliver()

    revived = told.peer.is_cancelled_revivable
    assert told.peer.outcome(LATE) is (Verdict.PAID if revived else Verdict.CANCELLED)
    assert told.peer.effects(LATE) == takes + revived
    assert told.order(LATE).item.state == ItemState.PAID


def what_a_person_takes_in_hand_is_left_alone(told: Told) -> None:
    told.peer.change_by_hand(HELD)
    told.peer.change_by_hand(LEFT)
    item = told.order(LEFT).item
    cancel_item(told.stage.merchant, item.pk, by=BY, at=told.stage.now)  # before we know of the change
    told.deliver()
    told.read()

    assert [told.peer.outcome(number) for number in (HELD, LEFT)] == [None, None]
    assert told.order(HELD).presence == Presence.DISAPPEARED
    assert told.order(LEFT).told == ""
