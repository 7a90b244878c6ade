"""Record orders as their shop reports them: new ones, changed ones, and those that are as before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from zahlmeister.formats.orders_csv import OrderRow
from zahlmeister.merchants.ids import new_ids
from zahlmeister.merchants.insert import insert_like, insert_values
from zahlmeister.money.accounts import tidy
from zahlmeister.orders.models import Customer, Order, PaymentKind, Shop
from zahlmeister.orders.reported import QUIET, ShopRow, without_unsaid
from zahlmeister.orders.states import Presence
from zahlmeister.orders.told import CHANNEL, subject_of
from zahlmeister.outbox.write import drop

LONGEST_NUMBER = 64

#: What a shop may report differently the next time.
_REPORTED = (
    "ordered_on", "due_on", "payment_kind", "total_minor", "shipping_minor", "invoice_number", "customer_number",
    "reference", "name", "company", "email", "street", "postcode", "city", "country", "iban", "tracking_numbers",
    "discount_minor", "discount_until", "language", "customer_group",
)  # fmt: skip


@dataclass(slots=True)
class NewOrder:
    """An order on its way into its table, by the names of the columns; a row object costs ten times as much."""

    id: int
    merchant_id: int
    shop_id: int
    customer_id: int | None
    number: str
    currency: str
    imported_at: datetime
    presence: str
    ordered_on: date | None = None
    due_on: date | None = None
    payment_kind: str = PaymentKind.OTHER.value
    total_minor: int = 0
    shipping_minor: int | None = None
    invoice_number: str = ""
    customer_number: str = ""
    reference: str = ""
    name: str = ""
    company: str = ""
    email: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    iban: str = ""
    tracking_numbers: str = ""
    discount_minor: int = 0
    discount_until: date | None = None
    key: str = ""
    subshop: str = ""
    shop_status: str = ""
    shop_status_name: str = ""
    payment_method: str = ""
    language: str = ""
    customer_group: str = ""
    phone: str = ""
    invoiced_on: date | None = None
    marketplace_number: str = ""
    delivery: dict[str, Any] = field(default_factory=dict)
    items: list[str] = field(default_factory=list)
    was_listed: bool = False
    told: str = ""
    told_at: datetime | None = None

    @property
    def pk(self) -> int:
        """Its row number."""
        return self.id


@dataclass(frozen=True, slots=True)
class Change:
    """An order that is not as it was: the row as it was kept, and what the shop says now."""

    order: Order  # its customer is the one the shop names now
    now: dict[str, Any]
    line: int = 0  # where the shop says it

    @property
    def is_quiet(self) -> bool:
        """Whether nothing changed from which anything follows for the money."""
        return self.now.keys() <= QUIET


@dataclass(slots=True)
class OrdersRecorded:
    """What a batch of reported orders brought. The new ones are plain rows that are read like the model."""

    new: list[Order] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    same: int = 0
    refused: list[str] = field(default_factory=list)
    by_line: dict[int, str] = field(default_factory=dict)  # the same sentences

    def refuse(self, line: int, sentence: str) -> None:
        """Say why the row of a line is not taken."""
        self.refused.append(sentence)
        self.by_line[line] = sentence


def shop_called(merchant_id: int, name: str) -> Shop:
    """The merchant's sales channel of this name; one that is new is taken in."""
    shop, _ = Shop.objects.get_or_create(merchant_id=merchant_id, name=name)
    return shop


def record_orders(shop: Shop, rows: Sequence[OrderRow], *, at: datetime) -> OrdersRecorded:
    """Insert the new orders of a batch and find out what has changed on the known ones.

    Changes are only found here, not written: what they mean for the open item is decided first. An order that comes
    in another currency than before is refused in a sentence, and so are rows of one number with different amounts.
    """
    recorded = OrdersRecorded()
    by_number = _by_number(rows, recorded)
    _take_over(shop, by_number, at)
    known = _known(shop, list(by_number))
    customers = _customers(shop, list(by_number.values()))
    ids = iter(new_ids(len(by_number)))
    for number, row in by_number.items():
        reported = _reported(row)
        before = known.get(number)
        if before is None:
            recorded.new.append(_order(shop, next(ids), row, customers.get(_identity(row)), at, reported))
        elif before.currency != row.amount.currency:
            recorded.refuse(
                row.line,
                f"Line {row.line}: order {number} came in {before.currency} before and cannot change to "
                f"{row.amount.currency}; cancel it and give the new one another number.",
            )
        elif now := {name: value for name, value in reported.items() if _is_news(before, name, value)}:
            before.customer_id = customers.get(_identity(row), before.customer_id)
            recorded.changed.append(Change(before, now, row.line))
        else:
            recorded.same += 1
    insert_like(Order, recorded.new)
    return recorded


def rewrite_order(change: Change, *, at: datetime) -> None:
    """Keep what the shop reports now."""
    for name, value in change.now.items():
        setattr(change.order, name, value)
    change.order.imported_at = at
    change.order.save(update_fields=[*change.now, "imported_at", "customer"])


def _is_news(before: Order, name: str, value: Any) -> bool:
    """Whether the shop says something else than before.

    A file without tracking numbers does not unsend parcels, and one without a reference does not take back the one
    that the buyer was given.
    """
    return getattr(before, name) != value and not (name in {"tracking_numbers", "reference"} and not value)


