"""What is kept of shops, customers and orders, as the shop reports them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.merchants.models import Owned
from zahlmeister.money.amount import Amount


class Shop(Owned):
    """A sales channel of a merchant: a shop system, a marketplace, an ERP or a file."""

    name = models.CharField(_("name"), max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "name"], name="shop_once")]

    def __str__(self) -> str:
        return self.name


class Customer(Owned):
    """Who ordered. `identity` is what makes two orders come from the same customer: number, else e-mail address."""

    identity = models.CharField(max_length=200)
    number = models.CharField(_("customer number"), max_length=64, blank=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    company = models.CharField(_("company"), max_length=200, blank=True)
    email = models.CharField(_("e-mail address"), max_length=254, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "identity"], name="customer_once")]

    def __str__(self) -> str:
        return self.company or self.name or self.email or self.number


class PaymentKind(models.TextChoices):
    """How the customer said to pay; it steers information, reminders and the end state."""

    PREPAYMENT = "prepayment", _("prepayment")
    INVOICE = "invoice", _("invoice")
    COD = "cod", _("cash on delivery")
    OTHER = "other", _("other")


class Order(Owned):
    """An order as its shop last reported it. What was paid of it is kept by the receivables."""

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
    iban = models.CharField(_("account"), max_length=40, blank=True)
    tracking_numbers = models.CharField(_("tracking number"), max_length=400, blank=True)  # parted by blanks
    discount_minor = models.BigIntegerField(_("cash discount"), default=0, db_default=0)
    discount_until = models.DateField(_("cash discount until"), null=True)
    imported_at = models.DateTimeField()

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
