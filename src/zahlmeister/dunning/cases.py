"""Orders that somebody else has reminded of before they came to us."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.timezone import localdate

from zahlmeister.dunning.models import DunningCase
from zahlmeister.receivables.models import OpenItem


def take_over(merchant_id: int, items: Sequence[OpenItem], levels: Mapping[str, int], *, at: datetime) -> None:
    """New items go on at the level reached elsewhere, inside the caller's transaction; the next one counts from today.

    Args:
        merchant_id: whose.
        items: items that have just been opened, with their orders.
        levels: order number → level, of those that were reminded of at all.
        at: now.
    """
    known = [(item, levels.get(item.order.number, 0)) for item in items] if levels else []
    cases = [
        DunningCase(merchant_id=merchant_id, item_id=item.pk, level=level, reached_on=localdate(at))
        for item, level in known
        if level
    ]
    DunningCase.objects.bulk_create(cases)
