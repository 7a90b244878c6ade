"""Decide the payments of the last months once more, as things stood when they came, and compare with the books.

Reads and writes nothing. Whoever changes the matcher sees what it would have done otherwise.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby

from django.db.models import QuerySet
from django.utils.timezone import make_aware

from zahlmeister.flows.settle_payments import payment_facts
from zahlmeister.learning.queries import rules_of
from zahlmeister.matching.engine import Matcher
from zahlmeister.matching.facts import Decision, Policy, Proposal
from zahlmeister.matching.population import Population
from zahlmeister.merchants.models import Merchant
from zahlmeister.receivables.models import Allocation, Payment
from zahlmeister.receivables.queries import MATCHER, standing
from zahlmeister.receivables.states import PaymentState
from zahlmeister.receivables.timeline import Timeline

#: So many payments are decided at once.
AT_ONCE = 500
#: What is typical of the open items is looked at anew after so many days.
POPULATION_DAYS = 7

#: What a replay cannot know, for whoever reads its result.
NOT_RECONSTRUCTED = (
    "Orders are taken with the amounts, names and numbers the shop reports today; earlier ones are not kept.",
    "Within a day orders come before payments, and what was paid on a day counts as paid from the next morning.",
    "Orders placed more than 400 days before the first payment are only known if something is still owed on them.",
    "What recurs in the texts (noise) has no history; it counts only when everything learned by now counts.",
)

Watch = Callable[[int, int], None]


class Difference(StrEnum):
    """How today's decision differs from what stands in the books."""

    SAME = "same"
    LATER = "later"  # the order it pays came after the money: nobody could have known
    AUTOMATIC = "automatic"  # a person assigned it; now it would be by itself, and to the same orders
    NEW = "new"  # it waits; now it would be assigned by itself
    WRONG = "wrong"  # it would be assigned to other orders, or ignored though it is for one
    SUGGESTED = "suggested"  # it was assigned by itself; now it would only be suggested
    LEFT = "left"  # it was assigned by itself; now the right answer would not even be suggested
    IGNORED = "ignored"  # it waits; now it would be ignored
    KEPT = "kept"  # it was ignored by itself; now it would not be
    RANKED = "ranked"  # a person decides then as now, and something else, or nothing, would be suggested first


@dataclass(frozen=True, slots=True)
class Stands:
    """What the books say of a payment: its orders (item → order number), by whom; what a person took back.

    `suggested` are the items of the first suggestion a person was shown, empty where there was none. `is_placed` says
    whether the orders it pays were there on its day, `could_suggest` whether those suggested were.
    """

    orders: dict[int, str]
    by: str
    state: str
    taken_back: frozenset[int]
    is_placed: bool
    suggested: frozenset[int] = frozenset()
    could_suggest: bool = True


@dataclass(frozen=True, slots=True)
class Replayed:
    """One payment, what stands, and what would be decided today."""

    payment: Payment
    stands: Stands
    proposal: Proposal
    difference: Difference


def replay(
    merchant: Merchant, *, first_day: date, last_day: date, with_learned: bool, watch: Watch = lambda _done, _of: None
) -> Iterator[Replayed]:
    """Decide every payment booked on these days anew, in order of booking.

    Args:
        merchant: whose payments.
        first_day: booking day.
        last_day: booking day.
        with_learned: with everything learned by now, instead of what was learned by then.
        watch: is told how many are done, of how many.
    """
    rows = _payments(merchant, first_day, last_day)
    total, done = rows.count(), 0
    timeline = Timeline(merchant.pk, first_day, with_learned=with_learned)
    population, looked_on = Population(), date.min
    for day, payments in groupby(rows.iterator(chunk_size=AT_ONCE), key=lambda paid: paid.booked_on):
        timeline.go_to(day)
        if day - looked_on >= timedelta(days=POPULATION_DAYS):
            population, looked_on = timeline.population(), day
        matcher = Matcher(timeline, _policy(merchant, None if with_learned else day), population)
        for some in _chunks(payments):
            yield from _decide(matcher, timeline, some)
            done += len(some)
            watch(done, total)


