"""The module keeps the contract of all shops: one system per cipher and per way to be odd, over a line that fails."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.connectors.shops.contract import ShopContract
from zahlmeister.connectors.shops.contract import Reading, ShopPort, Verdict
from zahlmeister.connectors.shops.module import handshake
from zahlmeister.connectors.shops.module.keys import Keys, new_keys
from zahlmeister.money.amount import Amount, exponent
from zahlmeister.sandbox.module_shop.books import PACKED, Person, Placed
from zahlmeister.sandbox.module_shop.dialects import DIALECTS
from zahlmeister.sandbox.module_shop.server import ModuleServer
from zahlmeister.sandbox.module_shop.side import outcome

METHODS = ("moneyorder", "eustandardtransfer")
BITS = 1024  # quick to make; the length is tried elsewhere
KEYS = new_keys(BITS, {})


class ModulePeer:
    """A stand-in shop as the contract's tests want to see it."""

    system = "module"
    wanted = Reading()
    statuses = {Verdict.PAID: "", Verdict.CANCELLED: ""}
    takes_cancelled = True

    def __init__(self, name: str) -> None:
        self.has_credits = DIALECTS[name].refunds
        self.is_cancelled_revivable = DIALECTS[name].revives
        self._server = ModuleServer(name)
        self._books = self._server.module.books

    @property
    def address(self) -> str:
        return self._server.address

    def access(self, address: str) -> tuple[dict[str, Any], dict[str, str]]:
        name = self._server.module.dialect.name
        return {"module": name, "address": address, "allow_plain": name == "virtuemart"}, {}

    def place(self, number: str, amount: Amount, *, method: int = 0, name: str = "Anna Arendt") -> None:
        first, _, last = name.partition(" ")
        total, person = Decimal(amount.minor).scaleb(-exponent(amount.currency)), Person(first, last)
        self._books.place(Placed(number, total, person, person, currency=amount.currency, method=METHODS[method]))

    def change_amount(self, number: str, amount: Amount) -> None:
        self._books.orders[number].total = Decimal(amount.minor).scaleb(-exponent(amount.currency))

    def change_by_hand(self, number: str) -> None:
        self._books.change_by_hand(number, PACKED)

    def outcome(self, number: str) -> Verdict | None:
        told = outcome(self._books.orders[number])
        return Verdict(told) if told else None

    def effects(self, number: str) -> int:
        return len(self._books.by_module(number))

    def credit(self, number: str, amount: Amount) -> str:
        total = Decimal(amount.minor).scaleb(-exponent(amount.currency))
        return self._books.want_back(number, total, date(2026, 11, 21)).number

    def credit_answer(self, key: str) -> str:
        return " ".join(self._books.credits[key].comments)

    def restart(self) -> None:
        self._server.restart()

    def close(self) -> None:
        self._server.close()


class _ModuleContract(ShopContract):
    name: str

    @pytest.fixture(autouse=True)
    def _quick_keys(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def quick(bits: int, known: dict[str, str]) -> Keys:
            access = known.get("access_code") or KEYS.access_code, known.get("api_key") or KEYS.api_key
            return replace(KEYS, access_code=access[0], api_key=access[1])

        monkeypatch.setattr(handshake, "new_keys", quick)

    @pytest.fixture
    def peer(self) -> Iterator[ModulePeer]:
        peer = ModulePeer(self.name)
        yield peer
        peer.close()


class TestMagento1(_ModuleContract):
    name = "magento1"


class TestXtCommerce3(_ModuleContract):
    name = "xtcommerce3"


class TestVirtueMart(_ModuleContract):
    name = "virtuemart"


class TestOsCommerce(_ModuleContract):
    name = "oscommerce"

    def test_open_orders_come_in(self, shop: ShopPort, peer: ModulePeer):  # type: ignore[override] # a narrower peer
        """This module tells a name as one; it stands where a last name would."""
        peer.place("1001", Amount(4990, "EUR"), name="Jürgen Weiß")

        [order] = shop.orders(shop.open_keys(peer.wanted))

        assert (order.number, order.amount) == ("1001", Amount(4990, "EUR"))
        assert (order.billing.first_name, order.billing.last_name) == ("", "Jürgen Weiß")
