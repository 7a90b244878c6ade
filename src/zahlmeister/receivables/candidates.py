"""The matcher's view of the open items in the database."""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from django.db import connection

from zahlmeister.matching.facts import Item
from zahlmeister.matching.keys import Digest
from zahlmeister.matching.population import PRIME, STOP, TICK, Population, sample_limit
from zahlmeister.merchants.insert import among, numbers
from zahlmeister.merchants.lock import turn
from zahlmeister.receivables.digests import digest_of
from zahlmeister.receivables.facts import read_items

#: Of the items under a key so many are looked at, the newest first, to find STOP open ones among those that are settled
#: and not yet swept. A key with more items than that is crowded anyway.
_LOOKED_AT = 500
_NEAR = """
    SELECT item_id FROM (
        SELECT near.item_id FROM (
            SELECT item_id FROM receivables_matchkey
            WHERE merchant_id = %s AND digest = wanted.value ORDER BY item_id DESC LIMIT {most}) AS near
        WHERE {lasts} OR NOT EXISTS (
            SELECT 1 FROM receivables_retiredkeys AS retired WHERE retired.item_id = near.item_id)
        UNION ALL SELECT beyond.item_id FROM (
            SELECT item_id FROM receivables_matchkey
            WHERE merchant_id = %s AND digest = wanted.value ORDER BY item_id DESC LIMIT {some} OFFSET {most}) AS beyond
    ) AS found LIMIT {some}
"""
_SQLITE = f"""
    SELECT wanted.value, (SELECT json_group_array(item_id) FROM (
        {_NEAR.format(lasts="wanted.value & 1", most=_LOOKED_AT, some=STOP + 1)}))
    FROM json_each(%s) AS wanted
"""  # noqa: S608 - put together from our own words
_POSTGRESQL = f"""
    SELECT wanted.value, array_agg(found.item_id)
    FROM unnest(%s::bigint[]) AS wanted(value)
    CROSS JOIN LATERAL ({_NEAR.format(lasts="wanted.value & 1 = 1", most=_LOOKED_AT, some=STOP + 1)}) AS found
    GROUP BY wanted.value
"""  # noqa: S608 - likewise
_AT_ONCE = 5000


class DatabaseStore:
    """Implements `matching.store.CandidateStore` for one merchant: a batch of keys in one statement."""

    def __init__(self, merchant_id: int) -> None:
        self.merchant_id = merchant_id

    @property
    def digest(self) -> Digest:
        """With the merchant's key as it is at this moment: ask for it once per batch, and not per payment."""
        return digest_of(self.merchant_id)

    def look_up(self, digests: Sequence[int]) -> dict[int, Sequence[int]]:
        found: dict[int, Sequence[int]] = {}
        for start in range(0, len(digests), _AT_ONCE):
            found.update(self._look_up(digests[start : start + _AT_ONCE]))
        return found

    def items(self, ids: Sequence[int]) -> Mapping[int, Item]:
        found: dict[int, Item] = {}
        for start in range(0, len(ids), _AT_ONCE):
            some = read_items(self.merchant_id, among("i.id"), [numbers(ids[start : start + _AT_ONCE])])
            found.update((item.id, item) for item in some)
        return found

    def _look_up(self, digests: Sequence[int]) -> dict[int, Sequence[int]]:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(_SQLITE, [self.merchant_id, self.merchant_id, numbers(digests)])
                return {number: json.loads(text) for number, text in cursor.fetchall() if text != "[]"}
            cursor.execute(_POSTGRESQL, [numbers(digests), self.merchant_id, self.merchant_id])
            return dict(cursor.fetchall())


#: What was typical of the merchants looked at last, and at which count of their turns.
_seen: OrderedDict[int, tuple[int, Population]] = OrderedDict()
_MOST_SEEN = 64
#: Below so many open items a population is taken anew after each change: that is quick.
_FEW = 1000
#: It is renewed when one item of so many may have changed, and used no longer when one of so many has.
_RENEWED_AFTER, _TOO_OLD_AFTER = 20, 5


def population(merchant_id: int) -> Population:
    """What is typical of the merchant's open items, from a few thousand of them, old and new ones alike.

    Taking it takes long where many items are open; there it stays good until a part of them may have changed.
    """
    return _population(merchant_id, _TOO_OLD_AFTER)


def renew_population(merchant_id: int) -> None:
    """Take a merchant's population anew if it is about time, when nobody waits for an answer."""
    if merchant_id in _seen:
        _population(merchant_id, _RENEWED_AFTER)


def _population(merchant_id: int, part: int) -> Population:
    now = turn(merchant_id)
    then, known = _seen.get(merchant_id, (now, None))
    if known is not None and 0 <= now - then <= max(known.open_items - _FEW, 0) // part:
        return known
    taken = _taken(merchant_id)
    _seen[merchant_id] = now, taken
    while len(_seen) > _MOST_SEEN:
        _seen.popitem(last=False)
    return taken


def _taken(merchant_id: int) -> Population:
    owed = "FROM receivables_openitem i WHERE i.merchant_id = %s AND i.state IN ('open', 'part_paid')"
    tick = f"(i.id / {TICK} %% {PRIME})"
    spread = f"{tick} * {tick} * {tick} %% {PRIME}"  # below 2^60, see `is_in_sample`
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {owed}", [merchant_id])
        [total] = cursor.fetchone()
        cursor.execute(f"SELECT i.id {owed} AND {spread} < %s", [merchant_id, sample_limit(total)])
        sample = [number for (number,) in cursor.fetchall()]
    return Population.of(read_items(merchant_id, among("i.id"), [numbers(sample)]), total)
