"""After a file, look again at those waiting payments that it may have changed the answer for.

An answer changes when an order that it was torn between has been paid: fewer are left. Payments that nothing was found
for find nothing more because something was paid; new orders are another matter (see `settle_payments.settle_waiting`).
"""

from collections.abc import Callable, Collection
from datetime import datetime

from django.db import connection

from zahlmeister.banking.models import StatementImport
from zahlmeister.flows.settle_payments import settle_waiting, waiting_payments
from zahlmeister.merchants.insert import among, numbers

_AT_ONCE = 1000


def look_again(work: StatementImport, *, at: datetime, watch: Callable[[], None]) -> None:
    """Try the merchant's waiting payments again whose candidates this file has paid something of.

    Args:
        work: the file that has been read.
        at: now.
        watch: is called after each batch.
    """
    waiting = waiting_payments(work.merchant).exclude(candidates=[]).order_by("pk").values_list("pk", "candidates")
    after, affected = 0, list[int]()
    while some := list(waiting.filter(pk__gt=after)[:_AT_ONCE]):
        after = some[-1][0]
        torn = {payment: _items(candidates) for payment, candidates in some}
        paid = _paid_by(work, set().union(*torn.values()))
        affected += [payment for payment, items in torn.items() if not paid.isdisjoint(items)]
        watch()
    if affected:
        settle_waiting(work.merchant, at=at, watch=watch, only=affected)


def _items(candidates: Collection[dict[str, list[dict[str, int]]]]) -> set[int]:
    return {share["item"] for candidate in candidates for share in candidate["shares"]}


def _paid_by(work: StatementImport, items: Collection[int]) -> set[int]:
    """Those of the items that payments of this file were assigned to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT a.item_id FROM receivables_allocation a JOIN receivables_payment p ON p.id = a.payment_id "  # noqa: S608 - our own words
            "JOIN banking_banktransaction t ON t.id = p.transaction_id "
            f"WHERE a.merchant_id = %s AND t.first_import_id = %s AND {among('a.item_id')}",
            [work.merchant_id, work.pk, numbers(items)],
        )
        return {item for (item,) in cursor.fetchall()}
