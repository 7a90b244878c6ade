"""Orders come in from a connected shop, change there, disappear there and come back."""

from datetime import timedelta

import pytest
from tests.connectors.shops.memory import MemoryShop
from tests.shops import BY, ConnectedShop, connected
from tests.stage import Paid, Stage, order

from zahlmeister.connectors.shops.systems import Defaults
from zahlmeister.flows import read_shop_orders
from zahlmeister.flows.connect_shop import begin, confirm_missing, connect_shop, deregister, give_access, pause, resume
from zahlmeister.flows.import_one_order import import_one_order
from zahlmeister.flows.import_orders import import_orders
from zahlmeister.flows.mark_paid import mark_paid
from zahlmeister.flows.read_shop_orders import read_next
from zahlmeister.history.queries import steps_of
from zahlmeister.money.amount import Amount
from zahlmeister.orders.connections import WantedShop, claim_shop, secret_of
from zahlmeister.orders.models import Order, ShopConnection
from zahlmeister.orders.states import Presence, ShopState
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.states import ItemState, PaymentState
from zahlmeister.refusals import Refused, Unreachable


@pytest.fixture
def shop(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> ConnectedShop:
    return connected(stage, monkeypatch)


def verbs(shop: ConnectedShop, subject: str, number: int) -> list[str]:
    return [step.verb for step in steps_of(shop.stage.merchant.pk, subject, number)]


# --- connecting


def test_a_shop_is_connected_after_it_answered_and_its_secret_is_sealed(shop: ConnectedShop):
    kept = ShopConnection.objects.get()

    assert kept.settings == {"address": "https://wollstube.example"}
    assert b"geheim" not in bytes(kept.sealed)
    assert secret_of(kept) == {"password": "geheim"}
    assert (kept.about["version"], kept.state) == ("1.2", ShopState.CONNECTED)


def test_a_shop_that_does_not_let_us_in_is_not_connected(stage: Stage, shop: ConnectedShop):
    MemoryShop("https://other.example", password="anders")
    wanted = WantedShop("Other", "memory", {"address": "https://other.example"}, {"password": "falsch"})

    with pytest.raises(Unreachable, match="does not accept"):
        connect_shop(stage.merchant, wanted, by=BY, at=stage.now)

    assert ShopConnection.objects.count() == 1


def test_a_name_is_given_once(stage: Stage, shop: ConnectedShop):
    wanted = WantedShop("Wollstube", "memory", {"address": shop.shop.address}, {"password": "geheim"})

    with pytest.raises(Refused, match="choose another name"):
        connect_shop(stage.merchant, wanted, by=BY, at=stage.now)


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({}, "at least one payment method"),
        ({"prepayment": Defaults(("a",), ())}, "at least one open status"),
        ({"prepayment": Defaults(("a",), ("x",), "x")}, "both open and paid"),
        ({"prepayment": Defaults(("a",), ("x",), "y", "y")}, "cancelled and something else"),
        (
            {"prepayment": Defaults(("a",), ("x",)), "invoice": Defaults(("a",), ("x",))},
            "only belong to one payment kind",
        ),
    ],
)
def test_a_mapping_that_contradicts_itself_is_refused(shop: ConnectedShop, mapping: dict, sentence: str):
    with pytest.raises(Refused, match=sentence):
        begin(shop.connection, mapping, by=BY, at=shop.stage.now)


# --- reading


def test_open_orders_come_in_with_everything_the_shop_says(shop: ConnectedShop):
    shop.shop.place("100", "49.90", status_name="Waiting", language="de", tracking_numbers=("JJD01",), items=("W-1",))
    shop.read()

    kept = shop.order("100")
    assert (kept.total, kept.payment_kind, kept.item.state) == (Amount(4990, "EUR"), "prepayment", ItemState.OPEN)
    assert (kept.key, kept.shop_status, kept.shop_status_name, kept.language) == ("k100", "pending", "Waiting", "de")
    assert (kept.name, kept.street, kept.tracking_numbers, kept.items) == ("Anna Weber", "Ring 1", "JJD01", ["W-1"])
    assert (shop.connection.last_order, shop.connection.open_orders) == ("100", 1)
    assert shop.stage.books() == []


def test_the_kind_follows_from_the_payment_method_and_what_is_not_mapped_stays_outside(shop: ConnectedShop):
    shop.shop.place("100", "10.00", payment_method="bankdeposit")
    shop.shop.place("101", "10.00", payment_method="invoice", status="complete")
    shop.shop.place("102", "10.00", payment_method="paypal")
    shop.read()

    assert dict(Order.objects.values_list("number", "payment_kind")) == {"100": "prepayment", "101": "invoice"}


