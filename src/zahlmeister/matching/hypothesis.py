"""One possible answer: these items are paid by this payment, for these reasons."""

from functools import cache, lru_cache

from zahlmeister.matching.clues.amount import SETTLING, amount_clue
from zahlmeister.matching.clues.circumstance import circumstance_clues
from zahlmeister.matching.clues.identity import identity_clues
from zahlmeister.matching.clues.number import number_clue
from zahlmeister.matching.facts import Clue, Item, Outcome, Payment, Policy, Share
from zahlmeister.matching.findings import Findings
from zahlmeister.values import value

EXACT_NUMBER = frozenset({
    "order_number", "order_number_joined", "order_number_look_alike", "order_number_abbreviated",
    "invoice_number", "invoice_number_joined", "invoice_number_look_alike", "invoice_number_abbreviated",
    "reference", "tracking_number",
})  # fmt: skip
SLIPS = frozenset({"number_slip", "number_swap"})
NUMBER = EXACT_NUMBER | SLIPS | {
    "number_tail", "reference_slip",
    "order_number_other_prefix", "invoice_number_other_prefix",
}  # fmt: skip
IDENTITY = frozenset({
    "name", "name_similar", "surname", "name_in_text", "firm", "firm_part", "customer_number", "mail", "iban",
    "payer_name",
})  # fmt: skip
SETTLES = SETTLING | {"amount_sum"}
FULL_NAME = frozenset({"name", "firm", "customer_number", "mail", "iban"})


@value(frozen=True, slots=True)
class Hypothesis:
    """Items, the reasons, and the sum of prior and reasons in bits."""

    items: tuple[Item, ...]
    clues: tuple[Clue, ...]
    score: float

    def kinds(self) -> frozenset[str]:
        """The independent kinds of evidence that speak for it: number, identity, amount."""
        return _kinds_of(tuple([clue.kind for clue in self.clues if clue.weight >= 3]))

    def mentions(self, kinds: frozenset[str]) -> bool:
        """Whether one of these clues was found, for it or against it."""
        return not kinds.isdisjoint([clue.kind for clue in self.clues])

    def has(self, kinds: frozenset[str]) -> bool:
        for clue in self.clues:  # noqa: SIM110 - asked ten times for each payment: a loop is twice as fast as any()
            if clue.weight > 0 and clue.kind in kinds:
                return True
        return False


def single(findings: Findings, item: Item, policy: Policy) -> Hypothesis:
    """The payment is for this one item."""
    number = number_clue(findings, item)
    clues = (
        *((number,) if number else ()),
        *identity_clues(findings, item),
        amount_clue(findings, item, policy),
        *circumstance_clues(findings, item),
    )
    score = findings.chance.prior() + sum([clue.weight for clue in clues])
    return Hypothesis((item,), clues, score)


def shares(hypothesis: Hypothesis, payment: Payment) -> tuple[tuple[Share, ...], Outcome]:
    """How the money divides among the items, in their order, and what that makes of them.

    The orders come before their fees. A share never exceeds what is owed for its item, so that of a closed item is 0;
    what is left over stays with the payment as a surplus.
    """
    if len(hypothesis.items) == 1:
        [item] = hypothesis.items
        return (Share(item, min(payment.minor, _open(item) + _fees(item))),), _outcome(hypothesis, payment)
    left = payment.minor
    parts = [0] * len(hypothesis.items)
    for owed in (_open, _fees):
        for i, item in enumerate(hypothesis.items):
            part = min(left, owed(item))
            parts[i] += part
            left -= part
    divided = tuple(Share(item, part) for item, part in zip(hypothesis.items, parts, strict=True))
    return divided, _outcome(hypothesis, payment)


def _open(item: Item) -> int:
    return max(item.open_minor, 0)


def _fees(item: Item) -> int:
    return item.fees_minor if item.open_minor > 0 else 0


def _outcome(hypothesis: Hypothesis, payment: Payment) -> Outcome:
    owed = sum([max(item.open_minor, 0) for item in hypothesis.items])
    if owed <= 0:
        return Outcome.OVERPAID
    if payment.minor == owed or hypothesis.mentions(SETTLES):
        return Outcome.PAID
    return Outcome.UNDERPAID if payment.minor < owed else Outcome.OVERPAID


@lru_cache(maxsize=1 << 12)
def _kinds_of(clues: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*map(_kinds, clues))


@cache
def _kinds(clue: str) -> frozenset[str]:
    """Which kinds of evidence a clue is: none, one, or a number with a check digit, which is two."""
    if clue in IDENTITY:
        return frozenset({"identity"})
    if clue.startswith("amount"):
        return frozenset({"amount"})
    if clue in {"reference", "reference_slip"}:
        return frozenset({"number", "check digit"})
    return frozenset({"number"}) if clue in NUMBER else frozenset()
