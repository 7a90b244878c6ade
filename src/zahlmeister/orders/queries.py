"""What can be asked about orders and customers."""

from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from zahlmeister.orders.models import Customer, Order, Shop

Row = TypeVar("Row", bound=Model)

MOST = 2000


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody typed into a search field, understood: an amount, an account number, a number or words.

    `minor` is set for an amount, `account` for (the beginning of) an IBAN; otherwise `text` is looked for, as the
    beginning of a number and inside names and texts.
    """

    text: str = ""
    minor: int | None = None
    account: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.text or self.account) and self.minor is None

    @property
    def is_number(self) -> bool:
        """Whether it may be an order, invoice or customer number: it has a digit and no blank."""
        return any(sign.isdigit() for sign in self.text) and " " not in self.text

    @property
    def spellings(self) -> tuple[str, ...]:
        """The text and, where it has umlauts, also with those in capitals: SQLite folds case for ASCII only."""
        small = self.text.lower()
        if small.isascii():
            return (small,)
        first = small[:1].upper() + small[1:]
        shouted = "".join(sign if sign.isascii() else sign.upper() for sign in small)
        return tuple(dict.fromkeys((small, shouted, first if not small[0].isascii() else small)))


def orders_like(merchant_id: int, sought: Sought) -> QuerySet[Order]:
    """Orders that somebody may mean: by the beginning of a number, else by name, company or e-mail address."""
    rows = Order.objects.filter(merchant_id=merchant_id).order_by()
    if sought.account:
        return rows.filter(iban__startswith=sought.account)
    if not sought.is_number or "@" in sought.text:
        return rows.filter(order_text(sought, ""))
    invoices = rows.filter(~Q(invoice_number=""), **_begins("invoice_number", sought.text))
    found = _some(rows.filter(**_begins("number", sought.text))) + _some(invoices)
    if found:
        return Order.objects.filter(pk__in=found)
    customers = Customer.objects.filter(merchant_id=merchant_id, identity=f"number:{sought.text}")
    return rows.filter(Q(customer__in=_some(customers)) | Q(reference=sought.text.upper()))


def order_text(sought: Sought, path: str) -> Q:
    """Names and addresses of an order that somebody may look for; `path` leads to the order."""
    said = Q()
    for text in sought.spellings:
        for name in ("name", "company", "email"):
            said |= Q(**{f"{path}{name}__icontains": text})
    return said


def customers_like(merchant_id: int, sought: Sought, limit: int) -> list[Customer]:
    """Customers by number, or by name, company or e-mail address."""
    if not sought.text:
        return []
    rows = Customer.objects.filter(merchant_id=merchant_id)
    found = list(rows.filter(identity=f"number:{sought.text}"))
    if not found and not sought.is_number:
        found = list(rows.filter(order_text(sought, ""))[:limit])
    return sorted(found, key=str)


def shops(merchant_id: int) -> list[Shop]:
    """The sales channels of a merchant by name."""
    return list(Shop.objects.filter(merchant_id=merchant_id).order_by("name"))


def has_orders(merchant_id: int) -> bool:
    """Whether any order was ever reported."""
    return Order.objects.filter(merchant_id=merchant_id).exists()


def _begins(field: str, text: str) -> dict[str, str]:
    """A prefix as a range, which an index answers on every database (LIKE does not on SQLite)."""
    return {f"{field}__gte": text, f"{field}__lt": text + "\U0010ffff"}


def _some(rows: QuerySet[Row]) -> list[int]:
    """So many numbers that nobody looks at more of them."""
    return list(rows.values_list("pk", flat=True)[:MOST])
