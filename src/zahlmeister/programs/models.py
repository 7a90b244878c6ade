"""What is kept of programs that speak for a shop."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.merchants.models import Owned
from zahlmeister.orders.models import Order, Shop
from zahlmeister.programs.scopes import Scope


class ProgramKey(Owned):
    """A key by which a program comes in; it speaks for one shop, or without one for the whole merchant.

    The key itself is shown once and not kept. `scopes` says what it reaches, parted by blanks; see `programs.scopes`.
    One that `may_purchase` also asks for purchases on invoice of the shop's merchant, and sends an ERP's documents.
    `hashed` is its SHA-256: the key is random and long, so that no slower hash is needed. `ending` are its last
    characters, by which a person tells it from others.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, null=True, related_name="program_keys")
    name = models.CharField(_("name"), max_length=60, blank=True, default="", db_default="")
    scopes = models.CharField(max_length=400, default=Scope.SHOP_PROGRAM.value, db_default=Scope.SHOP_PROGRAM.value)
    may_purchase = models.BooleanField(_("may use purchases on invoice"), default=False, db_default=False)
    hashed = models.CharField(max_length=64, unique=True)
    ending = models.CharField(max_length=4)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    used_on = models.DateField(_("last used on"), null=True)
    ends_at = models.DateTimeField(null=True)  # another one takes its place; until then both are valid
    revoked_at = models.DateTimeField(null=True)
    minute = models.BigIntegerField(default=0, db_default=0)  # since 1970, in which `calls` came, of all processes
    calls = models.PositiveIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"…{self.ending}"


class Callback(Owned):
    """Where a program is called when something changes.

    Of version 2 it is one per shop and is told the order; `sealed` holds its code. Of version 1 it is a webhook: for
    one shop or all, told what `topics` name (parted by blanks), by calls signed with the secret in `sealed`.
    `told_after` is the newest step of the history that was handed to the outbox for it.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, null=True, related_name="callbacks")
    version = models.PositiveSmallIntegerField(default=2, db_default=2)
    address = models.URLField(_("address"), max_length=500)
    topics = models.CharField(max_length=200, blank=True, default="", db_default="")
    sealed = models.BinaryField(default=b"")
    told_after = models.BigIntegerField(default=0, db_default=0)
    source = models.CharField(max_length=80, blank=True, default="", db_default="")  # the write that made it
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "shop"], condition=Q(version=2), name="one_callback_per_shop"),
            models.UniqueConstraint(
                fields=["merchant", "source"], condition=~Q(source=""), name="webhook_once_per_source"
            ),
        ]
        indexes = [models.Index(fields=["merchant"], condition=Q(version=1), name="webhook_by_merchant")]

    def __str__(self) -> str:
        return self.address


class Write(Owned):
    """A write that a program asked for under a key of its own, and what it was answered.

    `name` is the hash of the program's idempotency key, `asked` the hash of what was asked. Whoever works on it holds
    it until `lease_until`; a row without a `status` whose lease is over was left in the middle, and the same call
    goes on with it. The answer is kept sealed until `kept_until`: it may hold a secret.
    """

    key = models.ForeignKey(ProgramKey, on_delete=models.PROTECT, related_name="writes")
    name = models.CharField(max_length=64)
    asked = models.CharField(max_length=64)
    lease_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    sealed = models.BinaryField(default=b"")
    kept_until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "key", "name"], name="write_once_per_key")]
        indexes = [models.Index(fields=["kept_until"], name="write_by_end")]

    def __str__(self) -> str:
        return self.name


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
