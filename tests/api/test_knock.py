"""Shops that knock are read sooner; nobody else learns or changes anything."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from zahlmeister.api import knock
from zahlmeister.connectors.shops.module import handshake
from zahlmeister.connectors.shops.module.keys import Keys, new_keys
from zahlmeister.flows.connect_shop import connect_shop
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.connections import WantedShop
from zahlmeister.orders.models import Shop, ShopConnection
from zahlmeister.programs import limits
from zahlmeister.sandbox.module_shop.books import Person, Placed
from zahlmeister.sandbox.module_shop.push import push_body, trial_body
from zahlmeister.sandbox.module_shop.server import ModuleServer

KEYS = new_keys(1024, {})
FORM = "application/x-www-form-urlencoded"
SOON = timedelta(seconds=5)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    limits._knocks.clear()

    def quick(bits: int, known: dict[str, str]) -> Keys:
        fresh = new_keys(1024, known)
        return replace(KEYS, access_code=fresh.access_code, api_key=fresh.api_key)

    monkeypatch.setattr(handshake, "new_keys", quick)


@pytest.fixture
def server() -> Iterator[ModuleServer]:
    server = ModuleServer("modified")
    anna = Person("Anna", "Arendt")
    server.module.books.place(Placed("1001", Decimal("49.90"), anna, anna))
    yield server
    server.close()


@pytest.fixture
def connection(merchant: Merchant, server: ModuleServer) -> ShopConnection:
    """A connected shop that was read a while ago and is read again in an hour."""
    wanted = WantedShop("Wollstube", "module", {"module": "modified", "address": server.address})
    made = connect_shop(merchant, wanted, by="brigitte@wollstube.example", at=datetime.now(UTC))
    return rest(made)


def rest(connection: ShopConnection) -> ShopConnection:
    now = datetime.now(UTC)
    connection.due_at, connection.read_at = now + timedelta(hours=1), now - timedelta(minutes=10)
    connection.save()
    return connection


def is_due(connection: ShopConnection) -> bool:
    connection.refresh_from_db()
    return connection.due_at <= datetime.now(UTC) + SOON


def post(door: str, body: bytes) -> Any:
    return Client(enforce_csrf_checks=True).post(f"/api/shop/{door}.jsf", body, content_type=FORM)


def test_a_module_that_knocks_is_read_soon(connection: ShopConnection, server: ModuleServer):
    answer = post("neworder", push_body(server.module, "1001"))

    assert (answer.status_code, answer.content) == (200, b"ok")
    assert is_due(connection)


def test_the_key_is_not_kept_where_everybody_may_read_it(connection: ShopConnection, server: ModuleServer):
    assert server.module.kept[""].api_key not in str(connection.settings)
    assert len(connection.settings["mark"]) == 64


def test_a_trial_is_answered_and_reads_nothing(connection: ShopConnection, server: ModuleServer):
    answer = post("test", trial_body(server.module))

    assert (answer.status_code, answer.content) == (200, b"ok")
    assert not is_due(connection)


@pytest.mark.parametrize(
    ("field", "value"), [("hash", "0" * 32), ("key", "somebody-else"), ("q", "bm90aGluZw=="), ("hash", ""), ("q", "ü")]
)
def test_whoever_cannot_prove_to_be_the_shop_moves_nothing(
    connection: ShopConnection, server: ModuleServer, field: str, value: str
):
    from urllib.parse import parse_qs, urlencode

    told = {name: values[0] for name, values in parse_qs(push_body(server.module, "1001").decode()).items()}

    answer = post("neworder", urlencode({**told, field: value}).encode())

    assert answer.status_code == 403
    assert answer.content.decode().endswith(".")
    assert not is_due(connection)


def test_a_shop_is_not_read_more_than_once_a_minute_however_often_it_knocks(
    connection: ShopConnection, server: ModuleServer
):
    connection.read_at = datetime.now(UTC)
    connection.save()

    post("neworder", push_body(server.module, "1001"))

    connection.refresh_from_db()
    assert connection.due_at - connection.read_at == timedelta(minutes=1)


def test_knocking_never_makes_a_shop_wait_longer(connection: ShopConnection, server: ModuleServer):
    connection.due_at = datetime.now(UTC) + timedelta(seconds=2)
    connection.read_at = datetime.now(UTC)
    connection.save()
    due_at = connection.due_at

    post("neworder", push_body(server.module, "1001"))

    connection.refresh_from_db()
    assert connection.due_at == due_at


def test_a_shop_that_nobody_has_introduced_himself_to_says_nothing(db: None, server: ModuleServer):
    assert post("neworder", push_body(server.module, "1001")).status_code == 400


def test_a_hint_with_an_address_makes_that_shop_due_and_tells_nobody_whether_it_exists(merchant: Merchant):
    wollstube = woocommerce(merchant, "Wollstube", "https://www.wollstube.example/shop")
    other = woocommerce(merchant, "Andere", "https://andere.example")

    known = post("neworder", b"id=17&url=http%3A%2F%2Fwollstube.example")
    unknown = post("invoice", b"id=17&url=http%3A%2F%2Fnobody.example&invoice_number=R1")
    part = post("neworder", b"id=17&url=http%3A%2F%2Fexample")

    assert {(one.status_code, one.content) for one in (known, unknown, part)} == {(200, b"ok")}
    assert is_due(wollstube)
    assert not is_due(other)


def test_several_addresses_of_one_installation_are_understood(merchant: Merchant):
    shop = woocommerce(merchant, "Wollstube", "https://wollstube.example")

    post("neworder", b"id=x&url%5B%5D=https%3A%2F%2Fa.example&url%5B%5D=https%3A%2F%2Fwollstube.example%2Fde")

    assert is_due(shop)


def test_a_shop_with_the_module_is_not_moved_by_an_address_alone(connection: ShopConnection, server: ModuleServer):
    post("neworder", f"id=1&url={server.address}".encode())

    assert not is_due(connection)


def test_too_much_and_too_often_are_turned_away(db: None, monkeypatch: pytest.MonkeyPatch):
    assert post("neworder", b"q=" + b"a" * knock.LONGEST).status_code == 413
    monkeypatch.setattr(knock, "MOST_KNOCKS", 3)
    assert [post("test", b"url=x").status_code for _ in range(4)][-1] == 429
    assert Client().get("/api/shop/neworder.jsf").status_code == 405


def woocommerce(merchant: Merchant, name: str, address: str) -> ShopConnection:
    shop = Shop.objects.create(merchant=merchant, name=name)
    now = datetime.now(UTC)
    made = ShopConnection.objects.create(
        merchant=merchant, shop=shop, system="woocommerce", settings={"address": address}, due_at=now, created_at=now
    )
    return rest(made)
