"""How much could be booked at most? Answered by a judge who knows how the merchant and his payments were invented.

He is taken to be always right about what shows a number, a reference, a known account, or who pays for whom: so he is a
bound, and nobody's method. What shows only the customer's name, the amount and a day he weighs as it was invented: how
many orders of this amount are open, when they would have been paid, and how often somebody of this very name pays one
of them without naming it, as a stranger or as the partner of a customer of the same surname. No such stranger is told
by the benchmark, because nobody could know; a merchant meets him, and so nobody may leave him out of his reckoning.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import erf, log, sqrt
from typing import NamedTuple

from benchmarks.matching.case import Case
from benchmarks.matching.deviations import PAYERS
from benchmarks.matching.measure import judge
from benchmarks.matching.orders import TODAY
from benchmarks.matching.people import is_woman
from benchmarks.matching.transfers import DAYS, MONEY_BEFORE_ORDER
from zahlmeister.matching.facts import Item, Payment, Proposal

#: An answer less sure than this is not booked: of ten thousand such, two may be wrong.
SURE = 0.9998
#: Writings from which nobody reads the order's number.
_UNNUMBERED = frozenset({"absent", "other digits", "old number", "somebody's number"})
#: Payers who show the customer's whole name and nothing else; how many spouses keep his surname; and how many of those
#: with another name do not say whom they pay for.
_BEARERS = ("same", "reversed", "titled", "joint")
_SAME_SURNAME, _SILENT = 0.75, 0.7
_OWN = sum(PAYERS[who] for who in _BEARERS)
PARTNERS = PAYERS["spouse"] * _SAME_SURNAME / _OWN
STRANGERS = (PAYERS["other"] * _SILENT + PAYERS["spouse"] * (1 - _SAME_SURNAME)) / _OWN


class Person(NamedTuple):
    """A customer's name as it was put together."""

    given: str
    surname: str


@dataclass(slots=True)
class Bound:
    """How unsure the judge is of what only name and amount tell, and what was made of it."""

    payments: int = 0
    assignable: int = 0
    booked: list[float] = field(default_factory=list)  # how likely each answer is wrong …
    left: list[float] = field(default_factory=list)  # … booked by the matcher, and left to a person

    @property
    def recall(self) -> float:
        """What he books who books only what is sure."""
        return 1 - sum(risk > 1 - SURE for risk in (*self.booked, *self.left)) / max(self.assignable, 1)

    def recall_with(self, wrong: float) -> float:
        """What he books who books the surest first, and expects so many wrong ones in 100,000 payments."""
        budget, count = wrong * self.payments / 100_000, 0
        risks = sorted((*self.booked, *self.left))
        for risk in risks:
            budget -= risk
            if budget < 0:
                break
            count += 1
        return 1 - (len(risks) - count) / max(self.assignable, 1)

    def lines(self) -> list[str]:
        """What was found, in sentences."""
        expected = sum(self.booked) / max(self.payments, 1) * 100_000
        unsure = sum(risk > 1 - SURE for risk in self.booked)
        told = len(self.booked) + len(self.left)
        return [
            f"  name and amount only: {told} of {self.assignable} assignable payments, {len(self.booked)} booked",
            f"  a perfect judge books {self.recall:.2%} of them all, each at least {SURE:.2%} sure",
            *[f"  … {self.recall_with(n):.2%} with {n} wrong expected in 100,000 payments" for n in (1, 2, 5, 10)],
            f"  by his reckoning {expected:.1f} of 100,000 are wrong that are booked here, {unsure} below {SURE:.2%}",
        ]


class Judge:
    """All open orders, by what name and amount alone tell of them."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._of_amount: dict[tuple[str, int], list[tuple[Item, Person]]] = defaultdict(list)
        self._given: Counter[str] = Counter()
        self._surnames: Counter[str] = Counter()
        for item in items:
            if item.company or not (who := _person(item)):
                continue
            self._of_amount[item.currency, item.open_minor].append((item, who))
            self._given[who.given] += 1
            self._surnames[who.surname] += 1
        self._persons = max(self._given.total(), 1)

    def risk(self, payment: Payment, item: Item) -> float:
        """How likely a payment with this customer's name and this order's amount is for somebody else's order."""
        who = _person(item)
        if item.company or who is None:
            return 0.0
        day = payment.booked_on or TODAY
        own = _paid_then(item, day)
        given = self._given[who.given] / self._persons
        stranger = STRANGERS * given * self._surnames[who.surname] / self._persons
        others = 0.0
        for other, customer in self._of_amount[item.currency, item.open_minor]:
            if other.id != item.id:
                is_partner = customer.surname == who.surname and is_woman(customer.given) != is_woman(who.given)
                likely = stranger + (2 * PARTNERS * given if is_partner else 0.0)
                others += likely * _paid_then(other, day)
        return others / (others + own)


def bound_of(
    cases: Sequence[Case], proposals: Sequence[Proposal], items: Iterable[Item], found: Bound | None = None
) -> Bound:
    """Let the judge look at all payments of a merchant, and add it to what was found at others."""
    found = found or Bound()
    of_id = {item.id: item for item in items}
    judge_of_names = Judge(of_id.values())
    for case, proposal in zip(cases, proposals, strict=True):
        found.payments += 1
        found.assignable += case.is_assignable
        if (item := _told_by_name_only(case, of_id)) is not None:
            risk = judge_of_names.risk(case.payment, item)
            (found.booked if judge(case, proposal) == "right" else found.left).append(risk)
    return found


def _told_by_name_only(case: Case, items: dict[int, Item]) -> Item | None:
    """The order that a payment is for, when nothing tells of it but the customer's name, the amount and the day."""
    how, payer = case.category.removesuffix(" + trouble"), case.tags[0].removeprefix("payer ") if case.tags else ""
    if not case.is_assignable or how not in _UNNUMBERED or payer not in _BEARERS or len(case.answer) != 1:
        return None
    item = items[next(iter(case.answer))]
    return None if case.payment.iban in item.ibans else item


def _person(item: Item) -> Person | None:
    words = [word for word in (item.name or "").split() if not word.endswith(".")]
    return Person(words[0], words[-1]) if len(words) > 1 else None


def _paid_then(item: Item, day: date) -> float:
    """How likely an order is paid on this day, if it is paid; what would come after today comes today."""
    days = (day - (item.opened_on or TODAY)).days
    if days < 0:
        return MONEY_BEFORE_ORDER / 2 if days >= -2 else 0.0
    if day == TODAY:
        return 1 - _paid_within(days - 1)
    return _paid_within(days) - _paid_within(days - 1)


def _paid_within(days: int) -> float:
    if days < 1:
        return 0.0
    mean, spread = DAYS
    return (1 - MONEY_BEFORE_ORDER) * (1 + erf((log(days) - mean) / spread / sqrt(2))) / 2
