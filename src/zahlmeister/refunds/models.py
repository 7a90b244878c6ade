"""What is kept of refunds: each with where it is to go and how far it is, and how a merchant wants them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.banking.debit_models import Debit
from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.merchants.models import Owned
from zahlmeister.merchants.sealed_facts import SealedFacts
from zahlmeister.merchants.sealed_number import SealedNumber
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import Shop
from zahlmeister.receivables.models import OpenItem, Payment
from zahlmeister.refunds.rules import Rhythm, reference
from zahlmeister.refunds.states import CollectionState, Origin, RefundState, Way


class RefundSettings(Owned):
    """How a merchant wants refunds. A merchant without a row has what stands here as default."""

    waiting_days = models.PositiveSmallIntegerField(_("days until a refund leaves"), default=7)
    in_banking_days = models.BooleanField(_("count banking days"), default=False)
    announces = models.BooleanField(_("tell buyers of a coming refund"), default=True)
    tells_sent = models.BooleanField(_("tell buyers when it was sent"), default=False)
    asks_missing = models.BooleanField(_("ask for bank details that are missing"), default=True)
    asks_again = models.BooleanField(_("ask again when a refund came back"), default=True)
    from_shop = models.BooleanField(_("refund what the shop credits"), default=False)
    only_paid = models.BooleanField(_("from the shop at most what was paid"), default=True)
    way = models.CharField(max_length=8, choices=Way.choices, default=Way.TRANSFER)
    rhythm = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Rhythm], default=Rhythm.WEEKLY)
    good_after_days = models.PositiveSmallIntegerField(_("banking days until a direct debit is good"), default=5)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant"], name="refund_settings_once")]


class RefundCollection(Owned):
    """One direct debit by the operator, for all refunds that were due or for an overdrawn account. `merchant` pays.

    `debit` is a row of the operator's; none when what the operator still held was enough. `has_news` says that
    something has become of the debit that was not followed yet. `rhythm` is the one that refunds were collected in, by
    which a plan charges the debit; empty where it is for no refunds.

    `covers` is the pooled account that was overdrawn by `cover_minor`; once the debit is good, `transfer` of the
    operator's brings that much there, and `arrived` is the payment as which it came.
    """

    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=8, choices=CollectionState.choices, default=CollectionState.ASKED)
    debit = models.ForeignKey(Debit, on_delete=models.PROTECT, null=True, related_name="+")
    rhythm = models.CharField(max_length=8, blank=True, default="", db_default="")
    asked_on = models.DateField()
    came_on = models.DateField(null=True)  # on the operator's account
    good_on = models.DateField(null=True)
    has_news = models.BooleanField(default=False)
    covers = models.ForeignKey(BankAccount, on_delete=models.PROTECT, null=True, related_name="+")
    cover_minor = models.BigIntegerField(default=0, db_default=0)
    attempt = models.PositiveSmallIntegerField(default=0, db_default=0)
    transfer = models.ForeignKey(PaymentOrder, on_delete=models.PROTECT, null=True, related_name="+")
    arrived = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["debit"], name="collection_once_per_debit"),
            models.CheckConstraint(
                condition=Q(covers=None, cover_minor=0) | Q(covers__isnull=False, cover_minor__gt=0),
                name="collection_covers_something",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="collection_not_negative"),
        ]
        indexes = [
            models.Index(fields=["merchant", "-asked_on"], name="collection_by_date"),
            models.Index(fields=["state"], condition=Q(state=CollectionState.ASKED), name="collection_asked"),
            models.Index(fields=["has_news"], condition=Q(has_news=True), name="collection_with_news"),
        ]

    @property
    def amount(self) -> Amount:
        return Amount(self.amount_minor, self.currency)


class Refund(Owned):
    """Money that goes back: of an order, of a payment that is for none, or of a customer's balance.

    `source` says from what it was asked for, once. `of_surplus_minor` and `of_order_minor` say what the refund of an
    order was taken from, `total_then_minor` what the order came to at that moment. `name` and `iban` are where it goes,
    empty while nobody knows; `failed` are accounts it came back from, and it never goes there again. `transfer`
    is the newest one, whoever's account it leaves. `link` is the number of the link the buyer holds.
    """

    number = models.PositiveIntegerField()
    source = models.CharField(max_length=120)
    origin = models.CharField(max_length=8, choices=Origin.choices)
    item = models.ForeignKey(OpenItem, on_delete=models.PROTECT, null=True, related_name="refunds")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="refunds")
    prepaid = models.BigIntegerField(null=True)  # the customer's account whose balance goes back
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, null=True, related_name="+")
    external_reference = models.CharField(_("reference of the shop"), max_length=64, blank=True)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(max_length=3)
    of_surplus_minor = models.BigIntegerField(default=0)
    of_order_minor = models.BigIntegerField(default=0)
    netted_minor = models.BigIntegerField(default=0)  # of what was taken from the order, what its surplus paid later
    total_then_minor = models.BigIntegerField(default=0)
    state = models.CharField(_("state"), max_length=16, choices=RefundState.choices)
    reason = models.CharField(max_length=240, blank=True)  # why it is where it is, a stable word or a sentence
    name = models.CharField(_("recipient"), max_length=140, blank=True)
    iban = SealedNumber(_("IBAN"), purpose="refund", max_length=34, blank=True)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    is_going_back = models.BooleanField(default=False)  # to the very account that had paid
    by_provider = models.CharField(max_length=80, blank=True, default="")  # the payment provider that sends it back
    failed = SealedFacts(purpose="refund-failed", default=list)
    contact = models.CharField(max_length=254, blank=True)  # the mail address known when it was asked for
    due_on = models.DateField(_("planned for"))
    look_at = models.DateTimeField(null=True)  # not before that is it tried again
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, null=True, related_name="+")
    attempt = models.PositiveSmallIntegerField(default=0)
    transfer = models.ForeignKey(PaymentOrder, on_delete=models.PROTECT, null=True, related_name="refunds")
    collection = models.ForeignKey(RefundCollection, on_delete=models.PROTECT, null=True, related_name="refunds")
    has_news = models.BooleanField(default=False)  # something has become of its transfer that was not followed yet
    link = models.PositiveSmallIntegerField(default=0)
    link_until = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    paid_on = models.DateField(null=True)
    noted = models.CharField(max_length=16, blank=True, default="", db_default="")  # the state its shop has noted
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "number"], name="refund_number_once"),
            models.UniqueConstraint(fields=["merchant", "source"], name="refund_once_per_source"),
            models.UniqueConstraint(
                fields=["merchant", "shop", "external_reference"],
                condition=~Q(external_reference=""),
                name="refund_reference_once_per_shop",
            ),
            models.CheckConstraint(
                condition=Q(item__isnull=False, payment__isnull=True, prepaid__isnull=True)
                | Q(item__isnull=True, payment__isnull=False, prepaid__isnull=True)
                | Q(item__isnull=True, payment__isnull=True, prepaid__isnull=False),
                name="refund_of_an_order_or_a_payment",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(
                condition=Q(item__isnull=True, of_surplus_minor=0, of_order_minor=0)
                | Q(item__isnull=False, amount_minor=F("of_surplus_minor") + F("of_order_minor")),
                name="refund_taken_from_somewhere",
            ),
            models.CheckConstraint(
                condition=~Q(iban="") | ~Q(by_provider="") | Q(state__in=("account_missing", "stopped", "cancelled")),
                name="refund_leaves_to_an_account",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "state", "-id"], name="refund_by_state"),
            models.Index(fields=["merchant", "-id"], name="refund_by_number"),
            models.Index(fields=["prepaid", "-id"], condition=Q(prepaid__isnull=False), name="refund_by_balance"),
            models.Index(fields=["due_on"], condition=Q(state__in=("planned", "short")), name="refund_due"),
            models.Index(fields=["has_news"], condition=Q(has_news=True), name="refund_with_news"),
        ]

    def __str__(self) -> str:
        return reference(self.number)

    @property
    def amount(self) -> Amount:
        return Amount(self.amount_minor, self.currency)

    @property
    def reference(self) -> str:
        """What it is called towards buyers, shops and banks."""
        return reference(self.number)
