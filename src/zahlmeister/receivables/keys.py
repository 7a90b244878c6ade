"""The keys under which the matcher finds an item: written when it opens, rewritten when its open amount changes.

An item that is paid or cancelled keeps the keys of its numbers, because a text that names it says something; its name
and amount no longer do.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db import connection

from zahlmeister.matching.facts import Item
from zahlmeister.matching.keys import digest, item_keys
from zahlmeister.receivables.models import OpenItem, PayerAccount

#: Keys of this kind stay when nothing is open any more.
LASTING = "number:"


def item_facts(item: OpenItem, ibans: Iterable[str] = (), *, open_minor: int | None = None) -> Item:
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
        ibans=tuple(dict.fromkeys((*((order.iban,) if order.iban else ()), *ibans))),
        reference=order.reference or None,
        tracking_numbers=tuple(order.tracking_numbers.split()),
        discount_minor=order.discount_minor,
        discount_until=order.discount_until,
    )


def known_accounts(items: Iterable[OpenItem]) -> Mapping[int, list[str]]:
    """Per customer the accounts they have paid from before."""
    customers = {item.order.customer_id for item in items if item.order.customer_id is not None}
    found: dict[int, list[str]] = defaultdict(list)
    rows = PayerAccount.objects.filter(customer_id__in=customers).values_list("customer_id", "number")
    for customer, number in rows if customers else ():
        found[customer].append(number)
    return found


def write_keys(merchant_id: int, items: Sequence[OpenItem]) -> None:
    """Write the keys of items that have just opened."""
    accounts = known_accounts(items)
    rows = [
        (merchant_id, number, item.pk)
        for item in items
        for number in map(digest, _keys(item_facts(item, _ibans(item, accounts))))
    ]
    _insert(rows)


def rewrite_keys(merchant_id: int, changes: Sequence[tuple[OpenItem, int]]) -> None:
    """Bring the keys of changed items up to date; with each item comes what was open before."""
    accounts = known_accounts(item for item, _ in changes)
    gone: list[tuple[int, int, int]] = []
    come: list[tuple[int, int, int]] = []
    for item, open_before in changes:
        ibans = _ibans(item, accounts)
        before = _keys(item_facts(item, ibans, open_minor=open_before)) if open_before else None
        after = _keys(item_facts(item, ibans)) if item.open_minor else None
        gone += [(merchant_id, digest(key), item.pk) for key in _only(before, after)]
        come += [(merchant_id, digest(key), item.pk) for key in _only(after, before)]
    _delete(gone)
    _insert(come)


def learn_keys(merchant_id: int, items: Sequence[OpenItem], number: str) -> None:
    """The customer of these open items has paid from this account: they can be found under it from now on."""
    _insert([(merchant_id, digest(f"iban:{number}"), item.pk) for item in items])


def unlearn_keys(merchant_id: int, items: Sequence[OpenItem], number: str) -> None:
    """It was a mistake: these items are not to be found under this account."""
    _delete([(merchant_id, digest(f"iban:{number}"), item.pk) for item in items])


def forget_keys(merchant_id: int, item: OpenItem) -> None:
    """Take away all keys of an item whose order is about to change."""
    ibans = _ibans(item, known_accounts([item]))
    _delete([(merchant_id, digest(key), item.pk) for key in _keys(item_facts(item, ibans))])


def _ibans(item: OpenItem, accounts: Mapping[int, list[str]]) -> list[str]:
    customer = item.order.customer_id
    return accounts.get(customer, []) if customer is not None else []


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
