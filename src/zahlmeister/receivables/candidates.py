"""The matcher's view of the open items in the database."""

import json
from collections.abc import Mapping, Sequence

from django.db import connection

from zahlmeister.matching.facts import Item
from zahlmeister.matching.population import STOP, Population
from zahlmeister.receivables.keys import NOBODY, item_facts, known_payers
from zahlmeister.receivables.models import OpenItem

_SQLITE = """
    SELECT wanted.value, (
        SELECT json_group_array(item_id) FROM (
            SELECT item_id FROM receivables_matchkey
            WHERE merchant_id = %s AND digest = wanted.value LIMIT %s))
    FROM json_each(%s) AS wanted
"""
_POSTGRESQL = """
    SELECT wanted.digest, array_agg(found.item_id)
    FROM unnest(%s::bigint[]) AS wanted(digest)
    CROSS JOIN LATERAL (
        SELECT item_id FROM receivables_matchkey
        WHERE merchant_id = %s AND digest = wanted.digest LIMIT %s) AS found
    GROUP BY wanted.digest
"""
_SAMPLE = 4000
_AT_ONCE = 5000


class DatabaseStore:
    """Implements `matching.store.CandidateStore` for one merchant: a batch of keys in one statement."""

    def __init__(self, merchant_id: int) -> None:
        self.merchant_id = merchant_id
        self.rows: dict[int, OpenItem] = {}  # what `items` read last, for whoever goes on with them

    def forget(self) -> None:
        """A new batch begins."""
        self.rows = {}

    def look_up(self, digests: Sequence[int]) -> dict[int, Sequence[int]]:
        found: dict[int, Sequence[int]] = {}
        for start in range(0, len(digests), _AT_ONCE):
            found.update(self._look_up(digests[start : start + _AT_ONCE]))
        return found

    def items(self, ids: Sequence[int]) -> Mapping[int, Item]:
        rows: list[OpenItem] = []
        for start in range(0, len(ids), _AT_ONCE):
            some = OpenItem.objects.filter(merchant_id=self.merchant_id, pk__in=ids[start : start + _AT_ONCE])
            rows.extend(some.select_related("order"))
        self.rows.update((row.pk, row) for row in rows)
        payers = known_payers(self.merchant_id, rows)
        return {row.pk: item_facts(row, payers.get(row.order.customer_id, NOBODY)) for row in rows}

    def _look_up(self, digests: Sequence[int]) -> dict[int, Sequence[int]]:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(_SQLITE, [self.merchant_id, STOP + 1, json.dumps(list(digests))])
                return {number: ids for number, text in cursor.fetchall() if (ids := json.loads(text))}
            cursor.execute(_POSTGRESQL, [list(digests), self.merchant_id, STOP + 1])
            return dict(cursor.fetchall())


def population(merchant_id: int) -> Population:
    """What is typical of the merchant's open items, from the newest few thousand of them."""
    open_items = OpenItem.objects.filter(merchant_id=merchant_id, state__in=("open", "part_paid"))
    total = open_items.count()
    sample = open_items.select_related("order").order_by("-opened_on", "-id")[:_SAMPLE]
    return Population.of([item_facts(item) for item in sample], total)