def difference(stands: Stands, proposal: Proposal) -> Difference:
    """Compare what would be decided with what stands."""
    if proposal.decision is Decision.ASSIGNED:
        return _assigned(stands, frozenset(share.item.id for share in proposal.candidates[0].shares))
    if proposal.decision is Decision.IGNORED:
        if stands.orders:
            return Difference.WRONG
        return Difference.SAME if stands.state == PaymentState.IGNORED else Difference.IGNORED
    if stands.orders and not stands.is_placed:
        return Difference.LATER
    answers = [frozenset(share.item.id for share in one.shares) for one in proposal.candidates]
    if stands.by != MATCHER:
        return _shown(stands, answers[0] if answers else frozenset())
    if not stands.orders:
        return Difference.KEPT
    return Difference.SUGGESTED if frozenset(stands.orders) in answers else Difference.LEFT


def _shown(stands: Stands, now: frozenset[int]) -> Difference:
    """Whether a person would be shown something else first than what the payment waits, or was decided, with."""
    if stands.state == PaymentState.IGNORED or now == stands.suggested:
        return Difference.SAME
    if not stands.could_suggest:
        return Difference.LATER
    chosen = frozenset(stands.orders)
    if chosen and chosen not in (now, stands.suggested):
        return Difference.SAME  # neither helped the person
    is_known = bool(stands.suggested) or not chosen  # suggestions of what was decided long ago are forgotten
    return Difference.RANKED if is_known else Difference.SAME


def _assigned(stands: Stands, now: frozenset[int]) -> Difference:
    if stands.orders:
        if now != frozenset(stands.orders):
            return Difference.WRONG
        return Difference.SAME if stands.by == MATCHER else Difference.AUTOMATIC
    is_wrong = stands.state == PaymentState.IGNORED or now == stands.taken_back
    return Difference.WRONG if is_wrong else Difference.NEW


def _payments(merchant: Merchant, first_day: date, last_day: date) -> QuerySet[Payment]:
    rows = Payment.objects.filter(merchant=merchant, booked_on__gte=first_day, booked_on__lte=last_day)
    rows = rows.exclude(state__in=(PaymentState.DIVIDED, PaymentState.EARLY))  # nobody was to decide on these
    return rows.select_related("transaction").order_by("booked_on", "id")


def _chunks(payments: Iterator[Payment]) -> Iterator[list[Payment]]:
    chunk: list[Payment] = []
    for paid in payments:
        chunk.append(paid)
        if len(chunk) == AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _decide(matcher: Matcher, timeline: Timeline, payments: Sequence[Payment]) -> Iterator[Replayed]:
    facts = [replace(payment_facts(paid), minor=paid.amount_minor) for paid in payments]
    stands = _stands(payments, timeline)
    for paid, proposal in zip(payments, matcher.propose(facts), strict=True):
        mine = stands[paid.pk]
        yield Replayed(paid, mine, proposal, difference(mine, proposal))


def _stands(payments: Sequence[Payment], timeline: Timeline) -> dict[int, Stands]:
    rows: dict[int, list[Allocation]] = {paid.pk: [] for paid in payments}
    found = Allocation.objects.filter(payment__in=list(rows)).select_related("item__order").order_by("id")
    for row in found:
        rows[row.payment_id or 0].append(row)
    stands = {}
    for paid in payments:
        orders = {row.item_id: row.item.order.number for row in standing(rows[paid.pk])}
        suggested = frozenset(share["item"] for one in paid.candidates[:1] for share in one["shares"])
        stands[paid.pk] = Stands(
            orders=orders,
            by=paid.decided_by,
            state=paid.state,
            taken_back=frozenset(row.item_id for row in rows[paid.pk] if row.reverses_id and row.by != MATCHER),
            is_placed=all(timeline.was_placed(item) for item in orders),
            suggested=suggested,
            could_suggest=all(timeline.was_placed(item) for item in suggested),
        )
    return stands


def _policy(merchant: Merchant, day: date | None) -> Policy:
    """The merchant's settings, with the rules made before this day; None: with all."""
    morning: datetime | None = None if day is None else make_aware(datetime.combine(day, time.min))
    rules = rules_of(merchant.pk, until=morning)
    return Policy(
        tolerance_minor=merchant.tolerance_minor,
        ignored_payers=rules.payers,
        ignored_phrases=rules.phrases,
        ignored_words=rules.words,
        ignored_patterns=rules.patterns,
        ignored_above=rules.above,
        ignores_known_providers=merchant.ignores_providers,
        noise=rules.noise,
    )
