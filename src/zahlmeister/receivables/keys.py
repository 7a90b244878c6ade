"""The keys under which the matcher finds an item: written when it opens, rewritten when its open amount changes.

An item that is paid or cancelled keeps the keys of its numbers, because a text that names it says something; its name
and amount no longer do.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import connection
from django.db.models import Count

from zahlmeister.matching.facts import Item
from zahlmeister.matching.keys import digest, item_keys
from zahlmeister.receivables.models import OpenItem, PayerAccount


class Payers(NamedTuple):
    """From where a customer's money has come before: accounts, and names as `matching.folding.payer_name` has them."""

    ibans: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


NOBODY = Payers()
#: Keys of this kind stay when nothing is open any more.
LASTING = "number:"


def item_facts(item: OpenItem, payers: Payers = NOBODY, *, open_minor: int | None = None) -> Item:
    """An open item (with its order) as the matcher wants it; `open_minor` overrides what is open now."""
    order = item.order
    return Item(
        id=item.pk,
        number=order.number,
        total_minor=item.total_minor,
        open_minor=item.open_minor if open_minor is None else open_minor,
        currency=item.currency,
        opened_on=item.opened_on,
        due_on=item.due_on,
        invoice_numbers=(order.invoice_number,) if order.invoice_number else (),
        customer_number=order.customer_number or None,
        payment_kind=order.payment_kind,
        name=order.name or None,
        company=order.company or None,
        email=order.email or None,
        street=order.street or None,
        postcode=order.postcode or None,
        city=order.city or None,
        shipping_minor=order.shipping_minor,
        ibans=tuple(dict.fromkeys((*((order.iban,) if order.iban else ()), *payers.ibans))),
        payer_names=payers.names,
        reference=order.reference or None,
        tracking_numbers=tuple(order.tracking_numbers.split()),
        discount_minor=order.discount_minor,
        discount_until=order.discount_until,
    )


def known_payers(merchant_id: int, items: Iterable[OpenItem]) -> Mapping[int | None, Payers]:
    """Per customer from where they have paid before; a name that pays for several customers tells of none."""
    customers = {item.order.customer_id for item in items if item.order.customer_id is not None}
    if not customers:
        return {}
    rows = PayerAccount.objects.filter(customer_id__in=customers).values_list("customer_id", "number", "name")
    ibans: dict[int, list[str]] = defaultdict(list)
    names: dict[int, list[str]] = defaultdict(list)
    for customer, number, name in rows:
        ibans[customer] += [number] if number else []
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


def write_keys(merchant_id: int, items: Sequence[OpenItem]) -> None:
    """Write the keys of items that have just opened."""
    payers = known_payers(merchant_id, items)
    rows = [
        (merchant_id, number, item.pk)
        for item in items
        for number in map(digest, _keys(item_facts(item, payers.get(item.order.customer_id, NOBODY))))
    ]
    _insert(rows)


def rewrite_keys(merchant_id: int, changes: Sequence[tuple[OpenItem, int]]) -> None:
    """Bring the keys of changed items up to date; with each item comes what was open before."""
    payers = known_payers(merchant_id, [item for item, _ in changes])
    gone: list[tuple[int, int, int]] = []
    come: list[tuple[int, int, int]] = []
    for item, open_before in changes:
        mine = payers.get(item.order.customer_id, NOBODY)
        before = _keys(item_facts(item, mine, open_minor=open_before)) if open_before else None
        after = _keys(item_facts(item, mine)) if item.open_minor else None
        gone += [(merchant_id, digest(key), item.pk) for key in _only(before, after)]
        come += [(merchant_id, digest(key), item.pk) for key in _only(after, before)]
    _delete(gone)
    _insert(come)


def learn_key(merchant_id: int, items: Sequence[OpenItem], key: str) -> None:
    """These open items can be found under one more key from now on, such as `iban:…` of somebody who pays for them."""
    _insert([(merchant_id, digest(key), item.pk) for item in items])


def unlearn_key(merchant_id: int, items: Sequence[OpenItem], key: str) -> None:
    """It was a mistake: these items are not to be found under this key."""
    _delete([(merchant_id, digest(key), item.pk) for item in items])


def forget_keys(merchant_id: int, item: OpenItem) -> None:
    """Take away all keys of an item whose order is about to change."""
    payers = known_payers(merchant_id, [item]).get(item.order.customer_id, NOBODY)
    _delete([(merchant_id, digest(key), item.pk) for key in _keys(item_facts(item, payers))])


def _only(keys: set[str] | None, others: set[str] | None) -> Iterable[str]:
    """Keys that the others lack; None stands for an item of which nothing is open, with its lasting keys only."""
    if keys is None:
        return ()
    if others is None:
        return (key for key in keys if not key.startswith(LASTING))
    return keys - others


def _keys(facts: Item) -> set[str]:
    keys = item_keys(facts)
    return keys if facts.open_minor else {key for key in keys if key.startswith(LASTING)}


def _insert(rows: Sequence[tuple[int, int, int]]) -> None:
    """In ascending order, so that the table's pages are written one after the other."""
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO receivables_matchkey (merchant_id, digest, item_id) VALUES (%s, %s, %s) "
                "ON CONFLICT DO NOTHING",
                sorted(rows),
            )


def _delete(rows: Sequence[tuple[int, int, int]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(
                "DELETE FROM receivables_matchkey WHERE merchant_id=%s AND digest=%s AND item_id=%s",
                sorted(rows),
            )
