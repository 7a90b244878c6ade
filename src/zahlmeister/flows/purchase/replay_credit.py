"""What other rules would have decided: kept decisions and past invoices, looked at again as things stood then.

Nothing is written. What was lost on an order is what is still open long after it was due; of an order that was never
accepted nobody knows what it would have cost, and it is counted apart.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from django.utils.timezone import localdate, localtime

from zahlmeister.credit.decisions import told_of_addresses
from zahlmeister.credit.documents import application_of, facts_of
from zahlmeister.credit.ladder import RuleSet, decide
from zahlmeister.credit.models import CreditDecision
from zahlmeister.credit.rules import Application, Facts, Outcome
from zahlmeister.flows.purchase.past_orders import past_orders
from zahlmeister.merchants.models import Merchant
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.queries import OWED

#: What is open so long after it was due is counted as lost.
LOST_AFTER = timedelta(days=60)
BATCH = 500
#: So many differences are told one by one.
MOST_TOLD = 200


@dataclass(frozen=True, slots=True)
class Past:
    """One application of the past: what was decided then, and all that decides it again."""

    order: str
    name: str
    application: Application
    facts: Facts
    at: datetime
    before: Outcome
    decision_id: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One application that would be decided otherwise. `lost_minor` is what was lost on it; None where it never ran."""

    order: str
    name: str
    minor: int
    before: Outcome
    now: Outcome
    codes: tuple[str, ...]
    lost_minor: int | None
    decision_id: int | None


@dataclass(slots=True)
class Replayed:
    """What came of a replay; amounts in minor units of the rules' currency.

    `lost_before` was lost on what was accepted then, `lost_now` on what of it would still be accepted. `unknown_minor`
    is what would be accepted and was not then.
    """

    currency: str
    first_day: date
    looked_at: int = 0
    left_out: int = 0  # their data are deleted already
    moves: Counter[tuple[Outcome, Outcome]] = field(default_factory=Counter)
    accepted_before: int = 0
    accepted_now: int = 0
    minor_before: int = 0
    minor_now: int = 0
    lost_before: int = 0
    lost_now: int = 0
    unknown_minor: int = 0
    differences: list[Difference] = field(default_factory=list)

    def summary(self) -> dict[str, int | str]:
        """The figures, as they are kept with a published version."""
        names = (
            "looked_at", "left_out", "accepted_before", "accepted_now", "minor_before", "minor_now", "lost_before",
            "lost_now", "unknown_minor",
        )  # fmt: skip
        return {"currency": self.currency, "first_day": str(self.first_day)} | {
            name: getattr(self, name) for name in names
        }


def replay(
    merchant: Merchant,
    rules: RuleSet,
    *,
    first_day: date,
    at: datetime,
    most: int | None = None,
    watch: Callable[[int, int | None], object] = lambda _count, _all: None,
) -> Replayed:
    """Decide the applications since a day by other rules.

    Args:
        merchant: whose.
        rules: the changed rules.
        first_day: since when.
        at: now; what is lost is seen from today.
        most: look at so many at the most, the newest first; at all of them when absent.
        watch: told how many were looked at.
    """
    came = Replayed(rules.currency, first_day)
    everything = islice(_everything(merchant, rules.currency, first_day, came), most)
    while batch := list(islice(everything, BATCH)):
        lost = lost_of(merchant.pk, [one.order for one in batch if one.before is Outcome.ACCEPTED], localdate(at))
        for one in batch:
            _count(came, one, rules, lost.get(one.order, 0))
        watch(came.looked_at, None)
    return came


def _everything(merchant: Merchant, currency: str, first_day: date, came: Replayed) -> Iterator[Past]:
    yield from _decisions(merchant.pk, currency, first_day, came)
    for made in past_orders(merchant.pk, currency, first_day=first_day):
        yield Past(made.order, made.application.name, made.application, made.facts, made.at, Outcome.ACCEPTED)


def _decisions(merchant_id: int, currency: str, first_day: date, came: Replayed) -> Iterator[Past]:
    rows = CreditDecision.objects.filter(
        merchant_id=merchant_id, currency=currency, decided_at__date__gte=first_day
    ).order_by("-decided_at")
    for row in rows.iterator(chunk_size=BATCH):
        if row.stripped_at is not None:
            came.left_out += 1
            continue
        told = told_of_addresses(merchant_id, application_of(row.application), row.decided_at)
        facts = facts_of(row.facts)
        yield Past(row.order, row.name, told, facts, localtime(row.decided_at), Outcome(row.outcome), row.pk)


def _count(came: Replayed, one: Past, rules: RuleSet, lost: int) -> None:
    verdict = decide(one.application, one.facts, one_sided(rules) if one.decision_id is None else rules, at=one.at)
    now, minor = verdict.decision.outcome, one.application.minor
    was_accepted, is_accepted = one.before is Outcome.ACCEPTED, now is Outcome.ACCEPTED
    came.looked_at += 1
    came.moves[one.before, now] += 1
    if was_accepted:
        came.accepted_before += 1
        came.minor_before += minor
        came.lost_before += lost
    if is_accepted:
        came.accepted_now += 1
        came.minor_now += minor
        came.lost_now += lost if was_accepted else 0
        came.unknown_minor += 0 if was_accepted else minor
    if one.before is not now and len(came.differences) < MOST_TOLD:
        codes = tuple(reason.code for reason in verdict.decision.reasons)
        known = lost if was_accepted else None
        came.differences.append(Difference(one.order, one.name, minor, one.before, now, codes, known, one.decision_id))


#: Rules about what an order that was never checked does not tell.
_UNTOLD = ("complete", "adds_up", "age", "address", "delivery", "method_invoice", "method_direct_debit")


def one_sided(rules: RuleSet) -> RuleSet:
    """The rules without those that ask for what an order read from a shop does not say."""
    return RuleSet(
        rules.currency, {code: one for code, one in rules.settings.items() if code not in _UNTOLD}, rules.version
    )


def lost_of(merchant_id: int, orders: Sequence[str], today: date) -> dict[str, int]:
    """What is still open of orders, long after it was due; of those a guarantor has bought, what is open to him."""
    late = {"state__in": OWED, "due_on__lt": today - LOST_AFTER}
    own = OpenItem.objects.filter(merchant_id=merchant_id, order__number__in=orders, **late)
    bought = OpenItem.objects.filter(
        capture__merchant=merchant_id, capture__authorisation__order_number__in=orders, **late
    )
    return _sums(
        [
            *own.values_list("order__number", "open_minor"),
            *bought.values_list("capture__authorisation__order_number", "open_minor"),
        ]
    )


def _sums(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for number, minor in rows:
        sums[number] += minor
    return dict(sums)
