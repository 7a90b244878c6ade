"""What is kept of payments at providers: the connections, the payments, what moved, what was said, and the payouts."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.connectors.providers.contract import Kind, Method
from zahlmeister.intents.states import GoesBack, IntentState, Purpose, StoredState
from zahlmeister.merchants.models import Owned, Person
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.models import Payment

_METHODS = [(one.value, one.value) for one in Method]
_KINDS = [(one.value, one.value) for one in Kind]


class ProviderConnection(Owned):
    """A payment provider the merchant has a contract with.

    `system` says which (see `connectors.providers.systems`), `settings` and `sealed` hold what was typed in, `address`
    is empty for the provider's own. `methods` is what buyers may choose. `payouts_at` is when it is asked for payouts.
    """

    system = models.CharField(_("provider"), max_length=16)
    name = models.CharField(_("name"), max_length=80)
    address = models.CharField(max_length=200, blank=True)
    settings = models.JSONField(default=dict)
    sealed = models.BinaryField(default=b"")
    methods = models.JSONField(default=list)
    is_on = models.BooleanField(_("buyers can pay with it"), default=True)
    checked_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    payouts_at = models.DateTimeField()
    payouts_since = models.DateField()
    failures = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "name"], name="provider_once")]
        indexes = [models.Index(fields=["payouts_at"], name="provider_by_payouts")]

    def __str__(self) -> str:
        return self.name


class StoredMethod(Owned):
    """How a customer has paid, stored by the provider with his consent, so that his account can be topped up by it.

    `owner` and `number` are the provider's, `label` is what the customer knows it by. `look_at` is when the provider
    is told next to forget it.
    """

    connection = models.ForeignKey(ProviderConnection, on_delete=models.PROTECT, related_name="stored")
    account = models.BigIntegerField()
    method = models.CharField(max_length=8, choices=_METHODS)
    owner = models.CharField(max_length=120, blank=True)
    number = models.CharField(max_length=120)
    label = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=8, choices=StoredState.choices, default=StoredState.USABLE)
    look_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "connection", "number"], name="stored_once")]
        indexes = [
            models.Index(fields=["merchant", "account"], name="stored_by_account"),
            models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="stored_to_forget"),
        ]

    def __str__(self) -> str:
        return self.label or self.connection.name


class PaymentIntent(Owned):
    """A payment that a buyer was asked for at a provider.

    `shares` says which open items it is for, as pairs of item and minor units; `account` is the prepaid account that
    it tops up, or that takes what is paid beyond the items; `sends_back` says that this goes back instead, and
    `back_minor` what of it is still to be sent. `keeps`: the customer has agreed that how he pays is stored; `stored`
    is what is charged without him. `reference` is what it is called towards the provider, `provider_id`
    and `payment_number` are the provider's own. The sums are what its moves come to.
    """

    connection = models.ForeignKey(ProviderConnection, on_delete=models.PROTECT, related_name="intents")
    reference = models.CharField(max_length=32)
    purpose = models.CharField(_("for"), max_length=8, choices=Purpose.choices)
    shares = models.JSONField(default=list)
    account = models.BigIntegerField(null=True)
    sends_back = models.BooleanField(default=False, db_default=False)
    back_minor = models.BigIntegerField(default=0, db_default=0)
    keeps = models.BooleanField(default=False, db_default=False)
    stored = models.ForeignKey(StoredMethod, on_delete=models.PROTECT, null=True, related_name="intents")
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(max_length=3)
    method = models.CharField(_("paid with"), max_length=8, choices=_METHODS)
    state = models.CharField(_("state"), max_length=20, choices=IntentState.choices, default=IntentState.CREATED)
    reason = models.CharField(max_length=240, blank=True)
    why = models.CharField(max_length=8, blank=True, db_default="")  # a charge without the customer was declined
    text = models.CharField(max_length=140)
    language = models.CharField(max_length=5, default="de")
    email = models.CharField(max_length=254, blank=True)
    back_to = models.CharField(max_length=500)
    mark = models.CharField(max_length=64)  # of what was wished, so that the same wish is one payment
    provider_id = models.CharField(max_length=120, blank=True)
    payment_number = models.CharField(max_length=120, blank=True)
    redirect_url = models.TextField(blank=True)
    paid_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    charged_back_minor = models.BigIntegerField(default=0)
    fee_minor = models.BigIntegerField(default=0)
    is_disputed = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True)  # when the provider is asked next how it stands
    looked_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "reference"], name="intent_reference_once"),
            models.UniqueConstraint(
                fields=["merchant", "connection", "provider_id"],
                condition=~Q(provider_id=""),
                name="intent_once_per_provider_id",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="intent_amount_positive"),
            models.CheckConstraint(
                condition=Q(purpose=Purpose.ITEMS) | Q(account__isnull=False), name="top_up_needs_an_account"
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="intent_by_number"),
            models.Index(fields=["merchant", "state", "-id"], name="intent_by_state"),
            models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="intent_to_look_at"),
            models.Index(fields=["id"], condition=Q(back_minor__gt=0), name="intent_surplus_to_send"),
            models.Index(
                fields=["merchant", "mark"],
                condition=Q(state__in=("created", "awaiting_payment")),
                name="intent_by_wish",
            ),
            models.Index(
                fields=["connection", "payment_number"], condition=~Q(payment_number=""), name="intent_by_payment"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def amount(self) -> Amount:
        return Amount(self.amount_minor, self.currency)

    @property
    def left(self) -> Amount:
        """What of the money is still here: paid, and neither refunded nor charged back."""
        return Amount(self.paid_minor - self.refunded_minor - self.charged_back_minor, self.currency)

    @property
    def fee(self) -> Amount:
        return Amount(self.fee_minor, self.currency)


class ProviderMove(Owned):
    """Money that has moved at the provider for a payment; never changed but for a fee that is told later."""

    intent = models.ForeignKey(PaymentIntent, on_delete=models.PROTECT, related_name="moves")
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=_KINDS)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    reason = models.CharField(max_length=240, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "intent", "key", "kind"], name="move_once")]
        indexes = [models.Index(fields=["intent", "at"], name="move_by_intent")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def amount(self) -> Amount:
        return Amount(self.amount_minor, self.intent.currency)


class ProviderRefund(Owned):
    """Money of a payment that is to go back where it came from. `key` is what the provider knows it by.

    One that was made at the provider itself has the provider's number as its key. `subject` names the row of ours it
    is made for, such as `refund:17`. `needs_second`: above the merchant's limits, so that somebody else than `by` looks
    before it leaves; `approved_by` is who did. `person` is `by` whatever their address becomes, where it is a person.
    `released_at` is when one that was of a balance was let go, later than it was promised.
    """

    intent = models.ForeignKey(PaymentIntent, on_delete=models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=80)
    subject = models.CharField(max_length=64, blank=True)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=GoesBack.choices, default=GoesBack.ASKED)
    error = models.TextField(blank=True)
    failures = models.PositiveIntegerField(default=0)
    look_at = models.DateTimeField(null=True)
    needs_second = models.BooleanField(default=False, db_default=False)
    by = models.CharField(max_length=120)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    approved_by = models.CharField(max_length=120, blank=True, db_default="")
    released_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "intent", "key"], name="provider_refund_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="provider_refund_positive"),
        ]
        indexes = [
            models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="provider_refund_to_send"),
            models.Index(fields=["merchant", "subject"], name="provider_refund_by_subject"),
            models.Index(fields=["merchant"], condition=Q(needs_second=True), name="provider_refund_to_approve"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def amount(self) -> Amount:
        return Amount(self.amount_minor, self.intent.currency)


class ProviderEvent(Owned):
    """A call of the provider about a payment of ours that proved to be its own, once, and how often it came."""

    connection = models.ForeignKey(ProviderConnection, on_delete=models.PROTECT, related_name="events")
    intent = models.ForeignKey(PaymentIntent, on_delete=models.PROTECT, related_name="events")
    event_id = models.CharField(max_length=160)
    kind = models.CharField(max_length=16, choices=_KINDS)
    provider_id = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField(null=True)  # when it happened, as the provider says
    heard_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "connection", "event_id"], name="event_once")]
        indexes = [models.Index(fields=["merchant", "intent", "heard_at"], name="event_by_intent")]

    def __str__(self) -> str:
        return self.event_id


class ProviderPayout(Owned):
    """What a provider sends to the merchant's account; `payment` is the one on a statement of ours that it was."""

    connection = models.ForeignKey(ProviderConnection, on_delete=models.PROTECT, related_name="payouts")
    key = models.CharField(max_length=120)
    number = models.CharField(_("number on the statement"), max_length=120)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    fees_minor = models.BigIntegerField(default=0)
    on = models.DateField()
    announced_at = models.DateTimeField()
    look_at = models.DateTimeField()  # when its payment is looked for next
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True, related_name="provider_payout")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "connection", "key"], name="provider_payout_once")]
        indexes = [models.Index(fields=["look_at"], condition=Q(payment__isnull=True), name="provider_payout_to_find")]

    def __str__(self) -> str:
        return self.number

    @property
    def amount(self) -> Amount:
        return Amount(self.amount_minor, self.currency)

    @property
    def fees(self) -> Amount:
        return Amount(self.fees_minor, self.currency)
