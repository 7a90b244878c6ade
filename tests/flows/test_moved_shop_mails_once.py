"""A merchant moves to another shop system: each buyer is written to once, whatever both shops name."""

from datetime import date

import pytest
from tests.connectors.mail_server import Post
from tests.flows.test_payment_information import deliver, post, set_up  # noqa: F401 - a fixture
from tests.shops import BY, ConnectedShop, connected
from tests.stage import Stage

from zahlmeister.correspondence.models import InformationRule
from zahlmeister.flows.connect_shop import pause
from zahlmeister.flows.import_one_order import import_one_order
from zahlmeister.receivables.models import OpenItem

pytestmark = pytest.mark.django_db(transaction=True)


def informs(shop: ConnectedShop) -> None:
    InformationRule.objects.create(
        merchant=shop.stage.merchant,
        shop=shop.connection.shop,
        payment_kind="prepayment",
        is_on=True,
        since=date(2026, 11, 1),
    )


@pytest.fixture
def old(stage: Stage, post: Post, monkeypatch: pytest.MonkeyPatch) -> ConnectedShop:  # noqa: F811 - a fixture
    """The old shop, whose two buyers have been told how to pay."""
    set_up(stage, post.port)
    shop = connected(stage, monkeypatch)
    InformationRule.objects.filter(shop=shop.connection.shop).update(is_on=True)
    shop.shop.place("100", "49.90")
    shop.shop.place("101", "20.00", email="bernd@post.example")
    shop.read()
    deliver(stage)
    assert sorted(post.readers) == ["anna@post.example", "bernd@post.example"]
    pause(shop.connection, by=BY, at=stage.now)
    return shop


def test_after_a_move_nobody_is_written_to_twice(old: ConnectedShop, post: Post, monkeypatch: pytest.MonkeyPatch):  # noqa: F811 - a fixture
    new = connected(old.stage, monkeypatch, name="Neue Wollstube", follows=old.connection.shop)
    informs(new)
    new.shop.place("100", "49.90")
    new.shop.place("101", "22.00", email="bernd@post.example")  # the same order, whose shipping costs more now
    new.shop.place("102", "30.00", email="cora@post.example")  # placed there only
    new.read()
    new.read()
    deliver(old.stage)

    assert sorted(post.readers) == ["anna@post.example", "bernd@post.example", "cora@post.example"]
    assert OpenItem.objects.count() == 3
    assert old.stage.books() == []


def test_an_order_fetched_is_told_of_once(old: ConnectedShop, post: Post, monkeypatch: pytest.MonkeyPatch):  # noqa: F811 - a fixture
    new = connected(old.stage, monkeypatch, name="Neue Wollstube", follows=old.connection.shop)
    informs(new)
    new.shop.place("100", "49.90")
    for _ in range(2):
        import_one_order(new.connection, "100", by=BY, clock=old.stage.clock)
    new.read()
    deliver(old.stage)

    assert sorted(post.readers) == ["anna@post.example", "bernd@post.example"]


def test_a_test_shop_writes_to_nobody(stage: Stage, post: Post, monkeypatch: pytest.MonkeyPatch):  # noqa: F811 - a fixture
    set_up(stage, post.port)
    shop = connected(stage, monkeypatch, name="Probe", is_test=True)
    informs(shop)
    shop.shop.place("100", "49.90")
    shop.read()
    deliver(stage)

    assert post.readers == []
