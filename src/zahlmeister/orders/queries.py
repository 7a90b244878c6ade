"""What can be asked about orders and customers."""

from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Lower

from zahlmeister.orders.models import Customer, Order, Shop

Row = TypeVar("Row", bound=Model)

MOST = 2000
#: Shorter texts are in too many others, and no index by three letters finds them.
SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody typed into a search field, understood: an amount, an account number, a number or words.

    `minor` is set for an amount, `account` for an IBAN, of which only the whole is found; otherwise `text` is looked
    for, as the beginning of a number and inside names and texts.
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
        """The text, and with `ss` for the one letter that has no capital of its own."""
        return tuple(dict.fromkeys((self.text, self.text.replace("ß", "ss"))))

    def said_in(self, *fields: str) -> Q:
        """Whether one of these fields holds the text; of one or two letters, whether a word in it begins with them."""
        said = Q()
        for text in self.spellings:
            for name in fields:
                if len(text) >= SHORTEST:
                    said |= Q(**{f"{name}__holds": text})
                else:
                    said |= Q(**{f"{name}__opens": text}) | Q(**{f"{name}__holds": f" {text}"})
        return said


def orders_like(merchant_id: int, sought: Sought) -> QuerySet[Order]:
    """Orders that somebody may mean: by the beginning of a number, else by name, company or e-mail address."""
    rows = Order.objects.filter(merchant_id=merchant_id).order_by()
    if sought.account:
        return rows.filter(iban=sought.account)
    if not sought.is_number or "@" in sought.text:
        return rows.filter(order_text(sought, ""))
    invoices = rows.filter(~Q(invoice_number=""), **_begins("invoice_number", sought.text))
    found = _some(rows.filter(**_begins("number", sought.text))) + _some(invoices)
    if found:
        return Order.objects.filter(pk__in=found)
    customers = Customer.objects.filter(merchant_id=merchant_id, identity=f"number:{sought.text}")
    referred = rows.filter(~Q(reference=""), reference=sought.text.upper())
    return Order.objects.filter(pk__in=_some(rows.filter(customer__in=_some(customers))) + _some(referred))


def orders_numbered(merchant_id: int, text: str) -> list[int]:
    """Orders whose number begins with a text; of very many, as many as anybody looks at."""
    return _some(Order.objects.filter(merchant_id=merchant_id, **_begins("number", text)))


def order_text(sought: Sought, path: str) -> Q:
    """Names and addresses of an order that somebody may look for; `path` leads to the order."""
    return sought.said_in(f"{path}name", f"{path}company", f"{path}email")


def customers_like(merchant_id: int, sought: Sought, limit: int) -> list[Customer]:
    """Customers by number, or by name, company or e-mail address."""
    if not sought.text:
        return []
    rows = Customer.objects.filter(merchant_id=merchant_id)
    found = list(rows.filter(identity=f"number:{sought.text}"))
    if not found and not sought.is_number:
        found = list(Customer.objects.filter(pk__in=_some(rows.filter(order_text(sought, "")))[:limit]))
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


def ordered_by(merchant_id: int, address: str) -> QuerySet[Order]:
    """What was ordered with a mail address, given in small letters: it is that of an order, and not of its buyer.

    Two people of two shops can have one customer number and be one buyer.
    """
    rows = Order.objects.filter(merchant_id=merchant_id).annotate(address=Lower("email"))
    return rows.filter(address=address)
