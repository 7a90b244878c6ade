"""A shop is connected in the office: chosen, looked at live, mapped, read; and watched afterwards."""

import re

import pytest
from django.test import Client
from django.utils import translation
from tests.connectors.shops import memory
from tests.connectors.shops.memory import MemoryShop
from tests.shops import BY, ConnectedShop, connected
from tests.stage import Stage

from zahlmeister.connectors.shops import systems
from zahlmeister.connectors.shops.systems import SYSTEMS
from zahlmeister.flows.mark_paid import mark_paid, unmark_paid
from zahlmeister.flows.read_shop_orders import read_next
from zahlmeister.office import shop_words
from zahlmeister.orders.models import Order, ShopConnection
from zahlmeister.orders.record import shop_called
from zahlmeister.orders.states import ShopState
from zahlmeister.outbox.models import Message
from zahlmeister.refusals import Unreachable

pytestmark = pytest.mark.django_db(transaction=True)
GIVEN = {"of_address": "https://neu.example", "of_password": "geheim", "name": "Neu", "every": "15"}


@pytest.fixture(autouse=True)
def _memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(systems.SYSTEMS, "memory", memory.SYSTEM)


@pytest.fixture
def shop(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> ConnectedShop:
    shop = connected(stage, monkeypatch)
    shop.shop.place("4710001", "49.90", status_name="Wartet")
    shop.read()
    return shop


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_without_a_shop_the_page_says_what_to_do(office: Client):
    assert "No shop is connected yet" in text(office, "/shops/")


def test_a_shop_whose_orders_come_from_files_is_named_beside_the_connected_ones(office: Client, shop: ConnectedShop):
    shop_called(shop.connection.merchant_id, "Marktstand")
    page = text(office, "/shops/")
    assert "Not connected, their orders come from files, by hand or from a program: Marktstand" in page


def test_a_shop_is_connected_in_three_steps(office: Client, stage: Stage):
    there = MemoryShop("https://neu.example")
    there.place("100", "49.90")
    assert "Shopware 6" in text(office, "/shops/new")
    assert "password" in text(office, "/shops/connect?system=memory")

    answer = office.post("/shops/connect?system=memory", GIVEN)
    made = ShopConnection.objects.get()
    assert answer.headers["Location"] == f"/shops/{made.shop_id}/mapping"
    assert made.state == ShopState.PAUSED
    assert read_next(clock=stage.clock) is None  # nothing is read before its words are understood

    page = office.get(answer.headers["Location"]).content.decode()
    assert re.search(r'value="banktransfer"[^>]*checked', page)
    assert not re.search(r'value="cashondelivery"[^>]*checked', page)
    mapping = {
        "prepayment_methods": ["banktransfer"],
        "prepayment_open": ["pending"],
        "prepayment_paid": "processing",
        "prepayment_cancelled": "canceled",
    }
    answer = office.post(f"/shops/{made.shop_id}/mapping", mapping)
    assert answer.headers["Location"] == f"/shops/{made.shop_id}/"

    ShopConnection.objects.update(due_at=stage.now)
    assert read_next(clock=stage.clock) is not None
    assert Order.objects.get().number == "100"
    page = text(office, f"/shops/{made.shop_id}/")
    assert "connected" in page
    assert "geheim" not in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"of_password": "falsch"}, "does not accept the key or password"),
        ({"of_address": "https://nirgends.example"}, "there is no such name"),
        ({"of_password": ""}, "This field is required"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_and_nothing_is_kept(office: Client, change: dict, words: str):
    MemoryShop("https://neu.example")
    answer = office.post("/shops/connect?system=memory", GIVEN | change)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ShopConnection.objects.exists()


def test_a_mapping_that_contradicts_itself_is_refused_on_the_page(office: Client, shop: ConnectedShop):
    wrong = {"prepayment_methods": ["banktransfer"], "prepayment_open": ["pending"], "prepayment_paid": "pending"}
    answer = office.post(f"/shops/{shop.connection.shop_id}/mapping", wrong)

    assert answer.status_code == 422
    assert "cannot be both open and paid" in answer.content.decode()


def test_trouble_is_shown_with_its_reason_and_the_next_try(office: Client, shop: ConnectedShop):
    shop.shop.trouble = Unreachable("wollstube.example did not answer in time.")
    shop.read()

    assert "wollstube.example did not answer in time." in text(office, "/shops/")
    assert "tried again" in text(office, f"/shops/{shop.connection.shop_id}/")


def test_a_short_list_is_shown_with_its_figures_and_believed_by_a_button(office: Client, shop: ConnectedShop):
    for number in range(100, 110):
        shop.shop.place(str(number), "10.00")
    shop.read()
    shop.shop.orders_by_key.clear()
    shop.read()

    assert "names 0 open orders; of the 11 that were open before, 11 are missing" in text(
        office, f"/shops/{shop.connection.shop_id}/"
    )
    assert "1 shop needs you" in text(office, "/")
    office.post(f"/shops/{shop.connection.shop_id}/confirm/now")
    shop.read()
    assert Order.objects.filter(presence="legacy").count() == 11


def test_what_was_told_shows_with_what_the_shop_made_of_it(office: Client, shop: ConnectedShop):
    mark_paid(shop.stage.merchant, shop.order("4710001").item.pk, by=BY, at=shop.stage.now, source="a")
    order = shop.order("4710001")
    assert "Wartet" in text(office, f"/orders/{order.pk}/")
    shop.deliver()

    assert "written in the shop" in text(office, f"/shops/{shop.connection.shop_id}/")
    assert "The shop was told paid" in text(office, f"/orders/{order.pk}/")


def test_what_the_shop_refused_is_told_again_by_a_button(office: Client, shop: ConnectedShop):
    shop.shop.refuses = "status unknown"
    mark_paid(shop.stage.merchant, shop.order("4710001").item.pk, by=BY, at=shop.stage.now, source="a")
    shop.deliver()
    message = Message.objects.get(channel="shop")
    assert "refuses order 4710001" in text(office, f"/shops/{shop.connection.shop_id}/")

    shop.shop.refuses = ""
    office.post(f"/shops/tellings/{message.pk}/replay")
    Message.objects.update(due_at=shop.stage.now)
    shop.deliver()
    assert shop.shop.effects("4710001") == ["PAID"]


def test_what_could_not_be_told_stands_on_today_and_is_told_again_at_once(office: Client, shop: ConnectedShop):
    shop.shop.place("4710002", "20.00")
    shop.read()
    shop.shop.refuses = "status unknown"
    for number in ("4710001", "4710002"):
        mark_paid(shop.stage.merchant, shop.order(number).item.pk, by=BY, at=shop.stage.now, source=number)
    shop.deliver()
    assert "1 shop needs you" in text(office, "/")
    assert "could not be told about 2 orders" in text(office, "/shops/")
    assert "could not be told about 2 orders" in text(office, f"/shops/{shop.connection.shop_id}/")

    shop.shop.refuses = ""
    answer = office.post(f"/shops/{shop.connection.shop_id}/tellings/replay", follow=True)
    assert "2 orders are told again." in answer.content.decode()
    Message.objects.update(due_at=shop.stage.now)
    shop.deliver()
    assert (shop.shop.effects("4710001"), shop.shop.effects("4710002")) == (["PAID"], ["PAID"])
    assert "shop needs you" not in text(office, "/")


def test_what_the_shop_was_told_and_is_no_longer_so_is_a_task(office: Client, shop: ConnectedShop):
    item = shop.order("4710001").item
    mark_paid(shop.stage.merchant, item.pk, by=BY, at=shop.stage.now, source="a")
    shop.deliver()
    unmark_paid(shop.stage.merchant, item.pk, by=BY, at=shop.stage.now)

    assert "put it right there" in text(office, "/shops/")
    assert "1 order is no longer what its shop was told" in text(office, "/")


def test_pause_resume_fetch_and_deregister(office: Client, shop: ConnectedShop):
    here = f"/shops/{shop.connection.shop_id}/"
    office.post(f"{here}pause/now")
    assert "Read it again" in text(office, here)
    office.post(f"{here}resume/now")
    shop.shop.place("777", "12.00", status="holded")
    answer = office.post(f"{here}order", {"number": "777"})
    assert answer.headers["Location"] == f"/orders/{shop.order('777').pk}/"
    assert "has no order 778" in office.post(f"{here}order", {"number": "778"}, follow=True).content.decode()

    office.post(f"{here}deregister/now")
    assert "Read it again" not in text(office, here)
    assert office.post(f"{here}fly/now").status_code == 404


def test_a_line_that_is_not_encrypted_is_not_called_so(office: Client, shop: ConnectedShop):
    shop.connection.about = {"encryption": "HTTPS"}
    shop.connection.save()
    here = f"/shops/{shop.connection.shop_id}/"
    assert "Encryption HTTPS" in text(office, here)

    shop.connection.settings = {**shop.connection.settings, "address": "http://127.0.0.1:9"}
    shop.connection.save()
    assert "Encryption none: this address is not HTTPS" in text(office, here)


def test_new_access_is_tried_before_the_old_one_is_forgotten(office: Client, shop: ConnectedShop):
    here = f"/shops/{shop.connection.shop_id}/access"
    shop.shop.password = "neues"
    given = {"of_address": shop.shop.address, "of_password": "falsch"}
    assert office.post(here, given).status_code == 422
    assert "geheim" not in text(office, here)
    assert office.post(here, given | {"of_password": "neues"}).status_code == 302
    assert shop.read().state == ShopState.CONNECTED


def test_the_password_of_a_shop_is_not_told_to_another_address(office: Client, shop: ConnectedShop):
    here = f"/shops/{shop.connection.shop_id}/access"
    kept = ShopConnection.objects.get()
    answer = office.post(here, {"of_address": "https://thief.example"}, headers={"Accept-Language": "en"})

    assert answer.status_code == 422
    assert "Enter the password again" in answer.content.decode()
    assert ShopConnection.objects.get().settings == kept.settings
    assert office.post(here, {"of_address": shop.shop.address}).status_code == 302


def test_a_shop_of_somebody_else_is_not_there(office: Client, shop: ConnectedShop, db: None):
    from zahlmeister.merchants.models import Merchant

    other = Merchant.objects.create(name="Andere", slug="andere")
    ShopConnection.objects.update(merchant=other)

    assert office.get(f"/shops/{shop.connection.shop_id}/").status_code == 404
    assert office.post(f"/shops/{shop.connection.shop_id}/pause/now").status_code == 404


def test_every_label_of_the_systems_is_listed_to_be_translated():
    said = {
        text
        for system in SYSTEMS.values()
        if system.code != "memory"
        for one in system.fields
        for text in (one.label, one.hint)
        if text
    }
    missing = said - set(shop_words.LABELS)
    assert not missing, f"Add to office/shop_words.LABELS and translate: {sorted(missing)}"
    with translation.override("de"):
        assert shop_words.translated("address of the shop") == "Adresse des Shops"
