"""The matching guarantee as a figure: what was assigned by itself, by hand, or wrongly; and what was missed.

A payment can be assigned when an order it pays was open as it came in. It was missed when a person had to assign it,
or had to take back what the matcher had assigned: its fee is waived. Nothing is kept for this: the figures follow
from the allocations, which are only ever added to.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Q, QuerySet

from zahlmeister.receivables.models import Allocation, Payment
from zahlmeister.receivables.past import were_open
from zahlmeister.receivables.queries import MATCHER, decided_by_persons, standing
from zahlmeister.receivables.states import NEEDS_A_PERSON, PaymentState

_AT_ONCE = 500


class Verdict(StrEnum):
    """How a payment on which a person has decided counts."""

    CONFIRMED = "confirmed"  # taken back and given to the same orders again: the matcher was right
    FIRST = "first"  # by hand, and it was the first suggestion
    SUGGESTED = "suggested"  # by hand, and it was among the others
    FOUND = "found"  # by hand, and it was not suggested
    WRONG = "wrong"  # assigned by itself, and taken back by a person
    LATER = "later"  # by hand, to an order that was not open when the money came: nobody could have assigned it then
    LISTED = "listed"  # a carrier's payment divided by the carrier's list: nobody could have without it
    EARLY = "early"  # booked before the day its account is settled from: only recorded, and by hand if at all


BY_HAND = (Verdict.FIRST, Verdict.SUGGESTED, Verdict.FOUND)
#: The guarantee was not kept: no fee for these.
MISSED = (*BY_HAND, Verdict.WRONG)
#: By hand as well, and not to be expected of anybody else.
NOT_COUNTED = (Verdict.LATER, Verdict.LISTED, Verdict.EARLY)
#: Figures that are made of verdicts.
FIGURES = {"by_hand": BY_HAND, "missed": MISSED, **{verdict.value: (verdict,) for verdict in Verdict}}


@dataclass(frozen=True, slots=True)
class Judged:
    """A payment on which a person has decided, and what that says about the guarantee."""

    payment_id: int
    booked_on: date
    minor: int
    currency: str
    verdict: Verdict
    decided_by: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Month:
    """One month's payments, by booking day. `waiting` may still become anything and does not count."""

    first: date
    automatic: int
    suggested_first: int
    suggested: int
    found: int
    wrong: int
    later: int
    listed: int
    early: int
    waiting: int

    @property
    def by_hand(self) -> int:
        return self.suggested_first + self.suggested + self.found

    @property
    def missed(self) -> int:
        return self.by_hand + self.wrong

    @property
    def assignable(self) -> int:
        return self.automatic + self.missed

    @property
    def per_mille(self) -> int | None:
        """How many of a thousand assignable payments were assigned by themselves, and rightly; None of none."""
        return 1000 * self.automatic // self.assignable if self.assignable else None


def months(merchant_id: int, last: date, count: int) -> list[Month]:
    """The month of `last` and those before it, oldest first."""
    firsts = [last.replace(day=1)]
    while len(firsts) < count:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    found: dict[date, Counter[Verdict]] = defaultdict(Counter)
    for one in judged(merchant_id, firsts[-1], _end(firsts[0])):
        found[one.booked_on.replace(day=1)][one.verdict] += 1
    return [_month(merchant_id, first, found[first]) for first in reversed(firsts)]


def missed(merchant_id: int, month: date) -> list[Judged]:
    """The payments booked in this month for which no fee is due, newest first; for billing."""
    first = month.replace(day=1)
    return [one for one in judged(merchant_id, first, _end(first)) if one.verdict in MISSED]


def judged(merchant_id: int, first_day: date, last_day: date) -> list[Judged]:
    """Every payment booked on these days on which a person has decided and that is or was for an order."""
    numbers = decided_by_persons(merchant_id, first_day, last_day)
    found: list[Judged] = []
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        rows = Payment.objects.filter(pk__in=some).select_related("transaction__account").order_by("-booked_on", "-id")
        found += _judge(merchant_id, list(rows.only(*_NEEDED)), _allocations(some))
    return found


def counted_as(rows: QuerySet[Payment], merchant_id: int, word: str, days: tuple[date, date]) -> QuerySet[Payment]:
    """Those of the payments that a figure counts: `assignable`, `automatic`, `missed`, `by_hand` or a verdict.

    Args:
        rows: to choose from.
        merchant_id: whose.
        word: which figure; an unknown one chooses nothing.
        days: the first and the last booking day, as of the figure.
    """
    by_verdict: dict[Verdict, set[int]] = defaultdict(set)
    for one in judged(merchant_id, *days):
        by_verdict[one.verdict].add(one.payment_id)
    rows = rows.filter(booked_on__gte=days[0], booked_on__lte=days[1])
    missed_ones = set().union(*(by_verdict[verdict] for verdict in MISSED))
    uncounted = set().union(*(by_verdict[verdict] for verdict in NOT_COUNTED))
    if word == "automatic":
        return rows.filter(state=PaymentState.ASSIGNED).exclude(pk__in=missed_ones | uncounted)
    if word == "assignable":
        counted = Q(state=PaymentState.ASSIGNED) | Q(pk__in=missed_ones)
        return rows.filter(counted).exclude(pk__in=uncounted)
    chosen = FIGURES.get(word, ())
    return rows.filter(pk__in=set().union(*(by_verdict[verdict] for verdict in chosen)))


