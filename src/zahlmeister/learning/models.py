"""What is kept of what was learned: rules a person agreed to, proposals of them, and what recurs in the texts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from zahlmeister.learning.states import ProposalKind, ProposalState
from zahlmeister.merchants.models import Owned
from zahlmeister.merchants.sealed_number import SealedNumber


class IgnoredPhrase(Owned):
    """A text with these words that names no order is for none: a person said so.

    `phrase` is folded words with single blanks, as `matching.ignore` compares them.
    """

    phrase = models.CharField(max_length=140)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "phrase"], name="ignored_phrase_once")]


class RuleKind(models.TextChoices):
    """What a rule looks at."""

    WORDS = "words", _("words in the text")
    PATTERN = "pattern", _("a pattern for the whole text")
    ABOVE = "above", _("an amount")


class IgnoreRule(Owned):
    """Money that is for no order, whatever it names: a person said so. It never counts on a pooled account.

    `value` is, by kind: folded words with single blanks, all of which stand in the text; a pattern that describes the
    whole of it (see `matching.patterns`); a currency, beside `above_minor` of it.
    """

    kind = models.CharField(max_length=8, choices=RuleKind.choices)
    value = models.CharField(max_length=200)
    above_minor = models.BigIntegerField(default=0)
    is_told = models.BooleanField(default=False)  # the merchant wants to hear of what it ignores
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "kind", "value", "above_minor"], name="ignore_rule_once")
        ]


class IgnoreProposal(Owned):
    """Payments of one kind have been ignored by hand again and again: shall it happen by itself?

    `value` is the account, the folded name or the phrase; `label` says it as the bank wrote it; `payments` is how
    many a person has ignored.
    """

    kind = models.CharField(max_length=8, choices=ProposalKind.choices)
    value = SealedNumber(purpose="ignore-proposal", max_length=140)
    label = models.CharField(max_length=200, blank=True)
    payments = models.PositiveIntegerField()
    state = models.CharField(_("state"), max_length=10, choices=ProposalState.choices, default=ProposalState.OPEN)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "kind", "value"], name="ignore_proposal_once")]
        indexes = [models.Index(fields=["merchant", "state"], name="ignore_proposal_by_state")]


class Learned(Owned):
    """What the newest settled payments of a merchant show, one row per merchant, computed anew now and then.

    `noise` lists the numbers and words that stand in the texts whatever they pay for, each with the number of
    customers who wrote it; `mix` counts how payments differ from their orders (see `learning.rules`).
    """

    noise = models.JSONField(default=list)
    mix = models.JSONField(default=dict)
    payments = models.PositiveIntegerField()  # that were looked at
    learned_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant"], name="learned_once_per_merchant")]
