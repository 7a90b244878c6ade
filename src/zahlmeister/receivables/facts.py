"""An open item with its order as the matcher wants it, from a row of the database or from the model."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count

from zahlmeister.matching.facts import Item
from zahlmeister.merchants.insert import among, has_rows, numbers
from zahlmeister.merchants.sealed_number import opened_number
from zahlmeister.receivables.models import OpenItem, PayerAccount


class _Row(NamedTuple):
    """The columns of an item and its order that matching looks at."""

    id: int
    number: str
    total_minor: int
    open_minor: int
    costs_asked_minor: int
    costs_minor: int
    claims_costs: bool
    currency: str
    opened_on: date
    due_on: date | None
    invoice_number: str
    customer_number: str
    payment_kind: str
    name: str
    company: str
    email: str
    street: str
    postcode: str
    city: str
    shipping_minor: int | None
    iban: str
    reference: str
    tracking_numbers: str
    discount_minor: int
    discount_until: date | None
    shop_id: int
    country: str
    customer_id: int | None


_OF_THE_ITEM = frozenset(
    {
        *("id", "total_minor", "open_minor", "currency", "opened_on", "due_on"),
        *("costs_asked_minor", "costs_minor", "claims_costs"),
    }
)
#: What has gone from its shop is to the matcher as what is paid: suggested when money is for it, never decided alone.
_OPEN = "CASE WHEN o.presence = 'here' THEN i.open_minor ELSE 0 END"
_COLUMNS = ", ".join(
    _OPEN if name == "open_minor" else f"i.{name}" if name in _OF_THE_ITEM else f"o.{name}" for name in _Row._fields
)
_of_model = attrgetter(*(name if name in _OF_THE_ITEM else f"order.{name}" for name in _Row._fields))


class Payers(NamedTuple):
    """From where a customer's money has come before: accounts, and names as `matching.folding.payer_name` has them."""

    ibans: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


NOBODY = Payers()


def item_facts(item: OpenItem, payers: Payers = NOBODY, *, open_minor: int | None = None) -> Item:
    """An open item (with its order) as the matcher wants it; `open_minor` overrides what is open now."""
    row = _Row(*_of_model(item))
    return _item(row if open_minor is None else row._replace(open_minor=open_minor), payers)


def read_items(merchant_id: int, condition: str, parameters: Sequence[Any]) -> list[Item]:
    """The merchant's items (named `i`, their orders `o`) that meet a condition, each with who paid for its customer."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM receivables_openitem i JOIN orders_order o ON o.id = i.order_id "  # noqa: S608 - conditions are our own words
            f"WHERE i.merchant_id = %s AND {condition}",
            [merchant_id, *parameters],
        )
        rows = [_opened(row) for row in map(_Row._make, cursor.fetchall())]
    payers = known_payers(merchant_id, (row.customer_id for row in rows))
    return [_item(row, payers.get(row.customer_id, NOBODY)) for row in rows]


def _opened(row: _Row) -> _Row:
    return row._replace(iban=opened_number(row.iban, "order")) if row.iban else row


def known_payers(merchant_id: int, customers: Iterable[int | None]) -> Mapping[int | None, Payers]:
    """Per customer from where they have paid before; a name that pays for several customers tells of none."""
    wanted = {customer for customer in customers if customer is not None}
    if not wanted or not has_rows(PayerAccount, merchant_id):
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, number, name FROM receivables_payeraccount "  # noqa: S608 - put together from our own words
            f"WHERE merchant_id = %s AND {among('customer_id')} ORDER BY id",
            [merchant_id, numbers(wanted)],
        )
        rows = cursor.fetchall()
    ibans: dict[int, list[str]] = defaultdict(list)
    names: dict[int, list[str]] = defaultdict(list)
    for customer, number, name in rows:
        ibans[customer] += [opened_number(number, "payer")] if number else []
        names[customer] += [name] if name else []
    shared = _shared(merchant_id, {name for found in names.values() for name in found})
    return {
        customer: Payers(tuple(ibans[customer]), tuple(name for name in names[customer] if name not in shared))
        for customer in ibans
    }


def _shared(merchant_id: int, names: set[str]) -> set[str]:
    """Those of these names that have paid for more than one customer."""
    if not names:
        return set()
    rows = PayerAccount.objects.filter(merchant_id=merchant_id, name__in=names).values("name").order_by()
    several = rows.annotate(customers=Count("customer", distinct=True)).filter(customers__gt=1)
    return set(several.values_list("name", flat=True))


def _item(row: _Row, payers: Payers) -> Item:
    return Item(  # in the order of its fields, because names would take longer than all the rest
        row.id,
        row.number,
        row.total_minor,
        row.open_minor,
        row.currency,
        row.opened_on,
        row.due_on,
        (row.invoice_number,) if row.invoice_number else (),
        row.customer_number or None,
        row.payment_kind,
        row.name or None,
        row.company or None,
        row.email or None,
        row.street or None,
        row.postcode or None,
        row.city or None,
        row.shipping_minor,
        tuple(dict.fromkeys((row.iban, *payers.ibans))) if row.iban else payers.ibans,
        payers.names,
        row.reference or None,
        row.discount_minor,
        row.discount_until,
        0 if row.claims_costs else row.costs_asked_minor,  # fees_minor
        row.costs_minor if row.claims_costs else 0,  # owed_fees_minor
        tuple(row.tracking_numbers.split()),
        row.shop_id,
        row.country.upper(),
    )
