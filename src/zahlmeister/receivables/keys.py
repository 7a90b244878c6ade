"""The keys under which the matcher finds an item: written when it opens, rewritten when its open amount changes.

An item that is paid or cancelled keeps the keys of its numbers, because a text that names it says something; its name
and amount no longer do. Those keys are retired at once, which is one row, and swept later, many together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django.db import connection

from zahlmeister.matching.keys import LASTING, item_keys, kept_keys
from zahlmeister.merchants.insert import Later, among, insert_values, numbers
from zahlmeister.receivables.digests import digest_of, digest_to_keep
from zahlmeister.receivables.facts import NOBODY, item_facts, known_payers, read_items
from zahlmeister.receivables.models import OpenItem, RetiredKeys

#: The digest of a key, and the item it finds.
Key = tuple[int, int]


def write_keys(merchant_id: int, items: Sequence[OpenItem]) -> None:
    """Write the keys of items that have just opened."""
    digest = digest_to_keep(merchant_id)
    payers = known_payers(merchant_id, (item.order.customer_id for item in items))
    _insert(
        merchant_id,
        [
            (number, item.pk)
            for item in items
            for number in map(digest, kept_keys(item_facts(item, payers.get(item.order.customer_id, NOBODY))))
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
    if not reopened:
        return
    digest = digest_to_keep(merchant_id)
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


def begin_sweep(merchant_id: int, most: int) -> dict[int, int]:
    """Begin to take away the retired keys of so many items at most.

    Returns:
        The items, and what was open on them when their keys were written. Until `end_sweep` they are marked: the sweep
        may stop anywhere and be begun again, and an item that opens meanwhile has its keys written anew.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE receivables_retiredkeys SET open_minor = -abs(open_minor) WHERE item_id IN (SELECT item_id "
            "FROM receivables_retiredkeys WHERE merchant_id = %s ORDER BY item_id LIMIT %s) "
            "RETURNING item_id, -open_minor",
            [merchant_id, most],
        )
        return dict(sorted(cursor.fetchall()))


def keys_to_sweep(merchant_id: int, items: Mapping[int, int]) -> list[Key]:
    """The keys of items that are being swept; only reads."""
    digest = digest_of(merchant_id)
    return [
        (digest(key), item.id)
        for item in read_items(merchant_id, among("i.id"), [numbers(items)])
        for key in item_keys(replace(item, open_minor=items[item.id]))
        if not key.startswith(LASTING)
    ]


def sweep(merchant_id: int, keys: Sequence[Key]) -> None:
    """Take away some of those keys, unless their items are open again."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT item_id FROM receivables_retiredkeys WHERE open_minor < 0 AND {among('item_id')}",  # noqa: S608 - our own words
            [numbers({item for _, item in keys})],
        )
        marked = {item for (item,) in cursor.fetchall()}
    _delete(merchant_id, [key for key in keys if key[1] in marked])


def end_sweep(merchant_id: int, items: Iterable[int]) -> None:
    """All keys of these items have been swept; those that were settled anew meanwhile wait for the next sweep."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM receivables_retiredkeys WHERE open_minor < 0 AND merchant_id = %s AND {among('item_id')}",  # noqa: S608 - our own words
            [merchant_id, numbers(items)],
        )


def learn_key(merchant_id: int, items: Sequence[OpenItem], key: str) -> None:
    """These open items can be found under one more key from now on, such as `iban:…` of somebody who pays for them."""
    number = digest_to_keep(merchant_id)(key)
    _insert(merchant_id, [(number, item.pk) for item in items])


def unlearn_key(merchant_id: int, items: Sequence[OpenItem], key: str) -> None:
    """It was a mistake: these items are not to be found under this key."""
    number = digest_of(merchant_id)(key)
    _delete(merchant_id, [(number, item.pk) for item in items])


def forget_keys(merchant_id: int, item: OpenItem) -> None:
    """Take away all keys of an item whose order is about to change."""
    mine = known_payers(merchant_id, [item.order.customer_id]).get(item.order.customer_id, NOBODY)
    retired = _retired([item.pk])
    written_for = {item.open_minor, *map(abs, retired.values())}
    keys = {key for open_minor in written_for for key in kept_keys(item_facts(item, mine, open_minor=open_minor))}
    digest = digest_of(merchant_id)
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
