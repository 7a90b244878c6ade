"""What is kept of collection: the creditor's data, the agencies, the cases, everything said about them, and payouts."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.collection.states import WITH_THE_AGENCY, HandOver, Money, Stage, Work
from zahlmeister.merchants.models import Owned
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.models import OpenItem, Payment


class CreditorData(Owned):
    """What an agency has to know, and tell the debtor, of whose claim it is (§ 13a RDG); one row for each merchant."""

    name = models.CharField(_("legal name"), max_length=140)
    street = models.CharField(_("street and number"), max_length=120)
    postcode = models.CharField(_("postcode"), max_length=16)
    city = models.CharField(_("town"), max_length=80)
    country = models.CharField(_("country"), max_length=2, default="DE")
    contact = models.CharField(_("contact person"), max_length=120)
    phone = models.CharField(_("phone"), max_length=40)
    email = models.EmailField(_("e-mail address"), blank=True)
    tax_number = models.CharField(_("VAT number"), max_length=24, blank=True)
    deducts_tax = models.BooleanField(_("deducts input tax"), default=True)
    subject = models.CharField(_("what is sold"), max_length=140, default="Warenlieferung")
    least_minor = models.BigIntegerField(_("not below"), default=0)
    is_automatic = models.BooleanField(_("hands over by itself"), default=False)
    look_at = models.DateTimeField(null=True)  # when a worker looks next for what can be handed over

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant"], name="creditor_data_once")]

    def __str__(self) -> str:
        return self.name


class Agency(Owned):
    """An agency the merchant has a contract with, and how talking to it goes.

    `profile` says how it is spoken to (see `connectors.agencies.profile`), `settings` where, `sealed` with which keys.
    Of several agencies the first by `position` that takes the debtor's country, currency and amount gets a claim.
    `after` is the place in its news that was read last.
    """

    name = models.CharField(_("name"), max_length=80)
    profile = models.CharField(_("interface"), max_length=40)
    settings = models.JSONField(default=dict)
    sealed = models.BinaryField(default=b"")
    countries = models.JSONField(default=list)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    least_minor = models.BigIntegerField(_("claims from"), default=0)
    most_minor = models.BigIntegerField(_("claims up to"), null=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_on = models.BooleanField(_("gets new claims"), default=True)
    portal = models.URLField(_("its portal"), blank=True)
    after = models.CharField(max_length=200, blank=True)
    due_at = models.DateTimeField()
    token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "name"], name="agency_once")]
        indexes = [models.Index(fields=["due_at"], name="agency_by_due")]

    def __str__(self) -> str:
        return self.name


class Case(Owned):
    """One hand-over of one item, and how it stands.

    `reference` is ours and comes back with all the agency says, `number` is the agency's. `claim` is the whole claim as
    it was handed over and never changes. The axes and sums are what the events come to (see `collection.fold`).
    """

    item = models.ForeignKey(OpenItem, on_delete=models.PROTECT, related_name="cases")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="cases")
    reference = models.CharField(max_length=35)
    number = models.CharField(_("number at the agency"), max_length=80, blank=True)
    currency = models.CharField(max_length=3)
    principal_minor = models.BigIntegerField()
    fees_minor = models.BigIntegerField(default=0)
    flat_minor = models.BigIntegerField(default=0)
    interest_minor = models.BigIntegerField(default=0)
    claim = models.JSONField()
    allocated_before = models.JSONField(default=list)  # allocations of the item at the hand-over: no part of the claim
    hand_over = models.CharField(max_length=12, choices=HandOver.choices, default=HandOver.SUBMITTED)
    stage = models.CharField(max_length=16, choices=Stage.choices, default=Stage.EXTRAJUDICIAL)
    work = models.CharField(max_length=24, choices=Work.choices, default=Work.IN_PROGRESS)
    money = models.CharField(max_length=12, choices=Money.choices, default=Money.UNPAID)
    closed = models.CharField(max_length=24, blank=True)
    collected_minor = models.BigIntegerField(default=0)  # by the agency, all parts of it
    direct_minor = models.BigIntegerField(default=0)  # by the debtor to the merchant, as it was reported
    balance = models.JSONField(default=dict)  # by component, as the agency last said, in minor units
    question = models.CharField(max_length=200, blank=True)  # the agency's key of what it asks
    doubt = models.TextField(blank=True)  # sums that do not add up, in a sentence
    handed_over_on = models.DateField()
    handed_over_by = models.CharField(max_length=120)
    heard_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField()  # when it is compared next with what the agency knows

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "reference"], name="case_reference_once"),
            models.UniqueConstraint(
                fields=["merchant", "item"],
                condition=Q(hand_over__in=[state.value for state in WITH_THE_AGENCY]),
                name="one_agency_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "hand_over", "-id"], name="case_by_state"),
            models.Index(
                fields=["look_at"], condition=~Q(hand_over__in=["rejected", "withdrawn"]), name="case_to_look_at"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def principal(self) -> Amount:
        return Amount(self.principal_minor, self.currency)

    @property
    def demanded(self) -> Amount:
        """Everything that was asked for on the day of the hand-over."""
        parts = (self.principal_minor, self.fees_minor, self.flat_minor, self.interest_minor)
        return Amount(sum(parts), self.currency)

    @property
    def collected(self) -> Amount:
        return Amount(self.collected_minor, self.currency)


class CaseEvent(Owned):
    """Something that was said about a case, by us or by the agency; never changed. `key` makes it come only once.

    News that name no case of ours are kept without one, for a person to look at.
    """

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="events")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="events")
    is_ours = models.BooleanField()
    kind = models.CharField(max_length=24)
    key = models.CharField(max_length=200)
    at = models.DateTimeField()  # when it happened, by whoever says it
    recorded_at = models.DateTimeField()
    word = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)
    amount_minor = models.BigIntegerField(null=True)
    parts = models.JSONField(default=dict)  # component → minor units
    statement = models.CharField(max_length=80, blank=True)
    by = models.CharField(max_length=120, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "agency", "is_ours", "key"], name="said_once")]
        indexes = [models.Index(fields=["merchant", "case", "at"], name="event_by_case")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class AgencyPayout(Owned):
    """A payout that the agency announced by its number; `payment` is the one on a statement of ours that it was."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="payouts")
    number = models.CharField(_("statement"), max_length=80)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    expected_minor = models.BigIntegerField()  # what we were told was collected for us and not paid out before
    announced_at = models.DateTimeField()
    look_at = models.DateTimeField()  # when its payment is looked for next
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True, related_name="agency_payout")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "agency", "number"], name="payout_once_per_number")]

    def __str__(self) -> str:
        return self.number

    @property
    def amount(self) -> Amount:
        return Amount(self.amount_minor, self.currency)

    @property
    def difference(self) -> Amount:
        """What was paid out beyond what was expected; below zero when too little."""
        return Amount(self.amount_minor - self.expected_minor, self.currency)
