"""What is kept of who owes what, what came in, and which payment was found to pay which item."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.banking.models import BankAccount, BankTransaction
from zahlmeister.ledger.rules import Waiver
from zahlmeister.merchants.models import Merchant, Owned
from zahlmeister.merchants.sealed_number import SealedNumber
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import Customer, Order, Shop
from zahlmeister.receivables.states import ItemState, PaymentState


class OpenItem(Owned):
    """What is owed on an order.

    `open_minor` is what is still missing, `surplus_minor` what came too much, `cancelled_minor` what fell away when
    the order was cancelled. At most one of them is above zero.

    What is asked for besides the order because it is late is `costs_asked_minor`; `costs_minor` is how much of that
    counts: all of it when `claims_costs`, else as much as was paid of it. What is open holds the costs that count.
    `interest_asked_minor` and `interest_minor` say how much of either is default interest; the rest are fees.

    `shop_knows` repeats the order's `told` beside the state, so that an index can hold what is not true any more.
    """

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="item")
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    open_minor = models.BigIntegerField(_("open amount"))
    surplus_minor = models.BigIntegerField(default=0)
    cancelled_minor = models.BigIntegerField(default=0)
    costs_asked_minor = models.BigIntegerField(default=0, db_default=0)
    costs_minor = models.BigIntegerField(default=0, db_default=0)
    interest_asked_minor = models.BigIntegerField(default=0, db_default=0)
    interest_minor = models.BigIntegerField(default=0, db_default=0)
    claims_costs = models.BooleanField(default=False, db_default=False)
    state = models.CharField(_("state"), max_length=12, choices=ItemState.choices, default=ItemState.OPEN)
    opened_on = models.DateField(_("ordered on"))
    due_on = models.DateField(null=True)
    settled_on = models.DateField(null=True)
    shop_knows = models.CharField(max_length=12, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(open_minor=0) | Q(open_minor__gt=0, open_minor__lte=F("total_minor") + F("costs_minor")),
                name="item_open_within_total",
            ),
            models.CheckConstraint(
                condition=Q(costs_minor__gte=0, costs_minor__lte=F("costs_asked_minor")),
                name="item_costs_within_those_asked",
            ),
            models.CheckConstraint(condition=Q(surplus_minor__gte=0), name="item_surplus_not_negative"),
            models.CheckConstraint(
                condition=~Q(state=ItemState.PAID) | Q(open_minor=0), name="item_paid_means_nothing_open"
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "state", "-opened_on", "-id"], name="item_by_state"),
            models.Index(fields=["merchant", "-opened_on", "-id"], name="item_by_date"),
            models.Index(fields=["merchant", "total_minor"], name="item_by_amount"),
            models.Index(fields=["merchant"], condition=Q(surplus_minor__gt=0), name="item_overpaid"),
            models.Index(  # what the start page adds up, without looking at the rows themselves
                fields=["merchant", "currency", "state", "opened_on", "due_on", "open_minor"],
                condition=Q(open_minor__gt=0),
                name="item_owed",
            ),
            models.Index(  # how long buyers take, without looking at the rows themselves
                fields=["merchant", "settled_on", "opened_on", "state"],
                condition=Q(settled_on__isnull=False),
                name="item_settled",
            ),
            models.Index(  # few: almost all that shops were told of is paid
                fields=["merchant", "shop_knows", "state"],
                condition=~Q(shop_knows="") & ~Q(state=ItemState.PAID),
                name="item_untrue_in_shop",
            ),
        ]

    @property
    def total(self) -> Amount:
        return Amount(self.total_minor, self.currency)

    @property
    def open(self) -> Amount:
        return Amount(self.open_minor, self.currency)

    @property
    def surplus(self) -> Amount:
        return Amount(self.surplus_minor, self.currency)


class DelayCosts(Owned):
    """Fees and interest that were asked for with a notice of a day; below zero where a person dropped them again."""

    item = models.ForeignKey(OpenItem, on_delete=models.PROTECT, related_name="delay_costs")
    minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0, db_default=0)  # of it the fee of the reminder itself
    on = models.DateField()
    source = models.CharField(max_length=120)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "source"], name="delay_costs_once_per_source")]


class MatchKey(models.Model):
    """A key under which the matcher finds an item: a 64-bit digest, clustered by merchant and digest."""

    pk = models.CompositePrimaryKey("merchant_id", "digest", "item_id")
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="+", db_index=False)
    digest = models.BigIntegerField()
    item = models.ForeignKey(OpenItem, on_delete=models.PROTECT, related_name="+", db_index=False)

    def __str__(self) -> str:
        return f"{self.digest:x} → {self.item_id}"


class RetiredKeys(models.Model):
    """Nothing is open on this item any more; its keys for names and amounts are still there, and passed over.

    Taking keys away touches a page of the table for each of them, so it is done for many items at once (see
    `receivables.sweep`). `open_minor` is what was open when the keys were written.
    """

    item = models.OneToOneField(OpenItem, on_delete=models.PROTECT, primary_key=True, related_name="+")
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="+")
    open_minor = models.BigIntegerField()

    def __str__(self) -> str:
        return f"keys of {self.item_id}"


class Payment(Owned):
    """An incoming payment and what became of it. The bank's facts are those of its transaction.

    `open_minor` is what has not been assigned yet. `kept_minor` is what a carrier kept of what it collected: buyers
    have paid it, so that it can be assigned as well. `candidates` are the matcher's suggestions, best first, as
    `flows.settle_payments` wrote them; `decided_by` is a person's e-mail address or “matcher”.
    """

    transaction = models.OneToOneField(BankTransaction, on_delete=models.PROTECT, related_name="payment")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(_("amount"))
    open_minor = models.BigIntegerField()
    kept_minor = models.BigIntegerField(default=0, db_default=0)
    booked_on = models.DateField(_("booked on"))
    state = models.CharField(_("state"), max_length=14, choices=PaymentState.choices, default=PaymentState.NEW)
    reason = models.CharField(max_length=40, blank=True)
    confidence_ppm = models.PositiveIntegerField(default=0)  # millionths
    candidates = models.JSONField(default=list)
    decided_by = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(open_minor__gte=0) & Q(open_minor__lte=F("amount_minor") + F("kept_minor")),
                name="payment_open_within_amount",
            ),
            models.CheckConstraint(condition=Q(kept_minor__gte=0), name="payment_kept_not_negative"),
            models.CheckConstraint(
                condition=~Q(state=PaymentState.ASSIGNED) | Q(open_minor=0),
                name="payment_assigned_means_nothing_left",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "state", "-booked_on", "-id"], name="payment_by_state"),
            models.Index(fields=["merchant", "-booked_on", "-id"], name="payment_by_date"),
            models.Index(
                fields=["merchant", "booked_on"],
                condition=~Q(decided_by__in=["", "matcher"]),  # few: what the guarantee looks at
                name="payment_by_person",
            ),
            models.Index(fields=["merchant", "amount_minor"], name="payment_by_amount"),
            models.Index(  # likewise
                fields=["merchant", "currency", "state", "booked_on", "open_minor"],
                condition=Q(open_minor__gt=0),
                name="payment_with_rest",
            ),
        ]

    @property
    def amount(self) -> Amount:
        return Amount(self.amount_minor, self.currency)

    @property
    def open(self) -> Amount:
        return Amount(self.open_minor, self.currency)


class Allocation(Owned):
    """The fact that so much of a payment pays an item. Undone by a row of its own that `reverses` it.

    `applied_minor` reduces what is open; `surplus_minor` came too much; `waived_minor` is a rest that is not asked
    for, with its reason. The payment gives applied + surplus. A reversing row gives the same back; how much of it was
    surplus by then may differ.
    A null `payment` means: marked as paid by hand, the money is not on any statement of ours.
    """

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, related_name="allocations", db_index=False
    )
    item = models.ForeignKey(OpenItem, on_delete=models.PROTECT, related_name="allocations", db_index=False)
    applied_minor = models.BigIntegerField()
    surplus_minor = models.BigIntegerField(default=0)
    waived_minor = models.BigIntegerField(default=0)
    waiver = models.CharField(max_length=12, blank=True, choices=[(waiver.value, waiver.name) for waiver in Waiver])
    revived_minor = models.BigIntegerField(default=0)  # what it brought back to life of a cancelled order
    source = models.CharField(max_length=120)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    confidence_ppm = models.PositiveIntegerField(null=True)
    clues = models.JSONField(default=list)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversal")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "source"], name="allocation_once_per_source"),
            models.CheckConstraint(
                condition=Q(applied_minor__gte=0, surplus_minor__gte=0, waived_minor__gte=0)
                & (Q(applied_minor__gt=0) | Q(surplus_minor__gt=0) | Q(waived_minor__gt=0)),
                name="allocation_positive",
            ),
        ]
        indexes = [  # with what it reverses: SQLite would rather go through all that reverse nothing
            models.Index(fields=["payment", "reverses"], name="allocation_by_payment"),
            models.Index(fields=["item", "reverses"], name="allocation_by_item"),
        ]

    @property
    def amount(self) -> Amount:
        """What the payment gave."""
        return Amount(self.applied_minor + self.surplus_minor, self.item.currency)


class AdviceList(Owned):
    """A carrier's list of the parcels that one of its payments is made of, kept as it was handed in."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="advice_lists")
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=255)  # in the file store
    handed_in_by = models.CharField(max_length=120)
    handed_in_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "payment", "sha256"], name="advice_list_once")]

    def __str__(self) -> str:
        return self.name


