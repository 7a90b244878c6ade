"""What is kept of plans: prices by date, who has which, how they are billed, and the invoices."""

from dataclasses import fields

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.merchants.models import Merchant, Owned
from zahlmeister.money.amount import Amount
from zahlmeister.plans.rules import Category, Prices, Tax, Why


class PlanVersion(Owned):
    """The prices of a plan from a month on; `merchant` is the operator. A version never changes."""

    name = models.CharField(_("plan"), max_length=40)
    since = models.DateField(_("since"))  # the first of a month
    currency = models.CharField(max_length=3, default="EUR")
    free = models.PositiveIntegerField(_("free payments a month"), default=100)
    commission_bp = models.PositiveIntegerField(_("commission"), default=50)  # hundredths of a percent
    cap_without_order_minor = models.BigIntegerField(_("at most without an order"), default=195)
    flat_own_minor = models.BigIntegerField(_("flat rate for own accounts"), default=0)
    pooled_monthly = models.JSONField(_("pooled accounts a month, by country"), default=dict)
    debit_twice_minor = models.BigIntegerField(_("direct debit, twice a week"), default=0, db_default=0)
    debit_each_minor = models.BigIntegerField(_("direct debit for each refund"), default=0, db_default=0)
    keeps_reminder_fees = models.BooleanField(_("keeps reminder fees"), default=False, db_default=False)
    created_by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "name", "since"], name="plan_version_once"),
            models.CheckConstraint(condition=Q(since__day=1), name="plan_version_from_a_first"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def prices(self) -> Prices:
        """As the rules want them."""
        return Prices(**{each.name: getattr(self, each.name) for each in fields(Prices)})


class Subscription(Owned):
    """A merchant has this plan from a month on."""

    plan = models.CharField(max_length=40)
    since = models.DateField()  # the first of a month
    agreed_by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "since"], name="subscription_once_a_month"),
            models.CheckConstraint(condition=Q(since__day=1), name="subscription_from_a_first"),
        ]


class Billing(Owned):
    """How a merchant stands on invoices, as seller or as buyer. The VAT id counts only while it was found valid."""

    company = models.CharField(_("company"), max_length=120)
    street = models.CharField(_("street and number"), max_length=70)
    postcode = models.CharField(_("postcode"), max_length=16)
    city = models.CharField(_("town"), max_length=35)
    country = models.CharField(_("country"), max_length=2, default="DE")
    email = models.CharField(_("e-mail address"), max_length=254, blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    vat_id = models.CharField(_("VAT id"), max_length=16, blank=True)
    vat_is_valid = models.BooleanField(default=False)
    vat_asked_at = models.DateTimeField(null=True)
    vat_asked_by = models.CharField(max_length=120, blank=True)
    vat_proof = models.CharField(max_length=80, blank=True)  # how the authority names its answer

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant"], name="billing_once")]

    def __str__(self) -> str:
        return self.company

    @property
    def party(self) -> dict[str, str]:
        """As an invoice keeps it for good."""
        known = {
            name: getattr(self, name) for name in ("company", "street", "postcode", "city", "country", "email", "phone")
        }
        return {**known, "vat_id": self.vat_id if self.vat_is_valid else ""}


class Invoice(Owned):
    """The operator's invoice of a month in one currency; `merchant` is the operator. It never changes.

    Numbers of one operator follow each other without a gap: `ordinal` counts from 1.
    """

    customer = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    currency = models.CharField(max_length=3)
    ordinal = models.PositiveIntegerField()
    number = models.CharField(max_length=20)
    issued_on = models.DateField()
    allowance_minor = models.BigIntegerField(default=0, db_default=0)  # fees of earlier months, credited before tax
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    category = models.CharField(max_length=2)
    per_mille = models.PositiveIntegerField()
    seller = models.JSONField()
    buyer = models.JSONField()
    order = models.ForeignKey("banking.PaymentOrder", on_delete=models.PROTECT, null=True, related_name="+")
    debit = models.ForeignKey("banking.Debit", on_delete=models.PROTECT, null=True, related_name="+")
    attempt = models.PositiveSmallIntegerField(default=0)
    settled_on = models.DateField(null=True)
    is_owed = models.BooleanField(default=False)  # it stands among the operator's open items
    look_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "ordinal"], name="invoice_numbered_once"),
            models.UniqueConstraint(fields=["merchant", "customer", "month", "currency"], name="invoice_once_a_month"),
            models.CheckConstraint(condition=Q(total_minor=F("net_minor") + F("tax_minor")), name="invoice_adds_up"),
            models.CheckConstraint(
                condition=Q(net_minor__gt=0) | Q(net_minor=0, allowance_minor__gt=0), name="invoice_of_something"
            ),
            models.CheckConstraint(condition=Q(allowance_minor__gte=0), name="invoice_allows_nothing_below"),
        ]
        indexes = [models.Index(fields=["customer", "-issued_on"], name="invoice_by_customer")]

    def __str__(self) -> str:
        return self.number

    @property
    def total(self) -> Amount:
        return Amount(self.total_minor, self.currency)

    @property
    def tax(self) -> Tax:
        return Tax(Category(self.category), self.per_mille)