def test_an_invoice_that_is_not_shipped_is_not_open(shop: ConnectedShop):
    shop.shop.place("101", "10.00", payment_method="invoice", status="pending")
    shop.read()
    assert not Order.objects.exists()

    shop.shop.change("101", status="complete")
    shop.read()
    assert shop.order("101").item.state == ItemState.OPEN


def test_cod_without_methods_is_not_processed_and_with_them_it_is(shop: ConnectedShop):
    shop.shop.place("103", "10.00", payment_method="cashondelivery", status="shipped")
    shop.read()
    assert not Order.objects.exists()

    begin(shop.connection, {"cod": Defaults(("cashondelivery",), ("shipped",), "complete")}, by=BY, at=shop.stage.now)
    shop.read()
    assert shop.order("103").payment_kind == "cod"


def test_reading_twice_changes_nothing(shop: ConnectedShop):
    shop.shop.place("100", "49.90")
    shop.read()
    item = shop.order("100").item
    shop.read()
    shop.shop.touched.add("k100")
    shop.read()

    assert Order.objects.count() == 1
    assert verbs(shop, "item", item.pk) == ["opened"]


def test_what_has_not_changed_is_not_asked_for_again(shop: ConnectedShop):
    shop.shop.place("100", "49.90")
    shop.read()
    before = shop.shop.asked
    shop.read()

    assert shop.shop.asked - before == 2  # the list, and what has changed


def test_a_status_alone_is_kept_without_a_word_in_the_story(shop: ConnectedShop):
    shop.shop.place("100", "49.90", payment_method="invoice", status="complete")
    shop.read()
    shop.shop.change("100", status_name="Sent")
    shop.read()

    assert shop.order("100").shop_status_name == "Sent"
    assert verbs(shop, "item", shop.order("100").item.pk) == ["opened"]


def test_an_amount_raised_after_payment_is_partly_paid(shop: ConnectedShop):
    shop.shop.place("100", "49.90")
    shop.read()
    shop.stage.pays(Paid(4990, "Bestellung 100"))
    assert shop.order("100").item.state == ItemState.PAID

    shop.deliver()
    shop.shop.change("100", amount=Amount(5990, "EUR"))
    shop.read()

    item = shop.order("100").item
    assert (item.state, item.open_minor) == (ItemState.PART_PAID, 1000)
    assert shop.stage.books() == []


def test_nothing_to_pay_is_paid_and_told(shop: ConnectedShop):
    shop.shop.place("100", "0.00")
    shop.read()
    shop.deliver()

    assert shop.order("100").item.state == ItemState.PAID
    assert shop.shop.effects("100") == ["PAID"]


def test_an_order_in_another_currency_is_a_sentence_and_the_others_come(shop: ConnectedShop):
    shop.shop.place("100", "49.90")
    shop.read()
    shop.shop.change("100", amount=Amount(4990, "CHF"))
    shop.shop.place("101", "10.00")
    shop.read()

    assert shop.order("101")
    assert shop.order("100").currency == "EUR"
    assert "not_taken" in verbs(shop, "shop", shop.connection.pk)


# --- disappearing


def test_an_order_that_is_gone_stops_everything_and_late_money_is_still_suggested(shop: ConnectedShop):
    shop.shop.place("100", "49.90")
    shop.shop.place("101", "20.00")
    shop.read()
    shop.shop.change("100", status="holded")
    shop.read()

    assert [shop.order(number).presence for number in ("100", "101")] == [Presence.DISAPPEARED, Presence.HERE]
    assert "disappeared" in verbs(shop, "item", shop.order("100").item.pk)

    shop.stage.pays(Paid(4990, "Bestellung 100"))
    payment = shop.stage.payment()
    assert payment.state == PaymentState.SUGGESTED
    assert payment.candidates[0]["shares"][0]["number"] == "100"


def test_an_order_that_comes_back_goes_on(shop: ConnectedShop):
    shop.shop.place("100", "49.90")
    shop.shop.place("101", "20.00")
    shop.read()
    shop.shop.change("100", status="holded")
    shop.read()
    shop.shop.change("100", status="pending")
    shop.read()

    assert shop.order("100").presence == Presence.HERE
    assert verbs(shop, "item", shop.order("100").item.pk) == ["opened", "disappeared", "back"]
    shop.stage.pays(Paid(4990, "Bestellung 100"))
    assert shop.order("100").item.state == ItemState.PAID


