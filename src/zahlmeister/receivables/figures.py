"""Figures of the start page: money in, what is owed, and how old what waits is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeVar

from django.db.models import Count, Model, Q, QuerySet, Sum

from zahlmeister.receivables.models import OpenItem, Payment
from zahlmeister.receivables.queries import MATCHER, OWED
from zahlmeister.receivables.states import NEEDS_A_PERSON, NOT_WAITED_FOR, PaymentState

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Owed:
    """What customers owe in one currency, and how much of it is overdue."""

    count: int
    minor: int
    overdue: int
    overdue_minor: int


def owed(merchant_id: int, currency: str, today: date) -> Owed:
    """What customers owe today."""
    overdue = Q(due_on__lt=today)
    sums = _owed(merchant_id, currency).aggregate(
        count=Count("open_minor"),
        minor=Sum("open_minor", default=0),
        overdue=Count("open_minor", filter=overdue),
        overdue_minor=Sum("open_minor", filter=overdue, default=0),
    )
    return Owed(**sums)


def overpaid(merchant_id: int, currency: str) -> tuple[int, int]:
    """How many orders were paid too much, and how much of it is owed to customers."""
    rows = OpenItem.objects.filter(merchant_id=merchant_id, currency=currency, surplus_minor__gt=0)
    found = rows.aggregate(count=Count("id"), minor=Sum("surplus_minor", default=0))
    return found["count"], found["minor"]


#: Of a divided payment its parts are counted; one that is only recorded, because its account waits, is not yet.
NOT_COUNTED = (PaymentState.DIVIDED, PaymentState.EARLY)


def newest_booking_day(merchant_id: int, currency: str, until: date) -> date | None:
    """The last day up to `until` on which a payment in this currency was booked that is counted that day."""
    rows = Payment.objects.filter(merchant_id=merchant_id, currency=currency, booked_on__lte=until)
    rows = rows.exclude(state__in=NOT_COUNTED).order_by("-booked_on")
    return rows.values_list("booked_on", flat=True).first()


@dataclass(frozen=True, slots=True)
class DayMoney:
    """What came in on one day, by who settled it; `waits` needs a person, `ignored` is not for an order."""

    day: date
    by_itself_minor: int = 0
    by_hand_minor: int = 0
    waits_minor: int = 0
    ignored_minor: int = 0
    by_itself: int = 0
    by_hand: int = 0
    suggested: int = 0
    unclear: int = 0
    ignored: int = 0

    @property
    def for_orders_minor(self) -> int:
        return self.by_itself_minor + self.by_hand_minor + self.waits_minor

    @property
    def all_minor(self) -> int:
        return self.for_orders_minor + self.ignored_minor

    @property
    def count(self) -> int:
        return self.by_itself + self.by_hand + self.suggested + self.unclear + self.ignored


def money_in_per_day(merchant_id: int, currency: str, first: date, last: date) -> list[DayMoney]:
    """What came in per booking day, oldest first; days without payments are not in the list.

    What is only recorded, because its account was not started, is not counted.
    """
    rows = (
        Payment.objects.filter(merchant_id=merchant_id, currency=currency, booked_on__gte=first, booked_on__lte=last)
        .exclude(state__in=NOT_COUNTED)
        .order_by()
        .values_list("booked_on", "state")
        .annotate(
            count=Count("id"),
            minor=Sum("amount_minor"),
            auto=Count("id", filter=Q(decided_by=MATCHER)),
            auto_minor=Sum("amount_minor", filter=Q(decided_by=MATCHER), default=0),
        )
    )
    by_day: dict[date, list[tuple[str, int, int, int, int]]] = {}
    for day, state, count, minor, auto, auto_minor in rows:
        by_day.setdefault(day, []).append((state, count, minor, auto, auto_minor))
    return [_day_money(day, by_day[day]) for day in sorted(by_day)]


@dataclass(frozen=True, slots=True)
class Age:
    """How much is as old as this: from `first` days up, to `last` days (None: any)."""

    first: int
    last: int | None
    count: int
    minor: int


def unclear_by_age(merchant_id: int, currency: str, today: date, bounds: Sequence[int]) -> list[Age]:
    """Unassigned money of payments that need a person, by days since booking."""
    rows = Payment.objects.filter(
        merchant_id=merchant_id, currency=currency, state__in=NEEDS_A_PERSON, open_minor__gt=0
    )
    return _by_age(rows, "booked_on", today, bounds)


def open_by_age(merchant_id: int, currency: str, today: date, bounds: Sequence[int]) -> list[Age]:
    """What customers still owe, by days since the order."""
    return _by_age(_owed(merchant_id, currency), "opened_on", today, bounds)


def _owed(merchant_id: int, currency: str) -> QuerySet[OpenItem]:
    """What is owed, asked for as it stands in the index `item_owed`."""
    return OpenItem.objects.filter(merchant_id=merchant_id, currency=currency, state__in=OWED, open_minor__gt=0)


def _day_money(day: date, rows: list[tuple[str, int, int, int, int]]) -> DayMoney:
    settled = [row for row in rows if row[0] == PaymentState.ASSIGNED]
    count = {row[0]: row[1] for row in rows}
    by_itself_minor = sum(row[4] for row in settled)
    by_itself = sum(row[3] for row in settled)
    return DayMoney(
        day=day,
        by_itself_minor=by_itself_minor,
        by_hand_minor=sum(row[2] for row in settled) - by_itself_minor,
        waits_minor=sum(row[2] for row in rows if row[0] not in (PaymentState.ASSIGNED, *NOT_WAITED_FOR)),
        ignored_minor=sum(row[2] for row in rows if row[0] in NOT_WAITED_FOR),
        by_itself=by_itself,
        by_hand=sum(row[1] for row in settled) - by_itself,
        suggested=count.get(PaymentState.SUGGESTED, 0) + count.get(PaymentState.PART_ASSIGNED, 0),
        unclear=count.get(PaymentState.UNCLEAR, 0) + count.get(PaymentState.NEW, 0),
        ignored=count.get(PaymentState.IGNORED, 0),
    )


def _by_age(rows: QuerySet[Row], day: str, today: date, bounds: Sequence[int]) -> list[Age]:
    """Add up by age, in one reading: bounds (7, 30) make up to 7 days, 8 to 30 days and older."""
    edges = [(0, bounds[0]), *((low + 1, high) for low, high in pairwise(bounds)), (bounds[-1] + 1, None)]
    sums: dict[str, Count | Sum] = {}
    for place, (first, last) in enumerate(edges):
        within = Q(**{f"{day}__lte": today - timedelta(days=first)}) if place else Q()  # the youngest may lie ahead
        if last is not None:
            within &= Q(**{f"{day}__gte": today - timedelta(days=last)})
        sums |= {
            f"count{place}": Count("open_minor", filter=within),
            f"minor{place}": Sum("open_minor", filter=within, default=0),
        }
    found = rows.order_by().aggregate(**sums)
    return [Age(*edge, found[f"count{place}"], found[f"minor{place}"]) for place, edge in enumerate(edges)]
