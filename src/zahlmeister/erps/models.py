"""What is kept of ERPs."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.erps.states import ReceiptState, Way
from zahlmeister.merchants.models import Owned
from zahlmeister.merchants.sealed_facts import SealedFacts


class ErpConnection(Owned):
    """An ERP: how its documents come, and where it is told what became of them.

    `settings` hold what may be read by everybody and `sealed` the passwords; `profile` says how its files are written.
    `address` is where a webhook is called, signed with `signing`; without one, and without a folder for answers, the
    ERP is told nothing. `after` is the place in an ERP that was read last, `told_after` the last event handed to the
    outbox.
    """

    name = models.CharField(_("name"), max_length=80)
    way = models.CharField(_("way"), max_length=10, choices=Way.choices)
    profile = models.CharField(_("layout of its files"), max_length=40, blank=True)
    settings = models.JSONField(default=dict)
    sealed = models.BinaryField(default=b"")
    address = models.URLField(_("webhook address"), max_length=500, blank=True)
    signing = models.BinaryField(default=b"")
    is_on = models.BooleanField(_("in use"), default=True)
    after = models.CharField(max_length=80, blank=True)
    told_after = models.BigIntegerField(default=0)
    due_at = models.DateTimeField()
    token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "name"], name="erp_once")]
        indexes = [models.Index(fields=["due_at"], condition=Q(is_on=True), name="erp_by_due")]

    def __str__(self) -> str:
        return self.name


class Receipt(Owned):
    """A document as it came in, whatever became of it: the same number with the same content is one receipt.

    One that could not even be read has no content, and its fingerprint is that of the place it stood at.
    """

    erp = models.ForeignKey(ErpConnection, on_delete=models.PROTECT, null=True, related_name="receipts")
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    number = models.CharField(_("number"), max_length=64, blank=True)
    order_number = models.CharField(_("order"), max_length=64, blank=True)
    invoice_number = models.CharField(_("invoice"), max_length=64, blank=True)
    fingerprint = models.CharField(max_length=64)
    content = SealedFacts(purpose="receipt", default=dict)
    origin = models.CharField(_("came as"), max_length=300)
    came_by = models.CharField(max_length=120)
    state = models.CharField(_("state"), max_length=10, choices=ReceiptState.choices, default=ReceiptState.WAITING)
    why = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True)  # when it is tried anew; never by itself when empty
    came_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "kind", "number", "fingerprint"], name="receipt_once")
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="receipt_by_due"),
            models.Index(fields=["merchant", "state", "-id"], name="receipt_by_state"),
            models.Index(fields=["merchant", "order_number"], name="receipt_by_order"),
            models.Index(fields=["merchant", "-came_at"], name="receipt_by_date"),
        ]

    def __str__(self) -> str:
        return f"{self.kind.replace('_', ' ')} {self.number}"


class ErpFile(Owned):
    """A file as it lies in an ERP's folder; a file that changes is another one."""

    erp = models.ForeignKey(ErpConnection, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    modified = models.BigIntegerField()
    seen_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "erp", "name", "size", "modified"], name="erp_file_once")
        ]

    def __str__(self) -> str:
        return self.name
