"""What is kept of customers with access: who they are, their accounts with every entry, and announced transfers."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.banking.models import BankAccount
from zahlmeister.merchants.models import Owned
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import Customer as Buyer
from zahlmeister.prepaid.rules import Balance, Limits, told_number
from zahlmeister.prepaid.states import SPENDS, EntryKind, Every, GivesBack, Purpose, Release, Surplus, TransferState
from zahlmeister.receivables.models import OpenItem, Payment


class CentreSettings(Owned):
    """How a merchant wants the customer centre. A merchant without a row has none. Amounts are the house's default."""

    is_on = models.BooleanField(_("customers may sign in"), default=False)
    lets_in_buyers = models.BooleanField(_("everybody who has ordered may come in by a link"), default=True)
    offers_balance = models.BooleanField(_("accounts can be topped up"), default=True)
    release = models.CharField(
        _("credit transfers by itself"), max_length=8, choices=Release.choices, default=Release.BY_HAND
    )
    gives_back = models.CharField(
        _("pay balances back"), max_length=8, choices=GivesBack.choices, default=GivesBack.BY_HAND
    )
    charges = models.BooleanField(
        _("charge top-ups by itself where the customer has agreed"), default=False, db_default=False
    )
    minimum_minor = models.BigIntegerField(_("least top-up"), default=500)
    maximum_minor = models.BigIntegerField(_("highest top-up"), default=100_000)
    step_minor = models.BigIntegerField(_("in steps of"), default=0)
    most_minor = models.BigIntegerField(_("highest balance"), default=300_000)
    waits_days = models.PositiveSmallIntegerField(_("days until an announced transfer expires"), default=30)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant"], name="centre_settings_once")]


class Customer(Owned):
    """Somebody who signs in to the customer centre. `email` is kept in small letters, the way it is looked for.

    `link` is the number of the newest link to sign in; using one makes the next. `session` is what a signed-in browser
    must name; another number ends all sessions. `password` is a hash, `sealed` holds the second factor's secret, and
    `last_step` keeps a code from being used twice. Wrong tries are counted for each way in by itself: by password, by
    a mailed link, and by who is signed in and changes the password. Else strangers at one would shut the others.
    """

    email = models.CharField(_("e-mail address"), max_length=254)
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=2, default="de")
    is_blocked = models.BooleanField(_("may not sign in"), default=False)
    link = models.PositiveIntegerField(default=0)
    link_until = models.DateTimeField(null=True)
    session = models.PositiveIntegerField(default=1)
    password = models.CharField(max_length=128, blank=True)
    sealed = models.BinaryField(blank=True, default=b"")
    has_second_factor = models.BooleanField(default=False)
    last_step = models.BigIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    link_failures = models.PositiveSmallIntegerField(default=0, db_default=0)
    link_locked_until = models.DateTimeField(null=True)
    change_failures = models.PositiveSmallIntegerField(default=0, db_default=0)
    change_locked_until = models.DateTimeField(null=True)
    signed_in_at = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "email"], name="centre_customer_once")]
        indexes = [models.Index(fields=["merchant", "-id"], name="centre_customer_by_number")]

    def __str__(self) -> str:
        return self.name or self.email


class CentreSession(Owned):
    """A browser in which a customer is signed in. `number` is the customer's `session` then; another one ends it."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="sessions")
    number = models.PositiveIntegerField()
    browser = models.CharField(max_length=60, blank=True)
    began_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["merchant", "began_at"], name="centre_session_by_age")]


class AskedLink(Owned):
    """Somebody at the door asks for a link to sign in; kept until a worker has seen whether he is known.

    So asking takes equally long for everybody, and nobody learns by the clock whose address is known here.
    """

    email = models.CharField(max_length=254)
    language = models.CharField(max_length=2)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "email"], name="asked_link_once")]


class Account(Owned):
    """One of a customer's accounts, in one currency: the invoices of a buyer of the shops, and a balance.

    `buyer` says whose open items it shows; none for an account that only holds a balance. What lies on it is what its
    newest entry says. Limits that are empty are those of the settings. `low_minor` is the mark below which the
    customer is told.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="accounts")
    number = models.PositiveIntegerField()
    name = models.CharField(_("name"), max_length=120, blank=True)
    currency = models.CharField(max_length=3)
    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, null=True, related_name="+")
    minimum_minor = models.BigIntegerField(_("least top-up"), null=True)
    maximum_minor = models.BigIntegerField(_("highest top-up"), null=True)
    step_minor = models.BigIntegerField(_("in steps of"), null=True)
    most_minor = models.BigIntegerField(_("highest balance"), null=True)
    low_minor = models.BigIntegerField(_("tell below"), null=True)
    grants_end_on = models.DateField(null=True)  # the day after which it is looked whether a grant is over
    is_blocked = models.BooleanField(_("nothing can be spent"), default=False)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "number"], name="centre_account_number_once"),
            models.UniqueConstraint(
                fields=["customer", "buyer", "currency"],
                condition=Q(buyer__isnull=False),
                name="centre_account_once_of_customer",
            ),
        ]
        indexes = [
            models.Index(
                fields=["grants_end_on"], condition=Q(grants_end_on__isnull=False), name="centre_account_grants_end"
            )
        ]

    def __str__(self) -> str:
        return f"{told_number(self.number)} {self.name}".strip()

    def limits(self, wanted: CentreSettings) -> Limits:
        """What may be topped up: its own figures, else those of the settings."""
        figures = {
            name: _first(getattr(self, f"{name}_minor"), getattr(wanted, f"{name}_minor"))
            for name in ("minimum", "maximum", "step", "most")
        }
        return Limits(self.currency, **figures)


