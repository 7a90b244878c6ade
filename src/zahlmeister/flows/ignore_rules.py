"""A person makes a rule: such money is for no order. What it touches is shown before it counts.

A rule holds on own accounts only. On a pooled account, money is for an order or goes back to who sent it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from zahlmeister.banking.models import AccountKind
from zahlmeister.flows.settings.noted import noted
from zahlmeister.flows.settle_payments import BY, Settler, payment_facts
from zahlmeister.history.record import Happened, record
from zahlmeister.learning.models import IgnoreRule, RuleKind
from zahlmeister.matching import patterns
from zahlmeister.matching.facts import Policy
from zahlmeister.matching.folding import compact, fold
from zahlmeister.matching.ignore import is_ignored
from zahlmeister.matching.noise import WORD
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.accounts import is_iban
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.models import IgnoredPayer, Payment
from zahlmeister.receivables.states import PaymentState
from zahlmeister.refusals import Refused

#: What makes a pattern of a text that somebody types, as shops know it.
MARK = "{regex}"
BATCH = 500
#: So many payments that found their order are looked at for whether the rule would have hidden them.
MOST_ASSIGNED = 1_000
#: So many touched payments are shown.
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rule as somebody wants it; exactly one of the three says what it is about.

    `text` are words that all stand in the text of a payment, or a pattern after `{regex}`; `payer` is an IBAN or a
    name; `above` is an amount that no order reaches.
    """

    text: str = ""
    payer: str = ""
    above: Amount | None = None
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Touched:
    """What a rule would do.

    How many waiting payments it takes and the newest of them; how many assigned ones of those looked at it would have
    hidden.
    """

    waiting: int
    newest: Sequence[Payment]
    assigned: int
    looked_at: int


def preview(merchant: Merchant, wanted: Wanted) -> Touched:
    """What a rule would touch. Nothing is written.

    Raises:
        Refused: it is no rule that can be made.
    """
    policy = _policy(wanted)
    touched = list(_touched(_waiting(merchant), policy))
    assigned = list(
        Payment.objects.filter(merchant=merchant, state=PaymentState.ASSIGNED)
        .select_related("transaction")
        .order_by("-booked_on", "-id")[:MOST_ASSIGNED]
    )
    hidden = sum(is_ignored(payment_facts(one, one.amount_minor), policy) is not None for one in assigned)
    return Touched(len(touched), touched[:MOST_SHOWN], hidden, len(assigned))


def make_rule(merchant: Merchant, wanted: Wanted, *, by: str, at: datetime) -> int:
    """Make a rule, and let it take the waiting payments that it touches. The same rule again changes nothing.

    Returns:
        How many waiting payments are ignored now.

    Raises:
        Refused: it is no rule that can be made.
    """
    policy = _policy(wanted)
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        rule, is_new = _payer_rule(merchant, wanted, by, at) if wanted.payer else _rule(merchant, wanted, by, at)
        if is_new:
            said = wanted.text or wanted.payer or str(wanted.above)
            record(merchant.pk, [Happened("rule", rule.pk, "made", by, facts={"said": said})], at=at)
    touched = list(_touched(_waiting(merchant), policy))
    settler, ignored = Settler(merchant), 0
    for start in range(0, len(touched), BATCH):
        ignored += settler.settle(touched[start : start + BATCH], at=at)["ignored"]
    return ignored


def ignore_providers(merchant: Merchant, *, is_on: bool, by: str, at: datetime) -> None:
    """Whether payouts of known payment providers, wages and taxes are ignored by themselves. Twice is once."""
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        with noted(merchant.pk, by=by, at=at):
            Merchant.objects.filter(pk=merchant.pk).update(ignores_providers=is_on)
    merchant.ignores_providers = is_on


def _policy(wanted: Wanted) -> Policy:
    """The matcher's policy with this rule alone."""
    if wanted.payer:
        return Policy(ignored_payers=frozenset({_payer(wanted.payer)}), ignores_known_providers=False)
    kind, value = _value(wanted)
    if kind is RuleKind.ABOVE and wanted.above:
        above = ((wanted.above.currency, wanted.above.minor),)
        return Policy(ignored_above=above, ignores_known_providers=False)
    if kind is RuleKind.PATTERN:
        return Policy(ignored_patterns=(value,), ignores_known_providers=False)
    return Policy(ignored_words=(tuple(value.split()),), ignores_known_providers=False)


def _value(wanted: Wanted) -> tuple[RuleKind, str]:
    if wanted.above is not None:
        if wanted.above.minor <= 0:
            raise Refused("An amount above zero is needed.")
        return RuleKind.ABOVE, wanted.above.currency
    text = wanted.text.strip()
    if text.startswith(MARK):
        pattern = text.removeprefix(MARK)
        patterns.check(pattern)
        if patterns.fits(pattern, ""):
            raise Refused("This pattern fits an empty text as well, so that it would ignore everything; write more.")
        return RuleKind.PATTERN, pattern
    words = WORD.findall(fold(text[:200]))
    if sum(map(len, words)) < 3:
        raise Refused("Write at least one word of three letters or digits.")
    return RuleKind.WORDS, " ".join(words)


def _payer(text: str) -> str:
    """The account or the folded name, as the matcher compares them."""
    if is_iban(text):
        return compact(text)
    name = fold(" ".join(text.split()))[:200]
    if len(name) < 3:
        raise Refused("Write an IBAN, or a name as the bank writes it.")
    return name


def _rule(merchant: Merchant, wanted: Wanted, by: str, at: datetime) -> tuple[IgnoreRule, bool]:
    kind, value = _value(wanted)
    return IgnoreRule.objects.get_or_create(
        merchant=merchant,
        kind=kind,
        value=value,
        above_minor=wanted.above.minor if wanted.above else 0,
        defaults={"is_told": wanted.is_told, "created_by": by, "created_at": at},
    )


def _payer_rule(merchant: Merchant, wanted: Wanted, by: str, at: datetime) -> tuple[IgnoredPayer, bool]:
    told = {"created_by": by, "created_at": at}
    payer = _payer(wanted.payer)
    if is_iban(wanted.payer):
        return IgnoredPayer.objects.get_or_create(merchant=merchant, number=payer, defaults=told)
    return IgnoredPayer.objects.get_or_create(merchant=merchant, number="", name=payer, defaults=told)


def _waiting(merchant: Merchant) -> Iterable[Payment]:
    """Payments on own accounts that nobody has decided on, the newest first."""
    rows = Payment.objects.filter(
        merchant=merchant,
        state__in=(PaymentState.UNCLEAR, PaymentState.SUGGESTED),
        decided_by__in=("", BY),
        transaction__account__kind=AccountKind.OWN,
    )
    return rows.select_related("transaction").order_by("-booked_on", "-id").iterator(chunk_size=BATCH)


def _touched(payments: Iterable[Payment], policy: Policy) -> Iterator[Payment]:
    return (payment for payment in payments if is_ignored(payment_facts(payment), policy))
