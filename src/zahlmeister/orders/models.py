"""What is kept of shops, customers and orders, as the shop reports them."""

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from zahlmeister.merchants.models import Owned
from zahlmeister.merchants.sealed_number import SealedNumber
from zahlmeister.merchants.text_index import TextIndex
from zahlmeister.money.amount import Amount
from zahlmeister.orders.states import ImportKind, Presence, ShopState


class Shop(Owned):
    """A sales channel of a merchant: a shop system, a marketplace, an ERP or a file.

    `follows` is the shop whose orders this one takes over by their numbers, after a move. Orders of a test shop are
    never written to their buyers, and no payment is assigned to them by itself.
    """

    name = models.CharField(_("name"), max_length=120)
    is_test = models.BooleanField(_("test shop"), default=False, db_default=False)
    follows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="followers")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "name"], name="shop_once")]

    def __str__(self) -> str:
        return self.name


class ShopConnection(Owned):
    """How a shop is reached, and how that goes.

    `settings` may be read by everybody, `sealed` by nobody (see `merchants.seal`). Whoever reads holds the connection
    by `token` until `lease_until`; `due_at` is when it is read next. `read_at` is when it last answered with its whole
    list of open orders. `doubt` are the figures of a list that was too short to be believed; `confirmed_missing` is how
    many missing orders a person has said are right.
    """

    shop = models.OneToOneField(Shop, on_delete=models.PROTECT, related_name="connection")
    system = models.CharField(_("system"), max_length=24)
    settings = models.JSONField(default=dict)
    sealed = models.BinaryField(default=b"")
    about = models.JSONField(default=dict)
    every_minutes = models.PositiveIntegerField(_("read every so many minutes"), default=15)
    since = models.DateField(_("orders since"), null=True)
    state = models.CharField(_("state"), max_length=12, choices=ShopState.choices, default=ShopState.CONNECTED)
    failures = models.PositiveIntegerField(default=0)  # in a row
    troubled_since = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)
    last_order = models.CharField(max_length=64, blank=True)
    last_told_at = models.DateTimeField(null=True)
    open_orders = models.PositiveIntegerField(default=0)
    doubt = models.JSONField(default=dict)
    confirmed_missing = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["state", "due_at"], name="shop_by_due")]

    def __str__(self) -> str:
        return self.shop.name

    @property
    def address(self) -> str:
        """Where the shop is, in a few words; empty where the system has one place for all."""
        return str(self.settings.get("address", ""))


class Customer(Owned):
    """Who ordered. `identity` is what makes two orders come from the same customer: number, else e-mail address."""

    identity = models.CharField(max_length=200)
    number = models.CharField(_("customer number"), max_length=64, blank=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    company = models.CharField(_("company"), max_length=200, blank=True)
    email = models.CharField(_("e-mail address"), max_length=254, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "identity"], name="customer_once")]
        indexes = [TextIndex(fields=["merchant", "name", "company", "email"], name="customer_texts")]

    def __str__(self) -> str:
        return self.company or self.name or self.email or self.number


class PaymentKind(models.TextChoices):
    """How the customer said to pay; it steers information, reminders and the end state."""

    PREPAYMENT = "prepayment", _("prepayment")
    INVOICE = "invoice", _("invoice")
    COD = "cod", _("cash on delivery")
    OTHER = "other", _("other")


class KindMapping(Owned):
    """What a payment kind is in a shop: its payment methods, when an order is open, and what is written back.

    Without methods the kind is not read. Without a paid status only the payment is recorded there; without a cancelled
    one the shop is not told of the end. All are the shop's own codes.
    """

    connection = models.ForeignKey(ShopConnection, on_delete=models.PROTECT, related_name="mappings", db_index=False)
    kind = models.CharField(_("payment kind"), max_length=12, choices=PaymentKind.choices)
    methods = models.JSONField(default=list)
    open_statuses = models.JSONField(default=list)
    paid_status = models.CharField(max_length=64, blank=True)
    cancelled_status = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "connection", "kind"], name="mapping_once_per_kind")]