class Entry(Owned):
    """Something that changed a balance. Entries are only ever added; each carries the balance after it.

    The running number makes two writers who saw the same balance impossible, and `source` says what it was for, once.
    What was paid and what was granted are kept apart. `receipt` numbers the confirmations of deposits.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries")
    ordinal = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=EntryKind.choices)
    paid_minor = models.BigIntegerField(default=0)
    granted_minor = models.BigIntegerField(default=0)
    paid_after_minor = models.BigIntegerField()
    granted_after_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    source = models.CharField(max_length=120)
    text = models.CharField(max_length=200, blank=True)
    item = models.ForeignKey(OpenItem, on_delete=models.PROTECT, null=True, related_name="+")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="+")
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")
    expires_on = models.DateField(null=True)
    receipt = models.PositiveIntegerField(null=True)
    on = models.DateField()
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "ordinal"], name="balance_entry_in_order"),
            models.UniqueConstraint(fields=["merchant", "source"], name="balance_entry_once_per_source"),
            models.UniqueConstraint(
                fields=["merchant", "receipt"], condition=Q(receipt__isnull=False), name="balance_receipt_once"
            ),
            models.CheckConstraint(condition=~Q(paid_minor=0, granted_minor=0), name="balance_entry_changes_something"),
            models.CheckConstraint(
                condition=~Q(kind__in=SPENDS) | Q(paid_minor=0) | Q(paid_after_minor__gte=0),
                name="balance_spends_what_is_there",
            ),
            models.CheckConstraint(condition=Q(granted_after_minor__gte=0), name="balance_granted_not_negative"),
        ]
        indexes = [models.Index(fields=["merchant", "item"], condition=Q(item__isnull=False), name="entry_by_item")]

    @property
    def amount(self) -> Amount:
        """What changed, paid and granted together."""
        return Amount(self.paid_minor + self.granted_minor, self.currency)

    @property
    def after(self) -> Balance:
        """The balance after it."""
        return Balance(self.paid_after_minor, self.granted_after_minor)


class AnnouncedTransfer(Owned):
    """Money that a customer said to transfer, with a reference of its own.

    `shares` are the items it is for and how much of it each, in order; empty means the account's balance. `paid_minor`
    is what came, in the payment that a statement shows. `key` is the form that announced it: sent twice it is one.
    `back_item` is an invoice that was overpaid by `back_minor`, which is still to be promised back.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="transfers")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    reference = models.CharField(max_length=27)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(max_length=3)
    shares = models.JSONField(default=list)
    surplus_to = models.CharField(max_length=8, choices=Surplus.choices, default=Surplus.BALANCE)
    to = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=12, choices=TransferState.choices, default=TransferState.SENT)
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True, related_name="announced")
    paid_minor = models.BigIntegerField(default=0)
    back_item = models.ForeignKey(OpenItem, on_delete=models.PROTECT, null=True, related_name="+")
    back_minor = models.BigIntegerField(default=0)
    reason = models.CharField(max_length=240, blank=True)
    key = models.CharField(max_length=64)
    expires_on = models.DateField()
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "reference"], name="announced_reference_once"),
            models.UniqueConstraint(fields=["account", "key"], name="announced_once_per_form"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="announced_amount_positive"),
            models.CheckConstraint(
                condition=~Q(state__in=("seen", "credited")) | Q(payment__isnull=False), name="announced_money_is_there"
            ),
        ]
        indexes = [models.Index(fields=["merchant", "state", "-id"], name="announced_by_state")]

    def __str__(self) -> str:
        return self.reference

    @property
    def amount(self) -> Amount:
        return Amount(self.amount_minor, self.currency)

    @property
    def paid(self) -> Amount:
        return Amount(self.paid_minor, self.currency)


class AutomaticTopUp(Owned):
    """What a customer wants to happen by itself: so much, when, and at most so much in a month.

    He is asked by mail; or charged by a `way` he has agreed to (see `connectors.providers.contract.Method`), once what
    he pays with is stored. `charging` is the payment at the provider that is on its way; `failures` count those that
    failed, one after the other, and `trouble` says why the newest did.
    """

    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="automatic")
    every = models.CharField(_("when"), max_length=10, choices=Every.choices, default=Every.THRESHOLD)
    below_minor = models.BigIntegerField(_("below"), default=0)
    amount_minor = models.BigIntegerField(_("amount"))
    month_cap_minor = models.BigIntegerField(_("at most in a month"))
    way = models.CharField(max_length=8, blank=True, default="", db_default="")
    charging = models.BigIntegerField(null=True)
    failures = models.PositiveSmallIntegerField(default=0, db_default=0)
    trouble = models.CharField(max_length=240, blank=True, default="", db_default="")
    is_on = models.BooleanField(default=True)
    look_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, month_cap_minor__gte=F("amount_minor")), name="automatic_within_its_cap"
            )
        ]
        indexes = [
            models.Index(fields=["look_at"], condition=Q(is_on=True), name="automatic_due"),
            models.Index(fields=["id"], condition=Q(charging__isnull=False), name="automatic_charging"),
        ]


def _first(own: int | None, otherwise: int) -> int:
    return otherwise if own is None else own
