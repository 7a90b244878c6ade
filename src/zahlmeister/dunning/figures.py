"""What asking has brought, and how long buyers take to pay."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, F, OuterRef, Q

from zahlmeister.dunning.models import Notice
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.states import ItemState


@dataclass(frozen=True, slots=True)
class Brought:
    """How many notices of a level were sent, and how many orders were paid before the next one."""

    level: int
    sent: int
    paid: int


def brought(merchant_id: int, first: date, last: date) -> list[Brought]:
    """What the notices of these days have brought, level by level."""
    rows = Notice.objects.filter(merchant_id=merchant_id, on__gte=first, on__lte=last, was_skipped=False)
    later = rows.filter(item=OuterRef("item"), level__gt=OuterRef("level"), on__lte=OuterRef("item__settled_on"))
    paid = Count("id", filter=Q(item__settled_on__gte=F("on")) & Q(~Exists(later)))
    found = rows.order_by("level").values_list("level").annotate(sent=Count("id"), paid=paid)
    return [Brought(*level) for level in found]


def reminded(merchant_id: int, first: date) -> tuple[int, int]:
    """How many notices were sent since a day, and how many of their orders have been paid since."""
    rows = Notice.objects.filter(merchant_id=merchant_id, on__gte=first, was_skipped=False)
    paid = Count("id", filter=Q(item__state=ItemState.PAID, item__settled_on__gte=F("on")))
    found = rows.aggregate(sent=Count("id"), paid=paid)
    return found["sent"], found["paid"]


@dataclass(frozen=True, slots=True)
class Patience:
    """How many orders were paid between `first` and `last` days after they were placed (None: any later)."""

    first: int
    last: int | None
    count: int


def days_to_pay(merchant_id: int, first: date, last: date, bounds: Sequence[int]) -> list[Patience]:
    """Orders that were paid on these days, by the days from order to payment; `bounds` are the last days of each."""
    rows = OpenItem.objects.filter(
        merchant_id=merchant_id, state=ItemState.PAID, settled_on__gte=first, settled_on__lte=last
    )
    counts: Counter[int] = Counter()
    for opened_on, settled_on, count in rows.values_list("opened_on", "settled_on").annotate(n=Count("id")).order_by():
        days = max((settled_on - opened_on).days, 0)
        counts[next((place for place, bound in enumerate(bounds) if days <= bound), len(bounds))] += count
    starts = [0, *(bound + 1 for bound in bounds)]
    return [
        Patience(start, last, counts[place])
        for place, (start, last) in enumerate(zip(starts, (*bounds, None), strict=True))
    ]
