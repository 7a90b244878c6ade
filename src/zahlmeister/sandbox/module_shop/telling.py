"""An order as a module tells it: the fields of its system, with all that is odd about them."""

from collections.abc import Iterator

from zahlmeister.sandbox.module_shop.books import STATUS_NAMES, CreditNote, Person, Placed
from zahlmeister.sandbox.module_shop.dialects import Dialect, addressed
from zahlmeister.sandbox.module_shop.php import Value, http_build_query, utf8_encode


def order_line(order: Placed, dialect: Dialect, charset: str) -> str:
    """The order as `http_build_query` writes it, with the line feed that follows; `charset` is the database's."""
    known = _known(order, dialect)
    fields = {
        name: known.get(name)
        for field in dialect.fields.split()
        for name in (addressed(field) if field.rstrip("+").endswith("_") else [field])
    }
    return http_build_query({name: _spoken(name, value, dialect, charset) for name, value in fields.items()}) + "\n"


def credit_line(credit: CreditNote, charset: str) -> str:
    """A credit note: its own number stands where an order has the customer's."""
    values = {
        "number": credit.order,
        "customer_number": credit.number,
        "date": credit.made_on.strftime("%d.%m.%Y"),
        "amount": f"{credit.amount:.4f}",
    }
    return http_build_query({name: _bytes(value, charset) for name, value in values.items()}) + "\n"


def _known(order: Placed, dialect: Dialect) -> dict[str, Value]:
    """All that any module says of an order."""
    day = order.placed_on.strftime("%Y-%m-%d 11:02:33" if dialect.iso_dates else "%d.%m.%Y")
    billing, delivery = order.billing.country, order.delivery.country
    if dialect.swaps_countries:
        billing, delivery = delivery, billing
    return {
        "number": order.number,
        "id": order.number,
        "date": day,
        "email": order.email,
        "customer_number": order.customer_number,
        "payment_method": order.method,
        "payment_name": order.method.replace("_", " ").title(),
        "amount": f"{order.total:.{dialect.places}f}",
        "currency_code": order.currency,
        "exchange_rate": "1.000000",
        "amount_paid": "0.0000",
        "status": STATUS_NAMES[order.status] if dialect.status_by_name else order.status,
        "status_name": STATUS_NAMES[order.status],
        "language_code": order.language,
        "language_id": "1",
        "store_id": "0" if dialect.name.startswith("jtl") else order.store,
        "products": list(order.products),
        "invoice_number": list(order.invoices),
        "invoice_date": order.placed_on.strftime("%d.%m.%Y") if order.invoices else None,
        "shipping_number": order.parcels,
        "type": order.kind,
        **dict(_address("delivery", order.delivery, delivery, dialect)),
        **dict(_address("billing", order.billing, billing, dialect)),
    }


def _address(whose: str, person: Person, country: str, dialect: Dialect) -> Iterator[tuple[str, str]]:
    first, last = ("", f"{person.first} {person.last}") if dialect.full_name else (person.first, person.last)
    yield f"{whose}_firstname", first
    yield f"{whose}_lastname", last
    yield f"{whose}_company", person.company
    yield f"{whose}_street", person.street
    yield f"{whose}_postcode", person.postcode
    yield f"{whose}_city", person.city
    yield f"{whose}_countrycode", country
    yield f"{whose}_phone", person.phone


def _spoken(name: str, value: Value, dialect: Dialect, charset: str) -> Value:
    if value is None:
        return None
    if not isinstance(value, str):
        return [_byte_text(one, dialect, charset) for one in value]
    said = _byte_text(value, dialect, charset)
    return utf8_encode(said) if dialect.encoded_twice and name.startswith(("delivery_", "billing_")) else said


def _byte_text(value: str, dialect: Dialect, charset: str) -> str:
    if dialect.escapes:
        value = value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace("'", "&#039;")
    return _bytes(value, charset)


def _bytes(value: str, charset: str) -> str:
    return value.encode(charset, "replace").decode("latin-1")
