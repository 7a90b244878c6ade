"""The merchant's own order of the same number, where his shop is read here too: the guarantor pays what is billed.

Without this it would be open a second time, and the merchant would ask a buyer who owes him nothing any more. What the
buyer paid the merchant himself is paid by that money, on the merchant's own statement, and not by the guarantor.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, Sum

from zahlmeister.purchase import queries
from zahlmeister.purchase.models import Authorisation, Capture
from zahlmeister.receivables.allocate import Decider, Share, allocate, take_back
from zahlmeister.receivables.models import Allocation, OpenItem


def settle_sellers_order(of: Authorisation, *, by: str, at: datetime) -> None:
    """Let so much of the merchant's own order count as paid as the guarantor owes for it; inside the caller's turn.

    What the merchant sells again after a claim came back to him is open again, and so is what he was paid himself.
    """
    item = sellers_item(of)
    if item is None:
        return
    price, direct = _figures(of)
    wanted = max(min(price, item.total_minor) - direct, 0)
    rows = Allocation.objects.filter(
        merchant_id=of.merchant_id, item=item, payment=None, reverses=None, reversal=None
    ).filter(source__startswith=f"purchase:{of.pk}:")
    current = list(rows)
    if sum(row.applied_minor + row.surplus_minor for row in current) == wanted:
        return
    decider = Decider(by, at)
    take_back(of.merchant_id, current, decider)
    if wanted:
        times = Allocation.objects.filter(
            merchant_id=of.merchant_id, source__startswith=f"purchase:{of.pk}:", reverses=None
        ).count()
        share = Share(item_id=item.pk, minor=wanted, source=f"purchase:{of.pk}:{times + 1}")
        allocate(of.merchant_id, [share], decider)


def settle_reported(merchant_id: int, numbers: Collection[str], *, by: str, at: datetime) -> frozenset[str]:
    """The shop has reported orders, or changed them; inside the merchant's turn.

    Returns:
        The numbers of those that a guarantor stands for, so that their buyers are told by nobody else how to pay.
    """
    if not numbers or not queries.is_any_known(merchant_id, numbers):
        return frozenset()
    found = list(queries.standing(merchant_id).filter(order_number__in=numbers).order_by("pk"))
    for of in found:
        settle_sellers_order(of, by=by, at=at)
    return frozenset(of.order_number for of in found)


def sellers_item(of: Authorisation) -> OpenItem | None:
    """The merchant's own open item of this order; None when he has none here, or several shops have the number."""
    rows = OpenItem.objects.filter(merchant_id=of.merchant_id, order__number=of.order_number, currency=of.currency)
    found = list(rows.select_related("order")[:2])
    return found[0] if len(found) == 1 else None


def _figures(of: Authorisation) -> tuple[int, int]:
    """What the guarantor owes in the end for what was billed of an order, and what the buyer paid the merchant."""
    rows = Capture.objects.filter(authorisation=of)
    sums = rows.aggregate(price=Sum(F("price_minor"), default=0), direct=Sum(F("direct_minor"), default=0))
    return int(sums["price"]), int(sums["direct"])