class PayerAccount(Owned):
    """Who has paid for a customer before: learned when a person confirms an allocation, and only then.

    `number` is the account, empty where the bank names none. `name` is the payer's name as
    `matching.folding.payer_name` writes it where it is not the customer's own, else empty.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="payer_accounts")
    number = SealedNumber(purpose="payer", max_length=64, blank=True)
    name = models.CharField(max_length=140, blank=True)
    learned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "customer", "number", "name"], name="payer_account_once"),
            models.CheckConstraint(condition=~Q(number="") | ~Q(name=""), name="payer_account_says_something"),
        ]
        indexes = [models.Index(fields=["merchant", "name"], name="payer_account_by_name")]


class IgnoredPayer(Owned):
    """Money from this payer is never for an order: a person said so.

    The payer is an account, or, where the bank names none, a name as `matching.folding.fold` writes it.
    """

    number = SealedNumber(purpose="ignored-payer", max_length=64, blank=True)
    name = models.CharField(max_length=200, blank=True)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "number"], condition=~Q(number=""), name="ignored_account_once"
            ),
            models.UniqueConstraint(fields=["merchant", "name"], condition=Q(number=""), name="ignored_name_once"),
            models.CheckConstraint(condition=~Q(number="") | ~Q(name=""), name="ignored_payer_is_somebody"),
        ]


class AccountUse(Owned):
    """A person said which orders are paid to an account: those of a shop, of a billing country, of both, or any.

    For one currency, shop and country there is one account. `currency` is the account's.
    """

    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="uses")
    currency = models.CharField(max_length=3)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, null=True, related_name="+")  # none: every shop
    country = models.CharField(_("billing country"), max_length=2, blank=True)  # empty: every country
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "currency", "shop", "country"],
                condition=Q(shop__isnull=False),
                name="account_use_once_per_shop",
            ),
            models.UniqueConstraint(
                fields=["merchant", "currency", "country"],
                condition=Q(shop__isnull=True),
                name="account_use_once_for_all_shops",
            ),
        ]


class Outlook(Owned):
    """What the next thirty days are likely to bring in one currency, worked out once a day; see `outlook_rules`.

    `days` are pairs of minor units from `first` on: for orders that are open, and for orders still to come. `curves`
    are the rates of each payment kind in millionths, `tried` the months that are over: their first day, what was
    expected and what came. All three are empty when too little was known. `past` are the days before the last week as
    the start page draws them, each with the fields of `figures.DayMoney`: many payments take long to add up.
    """

    currency = models.CharField(max_length=3)
    first = models.DateField()
    days = models.JSONField(default=list)
    curves = models.JSONField(default=dict)
    tried = models.JSONField(default=list)
    past = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "currency"], name="outlook_once")]

    def __str__(self) -> str:
        return f"{self.first} {self.currency}"
