"""Orders come in: recorded, opened as items, booked, and findable by the matcher."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from zahlmeister.dunning.cases import take_over
from zahlmeister.flows.note_import import Noting
from zahlmeister.flows.purchase.sellers_order import settle_reported
from zahlmeister.flows.send_payment_information import Informing
from zahlmeister.formats.orders_csv import OrderRow
from zahlmeister.merchants.lock import lock
from zahlmeister.orders.models import Shop
from zahlmeister.orders.record import Change, record_orders, rewrite_order
from zahlmeister.receivables.desk import take_out
from zahlmeister.receivables.keys import forget_keys, write_keys
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.open import follow_due_date, follow_order, open_items
from zahlmeister.refusals import Refused, Unreadable

BATCH = 500


@dataclass(slots=True)
class OrdersImported:
    """How many orders were new, changed or as before, and why some were refused."""

    new: int = 0
    changed: int = 0
    same: int = 0
    refused: list[str] = field(default_factory=list)
    by_line: dict[int, str] = field(default_factory=dict)  # the same sentences; of several files those of the last

    @property
    def seen(self) -> int:
        return self.new + self.changed + self.same + len(self.refused)

    def add(self, other: "OrdersImported") -> None:
        """Count what another import brought along with this one."""
        self.new, self.changed, self.same = self.new + other.new, self.changed + other.changed, self.same + other.same
        self.refused += other.refused


def import_orders(
    shop: Shop,
    rows: Iterable[OrderRow],
    noting: Noting | None = None,
    *,
    by: str,
    clock: Callable[[], datetime],
    watch: Callable[[OrdersImported], None] = lambda _: None,
) -> OrdersImported:
    """Import what a shop reports, in batches that are each kept whole. The same report again changes nothing.

    Args:
        shop: the sales channel that reports.
        rows: the orders; when reading them fails, what came before stays imported.
        noting: the record of this import, and the figures to count on in, for a caller who wants them even when the
            reading fails. Whoever begins it ends it.
        by: who imports.
        clock: tells the time.
        watch: is shown the figures after each batch.
    """
    imported = OrdersImported() if noting is None else noting.imported
    for batch in _batches(rows):
        with transaction.atomic(durable=True):
            lock(shop.merchant_id, len(batch) or 1)
            now = clock()
            made = _import(shop, batch, imported, by, now)
            if noting is not None:
                noting.batch(made, now)
        watch(imported)
    return imported


def _import(shop: Shop, rows: Sequence[OrderRow], imported: OrdersImported, by: str, at: datetime) -> list[int]:
    """Take in a batch, and say which numbers its new orders have."""
    recorded = record_orders(shop, rows, at=at)
    informing = Informing(shop)
    informing.refer(recorded.new)
    opened = open_items(shop.merchant_id, recorded.new, by=by, at=at)
    guaranteed = settle_reported(shop.merchant_id, [order.number for order in recorded.new], by=by, at=at)
    informing.tell([item for item in opened if item.order.number not in guaranteed], at=at)
    take_over(shop.merchant_id, opened, {row.number: row.dunning_level for row in rows if row.dunning_level}, at=at)
    for change in recorded.changed:
        if change.is_quiet:
            rewrite_order(change, at=at)
            continue
        try:
            with transaction.atomic():  # a refused change leaves nothing half done
                _follow(informing, change, by, at)
        except Refused as refusal:
            recorded.refuse(change.line, str(refusal))
        else:
            imported.changed += 1
    settle_reported(shop.merchant_id, [change.order.number for change in recorded.changed], by=by, at=at)
    imported.new += len(recorded.new)
    imported.same += recorded.same + sum(change.is_quiet for change in recorded.changed)
    imported.refused += recorded.refused
    imported.by_line |= recorded.by_line
    return [order.pk for order in recorded.new]


def _follow(informing: Informing, change: Change, by: str, at: datetime) -> None:
    """Write a changed order and let its item follow."""
    merchant_id = change.order.merchant_id
    item_id = OpenItem.objects.values_list("pk", flat=True).get(merchant_id=merchant_id, order=change.order)
    desk = take_out(merchant_id, item_ids=[item_id])
    item = desk.items[item_id]
    forget_keys(merchant_id, item)
    total = change.now.get("total_minor", item.total_minor)
    if total != item.total_minor:
        follow_order(desk, item, total_minor=total, by=by, at=at)
    else:
        desk.happened("item", item.pk, "changed", by, fields=sorted(change.now))
    rewrite_order(change, at=at)
    item.order = change.order
    if "due_on" in change.now:
        follow_due_date(item, change.order)
    if item.open_minor:
        informing.refer([item.order])
    desk.put_back(at=at)
    write_keys(merchant_id, [item])
    informing.tell([item], at=at)


def _batches(rows: Iterable[OrderRow]) -> Iterator[list[OrderRow]]:
    """Rows in batches; what was read before a bad row is handed out before the sentence about it is raised."""
    batch: list[OrderRow] = []
    iterator = iter(rows)
    while True:
        try:
            row = next(iterator, None)
        except Unreadable:
            yield batch
            raise
        if row is not None:
            batch.append(row)
        if row is None or len(batch) >= BATCH:
            yield batch
            batch = []
        if row is None:
            return