def test_what_we_told_the_shop_has_not_disappeared(shop: ConnectedShop):
    shop.shop.place("100", "49.90")
    shop.shop.place("101", "20.00")
    shop.read()
    shop.stage.pays(Paid(4990, "Bestellung 100"))
    shop.deliver()
    shop.read()

    assert shop.order("100").presence == Presence.HERE


def test_a_list_that_is_too_short_is_not_believed_until_a_person_says_so(shop: ConnectedShop):
    for number in range(100, 120):
        shop.shop.place(str(number), "10.00")
    shop.read()
    for number in range(100, 118):
        shop.shop.change(str(number), status="holded")
    kept = shop.read()

    assert kept.doubt == {"known": 20, "listed": 2, "missing": 18}
    assert not Order.objects.exclude(presence=Presence.HERE).exists()

    confirm_missing(kept, by=BY, at=shop.stage.now)
    kept = shop.read()
    assert kept.doubt == {}
    assert Order.objects.filter(presence=Presence.LEGACY).count() == 18
    assert kept.confirmed_missing == 0


def test_an_empty_list_is_not_believed(shop: ConnectedShop):
    for number in range(100, 104):
        shop.shop.place(str(number), "10.00")
    shop.read()
    shop.shop.orders_by_key.clear()

    assert shop.read().doubt == {"known": 4, "listed": 0, "missing": 4}
    with pytest.raises(Refused, match="in doubt"):
        confirm_missing(_other(shop), by=BY, at=shop.stage.now)


def _other(shop: ConnectedShop) -> ShopConnection:
    ShopConnection.objects.filter(pk=shop.connection.pk).update(doubt={})
    return shop.connection


def test_orders_from_files_do_not_disappear_from_a_shop_that_never_named_them(shop: ConnectedShop):
    import_orders(shop.connection.shop, [order("F-1", "10.00")], by=BY, clock=shop.stage.clock)
    shop.shop.place("100", "49.90")
    shop.read()
    shop.read()

    assert shop.order("F-1").presence == Presence.HERE


# --- one order, test shops, moves


def test_one_order_is_fetched_by_number_whatever_its_state(shop: ConnectedShop):
    shop.shop.place("200", "15.00", status="holded", payment_method="paypal")
    shop.shop.place("100", "49.90")
    found = import_one_order(shop.connection, " 200 ", by=BY, clock=shop.stage.clock)
    shop.read()

    assert (found.number, found.payment_kind) == ("200", "other")
    assert shop.order("200").presence == Presence.HERE  # it was never on the list, and is not missed there
    with pytest.raises(Refused, match="has no order 999"):
        import_one_order(shop.connection, "999", by=BY, clock=shop.stage.clock)


