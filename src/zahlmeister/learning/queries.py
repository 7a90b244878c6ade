"""What can be asked about what was learned."""

from dataclasses import dataclass
from datetime import datetime

from zahlmeister.learning.models import IgnoredPhrase, IgnoreProposal, IgnoreRule, Learned, RuleKind
from zahlmeister.learning.states import ProposalState
from zahlmeister.matching.folding import fold
from zahlmeister.receivables.models import IgnoredPayer, PayerAccount


@dataclass(frozen=True, slots=True)
class Rules:
    """What the matcher is told of the merchant's own rules and noise."""

    payers: frozenset[str]
    phrases: tuple[str, ...]
    noise: frozenset[str]
    words: tuple[tuple[str, ...], ...] = ()
    patterns: tuple[str, ...] = ()
    above: tuple[tuple[str, int], ...] = ()


def rules_of(merchant_id: int, *, until: datetime | None = None) -> Rules:
    """The merchant's rules; with `until` those that a person had made by then, and no noise, which has no history."""
    payers = IgnoredPayer.objects.filter(merchant_id=merchant_id)
    phrases = IgnoredPhrase.objects.filter(merchant_id=merchant_id)
    rules = IgnoreRule.objects.filter(merchant_id=merchant_id).order_by("pk")
    if until is not None:
        payers, phrases = payers.filter(created_at__lt=until), phrases.filter(created_at__lt=until)
        rules = rules.filter(created_at__lt=until)
    made = list(rules)
    learned = None if until is not None else Learned.objects.filter(merchant_id=merchant_id).first()
    return Rules(
        payers=frozenset(number or fold(name) for number, name in payers.values_list("number", "name")),
        phrases=tuple(sorted(phrases.values_list("phrase", flat=True))),
        noise=frozenset(text for text, _ in learned.noise) if learned else frozenset(),
        words=tuple(tuple(rule.value.split()) for rule in made if rule.kind == RuleKind.WORDS),
        patterns=tuple(rule.value for rule in made if rule.kind == RuleKind.PATTERN),
        above=tuple((rule.value, rule.above_minor) for rule in made if rule.kind == RuleKind.ABOVE),
    )


def learned(merchant_id: int) -> Learned | None:
    """What the settled payments show; None before anybody has looked."""
    return Learned.objects.filter(merchant_id=merchant_id).first()


def proposals(merchant_id: int) -> list[IgnoreProposal]:
    """What waits for a yes or a no, the most frequent first."""
    rows = IgnoreProposal.objects.filter(merchant_id=merchant_id, state=ProposalState.OPEN)
    return list(rows.order_by("-payments", "id"))


def has_proposal(merchant_id: int, proposal_id: int) -> bool:
    """Whether this is a proposal of the merchant's, decided or not."""
    return IgnoreProposal.objects.filter(merchant_id=merchant_id, pk=proposal_id).exists()


def has_rule(merchant_id: int, rule_id: int) -> bool:
    """Whether this is a rule of the merchant's."""
    models = (IgnoredPayer, IgnoredPhrase, IgnoreRule)
    return any(model.objects.filter(merchant_id=merchant_id, pk=rule_id).exists() for model in models)


def ignored_payers(merchant_id: int, limit: int) -> list[IgnoredPayer]:
    """Whose money is always ignored, the newest first."""
    return list(IgnoredPayer.objects.filter(merchant_id=merchant_id).order_by("-created_at", "-id")[:limit])


def ignored_phrases(merchant_id: int) -> list[IgnoredPhrase]:
    """Which phrases say that money is for no order."""
    return list(IgnoredPhrase.objects.filter(merchant_id=merchant_id).order_by("phrase"))


def ignore_rules(merchant_id: int) -> list[IgnoreRule]:
    """What a person said is for no order, whatever it names; the newest first."""
    return list(IgnoreRule.objects.filter(merchant_id=merchant_id).order_by("-created_at", "-id"))


def known_payers(merchant_id: int, limit: int) -> list[PayerAccount]:
    """Who pays for whom, the newest first."""
    rows = PayerAccount.objects.filter(merchant_id=merchant_id).select_related("customer")
    return list(rows.order_by("-learned_at", "-id")[:limit])
