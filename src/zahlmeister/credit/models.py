"""What is kept of credit: rule sets, decisions with their reasons, reviews, the block list, and what bureaus said."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.credit.rules import Method, Outcome
from zahlmeister.credit.states import AskedBy, OnError, ReviewState
from zahlmeister.merchants.models import Owned
from zahlmeister.money.amount import Amount

_OUTCOMES = [(one.value, one.value) for one in Outcome]


class RuleSetVersion(Owned):
    """A published version of a merchant's rules; only ever added to. The newest one of a currency is in force.

    `settings` is as `credit.rule_sets` writes it, `preview` what it would have changed of past decisions.
    """

    currency = models.CharField(max_length=3)
    version = models.PositiveIntegerField()
    settings = models.JSONField()
    preview = models.JSONField(default=dict)
    why = models.CharField(_("why"), max_length=240)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "currency", "version"], name="rule_set_once")]

    def __str__(self) -> str:
        return f"{self.currency} {self.version}"


class CreditSettings(Owned):
    """What a merchant says once about deciding; one row for each.

    `told_since` is the day since when buyers are told beforehand that their addresses are used, and `told_by` the
    document that tells them (§ 31 (1) no. 4 BDSG). `keep_days` is how long what was decided on is kept.
    """

    told_since = models.DateField(_("buyers are told of it since"), null=True)
    told_by = models.CharField(_("told by"), max_length=200, blank=True)
    keep_days = models.PositiveIntegerField(_("data are kept for days"), default=365)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant"], name="credit_settings_once")]


class CreditDecision(Owned):
    """A decision as it was made. Only where it stands now, what it reserves and its retention are ever changed.

    `application`, `facts` and `findings` are what was asked, known and found by each rule; they are emptied on
    `strip_on`, and the row is gone on `delete_on`. `ordinal` counts decisions on the same content.
    """

    order = models.CharField(_("order"), max_length=64)
    fingerprint = models.CharField(max_length=64)
    ordinal = models.PositiveIntegerField(default=1)
    name = models.CharField(_("buyer"), max_length=200, blank=True)
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    method = models.CharField(max_length=16, choices=[(one.value, one.value) for one in Method])
    outcome = models.CharField(max_length=16, choices=_OUTCOMES)
    stands = models.CharField(max_length=16, choices=_OUTCOMES)
    in_shadow = models.CharField(max_length=16, choices=_OUTCOMES)
    methods = models.JSONField(default=dict)
    reasons = models.JSONField(default=list)
    sort = models.CharField(max_length=12)
    public_text = models.CharField(max_length=16)
    corrections = models.JSONField(default=dict)
    retry_after = models.DateTimeField(null=True)
    limit_minor = models.BigIntegerField(null=True)
    version = models.PositiveIntegerField()
    findings = models.JSONField(default=list)
    application = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    decided_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    reserved_minor = models.BigIntegerField(default=0)
    reserved_until = models.DateTimeField(null=True)
    strip_on = models.DateField()
    delete_on = models.DateField()
    stripped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "fingerprint", "ordinal"], name="decision_once_per_content"),
            models.CheckConstraint(condition=Q(reserved_minor__gte=0), name="reserved_not_negative"),
        ]
        indexes = [
            models.Index(fields=["merchant", "-decided_at", "-id"], name="decision_by_time"),
            models.Index(fields=["merchant", "order"], name="decision_by_order"),
            models.Index(fields=["strip_on"], condition=Q(stripped_at=None), name="decision_to_strip"),
            models.Index(fields=["delete_on"], name="decision_to_delete"),
        ]

    def __str__(self) -> str:
        return self.order

    @property
    def amount(self) -> Amount:
        return Amount(self.minor, self.currency)

    @property
    def limit(self) -> Amount | None:
        return None if self.limit_minor is None else Amount(self.limit_minor, self.currency)


class Precheck(Owned):
    """Somebody asked beforehand what would be decided; nothing was promised. Gone on `delete_on`.

    `subject` is the buyer as a keyed hash, so that he can be counted and not read.
    """

    order = models.CharField(_("order"), max_length=64)
    subject = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    outcome = models.CharField(max_length=16, choices=_OUTCOMES)
    codes = models.JSONField(default=list)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    delete_on = models.DateField()

    class Meta:
        indexes = [
            models.Index(fields=["merchant", "subject", "-at"], name="precheck_by_subject"),
            models.Index(fields=["delete_on"], name="precheck_to_delete"),
        ]

    def __str__(self) -> str:
        return self.order


class DecisionKey(Owned):
    """A key that a decision's buyer can be found by again: a keyed hash, gone with the buyer's data."""

    decision = models.ForeignKey(CreditDecision, on_delete=models.PROTECT, related_name="keys")
    kind = models.CharField(max_length=12)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "decision", "kind", "digest"], name="decision_key_once")
        ]
        indexes = [models.Index(fields=["merchant", "digest", "-at"], name="decision_by_key")]

    def __str__(self) -> str:
        return self.kind


class Review(Owned):
    """A person is to look at a decision, and what he decided and why."""

    decision = models.ForeignKey(CreditDecision, on_delete=models.PROTECT, related_name="reviews")
    asked_by = models.CharField(max_length=12, choices=AskedBy.choices)
    text = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=ReviewState.choices, default=ReviewState.OPEN)
    reason = models.CharField(max_length=500, blank=True)
    by = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "decision"], condition=Q(state="open"), name="one_open_review"),
            models.CheckConstraint(condition=Q(state="open") | ~Q(reason=""), name="review_has_its_reason"),
        ]
        indexes = [models.Index(fields=["merchant", "state", "due_at"], name="review_by_due")]

    def __str__(self) -> str:
        return f"{self.decision} {self.state}"


class BlockedKey(Owned):
    """A key of somebody who may not buy on invoice, as a keyed hash: the list can be asked and not read.

    `hint` is what a person recognises it by, without telling it.
    """

    kind = models.CharField(max_length=12)
    digest = models.CharField(max_length=64)
    hint = models.CharField(max_length=80)
    why = models.CharField(_("why"), max_length=240)
    until = models.DateField(_("until"), null=True)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "kind", "digest"], name="blocked_once")]

    def __str__(self) -> str:
        return self.hint


class Town(Owned):
    """How often an accepted order named this town at this postcode; “DE 79098”."""

    postcode = models.CharField(max_length=24)
    city = models.CharField(max_length=80)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "postcode", "city"], name="town_once")]

    def __str__(self) -> str:
        return f"{self.postcode} {self.city}"


class BureauConnection(Owned):
    """A bureau the merchant has a contract with. The first by `position` that is on is asked.

    `settings` may be read by everybody, `sealed` by nobody (see `merchants.seal`).
    """

    name = models.CharField(_("name"), max_length=80)
    adapter = models.CharField(max_length=24, default="concheck")
    settings = models.JSONField(default=dict)
    sealed = models.BinaryField(default=b"")
    position = models.PositiveSmallIntegerField(default=0)
    is_on = models.BooleanField(_("is asked"), default=True)
    on_error = models.CharField(_("when it is not heard"), max_length=12, choices=OnError, default=OnError.STOP)
    cache_days = models.PositiveIntegerField(_("an answer holds for days"), default=30)
    error = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "name"], name="bureau_once")]

    def __str__(self) -> str:
        return self.name


class BureauAnswer(Owned):
    """What a bureau said of a person or company, known here by a keyed hash only; gone when it holds no longer."""

    bureau = models.ForeignKey(BureauConnection, on_delete=models.PROTECT, related_name="answers")
    subject = models.CharField(max_length=64)
    light = models.CharField(max_length=12)
    grade = models.CharField(max_length=24, blank=True)
    marks = models.JSONField(default=list)
    heard_at = models.DateTimeField()
    valid_until = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["merchant", "bureau", "subject", "-heard_at"], name="answer_by_subject"),
            models.Index(fields=["valid_until"], name="answer_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.bureau} {self.light}"
