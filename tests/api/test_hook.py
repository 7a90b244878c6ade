"""WooCommerce and Shopify call when something happens: whoever proves to be the shop makes it be read at once."""

from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from zahlmeister.connectors.shops.webhook import is_from_shop, signature
from zahlmeister.flows.connect_shop import begin, connect_shop, offered
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.connections import WantedShop
from zahlmeister.orders.models import ShopConnection
from zahlmeister.programs import limits
from zahlmeister.sandbox.shops.woocommerce import WooCommerceStandIn

BODY = b'{"id": 4711, "status": "on-hold"}'
SECRET = "faden"
BY = "brigitte@wollstube.example"


@pytest.fixture
def connection(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShopConnection]:
    """A connected shop that was read a while ago and is read again in an hour."""
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    limits._knocks.clear()
    peer = WooCommerceStandIn()
    settings, secret = peer.access(peer.address)
    now = datetime.now(UTC)
    wanted = WantedShop("Wollstube", "woocommerce", settings, {**secret, "webhook_secret": SECRET})
    made = connect_shop(merchant, wanted, by=BY, at=now)
    begin(made, offered(made).usual, by=BY, at=now)
    made.refresh_from_db()
    made.due_at, made.read_at = now + timedelta(hours=1), now - timedelta(minutes=10)
    made.save()
    yield made
    peer.close()


def called(connection_id: int, body: bytes = BODY, *, key: str = SECRET) -> int:
    headers = {"X-WC-Webhook-Signature": signature(body, key).decode(), "X-WC-Webhook-Topic": "order.updated"}
    address = f"/api/shop/hook/{connection_id}"
    return Client().post(address, body, content_type="application/json", headers=headers).status_code


def is_due(connection: ShopConnection) -> bool:
    connection.refresh_from_db()
    return connection.due_at <= datetime.now(UTC) + timedelta(seconds=5)


def test_a_signed_call_makes_the_shop_be_read_at_once(connection: ShopConnection):
    assert called(connection.pk) == 200
    assert is_due(connection)


def test_a_stranger_changes_nothing(connection: ShopConnection):
    assert called(connection.pk, key="zwirn") == 403
    assert called(connection.pk + 1) == 403
    assert not is_due(connection)


def test_the_trial_of_woocommerce_is_answered_and_nothing_more(connection: ShopConnection):
    assert called(connection.pk, b"webhook_id=12", key="") == 200
    assert not is_due(connection)


def test_a_paused_shop_is_left_alone(connection: ShopConnection):
    ShopConnection.objects.update(state="paused")

    assert called(connection.pk) == 403


def test_an_example_of_a_signature():
    """From RFC 4231, test case 2."""
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

    assert b64decode(signature(b"what do ya want for nothing?", "Jefe")).hex() == expected


@pytest.mark.parametrize(
    ("system", "secret", "expected"),
    [
        ("shopify", {"client_secret": SECRET}, True),
        ("shopify", {"client_secret": "other", "webhook_secret": SECRET}, True),
        ("shopify", {"access_token": SECRET}, False),
        ("woocommerce", {"webhook_secret": SECRET}, False),  # signs in another header
        ("magento2", {"webhook_secret": SECRET}, False),
    ],
)
def test_each_system_has_its_own_proof(system: str, secret: dict[str, str], expected: bool):
    headers = {"X-Shopify-Hmac-Sha256": signature(BODY, SECRET).decode()}

    assert is_from_shop(system, secret, BODY, headers) is expected
