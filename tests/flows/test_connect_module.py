"""Connecting a shop with the payment module: an attempt that broke off can be made again, and keys can be changed."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.stage import Stage

from zahlmeister.connectors.shops.module import handshake
from zahlmeister.connectors.shops.module.keys import Keys, new_keys
from zahlmeister.connectors.shops.module.shop import ModuleShop
from zahlmeister.flows.connect_shop import connect_shop, give_access
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.connections import WantedShop, secret_of
from zahlmeister.refusals import Refused, Unreachable
from zahlmeister.sandbox.module_shop.server import ModuleServer

BY = "brigitte@wollstube.example"
KEYS = new_keys(1024, {})


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")

    def keys(bits: int, known: dict[str, str]) -> Keys:
        fresh = new_keys(1024, known)
        return replace(KEYS, access_code=fresh.access_code, api_key=fresh.api_key)

    monkeypatch.setattr(handshake, "new_keys", keys)


@pytest.fixture
def server() -> Iterator[ModuleServer]:
    server = ModuleServer("modified")
    yield server
    server.close()


def wanted(server: ModuleServer, **secret: str) -> WantedShop:
    return WantedShop("Wollstube", "module", {"module": "modified", "address": server.address}, secret)


def test_an_attempt_that_broke_off_after_the_shop_had_its_codes_is_made_again(
    stage: Stage, server: ModuleServer, monkeypatch: pytest.MonkeyPatch
):
    def breaks_off(shop: ModuleShop) -> None:
        raise Unreachable("The shop broke off.")

    with monkeypatch.context() as patch:
        patch.setattr(ModuleShop, "about", breaks_off)
        with pytest.raises(Unreachable):
            connect_shop(stage.merchant, wanted(server), by=BY, at=stage.now)
    known = server.module.kept[""].api_key

    made = connect_shop(stage.merchant, wanted(server), by=BY, at=stage.now)

    assert known
    assert secret_of(made)["api_key"] == known
    assert len(known) * 4 >= 128  # bits of its hexadecimal digits


def test_codes_of_different_merchants_and_shops_have_nothing_in_common(stage: Stage, server: ModuleServer):
    other = ModuleServer("modified")
    stranger = Merchant.objects.create(name="Andere", slug="andere")
    try:
        connect_shop(stage.merchant, wanted(server), by=BY, at=stage.now)
        connect_shop(stage.merchant, replace(wanted(other), name="Zweiter"), by=BY, at=stage.now)
        with pytest.raises(Unreachable, match="Empty the fields"):
            connect_shop(stranger, wanted(server), by=BY, at=stage.now)
    finally:
        other.close()

    kept = [one.module.kept[""] for one in (server, other)]
    assert len({code for one in kept for code in (one.access_code, one.api_key)}) == 4


def test_keys_are_changed_without_typing_the_codes_again(stage: Stage, server: ModuleServer):
    made = connect_shop(stage.merchant, wanted(server), by=BY, at=stage.now)
    before = secret_of(made)

    give_access(made, wanted(server, access_code=""), by=BY, at=stage.now)
    made.refresh_from_db()

    assert secret_of(made)["access_code"] == before["access_code"]


def test_giving_access_again_never_weakens_the_encryption(stage: Stage, server: ModuleServer):
    made = connect_shop(stage.merchant, wanted(server), by=BY, at=stage.now)
    server.module.switches.without_openssl = True

    with pytest.raises((Unreachable, Refused), match="no encryption that is allowed"):
        give_access(made, replace(wanted(server), settings={**made.settings, "allow_plain": "1"}), by=BY, at=stage.now)
