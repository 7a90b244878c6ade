"""The keys by which items are found, written anew: where none or old ones are, or under another key of a merchant's.

Whoever writes for the merchant waits until it is done for him.
"""

from collections.abc import Callable, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef

from zahlmeister.matching.folding import compact
from zahlmeister.merchants.cells import cell_names, in_cell
from zahlmeister.merchants.lasting import change_key
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import LastingKey, Merchant
from zahlmeister.purchase.models import Capture, Guarantor
from zahlmeister.receivables.digests import PURPOSE
from zahlmeister.receivables.keys import learn_key, write_keys
from zahlmeister.receivables.models import MatchKey, OpenItem, RetiredKeys

#: Of so many items the keys are reckoned and written together.
ITEMS = 20_000
_AT_ONCE = 500


def write_missing_keys() -> None:
    """Write the keys of merchants whose items have none, as after a change of their form, or none with a secret.

    One transaction per merchant: whoever dies leaves the others as they were, to be found and to be done next time.
    """
    for merchant in Merchant.objects.filter(_has_items(), ~(_has_secret() & _has_keys())):
        with transaction.atomic(durable=True):
            lock(merchant.pk)
            if not Merchant.objects.filter(_has_secret() & _has_keys(), pk=merchant.pk).exists():  # nobody did it since
                _write_anew(merchant.pk)


def change_match_keys(told: Callable[[str, int], None]) -> None:
    """Write each merchant's keys anew under a key of his own that nobody has seen, in every cell.

    One transaction per merchant; may be stopped and done again.

    Args:
        told: is told of each merchant, and of how many items the keys were written.
    """
    for cell in cell_names(fresh=True):
        with in_cell(cell):
            for merchant in Merchant.objects.filter(_has_keys()).order_by("slug"):
                with transaction.atomic(durable=True):
                    lock(merchant.pk)
                    change_key(merchant.pk, PURPOSE)
                    count = _write_anew(merchant.pk)
                told(merchant.slug, count)


def _has_items() -> Exists:
    return Exists(OpenItem.objects.filter(merchant=OuterRef("pk")))


def _has_keys() -> Exists:
    return Exists(MatchKey.objects.filter(merchant=OuterRef("pk")))


def _has_secret() -> Exists:
    return Exists(LastingKey.objects.filter(merchant=OuterRef("pk"), purpose=PURPOSE))


def _write_anew(merchant_id: int) -> int:
    """Write the keys of all items of a merchant in place of those there are; says of how many."""
    MatchKey.objects.filter(merchant=merchant_id).delete()
    RetiredKeys.objects.filter(merchant=merchant_id).delete()
    of_merchant = OpenItem.objects.filter(merchant=merchant_id).select_related("order").order_by("pk")
    after = count = 0
    while items := list(of_merchant.filter(pk__gt=after)[:ITEMS]):
        write_keys(merchant_id, items)
        _write_order_numbers(merchant_id, items)
        after, count = items[-1].pk, count + len(items)
    return count


def _write_order_numbers(merchant_id: int, items: Sequence[OpenItem]) -> None:
    """Of claims that a guarantor has bought: each is found by the order's number, whichever part of it it is."""
    if not Guarantor.objects.filter(merchant=merchant_id).exists():
        return
    for start in range(0, len(items), _AT_ONCE):
        some = [item.pk for item in items[start : start + _AT_ONCE]]
        for one in Capture.objects.filter(item__in=some).select_related("item", "authorisation"):
            learn_key(merchant_id, [one.item], f"number:{compact(one.authorisation.order_number)}")