def _by_number(rows: Sequence[OrderRow], recorded: OrdersRecorded) -> dict[str, OrderRow]:
    """One row per order; which of two amounts is right, nobody can know."""
    found: dict[str, OrderRow] = {}
    for row in rows:
        before = found.setdefault(row.number, row)
        if before.amount != row.amount:
            recorded.refuse(
                row.line,
                f"Line {row.line}: order {row.number} stands in line {before.line} with {before.amount} and here with "
                f"{row.amount}; the first one was taken. One line per order is needed.",
            )
        elif len(row.number) > LONGEST_NUMBER or not row.number.isprintable():
            sentence = f"Line {row.line}: an order number has at most {LONGEST_NUMBER} letters, digits and signs."
            recorded.refuse(row.line, sentence)
            del found[row.number]
    return found


def _take_over(shop: Shop, rows: Mapping[str, OrderRow], at: datetime) -> None:
    """After a move the new shop goes on with the orders of the old one, so that nobody is written to twice.

    The same number is the same order when also the amount or the buyer's address is: a new shop may count from one.
    """
    if shop.follows_id is None:
        return
    here = set(_known(shop, list(rows)))
    old = Order.objects.filter(merchant_id=shop.merchant_id, shop_id=shop.follows_id, number__in=rows.keys() - here)
    for order in old.select_for_update():
        row = rows[order.number]
        is_same = row.amount == order.total or (row.email or "").lower() == order.email.lower() != ""
        if is_same and row.amount.currency == order.currency:
            drop(shop.merchant_id, channel=CHANNEL, subject=subject_of(order.pk), at=at, why="moved")
            Order.objects.filter(pk=order.pk).update(
                shop=shop, told="", told_at=None, was_listed=False, presence=Presence.HERE
            )


def _known(shop: Shop, numbers: Sequence[str]) -> dict[str, Order]:
    rows = Order.objects.filter(merchant_id=shop.merchant_id, shop=shop, number__in=numbers)
    return {row.number: row for row in rows.select_for_update()}


def _customers(shop: Shop, rows: Sequence[OrderRow]) -> dict[str, int]:
    """The row numbers of the customers of these rows by identity; those seen for the first time are taken in."""
    wanted = {identity: row for row in rows if (identity := _identity(row))}
    found = _customers_of(shop.merchant_id, list(wanted))
    missing = sorted(wanted.keys() - found.keys())
    if missing:
        insert_values(
            Customer,
            ("id", "merchant_id", "identity", "number", "name", "company", "email"),
            [
                (number, shop.merchant_id, identity, *_customer(wanted[identity]))
                for number, identity in zip(new_ids(len(missing)), missing, strict=True)
            ],
            ignore_conflicts=True,
        )
        found |= _customers_of(shop.merchant_id, missing)
    return found


def _customers_of(merchant_id: int, identities: Sequence[str]) -> dict[str, int]:
    rows = Customer.objects.filter(merchant_id=merchant_id, identity__in=identities)
    return dict(rows.values_list("identity", "pk"))


def _identity(row: OrderRow) -> str:
    """What makes two orders come from the same customer: the number, else the e-mail address; empty when unknown."""
    if row.customer_number:
        return _cut(f"number:{row.customer_number}", 200)
    return _cut(f"mail:{row.email.lower()}", 200) if row.email else ""


def _customer(row: OrderRow) -> tuple[str, str, str, str]:
    return _cut(row.customer_number, 64), _cut(row.name, 200), _cut(row.company, 200), _cut(row.email, 254)


def _order(
    shop: Shop, pk: int, row: OrderRow, customer: int | None, at: datetime, reported: Mapping[str, Any]
) -> Order:
    presence = (Presence.TEST if shop.is_test else Presence.HERE).value
    whose = (pk, shop.merchant_id, shop.pk, customer)
    return cast("Order", NewOrder(*whose, row.number, row.amount.currency, at, presence, **reported))


def _reported(row: OrderRow) -> dict[str, Any]:
    values = (
        row.ordered_on, row.due_on, PaymentKind(row.payment_kind).value, row.amount.minor,
        row.shipping.minor if row.shipping is not None else None,
        _cut(row.invoice_number, 64), _cut(row.customer_number, 64), _cut(row.reference, 40),
        _cut(row.name, 200), _cut(row.company, 200), _cut(row.email, 254), _cut(row.street, 200),
        _cut(row.postcode, 16), _cut(row.city, 120), _cut(row.country, 2), _cut(tidy(row.iban or ""), 40),
        _joined(row.tracking_numbers, 400), row.discount.minor if row.discount else 0, row.discount_until,
        _cut(row.language, 16), _cut(row.customer_group, 64),
    )  # fmt: skip
    reported = dict(zip(_REPORTED, values, strict=True))
    return without_unsaid(reported | row.also()) if isinstance(row, ShopRow) else reported


def _joined(numbers: Sequence[str], length: int) -> str:
    """As many whole numbers as there is room for."""
    text = " ".join(numbers)
    return text if len(text) <= length else text[: length + 1].rpartition(" ")[0]


def _cut(text: str | None, length: int) -> str:
    return (text or "").replace("\0", "")[:length]
