"""A shop in memory that keeps the contract: for tests of what happens above the connectors."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, ClassVar

from zahlmeister.connectors.shops.contract import (
    About,
    Address,
    Answer,
    Choice,
    Credit,
    Heard,
    Reading,
    ShopOrder,
    Telling,
    Verdict,
)
from zahlmeister.connectors.shops.systems import ADDRESS, Defaults, Field, System
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreachable

SYSTEM = System(
    code="memory",
    label="Memory shop",
    opener="tests.connectors.shops.memory:open_memory",
    fields=(ADDRESS, Field("password", "password", is_secret=True)),
    defaults={
        "prepayment": Defaults(("banktransfer", "bankdeposit"), ("pending",), "processing", "canceled"),
        "invoice": Defaults(("invoice",), ("complete",), "paid", "canceled"),
        "cod": Defaults((), ("shipped",), "complete", ""),
    },
)


@dataclass
class MemoryShop:
    """Orders by key; what was written to them is counted. `trouble` is raised instead of an answer."""

    shops: ClassVar[dict[str, "MemoryShop"]] = {}

    address: str
    password: str = "geheim"
    orders_by_key: dict[str, ShopOrder] = field(default_factory=dict)
    written: list[tuple[str, str, str]] = field(default_factory=list)  # number, verdict, callback
    heard: list[Telling] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    trouble: Exception | None = None
    trouble_after_telling: BaseException | None = None
    asked: int = 0
    refuses: str = ""
    invoices: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shops[self.address] = self

    # --- what people do in the shop

    def place(self, number: str, amount: str, **more: Any) -> ShopOrder:
        given = {
            "status": "pending",
            "payment_method": "banktransfer",
            "ordered_on": date(2026, 11, 16),
            "email": "anna@post.example",
            "billing": Address("Anna", "Weber", street="Ring 1", postcode="10115", city="Berlin", country="DE"),
            **more,
        }
        order = ShopOrder(key=f"k{number}", number=number, amount=Amount.parse(amount, "EUR"), **given)
        self.orders_by_key[order.key] = order
        return order

    def change(self, number: str, **changes: Any) -> None:
        key = f"k{number}"
        self.orders_by_key[key] = replace(self.orders_by_key[key], **changes)
        self.touched.add(key)

    def status(self, number: str) -> str:
        return self.orders_by_key[f"k{number}"].status

    def effects(self, number: str) -> list[str]:
        return [verdict for told, verdict, _ in self.written if told == number]

    # --- the contract

    def about(self) -> About:
        self._answer()
        return About("Memory", version="1.2", currency="EUR")

    def methods(self) -> Sequence[Choice]:
        return [Choice(code, code.title()) for code in ("banktransfer", "bankdeposit", "invoice", "cashondelivery")]

    def statuses(self) -> Sequence[Choice]:
        codes = ("pending", "processing", "complete", "shipped", "paid", "canceled", "holded")
        return [Choice(code, code.title()) for code in codes]

    def open_keys(self, wanted: Reading) -> Sequence[str]:
        self._answer()
        return [key for key, order in self.orders_by_key.items() if self._is_open(order, wanted)]

    def orders(self, keys: Sequence[str]) -> Iterator[ShopOrder]:
        self._answer()
        return iter([self.orders_by_key[key] for key in keys if key in self.orders_by_key])

    def changed(self, wanted: Reading, since: datetime) -> Sequence[str]:
        self._answer()
        return sorted(self.touched)

    def find(self, number: str) -> ShopOrder | None:
        self._answer()
        return self.orders_by_key.get(f"k{number}")

    def tell(self, tellings: Sequence[Telling]) -> Sequence[Answer]:
        self._answer()
        answers = [self._tell(telling) for telling in tellings]
        if self.trouble_after_telling:
            raise self.trouble_after_telling
        return answers

    def credits(self) -> Sequence[Credit]:
        return []

    def answer_credit(self, key: str, status: str, callback: str) -> Answer:
        return Answer(Heard.UNKNOWN)

    def invoice(self, order_key: str, invoice_number: str) -> bytes | None:
        self._answer()
        return self.invoices.get(invoice_number)

    def _tell(self, telling: Telling) -> Answer:
        self.heard.append(telling)
        order = self.orders_by_key.get(telling.key)
        if order is None:
            return Answer(Heard.UNKNOWN)
        if self.refuses:
            return Answer(Heard.REFUSED, self.refuses)
        if order.status == telling.status:
            return Answer(Heard.ALREADY)
        is_late = telling.verdict is Verdict.PAID and order.status == "canceled"
        if order.status not in {"pending", "complete", "shipped"} and not is_late:
            return Answer(Heard.LEFT)
        self.orders_by_key[order.key] = replace(order, status=telling.status)
        self.written.append((order.number, str(telling.verdict), telling.callback))
        return Answer(Heard.WRITTEN)

    def _is_open(self, order: ShopOrder, wanted: Reading) -> bool:
        return any(
            order.payment_method in methods and order.status in open_ for methods, open_ in wanted.kinds.values()
        )

    def _answer(self) -> None:
        self.asked += 1
        if self.trouble:
            raise self.trouble


@contextmanager
def open_memory(settings: Mapping[str, Any], secret: Mapping[str, str]) -> Iterator[MemoryShop]:
    shop = MemoryShop.shops.get(str(settings["address"]))
    if shop is None:
        raise Unreachable(f"{settings['address']} cannot be reached: there is no such name.")
    if secret.get("password") != shop.password:
        raise Unreachable(f"{settings['address']} does not accept the key or password (401).", permanent=True)
    yield shop