class Order(Owned):
    """An order as its shop last reported it. What was paid of it is kept by the receivables.

    `key` is what a connected shop finds it by; it is empty for orders made by hand or read from files, and such an
    order is never written back. `was_listed` says that the shop has once named it as open: only then can it disappear.
    `told` is what the shop knows of its money by us.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="orders")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="orders")
    number = models.CharField(_("order number"), max_length=64)
    ordered_on = models.DateField(_("ordered on"), null=True)
    due_on = models.DateField(_("due on"), null=True)
    payment_kind = models.CharField(_("payment kind"), max_length=12, choices=PaymentKind.choices)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField(_("amount"))
    shipping_minor = models.BigIntegerField(null=True)
    invoice_number = models.CharField(_("invoice number"), max_length=64, blank=True)
    customer_number = models.CharField(_("customer number"), max_length=64, blank=True)
    reference = models.CharField(_("payment reference"), max_length=40, blank=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    company = models.CharField(_("company"), max_length=200, blank=True)
    email = models.CharField(_("e-mail address"), max_length=254, blank=True)
    street = models.CharField(_("street"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=16, blank=True)
    city = models.CharField(_("town"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    iban = SealedNumber(_("account"), purpose="order", max_length=40, blank=True)
    tracking_numbers = models.CharField(_("tracking number"), max_length=400, blank=True)  # parted by blanks
    discount_minor = models.BigIntegerField(_("cash discount"), default=0, db_default=0)
    discount_until = models.DateField(_("cash discount until"), null=True)
    imported_at = models.DateTimeField()
    key = models.CharField(max_length=120, blank=True, default="", db_default="")
    subshop = models.CharField(max_length=64, blank=True, default="", db_default="")
    shop_status = models.CharField(_("status in the shop"), max_length=64, blank=True, default="", db_default="")
    shop_status_name = models.CharField(max_length=120, blank=True, default="", db_default="")
    payment_method = models.CharField(_("payment method"), max_length=120, blank=True, default="", db_default="")
    language = models.CharField(_("language"), max_length=16, blank=True, default="", db_default="")
    customer_group = models.CharField(_("customer group"), max_length=64, blank=True, default="", db_default="")
    phone = models.CharField(_("phone"), max_length=40, blank=True, default="", db_default="")
    invoiced_on = models.DateField(_("invoiced on"), null=True)
    marketplace_number = models.CharField(max_length=64, blank=True, default="", db_default="")
    delivery = models.JSONField(_("delivery address"), default=dict, db_default=Value({}, models.JSONField()))
    items = models.JSONField(_("articles"), default=list, db_default=Value([], models.JSONField()))
    presence = models.CharField(
        max_length=12, choices=Presence.choices, default=Presence.HERE, db_default=Presence.HERE.value
    )
    was_listed = models.BooleanField(default=False, db_default=False)
    told = models.CharField(max_length=12, blank=True, default="", db_default="")  # PAID, CANCELLED
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "shop", "number"], name="order_once_per_shop")]
        indexes = [
            models.Index(fields=["merchant", "number"], name="order_by_number"),
            models.Index(
                fields=["merchant", "invoice_number"],
                condition=~Q(invoice_number=""),
                name="order_by_invoice",
            ),
            models.Index(fields=["merchant", "customer"], name="order_by_customer"),
            models.Index(fields=["merchant", "shop", "key"], condition=~Q(key=""), name="order_by_key"),
            models.Index(fields=["merchant", "customer_group"], condition=~Q(customer_group=""), name="order_by_group"),
            models.Index(fields=["merchant", "told_at"], condition=~Q(told=""), name="order_told"),
            models.Index(F("merchant"), Lower("email"), name="order_by_mail"),
            models.Index(fields=["merchant", "reference"], condition=~Q(reference=""), name="order_by_reference"),
            TextIndex(fields=["merchant", "name", "company", "email"], name="order_texts"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def total(self) -> Amount:
        """The order amount, shipping included."""
        return Amount(self.total_minor, self.currency)

    @property
    def debtor(self) -> str:
        """Who owes, as a list shows it."""
        return self.company or self.name or self.email


class OrderImport(Owned):
    """Orders that came together: a file, what a shop named, or a call of a program; and how many were taken.

    `made` are the numbers of the orders that it brought, as pairs of the first and last of some without another of the
    merchant's between them. Without `ended_at` it is being read, or its reading broke off with the process.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="imports")
    kind = models.CharField(_("kind"), max_length=8, choices=ImportKind.choices)
    name = models.CharField(_("file"), max_length=255)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    made = models.JSONField(default=list)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["merchant", "-created_at"], name="order_import_by_date")]

    def __str__(self) -> str:
        return self.name


class RefusedRow(Owned):
    """Why an order of an import was not taken; `line` is 0 where the sentence names none."""

    order_import = models.ForeignKey(OrderImport, on_delete=models.PROTECT, related_name="refused_rows")
    line = models.PositiveIntegerField(default=0)
    why = models.TextField()
