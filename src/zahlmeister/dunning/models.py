"""What is kept of asking: how patient a merchant is, where each item stands, what was sent, and the run of each day."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from zahlmeister.dunning.fees import SentBy
from zahlmeister.dunning.plan import BaseDay, Ending, What
from zahlmeister.dunning.states import Pause, RunState
from zahlmeister.merchants.models import Owned
from zahlmeister.orders.models import Customer, PaymentKind, Shop
from zahlmeister.receivables.models import OpenItem


class DunningPolicy(Owned):
    """How patient the merchant is with one kind of payment, in one shop or in all, for one customer group or for all.

    The most specific one counts: shop and group before shop, shop before group, group before neither. `levels` are
    dicts with `days`, `sent_by` and `fees` (currency → minor units), in their order. Orders before `since` are not
    asked for: what is old when asking begins is for a person.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, null=True, related_name="+")
    customer_group = models.CharField(_("customer group"), max_length=64, blank=True)
    payment_kind = models.CharField(_("payment kind"), max_length=12, choices=PaymentKind.choices)
    is_on = models.BooleanField(_("switched on"), default=False)
    since = models.DateField(_("for orders since"), null=True)
    base = models.CharField(
        _("counted from"), max_length=12, choices=[(one.value, one.value) for one in BaseDay], default=BaseDay.ORDERED
    )
    term_days = models.PositiveIntegerField(_("payable within"), default=14)
    levels = models.JSONField(default=list)
    ending = models.CharField(
        _("in the end"), max_length=12, choices=[(one.value, one.value) for one in Ending], default=Ending.NOTHING
    )
    end_days = models.PositiveIntegerField(default=14)
    asks_once = models.BooleanField(default=False)
    on_working_days = models.BooleanField(_("on working days only"), default=True)
    minimum_minor = models.BigIntegerField(_("not below"), default=0)
    with_interest = models.BooleanField(_("with default interest"), default=False)
    with_flat_sum = models.BooleanField(_("with the flat sum between businesses"), default=False)
    claims_costs = models.BooleanField(_("who pays without them has not paid"), default=False)
    bank_hours = models.PositiveIntegerField(_("only when the bank was read in the last hours"), null=True, default=72)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "payment_kind", "shop", "customer_group"],
                name="dunning_policy_once",
                nulls_distinct=False,
            )
        ]


class DunningCase(Owned):
    """Where asking for an item stands. An item nobody has asked for yet has none.

    `level` is the one reached, `reached_on` when. `base_on` is a day of the merchant's own from which the first level
    counts. `holds` are the reasons for which the last run left it.
    """

    item = models.OneToOneField(OpenItem, on_delete=models.PROTECT, related_name="dunning")
    level = models.PositiveSmallIntegerField(default=0)
    reached_on = models.DateField(null=True)
    base_on = models.DateField(null=True)
    ended = models.CharField(max_length=12, blank=True)
    paused_for = models.CharField(max_length=12, choices=Pause.choices, blank=True)
    paused_until = models.DateField(null=True)
    holds = models.JSONField(default=list)
    held_on = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["merchant", "-held_on", "-id"], condition=models.Q(held_on__isnull=False), name="case_held"
            )
        ]


class Notice(Owned):
    """What was asked of a buyer, with the figures as they were; sent once per item and level.

    What is asked for besides the debt is written here as the letter says it: `fee_minor` is what this level adds,
    `interest_minor` all interest so far. What of it counts is told by the item; see `receivables.costs`.
    `facts` say how the interest was reckoned: since when and why the buyer was in default, and the slices.
    `was_skipped` marks one that a person left out: the level is reached, and nobody was written to. Its `facts` say
    where the item stood before.
    """

    item = models.ForeignKey(OpenItem, on_delete=models.PROTECT, related_name="notices")
    what = models.CharField(max_length=12, choices=[(one.value, one.value) for one in What])
    level = models.PositiveSmallIntegerField()
    on = models.DateField()
    sent_by = models.CharField(max_length=12, choices=[(one.value, one.value) for one in SentBy])
    open_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    interest_minor = models.BigIntegerField(default=0)
    flat_minor = models.BigIntegerField(default=0)
    facts = models.JSONField(default=dict)
    was_skipped = models.BooleanField(default=False)
    by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "item", "level"], name="notice_once_per_level"),
            models.CheckConstraint(
                condition=models.Q(fee_minor__gte=0, interest_minor__gte=0, flat_minor__gte=0),
                name="notice_claims_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["merchant", "-on", "-id"], name="notice_by_date")]


class CustomerBlock(Owned):
    """A customer who is not asked, until the end of a day or for good."""

    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, related_name="dunning_block")
    until = models.DateField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=120)
    created_at = models.DateTimeField()


class DunningRun(Owned):
    """The run of a day: one for each merchant and day, gone on with where a worker fell over.

    `after` is the last item that was looked at; a worker holds the run by `token` until `lease_until`.
    """

    day = models.DateField()
    state = models.CharField(max_length=12, choices=RunState.choices, default=RunState.RUNNING)
    after = models.BigIntegerField(default=0)
    reminded = models.PositiveIntegerField(default=0)
    ended = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "day"], name="dunning_run_once_a_day")]
