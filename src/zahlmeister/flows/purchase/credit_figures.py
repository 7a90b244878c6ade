"""How many are accepted, and how many of those do not pay, month by month."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from zahlmeister.credit.models import CreditDecision
from zahlmeister.credit.rules import Outcome
from zahlmeister.flows.purchase.replay_credit import LOST_AFTER, lost_of
from zahlmeister.receivables.models import OpenItem

BATCH = 500


@dataclass(frozen=True, slots=True)
class Approvals:
    """Decisions of one month: how they stand, people's decisions included."""

    first: date
    accepted: int
    review: int
    declined: int

    @property
    def decided(self) -> int:
        return self.accepted + self.declined

    @property
    def per_mille(self) -> int | None:
        """Accepted ones of a thousand decided ones; None of none."""
        return 1000 * self.accepted // self.decided if self.decided else None


@dataclass(frozen=True, slots=True)
class Cohort:
    """What was accepted in one month, what of it was sold, and what of that was lost; in minor units.

    `is_young` says that some of it is not due for long enough to be counted as lost.
    """

    first: date
    accepted: int
    sold_minor: int
    lost_minor: int
    is_young: bool

    @property
    def per_mille(self) -> int | None:
        return 1000 * self.lost_minor // self.sold_minor if self.sold_minor else None


def approvals(merchant_id: int, *, today: date, months: int = 12) -> list[Approvals]:
    """The last months, the oldest first; one order counts once, with its newest decision of the month."""
    rows = CreditDecision.objects.filter(merchant_id=merchant_id, decided_at__date__gte=_first(today, months))
    newest: dict[tuple[date, str], str] = {}
    for at, order, stands in rows.order_by("decided_at").values_list("decided_at__date", "order", "stands"):
        newest[at.replace(day=1), order] = stands
    counts: dict[date, Counter[str]] = defaultdict(Counter)
    for (first, _order), stands in newest.items():
        counts[first][stands] += 1
    return [
        Approvals(
            first,
            counts[first][Outcome.ACCEPTED],
            counts[first][Outcome.REVIEW],
            counts[first][Outcome.DECLINED] + counts[first][Outcome.DECLINED_FINAL],
        )
        for first in sorted(counts)
    ]


def cohorts(merchant_id: int, currency: str, *, today: date, months: int = 12) -> list[Cohort]:
    """What became of what was accepted, by the month of the decision, the oldest first."""
    rows = CreditDecision.objects.filter(
        merchant_id=merchant_id, currency=currency, stands=Outcome.ACCEPTED, decided_at__date__gte=_first(today, months)
    )
    orders: dict[date, set[str]] = defaultdict(set)
    for at, order in rows.values_list("decided_at__date", "order"):
        orders[at.replace(day=1)].add(order)
    return [_cohort(merchant_id, first, sorted(orders[first]), today) for first in sorted(orders)]


def _cohort(merchant_id: int, first: date, orders: list[str], today: date) -> Cohort:
    sold = lost = 0
    is_young = False
    for start in range(0, len(orders), BATCH):
        some = orders[start : start + BATCH]
        for minor, due_on in _sold(merchant_id, some):
            sold += minor
            is_young = is_young or due_on is None or due_on >= today - LOST_AFTER
        lost += sum(lost_of(merchant_id, some, today).values())
    return Cohort(first, len(orders), sold, lost, is_young)


def _sold(merchant_id: int, orders: list[str]) -> list[tuple[int, date | None]]:
    """What was sold of orders: the guarantor's claims where he has bought them, else the merchant's own."""
    fields = ("total_minor", "due_on")
    bought = OpenItem.objects.filter(capture__merchant=merchant_id, capture__authorisation__order_number__in=orders)
    numbers = set(bought.values_list("capture__authorisation__order_number", flat=True))
    own = OpenItem.objects.filter(
        merchant_id=merchant_id, order__number__in=[order for order in orders if order not in numbers]
    )
    return [*bought.values_list(*fields), *own.values_list(*fields)]


def _first(today: date, months: int) -> date:
    first = today.replace(day=1)
    for _ in range(months - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    return first
