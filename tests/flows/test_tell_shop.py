"""“Paid” goes back to the shop: once, in order, never against a person, and never lost."""

import pytest
from django.db import connection, transaction
from tests.connectors.shops.memory import MemoryShop
from tests.shops import BY, ConnectedShop, connected
from tests.stage import Paid, Stage, order

from zahlmeister.connectors.shops.systems import Defaults
from zahlmeister.flows.assign_payment import unassign
from zahlmeister.flows.connect_shop import begin, deregister, give_access, pause, resume
from zahlmeister.flows.deliver_outbox import deliver_next, replay
from zahlmeister.flows.import_orders import import_orders
from zahlmeister.flows.mark_paid import cancel_item, mark_paid, reopen_item, unmark_paid
from zahlmeister.history.queries import steps_of
from zahlmeister.orders.connections import WantedShop
from zahlmeister.orders.states import ShopState
from zahlmeister.outbox.deliver import LEASE, claim
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState
from zahlmeister.receivables.announce import untrue_in_shop
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refusals import Unreachable


@pytest.fixture
def shop(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> ConnectedShop:
    shop = connected(stage, monkeypatch)
    shop.shop.place("100", "49.90")
    shop.shop.place("101", "20.00")
    shop.shop.place("102", "30.00", payment_method="invoice", status="complete")
    shop.read()
    return shop


def untrue(shop: ConnectedShop) -> list[str]:
    return [row.number for row in untrue_in_shop(shop.stage.merchant.pk)]


def cancel(shop: ConnectedShop, number: str) -> None:
    cancel_item(shop.stage.merchant, shop.order(number).item.pk, by=BY, at=shop.stage.now)


def pay(shop: ConnectedShop, number: str, source: str = "s1") -> None:
    mark_paid(shop.stage.merchant, shop.order(number).item.pk, by=BY, at=shop.stage.now, source=source)


def unpay(shop: ConnectedShop, number: str) -> None:
    unmark_paid(shop.stage.merchant, shop.order(number).item.pk, by=BY, at=shop.stage.now)


# --- told


def test_a_payment_is_told_once_with_its_amount_and_day(shop: ConnectedShop):
    shop.stage.pays(Paid(4990, "Bestellung 100"))
    [message] = shop.messages()
    assert message.key.startswith(f"order:{shop.order('100').pk}:paid:")

    shop.deliver()
    shop.deliver()

    assert (shop.shop.status("100"), shop.shop.effects("100")) == ("processing", ["PAID"])
    [telling] = shop.shop.heard
    assert (telling.amount and telling.amount.minor, telling.callback) == (4990, f"zm-{message.pk}")
    kept = shop.order("100")
    assert (kept.told, kept.shop_status) == ("PAID", "processing")
    assert "shop_told" in [step.verb for step in steps_of(shop.stage.merchant.pk, "item", kept.item.pk)]
    [delivered] = shop.messages()
    assert (delivered.state, delivered.answer) == (MessageState.DELIVERED, {"heard": "written"})


def test_part_of_it_is_not_told(shop: ConnectedShop):
    shop.stage.pays(Paid(2000, "Bestellung 100"))
    assert shop.messages() == []


def test_each_kind_has_its_own_status(shop: ConnectedShop):
    pay(shop, "102")
    cancel(shop, "101")
    shop.deliver()

    assert (shop.shop.status("102"), shop.shop.status("101")) == ("paid", "canceled")


def test_many_are_told_in_one_conversation(shop: ConnectedShop):
    pay(shop, "100", "a")
    pay(shop, "101", "b")
    pay(shop, "102", "c")
    before = shop.shop.asked
    shop.deliver()

    assert shop.shop.asked - before == 1
    assert sorted(number for number, _, _ in shop.shop.written) == ["100", "101", "102"]


def test_late_money_brings_a_cancelled_order_back(shop: ConnectedShop):
    cancel(shop, "100")
    shop.deliver()
    shop.stage.pays(Paid(4990, "Bestellung 100"))
    payment = shop.stage.payment()
    assert payment.candidates  # a person decides
    pay(shop, "100")
    shop.deliver()

    assert shop.shop.effects("100") == ["CANCELLED", "PAID"]
    assert untrue(shop) == []


def test_what_the_shop_knows_already_is_not_written_again(shop: ConnectedShop):
    pay(shop, "100")
    shop.shop.change("100", status="processing")  # somebody was quicker there
    shop.deliver()

    [message] = shop.messages()
    assert (message.answer["heard"], shop.shop.effects("100"), shop.order("100").told) == ("already", [], "PAID")


def test_what_a_person_changed_in_the_shop_is_left_alone(shop: ConnectedShop):
    pay(shop, "100")
    shop.shop.change("100", status="holded")
    shop.deliver()

    [message] = shop.messages()
    assert (message.state, message.answer["heard"]) == (MessageState.DELIVERED, "left")
    assert (shop.shop.status("100"), shop.order("100").told) == ("holded", "")


def test_an_order_that_has_disappeared_is_paid_and_not_told(shop: ConnectedShop):
    shop.shop.change("100", status="holded")
    shop.read()
    pay(shop, "100")

    assert shop.messages() == []


def test_a_kind_without_a_cancelled_status_is_not_told_of_the_end(shop: ConnectedShop):
    mapping = {"prepayment": Defaults(("banktransfer",), ("pending",), "processing", "")}
    begin(shop.connection, mapping, by=BY, at=shop.stage.now)
    cancel(shop, "100")
    shop.deliver()

    [message] = shop.messages()
    assert (message.answer["why"], shop.shop.heard) == ("not_mapped", [])


def test_what_was_settled_here_before_the_shop_was_read_is_told_once(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    """The orders came from a file first, and one of them was paid then."""
    shop = connected(stage, monkeypatch)
    import_orders(shop.connection.shop, [order("100", "49.90")], by=BY, clock=stage.clock)
    pay(shop, "100")
    assert shop.messages() == []
    shop.shop.place("100", "49.90")
    shop.read()
    shop.read()
    assert len(shop.messages()) == 1
    shop.deliver()
    shop.shop.change("100", status="pending")  # somebody opens it there again: theirs to decide
    shop.read()
    shop.deliver()

    assert shop.shop.effects("100") == ["PAID"]


def test_orders_made_by_hand_are_never_written_back(shop: ConnectedShop):
    import_orders(shop.connection.shop, [order("H-1", "10.00")], by=BY, clock=shop.stage.clock)
    pay(shop, "H-1")

    assert shop.messages() == []


# --- taken back


def test_what_was_taken_back_before_it_was_told_is_not_told(shop: ConnectedShop):
    pay(shop, "100")
    unpay(shop, "100")
    shop.deliver()

    assert [message.state for message in shop.messages()] == [MessageState.DROPPED]
    assert (shop.shop.heard, untrue(shop)) == ([], [])


def test_what_was_taken_back_after_it_was_told_is_a_task_for_a_person(shop: ConnectedShop):
    shop.stage.pays(Paid(4990, "Bestellung 100"))
    shop.deliver()
    unassign(shop.stage.merchant, shop.stage.payment().pk, by=BY, at=shop.stage.now)
    shop.deliver()

    assert untrue(shop) == ["100"]
    assert shop.shop.effects("100") == ["PAID"]

    pay(shop, "100")
    shop.deliver()
    assert untrue(shop) == []
    assert shop.shop.effects("100") == ["PAID"]


def test_what_is_owed_again_after_a_cancellation_was_told_is_a_task(shop: ConnectedShop):
    cancel(shop, "100")
    shop.deliver()
    reopen_item(shop.stage.merchant, shop.order("100").item.pk, by=BY, at=shop.stage.now)

    assert untrue(shop) == ["100"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="of so few rows PostgreSQL reads them all")
def test_among_a_million_orders_those_that_are_not_true_stand_in_an_index_of_their_own(shop: ConnectedShop):
    assert "item_untrue_in_shop" in untrue_in_shop(shop.stage.merchant.pk).explain()


def test_what_is_overtaken_while_it_is_being_told_is_looked_at_again(shop: ConnectedShop):
    """A worker holds the message when the payment is taken back: it must not be told, although it cannot be dropped."""
    pay(shop, "100")
    held = claim(shop.stage.now, channels=["shop"])
    unpay(shop, "100")
    from zahlmeister.flows.tell_shop import tell_shops

    [outcome] = tell_shops(held)

    assert outcome.answer == {"heard": "skipped", "why": "overtaken"}
    assert shop.shop.heard == []


def test_paid_again_after_a_take_back_is_one_message_that_counts(shop: ConnectedShop):
    pay(shop, "100", "a")
    unpay(shop, "100")
    pay(shop, "100", "b")
    shop.deliver()

    assert shop.shop.effects("100") == ["PAID"]
    assert sorted(message.state for message in shop.messages()) == [MessageState.DELIVERED, MessageState.DROPPED]


# --- dying


def test_books_that_are_not_kept_are_not_told(shop: ConnectedShop):
    """Message and books are one transaction: when it is undone, there is nothing to tell."""
    from zahlmeister.receivables.allocate import Decider, Share, allocate

    share = Share(item_id=shop.order("100").item.pk, minor=4990, source="person:x")
    with transaction.atomic():
        allocate(shop.stage.merchant.pk, [share], Decider(BY, shop.stage.now))
        assert len(shop.messages()) == 1
        transaction.set_rollback(True)

    assert shop.messages() == []


def test_killed_between_commit_and_telling_it_is_told_by_the_next(shop: ConnectedShop):
    pay(shop, "100")
    shop.shop.trouble = SystemExit()
    with pytest.raises(SystemExit):
        deliver_next(clock=shop.stage.clock)
    shop.shop.trouble = None

    assert shop.deliver() == []  # the dead one still holds it
    shop.stage.now += LEASE
    shop.deliver()

    assert (shop.shop.effects("100"), shop.order("100").told) == (["PAID"], "PAID")


def test_killed_between_telling_and_noting_the_shop_counts_one(shop: ConnectedShop):
    pay(shop, "100")
    pay(shop, "101", "b")
    shop.shop.trouble_after_telling = SystemExit()
    with pytest.raises(SystemExit):
        deliver_next(clock=shop.stage.clock)
    shop.shop.trouble_after_telling = None
    assert shop.order("100").told == ""

    shop.stage.now += LEASE
    shop.deliver()

    assert [message.answer["heard"] for message in shop.messages()] == ["already", "already"]
    assert (shop.shop.effects("100"), shop.shop.effects("101")) == (["PAID"], ["PAID"])
    assert shop.order("100").told == "PAID"


def test_killed_between_noting_and_settling_the_shop_counts_one(shop: ConnectedShop, monkeypatch: pytest.MonkeyPatch):
    pay(shop, "100")
    with monkeypatch.context() as dying:
        dying.setattr("zahlmeister.flows.deliver_outbox.settle", _die)
        with pytest.raises(SystemExit):
            deliver_next(clock=shop.stage.clock)

    shop.stage.now += LEASE
    shop.deliver()

    assert (shop.shop.effects("100"), len(shop.shop.heard)) == (["PAID"], 2)


def _die(*_: object, **__: object) -> None:
    raise SystemExit


def test_a_shop_that_is_away_is_told_later_and_asked_once_for_all(shop: ConnectedShop):
    pay(shop, "100", "a")
    shop.shop.trouble = Unreachable("wollstube.example did not answer in time.")
    shop.deliver()
    pay(shop, "101", "b")
    shop.shop.trouble = None
    assert shop.shop.written == []

    shop.stage.later(minutes=2)
    shop.deliver()
    assert sorted(number for number, _, _ in shop.shop.written) == ["100", "101"]


def test_what_the_shop_refuses_waits_for_a_person_and_can_be_told_again(shop: ConnectedShop):
    pay(shop, "100")
    shop.shop.refuses = "status unknown"
    shop.deliver()
    [message] = shop.messages()
    assert (message.state, message.error) == (
        MessageState.STUCK,
        "The shop refuses order 100: status unknown.",
    )

    shop.shop.refuses = ""
    replay(shop.stage.merchant.pk, message.pk, by=BY, at=shop.stage.now)
    shop.deliver()
    assert shop.shop.effects("100") == ["PAID"]


def test_while_a_shop_is_paused_it_is_not_told_and_afterwards_it_is(shop: ConnectedShop):
    pause(shop.connection, by=BY, at=shop.stage.now)
    pay(shop, "100")
    shop.deliver()
    assert shop.shop.heard == []

    resume(shop.connection, by=BY, at=shop.stage.now)
    shop.deliver()
    assert shop.shop.effects("100") == ["PAID"]


def away(shop: ConnectedShop, days: int) -> None:
    """Workers try for so long and reach nobody."""
    for _ in range(days * 4):
        shop.deliver()
        shop.stage.later(hours=6, minutes=1)


def test_after_weeks_of_pause_a_shop_is_told_by_itself(shop: ConnectedShop):
    pause(shop.connection, by=BY, at=shop.stage.now)
    pay(shop, "100")
    away(shop, days=9)
    assert [message.state for message in shop.messages()] == [MessageState.STUCK]

    resume(shop.connection, by=BY, at=shop.stage.now)
    shop.deliver()
    shop.deliver()
    assert shop.shop.effects("100") == ["PAID"]
    assert [message.state for message in shop.messages()] == [MessageState.DELIVERED]


def test_what_has_changed_during_a_long_pause_is_not_told_as_it_was(shop: ConnectedShop):
    pause(shop.connection, by=BY, at=shop.stage.now)
    pay(shop, "100")
    away(shop, days=9)
    unpay(shop, "100")

    resume(shop.connection, by=BY, at=shop.stage.now)
    shop.deliver()
    assert shop.shop.effects("100") == []
    assert [message.answer["why"] for message in shop.messages()] == ["overtaken"]


def test_a_shop_that_answers_again_after_a_week_is_told_by_itself(shop: ConnectedShop):
    pay(shop, "100")
    shop.shop.trouble = Unreachable("wollstube.example does not answer.")
    shop.read()
    away(shop, days=9)
    assert [message.state for message in shop.messages()] == [MessageState.STUCK]

    shop.shop.trouble = None
    shop.read()
    shop.deliver()
    assert shop.shop.effects("100") == ["PAID"]


def test_with_a_new_access_a_shop_is_told_at_once(shop: ConnectedShop):
    pay(shop, "100")
    shop.shop.trouble = Unreachable("wollstube.example does not accept the password.")
    while shop.read().state != ShopState.DEACTIVATED:  # for two weeks
        shop.deliver()
        shop.stage.later(hours=6)
    assert [message.state for message in shop.messages()] == [MessageState.STUCK]

    shop.shop.trouble = None
    settings, secret = {"address": shop.shop.address}, {"password": shop.shop.password}
    give_access(shop.connection, WantedShop("Wollstube", "memory", settings, secret), by=BY, at=shop.stage.now)
    shop.deliver()
    assert shop.shop.effects("100") == ["PAID"]


def test_what_the_shop_refused_is_still_a_persons_after_a_pause(shop: ConnectedShop):
    pay(shop, "100")
    shop.shop.refuses = "status unknown"
    shop.deliver()
    shop.shop.refuses = ""
    pause(shop.connection, by=BY, at=shop.stage.now)
    resume(shop.connection, by=BY, at=shop.stage.now)
    shop.deliver()

    assert (shop.shop.effects("100"), [message.state for message in shop.messages()]) == ([], [MessageState.STUCK])


def test_a_shop_that_was_deregistered_is_told_nothing_any_more(shop: ConnectedShop):
    pay(shop, "100")
    deregister(shop.connection, by=BY, at=shop.stage.now)
    pay(shop, "101", "b")
    shop.deliver()

    assert [message.answer for message in shop.messages()] == [{"heard": "nobody"}]
    assert shop.shop.heard == []


def test_a_merchant_without_connected_shops_writes_no_messages(stage: Stage):
    stage.orders(order("100", "49.90"))
    stage.pays(Paid(4990, "Bestellung 100"))

    assert not Message.objects.exists()


def test_each_shop_hears_of_its_own_orders(shop: ConnectedShop, monkeypatch: pytest.MonkeyPatch):
    other = connected(shop.stage, monkeypatch, name="Zweite")
    other.shop.place("100", "10.00")
    other.read_at_once()
    item = OpenItem.objects.get(order__shop=other.connection.shop)
    mark_paid(shop.stage.merchant, item.pk, by=BY, at=shop.stage.now, source="z")
    shop.deliver()

    assert (MemoryShop.shops["https://zweite.example"].effects("100"), shop.shop.effects("100")) == (["PAID"], [])
