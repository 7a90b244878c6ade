"""Reminder fees that buyers have paid and the operator keeps, order by order; the month's invoice charges them.

In the merchant's books they are his income, as they are part of his claim; what the operator keeps of them is an
expense on the invoice. It is reckoned from what stands: all that was paid of an order's fees, less what was charged
before.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import groupby
from operator import itemgetter

from django.db.models import Q, Sum
from django.utils import timezone

from zahlmeister.plans.models import BilledMonth, KeptReminderFee, PlanVersion
from zahlmeister.plans.rules import fees_kept
from zahlmeister.receivables.models import Allocation, DelayCosts

_AT_ONCE = 500

#: Whether the operator keeps the fees of reminders that are sent in the month of this first day.
Keeps = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class KeptFee:
    """So much more of an order's reminder fees is the operator's; below zero, so much less."""

    item: int
    currency: str
    minor: int


def reminder_fees(merchant_id: int, month: date, last: date, keeps: Keeps) -> list[KeptFee]:
    """What a month charges of reminder fees, by order: as it was billed, or as it stands now.

    Where more went back than came in a currency, nothing of it is charged, and the next month goes on from there.

    Args:
        merchant_id: whose orders.
        month: its first day, and
        last: its last one; what was paid later belongs to a later month.
        keeps: the terms in force when a reminder was sent.
    """
    if BilledMonth.objects.filter(merchant=merchant_id, month=month).exists():
        rows = KeptReminderFee.objects.filter(merchant=merchant_id, month=month).order_by("item_id")
        return [KeptFee(row.item_id, row.currency, row.minor) for row in rows]
    charged = _charged(merchant_id)
    if not charged and not PlanVersion.objects.filter(keeps_reminder_fees=True).exists():
        return []
    stands = {(fee.item, fee.currency): fee.minor for fee in _standing(merchant_id, last, cache(keeps))}
    more = {key: stands.get(key, 0) - charged[key] for key in sorted({*stands, *charged})}
    sums: Counter[str] = Counter()
    for (_item, currency), minor in more.items():
        sums[currency] += minor
    return [KeptFee(item, currency, minor) for (item, currency), minor in more.items() if minor and sums[currency] > 0]


def keep_reminder_fees(merchant_id: int, month: date, fees: Sequence[KeptFee], invoices: Mapping[str, int]) -> None:
    """Keep what the invoices of a month (by currency) charge of each order, inside the caller's transaction."""
    KeptReminderFee.objects.bulk_create(
        [
            KeptReminderFee(
                merchant_id=merchant_id,
                item_id=fee.item,
                month=month,
                invoice_id=invoices[fee.currency],
                currency=fee.currency,
                minor=fee.minor,
            )
            for fee in fees
        ],
        batch_size=_AT_ONCE,
    )


def _charged(merchant_id: int) -> Counter[tuple[int, str]]:
    """What was charged of each order until now."""
    rows = KeptReminderFee.objects.filter(merchant=merchant_id).values_list("item_id", "currency")
    return Counter({(item, currency): minor for item, currency, minor in rows.annotate(sum=Sum("minor"))})


def _standing(merchant_id: int, last: date, keeps: Keeps) -> Iterator[KeptFee]:
    """What of the reminder fees that were paid until the end of a day is the operator's, by order."""
    asked: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    rows = DelayCosts.objects.filter(merchant=merchant_id, fee_minor__gt=0, item__costs_minor__gt=0)
    figures = ("item__currency", "item__total_minor", "item__costs_minor", "item__interest_minor")
    told = rows.order_by("item_id", "on", "pk").values_list("item_id", "on", "fee_minor", *figures)
    known: dict[int, tuple[str, int, int, int]] = {}
    for item, of_item in groupby(told.iterator(_AT_ONCE), key=itemgetter(0)):
        for _item, on, fee, *rest in of_item:
            asked[item].append((fee, keeps(on.replace(day=1))))
            known[item] = (rest[0], rest[1], rest[2], rest[3])
    items = [item for item, fees in asked.items() if any(is_kept for _fee, is_kept in fees)]
    for start in range(0, len(items), _AT_ONCE):
        part = items[start : start + _AT_ONCE]
        paid = _paid(merchant_id, part, last)
        for item in part:
            currency, total, costs, interest = known[item]
            of_costs = min(max(paid[item] - total, 0), costs)  # what comes is for the order first, then for fees
            if kept := fees_kept(min(of_costs, costs - interest), asked[item]):
                yield KeptFee(item, currency, kept)


def _paid(merchant_id: int, items: Sequence[int], last: date) -> Counter[int]:
    """What was paid of each order until the end of a day and still stands; what nobody asks for is not paid."""
    until = timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))
    in_time = Q(payment__booked_on__lte=last) | Q(payment=None, at__lt=until)
    rows = Allocation.objects.filter(in_time, merchant=merchant_id, item__in=items, reverses=None, reversal=None)
    return Counter(dict(rows.values_list("item_id").annotate(sum=Sum("applied_minor"))))
