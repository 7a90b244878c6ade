"""An order became smaller after it was refunded: what seems to be a surplus had gone back before, and is none.

Some shops lower an order with the credit note, others do not. Only as much as the order was lowered by is taken for
refunded: a buyer who pays twice has a surplus whatever was refunded before.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, OuterRef, Subquery, Sum
from django.utils import timezone

from zahlmeister.ledger.rules import SURPLUS_WAS_REFUNDED
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.trouble import take_first
from zahlmeister.receivables.desk import take_out
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.queries import standing_refunds
from zahlmeister.refunds.rules import netted
from zahlmeister.refunds.states import RefundState

BY = "house"

Clock = Callable[[], datetime]


def net_next(*, clock: Clock) -> Refund | None:
    """A worker's turn: one refund whose order became smaller afterwards; None when there is none."""
    now = clock()
    standing = Refund.objects.exclude(state=RefundState.CANCELLED)
    of_item = standing.filter(item=OuterRef("item")).order_by().values("item")
    lowered = standing.filter(item__surplus_minor__gt=0, of_order_minor__gt=0).annotate(
        then=Subquery(of_item.annotate(found=Max("total_then_minor") - Sum("netted_minor")).values("found"))
    )
    rows = lowered.filter(then__gt=F("item__total_minor")).order_by("id")
    return take_first("net_refunds", rows, lambda refund: _net(refund, now), at=now)


def _net(refund: Refund, at: datetime) -> None:
    with transaction.atomic(durable=True):
        lock(refund.merchant_id)
        desk = take_out(refund.merchant_id, item_ids=[refund.item_id or 0])
        item, standing = desk.items[refund.item_id or 0], Refund.objects.get(pk=refund.pk)
        all_of_it = standing_refunds(refund.merchant_id, item=item.pk)
        known = all_of_it.aggregate(then=Max("total_then_minor"), before=Sum("netted_minor"))
        minor = netted(
            item.surplus_minor,
            of_order=standing.of_order_minor,
            total_then=known["then"] or 0,
            total_now=item.total_minor,
            netted_before=known["before"] or 0,
        )
        if not minor or standing.state == RefundState.CANCELLED:
            return
        item.surplus_minor -= minor
        source = f"refund:{refund.pk}:netted:{standing.netted_minor + minor}"
        desk.book(SURPLUS_WAS_REFUNDED, minor, item.currency, source=source, on=timezone.localdate(at))
        desk.happened("item", item.pk, "surplus_was_refunded", BY, refund=refund.pk, minor=minor)
        desk.put_back(at=at)
        Refund.objects.filter(pk=refund.pk).update(
            of_surplus_minor=F("of_surplus_minor") + minor,
            of_order_minor=F("of_order_minor") - minor,
            netted_minor=F("netted_minor") + minor,
        )
