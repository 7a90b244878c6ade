"""What can be asked about orders and customers."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from zahlmeister.orders.models import Customer, Order, Shop


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
        """The text as typed and, where it has umlauts, in capitals and small: SQLite folds case for ASCII only."""
        if self.text.isascii():
            return (self.text,)
        return tuple(dict.fromkeys((self.text, self.text.upper(), self.text.lower(), self.text.title())))


def orders_like(merchant_id: int, sought: Sought) -> QuerySet[Order]:
    """Orders that somebody may mean: by the beginning of a number, else by name, company, e-mail or town."""
    rows = Order.objects.filter(merchant_id=merchant_id)
    if sought.account:
        return rows.filter(iban__startswith=sought.account)
    if sought.is_number and "@" not in sought.text:
        return rows.filter(
            _begins("number", sought.text)
            | _begins("invoice_number", sought.text)
            | Q(customer_number=sought.text)
            | Q(reference=sought.text.upper())
        )
    said = Q()
    for text in sought.spellings:
        said |= Q(name__icontains=text) | Q(company__icontains=text) | Q(email__icontains=text)
    return rows.filter(said)


def customers_like(merchant_id: int, sought: Sought, limit: int) -> list[Customer]:
    """Customers by number, name, company or e-mail address."""
    if not sought.text:
        return []
    said = Q(number=sought.text)
    for text in sought.spellings:
        said |= Q(name__icontains=text) | Q(company__icontains=text) | Q(email__icontains=text)
    return list(Customer.objects.filter(said, merchant_id=merchant_id).order_by("name", "id")[:limit])


def shops(merchant_id: int) -> list[Shop]:
    """The sales channels of a merchant by name."""
    return list(Shop.objects.filter(merchant_id=merchant_id).order_by("name"))


def has_orders(merchant_id: int) -> bool:
    """Whether any order was ever reported."""
    return Order.objects.filter(merchant_id=merchant_id).exists()


def _begins(field: str, text: str) -> Q:
    """A prefix as a range, which an index answers on every database (LIKE does not on SQLite)."""
    return Q(**{f"{field}__gte": text, f"{field}__lt": text + "\U0010ffff"})
