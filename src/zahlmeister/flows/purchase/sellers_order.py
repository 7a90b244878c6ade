"""The merchant's own order of the same number, where his shop is read here too: the guarantor pays what is billed.

Without this it would be open a second time, and the merchant would ask a buyer who owes him nothing any more.
"""

from datetime import datetime

from django.db.models import F, Sum

from zahlmeister.dunning.models import DunningCase
from zahlmeister.dunning.states import Pause
from zahlmeister.purchase.models import Authorisation, Capture
from zahlmeister.receivables.allocate import Decider, Share, allocate, take_back
from zahlmeister.receivables.models import Allocation, OpenItem


def settle_sellers_order(of: Authorisation, *, by: str, at: datetime) -> None:
    """Let so much of the merchant's own order count as paid as the guarantor owes for it; inside the caller's turn.

    What the merchant sells again after a claim came back to him is open again.
    """
    item = sellers_item(of)
    if item is None:
        return
    wanted = min(_price(of), max(item.total_minor, 0))
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


def stop_asking(of: Authorisation) -> None:
    """The merchant's own order is not asked for while the guarantor stands for it; inside the caller's transaction."""
    item = sellers_item(of)
    if item is not None:
        DunningCase.objects.update_or_create(
            item=item, defaults={"merchant_id": of.merchant_id, "paused_for": Pause.OTHER, "paused_until": None}
        )


def sellers_item(of: Authorisation) -> OpenItem | None:
    """The merchant's own open item of this order; None when he has none here, or several shops have the number."""
    rows = OpenItem.objects.filter(merchant_id=of.merchant_id, order__number=of.order_number, currency=of.currency)
    found = list(rows.select_related("order")[:2])
    return found[0] if len(found) == 1 else None


def _price(of: Authorisation) -> int:
    """What the guarantor owes in the end for what was billed of an order."""
    rows = Capture.objects.filter(authorisation=of)
    return int(rows.aggregate(sum=Sum(F("price_minor"), default=0))["sum"])
