"""The keys under which the matcher finds an item: written when it opens, rewritten when its open amount changes.

An item that is paid or cancelled keeps the keys of its numbers, because a text that names it says something; its name
and amount no longer do. Those keys are retired at once, which is one row, and swept later, many together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.db import connection
from django.db.models import F

from zahlmeister.matching.facts import Item
from zahlmeister.matching.keys import LASTING, digest, item_keys
from zahlmeister.merchants.insert import Later, among, insert_values, numbers
from zahlmeister.receivables.facts import NOBODY, item_facts, known_payers, read_items
from zahlmeister.receivables.models import OpenItem, RetiredKeys

#: The digest of a key, and the item it finds.
Key = tuple[int, int]


def write_keys(merchant_id: int, items: Sequence[OpenItem]) -> None:
    """Write the keys of items that have just opened."""
    payers = known_payers(merchant_id, (item.order.customer_id for item in items))
    _insert(
        merchant_id,
        [
            (number, item.pk)
            for item in items
            for number in map(digest, _keys(item_facts(item, payers.get(item.order.customer_id, NOBODY))))
        ],
    )


def rewrite_keys(merchant_id: int, changes: Sequence[tuple[OpenItem, int]]) -> None:
    """Bring the keys of changed items up to date; with each item comes what was open before.

    The keys of an item that has been settled are only noted as retired.
    """
    if not changes:
        return
    retired = _retired(item.pk for item, _ in changes)
    retire_keys(
        merchant_id, [(item.pk, before) for item, before in changes if not item.open_minor and item.pk not in retired]
    )
    reopened = [(item, before) for item, before in changes if item.open_minor]
    _bring_back(item.pk for item, _ in reopened if item.pk in retired)
    payers = known_payers(merchant_id, (item.order.customer_id for item, _ in reopened))
    gone: list[Key] = []
    come: list[Key] = []
    for item, open_before in reopened:
        mine = payers.get(item.order.customer_id, NOBODY)
        written_for = retired.get(item.pk, open_before)  # below zero while it is being swept: some are gone already
        before = item_keys(item_facts(item, mine, open_minor=abs(written_for))) if written_for else set()
        after = item_keys(item_facts(item, mine))
        there = before if written_for > 0 else {key for key in after if key.startswith(LASTING)}
        gone += [(digest(key), item.pk) for key in before - after if not key.startswith(LASTING)]
        come += [(digest(key), item.pk) for key in after - there]
    _delete(merchant_id, gone)
    _insert(merchant_id, come)


def retire_keys(merchant_id: int, settled: Iterable[tuple[int, int]], later: Later | None = None) -> None:
    """Note that nothing is open on these items any more; with each comes what its keys were written for."""
    rows = sorted((number, merchant_id, open_minor) for number, open_minor in settled if open_minor)
    insert_values(RetiredKeys, ("item_id", "merchant_id", "open_minor"), rows, later)


def begin_sweep(merchant_id: int, most: int) -> list[Key]:
    """Begin to take away the retired keys of so many items at most.

    Returns:
        The keys, in the order in which they lie in the table. Until `end_sweep` the items are marked: the sweep may
        stop anywhere and be begun again, and an item that opens meanwhile has its keys written anew.
    """
    retired = RetiredKeys.objects.filter(merchant_id=merchant_id)
    rows = {item: abs(minor) for item, minor in retired.values_list("item_id", "open_minor").order_by("pk")[:most]}
    retired.filter(pk__in=rows, open_minor__gt=0).update(open_minor=-F("open_minor"))
    items = read_items(merchant_id, among("i.id"), [numbers(rows)])
    keys = [
        (digest(key), item.id)
        for item in items
        for key in item_keys(replace(item, open_minor=rows[item.id]))
        if not key.startswith(LASTING)
    ]
    return sorted(keys)


def sweep(merchant_id: int, keys: Sequence[Key]) -> None:
    """Take away some of those keys, unless their items are open again."""
    marked = set(
        RetiredKeys.objects.filter(pk__in={item for _, item in keys}, open_minor__lt=0).values_list("pk", flat=True)
    )
    _delete(merchant_id, [key for key in keys if key[1] in marked])


def end_sweep(merchant_id: int, items: Iterable[int]) -> None:
    """All keys of these items have been swept; those that were settled anew meanwhile wait for the next sweep."""
    RetiredKeys.objects.filter(merchant_id=merchant_id, pk__in=set(items), open_minor__lt=0).delete()


def learn_key(merchant_id: int, items: Sequence[OpenItem], key: str) -> None:
    """These open items can be found under one more key from now on, such as `iban:…` of somebody who pays for them."""
    _insert(merchant_id, [(digest(key), item.pk) for item in items])


def unlearn_key(merchant_id: int, items: Sequence[OpenItem], key: str) -> None:
    """It was a mistake: these items are not to be found under this key."""
    _delete(merchant_id, [(digest(key), item.pk) for item in items])


def forget_keys(merchant_id: int, item: OpenItem) -> None:
    """Take away all keys of an item whose order is about to change."""
    mine = known_payers(merchant_id, [item.order.customer_id]).get(item.order.customer_id, NOBODY)
    retired = _retired([item.pk])
    written_for = {item.open_minor, *map(abs, retired.values())}
    keys = {key for open_minor in written_for for key in _keys(item_facts(item, mine, open_minor=open_minor))}
    _delete(merchant_id, [(digest(key), item.pk) for key in keys])
    _bring_back(retired)


def _retired(items: Iterable[int]) -> dict[int, int]:
    """Which of these items have retired keys, and what was open when they were written."""
    return dict(RetiredKeys.objects.filter(pk__in=list(items)).values_list("item_id", "open_minor"))


def _bring_back(items: Iterable[int]) -> None:
    """What was noted of these items is not so any more."""
    wanted = list(items)
    if wanted:
        RetiredKeys.objects.filter(pk__in=wanted).delete()


def _keys(facts: Item) -> set[str]:
    keys = item_keys(facts)
    return keys if facts.open_minor else {key for key in keys if key.startswith(LASTING)}


def _insert(merchant_id: int, keys: Iterable[Key]) -> None:
    """In ascending order, so that the table's pages are written one after the other."""
    _many(
        "INSERT INTO receivables_matchkey (merchant_id, digest, item_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        "INSERT INTO receivables_matchkey (merchant_id, digest, item_id) "
        "SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) ON CONFLICT DO NOTHING",
        merchant_id,
        keys,
    )


def _delete(merchant_id: int, keys: Iterable[Key]) -> None:
    """Take away keys, in ascending order likewise."""
    _many(
        "DELETE FROM receivables_matchkey WHERE merchant_id=%s AND digest=%s AND item_id=%s",
        "DELETE FROM receivables_matchkey AS t USING unnest(%s::bigint[], %s::bigint[], %s::bigint[]) "
        "AS v(merchant_id, digest, item_id) "
        "WHERE t.merchant_id = v.merchant_id AND t.digest = v.digest AND t.item_id = v.item_id",
        merchant_id,
        keys,
    )


def _many(on_sqlite: str, on_postgresql: str, merchant_id: int, keys: Iterable[Key]) -> None:
    rows = [(merchant_id, *key) for key in sorted(keys)]
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(on_sqlite, rows)
        else:
            cursor.execute(on_postgresql, [list(column) for column in zip(*rows, strict=True)])