class InvoiceLine(Owned):
    """One line of an invoice: so many of something, and their net amount."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=16)  # see `plans.usage`
    about = models.CharField(max_length=40, blank=True)
    count = models.PositiveIntegerField()
    base_minor = models.BigIntegerField(default=0)  # what a commission is of
    net_minor = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_once")]


class BilledMonth(Owned):
    """A merchant's month was settled; without an invoice when it cost nothing."""

    month = models.DateField()
    invoiced = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "month"], name="month_billed_once")]


class KeptReminderFee(Owned):
    """What of an order's reminder fees a billed month has charged; `merchant` is the customer.

    Below zero where the buyer's money went back after an earlier invoice. The sum of an order's rows is what the
    operator has kept of it. The invoice is the operator's row and is named by number only.
    """

    item = models.ForeignKey("receivables.OpenItem", on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    invoice_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "item", "month"], name="reminder_fee_kept_once_a_month"),
            models.CheckConstraint(condition=~Q(minor=0), name="reminder_fee_kept_of_something"),
        ]
        indexes = [models.Index(fields=["merchant", "month"], name="reminder_fee_by_month")]


class Found(models.TextChoices):
    """What was found out about a fee after its month was billed."""

    NOTHING = ""
    FREE = "free"  # a free payment before it was missed, so that it is one of the free ones itself
    MISSED = "missed"  # a person had to assign it, or to take it back


class BilledFee(Owned):
    """What a payment cost when its month was billed; `merchant` is the customer.

    Free payments are kept too, because each that was missed makes another one free. `credited_minor` of the fee were
    given back on later invoices; constraints see to it that this is never more than was charged. Invoices are the
    operator's rows and are named by number only (`invoice_id`), with the tax that was on them; 0 on none.
    """

    payment = models.ForeignKey("receivables.Payment", on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    invoice_id = models.BigIntegerField(default=0)
    category = models.CharField(max_length=2, blank=True)
    per_mille = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3)
    why = models.CharField(max_length=10)  # see `rules.Why`
    minor = models.BigIntegerField()
    found = models.CharField(max_length=6, choices=Found.choices, default=Found.NOTHING, blank=True)
    found_at = models.DateTimeField(null=True)
    credited_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "payment"], name="fee_billed_once"),
            models.CheckConstraint(
                condition=Q(minor=0, invoice_id=0, why=Why.FREE) | Q(minor__gt=0, invoice_id__gt=0),
                name="fee_is_of_an_invoice",
            ),
            models.CheckConstraint(
                condition=Q(credited_minor__gte=0, credited_minor__lte=F("minor")), name="fee_credited_once"
            ),
            models.CheckConstraint(condition=Q(credited_minor=0) | ~Q(found=""), name="fee_credited_for_a_reason"),
        ]
        indexes = [
            models.Index(fields=["merchant", "month"], name="fee_by_month"),
            models.Index(fields=["merchant", "id"], condition=~Q(found=""), name="fee_found"),
        ]

    @property
    def left(self) -> Amount:
        """What of it is still to be given back."""
        return Amount(self.minor - self.credited_minor, self.currency)


class FeeCredit(Owned):
    """So much of a fee was given back on this invoice; `merchant` is the customer."""

    invoice_id = models.BigIntegerField()
    fee = models.ForeignKey(BilledFee, on_delete=models.PROTECT, related_name="credits")
    minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "invoice_id", "fee"], name="fee_credited_once_an_invoice"),
            models.CheckConstraint(condition=Q(minor__gt=0), name="fee_credit_of_something"),
        ]