_NEEDED = (
    "merchant_id", "booked_on", "amount_minor", "currency", "candidates", "decided_by", "decided_at",
    "transaction__recorded_at", "transaction__account__starts_on",
)  # fmt: skip


def _allocations(payments: Sequence[int]) -> dict[int, list[Allocation]]:
    found: dict[int, list[Allocation]] = defaultdict(list)
    rows = Allocation.objects.filter(payment__in=payments).only(
        "payment_id", "item_id", "applied_minor", "surplus_minor", "by", "reverses_id", "source"
    )
    for row in rows.order_by("id"):
        found[row.payment_id or 0].append(row)
    return found


def _judge(merchant_id: int, payments: Sequence[Payment], allocations: dict[int, list[Allocation]]) -> list[Judged]:
    stands = {paid.pk: _items(standing(allocations[paid.pk])) for paid in payments}
    came = {paid.pk: paid.transaction.recorded_at for paid in payments}
    asked = [(item, came[number]) for number, items in stands.items() for item in items]
    open_then = were_open(merchant_id, asked)
    verdicts = [
        (
            paid,
            _exception(paid, allocations[paid.pk])
            or _verdict(
                stands[paid.pk],
                _taken_back(allocations[paid.pk]),
                paid.candidates,
                was_open=any((item, came[paid.pk]) in open_then for item in stands[paid.pk]),
            ),
        )
        for paid in payments
    ]
    return [
        Judged(
            paid.pk, paid.booked_on, paid.amount_minor, paid.currency, verdict, paid.decided_by, paid.decided_at
        )
        for paid, verdict in verdicts
        if verdict is not None
    ]  # fmt: skip


def _exception(paid: Payment, rows: Sequence[Allocation]) -> Verdict | None:
    """Why nobody could have been expected to assign it, when something stands."""
    parts = standing(rows)
    if not parts:
        return None
    starts_on = paid.transaction.account.starts_on
    if starts_on is not None and paid.booked_on < starts_on:
        return Verdict.EARLY
    return Verdict.LISTED if all(part.source.startswith("list:") for part in parts) else None


def _verdict(
    stands: frozenset[int], undone: frozenset[int], candidates: Sequence[dict[str, Any]], *, was_open: bool
) -> Verdict | None:
    """What the orders that stand, those taken back from the matcher and its suggestions say together."""
    if undone:
        return Verdict.CONFIRMED if undone == stands else Verdict.WRONG
    if not stands:
        return None
    if not was_open:
        return Verdict.LATER
    answers = [frozenset(share["item"] for share in one["shares"]) for one in candidates]
    if stands not in answers:
        return Verdict.FOUND
    return Verdict.FIRST if answers[0] == stands else Verdict.SUGGESTED


def _items(rows: Sequence[Allocation]) -> frozenset[int]:
    return frozenset(row.item_id for row in rows)


def _taken_back(rows: Sequence[Allocation]) -> frozenset[int]:
    """The orders to which the matcher gave the payment and from which a person took it."""
    given = {row.pk: row for row in rows if row.by == MATCHER and row.reverses_id is None}
    back = [given[row.reverses_id] for row in rows if row.reverses_id in given and row.by != MATCHER]
    return _items([row for row in back if row.applied_minor + row.surplus_minor])


def _month(merchant_id: int, first: date, found: Counter[Verdict]) -> Month:
    rows = Payment.objects.filter(merchant_id=merchant_id, booked_on__gte=first, booked_on__lte=_end(first))
    assigned = rows.filter(state=PaymentState.ASSIGNED).count()
    persons = rows.filter(pk__in=decided_by_persons(merchant_id, first, _end(first)), state=PaymentState.ASSIGNED)
    return Month(
        first=first,
        automatic=assigned - persons.count() + found[Verdict.CONFIRMED],
        suggested_first=found[Verdict.FIRST],
        suggested=found[Verdict.SUGGESTED],
        found=found[Verdict.FOUND],
        wrong=found[Verdict.WRONG],
        later=found[Verdict.LATER],
        listed=found[Verdict.LISTED],
        early=found[Verdict.EARLY],
        waiting=rows.filter(state__in=NEEDS_A_PERSON).count(),
    )


def _end(first: date) -> date:
    """The last day of the month."""
    return (first.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
