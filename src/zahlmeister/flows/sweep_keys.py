"""The keys of settled items are taken away, many at a time and in the order in which they lie in the table.

One item's keys lie on twenty pages; those of ten thousand items lie side by side. Nobody waits for this, and nobody has
to wait long because of it: it is done after the imports, in short transactions.
"""

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.receivables.keys import begin_sweep, end_sweep, sweep, write_keys
from zahlmeister.receivables.models import MatchKey, OpenItem, RetiredKeys

#: So many items are swept together, and so many keys in one transaction.
ITEMS = 20_000
KEYS = 4_000


def sweep_keys(merchant: Merchant) -> None:
    """Take away the retired keys of a merchant's items. May stop anywhere; the next time goes on."""
    while _sweep_some(merchant.pk):
        pass


def sweep_somewhere() -> bool:
    """A worker's turn when there is nothing else to do; False when nothing is left."""
    found = RetiredKeys.objects.values_list("merchant", flat=True).first()
    return found is not None and _sweep_some(found)


def write_missing_keys() -> None:
    """Write the keys of merchants whose items have none, as after a change of their form."""
    without = Merchant.objects.filter(
        Exists(OpenItem.objects.filter(merchant=OuterRef("pk"))),
        ~Exists(MatchKey.objects.filter(merchant=OuterRef("pk"))),
    )
    for merchant in without:
        with transaction.atomic(durable=True):
            lock(merchant.pk)
            RetiredKeys.objects.filter(merchant=merchant).delete()
            after = 0
            while items := list(_items(merchant).filter(pk__gt=after)[:ITEMS]):
                write_keys(merchant.pk, items)
                after = items[-1].pk


def _items(merchant: Merchant) -> QuerySet[OpenItem]:
    return OpenItem.objects.filter(merchant=merchant).select_related("order").order_by("pk")


def _sweep_some(merchant_id: int) -> bool:
    with transaction.atomic(durable=True):
        lock(merchant_id)
        keys = begin_sweep(merchant_id, ITEMS)
    for start in range(0, len(keys), KEYS):
        with transaction.atomic(durable=True):
            lock(merchant_id)
            sweep(merchant_id, keys[start : start + KEYS])
    with transaction.atomic(durable=True):
        lock(merchant_id)
        end_sweep(merchant_id, {item for _, item in keys})
    return bool(keys)
