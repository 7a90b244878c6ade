"""What is kept of transfers we order: the orders, who approved them, and the files they went to the bank in."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.banking.bank_file import BankFile
from zahlmeister.banking.outgoing_states import OrderState
from zahlmeister.merchants.models import Owned, Person
from zahlmeister.merchants.sealed_number import SealedNumber
from zahlmeister.money.amount import Amount

#: What the end-to-end id of an instant transfer ends in once it goes as an ordinary one.
SECOND_ATTEMPT = "-2"


class PaymentFile(BankFile):
    """A file of transfers for the bank."""

    SUBJECT = "payment_file"

    currency = models.CharField(max_length=3)
    changes = models.JSONField(default=list)  # names and texts the bank gets in other letters: what, from, to

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "message_id"], name="message_id_once")]
        indexes = [models.Index(fields=["merchant", "-created_at"], name="payment_file_by_date")]


class PaymentOrder(Owned):
    """A transfer we order. What it says never changes after it was drafted; a wrong one is cancelled.

    `source` says for what it is made, once: `office:17`, `refund:4`. `end_to_end_id` comes back in statements and
    status reports; only an instant order that falls back gets another one. An order is in one file or in none, and
    `transaction` is the one movement that paid it.
    """

    account = models.ForeignKey("banking.BankAccount", on_delete=models.PROTECT, related_name="payment_orders")
    source = models.CharField(max_length=80)
    end_to_end_id = models.CharField(max_length=35)
    creditor_name = models.CharField(_("recipient"), max_length=140)
    creditor_number = SealedNumber(_("IBAN"), purpose="transfer", max_length=34)
    creditor_bic = models.CharField(_("BIC"), max_length=11, blank=True)
    address = models.JSONField(default=dict)  # town, country, postcode, street, building; empty when there is none
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(max_length=3)
    text = models.CharField(_("text"), max_length=140, blank=True)
    reference = models.CharField(_("reference"), max_length=35, blank=True)
    purpose = models.CharField(max_length=4, blank=True)
    execute_on = models.DateField(_("on"))
    is_instant = models.BooleanField(default=False)
    falls_back = models.BooleanField(default=False)  # goes as an ordinary one when it cannot go as an instant one
    fell_back_from = models.ForeignKey(
        PaymentFile, on_delete=models.PROTECT, null=True, related_name="fell_back"
    )  # the file in which the bank rejected it as an instant one
    is_going_back = models.BooleanField(default=False)  # to the very account that had paid
    state = models.CharField(max_length=12, choices=OrderState.choices, default=OrderState.DRAFTED)
    drafted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")  # none: the house
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    payee_result = models.CharField(max_length=16, blank=True)  # see formats.payments.payee
    payee_name = models.CharField(max_length=140, blank=True)  # as the bank told it with a close match
    payee_confirmed_by = models.CharField(max_length=120, blank=True)
    file = models.ForeignKey(PaymentFile, on_delete=models.PROTECT, null=True, related_name="orders")
    group_id = models.CharField(max_length=35, blank=True)
    transaction = models.ForeignKey("banking.BankTransaction", on_delete=models.PROTECT, null=True, related_name="+")
    returned_by = models.ForeignKey("banking.BankTransaction", on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=35, blank=True)  # the bank's code for a rejection or return
    doubt = models.CharField(max_length=32, blank=True)  # what a person must look at, see office.words

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "source"], name="order_once_per_source"),
            models.UniqueConstraint(fields=["merchant", "end_to_end_id"], name="end_to_end_id_once"),
            models.UniqueConstraint(fields=["transaction"], name="movement_pays_one_order"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="order_amount_positive"),
            models.CheckConstraint(
                condition=Q(state__in=("drafted", "approved", "cancelled"), file__isnull=True)
                | Q(state__in=("in_file", "accepted", "executed", "rejected", "returned"), file__isnull=False),
                name="order_in_a_file_from_then_on",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "state", "execute_on"], name="payment_order_by_state"),
            models.Index(fields=["merchant", "-created_at"], name="payment_order_by_date"),
            models.Index(  # few: what has to be undone is among them
                fields=["merchant", "source"],
                condition=Q(state__in=("cancelled", "rejected", "returned")),
                name="payment_order_not_made",
            ),
        ]

    def __str__(self) -> str:
        return self.end_to_end_id

    @property
    def ids(self) -> tuple[str, ...]:
        """Every end-to-end id it went to a bank with: the present one, then that of the rejected instant attempt."""
        own = self.end_to_end_id
        return (own,) if self.fell_back_from_id is None else (own, own.removesuffix(SECOND_ATTEMPT))

    @property
    def amount(self) -> Amount:
        return Amount(self.amount_minor, self.currency)


class Approval(Owned):
    """One person has approved one order."""

    order = models.ForeignKey(PaymentOrder, on_delete=models.PROTECT, related_name="approvals", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "person"], name="approved_once_per_person")]
