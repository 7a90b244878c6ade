"""What is kept of direct debits: mandates, collections, and the files they went to the bank in."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.banking.bank_file import BankFile
from zahlmeister.banking.debit_rules import Leave
from zahlmeister.banking.debit_states import DebitState
from zahlmeister.formats.payments.mandates import NOTICE_DAYS
from zahlmeister.merchants.models import Merchant, Owned
from zahlmeister.merchants.sealed_number import SealedNumber
from zahlmeister.money.amount import Amount


class SchemeChoice(models.TextChoices):
    """For whom a mandate is."""

    CORE = "CORE", _("anybody (core)")
    COMPANIES = "B2B", _("companies (B2B)")


class Mandate(Owned):
    """A debtor's leave to collect. Its reference is unique for one creditor id, whatever its case.

    `customer` is the merchant who gave it, where the operator of the installation collects from one.
    """

    creditor_id = models.CharField(_("creditor id"), max_length=35)
    reference = models.CharField(_("mandate reference"), max_length=35)  # in capital letters
    scheme = models.CharField(_("for"), max_length=4, choices=SchemeChoice.choices, default=SchemeChoice.CORE)
    is_once = models.BooleanField(_("for one collection only"), default=False)
    signed_on = models.DateField(_("signed on"))
    debtor_name = models.CharField(_("debtor"), max_length=140)
    debtor_number = SealedNumber(_("IBAN"), purpose="mandate", max_length=34)
    debtor_bic = models.CharField(_("BIC"), max_length=11, blank=True)
    notice_days = models.PositiveSmallIntegerField(_("told days before"), default=NOTICE_DAYS)
    customer = models.ForeignKey(Merchant, on_delete=models.PROTECT, null=True, related_name="+")
    last_used_on = models.DateField(null=True)
    revoked_on = models.DateField(null=True)
    revoked_for = models.CharField(max_length=80, blank=True)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "creditor_id", "reference"], name="mandate_once"),
            models.CheckConstraint(condition=Q(notice_days__gte=1), name="mandate_notice_at_least_a_day"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def leave(self) -> Leave:
        """The mandate as the rules want it."""
        return Leave(self.reference, self.signed_on, self.last_used_on, self.revoked_on, self.is_once)


class DebitFile(BankFile):
    """A file of collections for the bank, in euro."""

    SUBJECT = "debit_file"
    currency = "EUR"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "message_id"], name="debit_message_id_once")]


class Debit(Owned):
    """One collection in euro by a mandate. What it says never changes after it was drafted, but its day may move.

    `source` says for what it is made, once. `told_on` is when the debtor was told. It is in one file or in none, and
    `transaction` is the one movement that brought its money.
    """

    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="debits")
    account = models.ForeignKey("banking.BankAccount", on_delete=models.PROTECT, related_name="debits")
    source = models.CharField(max_length=80)
    end_to_end_id = models.CharField(max_length=35)
    amount_minor = models.BigIntegerField(_("amount"))
    text = models.CharField(_("text"), max_length=140, blank=True)
    collect_on = models.DateField(_("collected on"))
    told_on = models.DateField(_("told on"), null=True)
    is_last = models.BooleanField(_("the last one of this mandate"), default=False)
    sequence = models.CharField(max_length=4, blank=True)  # once it is in a file
    state = models.CharField(max_length=12, choices=DebitState.choices, default=DebitState.DRAFTED)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    approved_by = models.CharField(max_length=120, blank=True)
    file = models.ForeignKey(DebitFile, on_delete=models.PROTECT, null=True, related_name="debits")
    group_id = models.CharField(max_length=35, blank=True)
    transaction = models.ForeignKey("banking.BankTransaction", on_delete=models.PROTECT, null=True, related_name="+")
    returned_by = models.ForeignKey("banking.BankTransaction", on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=35, blank=True)  # the bank's code for a rejection or return
    doubt = models.CharField(max_length=32, blank=True)  # what a person must look at, see office.debits

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "source"], name="debit_once_per_source"),
            models.UniqueConstraint(fields=["merchant", "end_to_end_id"], name="debit_end_to_end_id_once"),
            models.UniqueConstraint(fields=["transaction"], name="movement_brings_one_debit"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="debit_amount_positive"),
            models.CheckConstraint(
                condition=Q(state__in=("drafted", "approved", "cancelled"), file__isnull=True)
                | Q(state__in=("in_file", "accepted", "collected", "rejected", "returned"), file__isnull=False),
                name="debit_in_a_file_from_then_on",
            ),
        ]
        indexes = [models.Index(fields=["merchant", "state", "collect_on"], name="debit_by_state")]

    def __str__(self) -> str:
        return self.end_to_end_id

    @property
    def amount(self) -> Amount:
        return Amount(self.amount_minor, "EUR")
