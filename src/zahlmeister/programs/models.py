"""What is kept of programs that speak for a shop."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from zahlmeister.merchants.models import Owned
from zahlmeister.orders.models import Order, Shop


class ProgramKey(Owned):
    """A key by which a program comes in; it speaks for one shop. The key itself is shown once and not kept.

    One that `may_purchase` also asks for purchases on invoice of the shop's merchant, and sends an ERP's documents.
    `hashed` is its SHA-256: the key is random and long, so that no slower hash is needed. `ending` are its last
    characters, by which a person tells it from others.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="program_keys")
    may_purchase = models.BooleanField(_("may use purchases on invoice"), default=False, db_default=False)
    hashed = models.CharField(max_length=64, unique=True)
    ending = models.CharField(max_length=4)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    used_on = models.DateField(_("last used on"), null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"…{self.ending}"


class Callback(Owned):
    """Where a shop's program is called when what we know of an order's money changes. `sealed` holds its code."""

    shop = models.OneToOneField(Shop, on_delete=models.PROTECT, related_name="callback")
    address = models.URLField(_("address"), max_length=500)
    sealed = models.BinaryField(default=b"")
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.address


class HandedInvoice(Owned):
    """An invoice document as a program has handed it in."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="handed_invoices")
    number = models.CharField(_("invoice number"), max_length=64)
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=255)  # in the file store
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "order", "number", "sha256"], name="handed_invoice_once")
        ]

    def __str__(self) -> str:
        return self.number