def test_no_payment_is_assigned_to_an_order_of_a_test_shop_by_itself(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    shop = connected(stage, monkeypatch, name="Probe", is_test=True)
    shop.shop.place("100", "49.90")
    shop.read()
    stage.pays(Paid(4990, "Bestellung 100"))

    assert shop.order("100").presence == Presence.TEST
    assert stage.payment().state == PaymentState.SUGGESTED


def test_after_a_move_the_new_shop_goes_on_with_the_orders_of_the_old_one(
    shop: ConnectedShop, monkeypatch: pytest.MonkeyPatch
):
    stage = shop.stage
    shop.shop.place("100", "49.90")
    shop.shop.place("101", "20.00")
    shop.shop.place("102", "30.00")
    shop.read()
    items = dict(OpenItem.objects.values_list("order__number", "pk"))
    mark_paid(stage.merchant, items["101"], by=BY, at=stage.now, source="cash")

    with pytest.raises(Refused, match="read twice"):
        connected(stage, monkeypatch, name="Neue Wollstube", follows=shop.connection.shop)
    pause(shop.connection, by=BY, at=stage.now)
    moved = connected(stage, monkeypatch, name="Neue Wollstube", follows=shop.connection.shop)
    moved.shop.place("100", "49.90")
    moved.shop.place("101", "20.00")  # the new shop does not know that it was paid
    moved.shop.place("102", "77.00", email="ganz@anders.example")  # the same number, and another order
    moved.read()

    assert moved.order("100").item.pk == items["100"]
    assert moved.order("102").item.pk != items["102"]
    assert moved.order("100").key == "k100"
    moved.deliver()
    assert moved.shop.effects("101") == ["PAID"]
    assert shop.shop.effects("101") == []
    shop.connection.refresh_from_db()
    with pytest.raises(Refused, match="has moved"):
        resume(shop.connection, by=BY, at=stage.now)
    assert stage.books() == []


# --- the connection's life


def test_a_shop_in_trouble_is_tried_again_and_comes_back_by_itself(shop: ConnectedShop):
    shop.shop.place("100", "49.90")
    shop.shop.trouble = Unreachable("wollstube.example did not answer in time.")
    kept = shop.read()
    assert (kept.state, kept.error) == (ShopState.TROUBLED, "wollstube.example did not answer in time.")
    assert kept.due_at - shop.stage.now == timedelta(minutes=1)
    assert shop.read().due_at - shop.stage.now == timedelta(minutes=2)

    shop.shop.trouble = None
    kept = shop.read()
    assert (kept.state, kept.error, kept.failures) == (ShopState.CONNECTED, "", 0)
    assert verbs(shop, "shop", kept.pk)[-2:] == ["troubled", "answers"]


def test_a_note_that_does_not_get_there_undoes_no_reading(shop: ConnectedShop, monkeypatch: pytest.MonkeyPatch):
    def away(*_of: object, **_at: object) -> int:
        raise Unreachable("The shop is away.")

    monkeypatch.setattr(read_shop_orders, "note_refunds", away)
    shop.shop.place("100", "10.00")
    shop.read()
    kept = shop.connection
    assert (kept.state, kept.failures, kept.open_orders) == (ShopState.CONNECTED, 0, 1)
    assert kept.read_at is not None


def test_a_shop_says_for_how_long_it_wants_to_be_left_alone(shop: ConnectedShop):
    shop.shop.trouble = Unreachable("wollstube.example wants fewer questions (429).", after=1800)
    assert shop.read().due_at - shop.stage.now == timedelta(seconds=1800)


def test_a_wrong_password_is_not_tried_every_minute(shop: ConnectedShop):
    shop.shop.password = "neu"
    kept = shop.read()

    assert kept.state == ShopState.TROUBLED
    assert kept.due_at - shop.stage.now == timedelta(hours=1)

    wanted = WantedShop("", "memory", {"address": shop.shop.address}, {"password": "neu"})
    give_access(kept, wanted, by=BY, at=shop.stage.now)
    assert shop.read().state == ShopState.CONNECTED


def test_a_shop_that_is_away_for_too_long_is_switched_off(shop: ConnectedShop):
    shop.shop.trouble = Unreachable("wollstube.example did not answer in time.")
    shop.read()
    shop.stage.later(days=13)
    assert shop.read().state == ShopState.TROUBLED
    shop.stage.later(days=1)
    kept = shop.read()

    assert kept.state == ShopState.DEACTIVATED
    assert claim_shop(shop.stage.now + timedelta(days=1)) is None
    resume(kept, by=BY, at=shop.stage.now)
    shop.shop.trouble = None
    assert shop.read().state == ShopState.CONNECTED


def test_a_deregistered_shop_is_never_read_again_and_its_access_is_forgotten(shop: ConnectedShop):
    shop.shop.place("100", "49.90")
    shop.read()
    deregister(shop.connection, by=BY, at=shop.stage.now)
    shop.stage.later(days=1)

    shop.connection.refresh_from_db()
    assert read_next(clock=shop.stage.clock) is None
    assert not bytes(shop.connection.sealed)
    with pytest.raises(Refused, match="cannot become"):
        resume(shop.connection, by=BY, at=shop.stage.now)
    shop.stage.pays(Paid(4990, "Bestellung 100"))
    assert shop.order("100").item.state == ItemState.PAID
    assert shop.messages() == []


def test_two_workers_do_not_read_one_shop(shop: ConnectedShop):
    first = claim_shop(shop.stage.now)
    assert first is not None
    assert claim_shop(shop.stage.now) is None
    assert claim_shop(shop.stage.now + timedelta(minutes=6)) is not None


def test_who_was_frozen_while_reading_writes_nothing_about_the_shop(shop: ConnectedShop):
    """The second worker has found the shop in trouble; the first one wakes up and must not call it well."""
    from zahlmeister.orders.connections import answered, failed

    frozen = claim_shop(shop.stage.now)
    assert frozen is not None
    shop.stage.later(minutes=6)
    second = claim_shop(shop.stage.now)
    assert second is not None
    failed(second, shop.stage.now, Unreachable("away."))

    assert not answered(frozen, shop.stage.now, open_orders=0, doubt={})
    shop.connection.refresh_from_db()
    assert shop.connection.state == ShopState.TROUBLED
