"""What is kept of payouts: where they go, when, what was settled, and whether the books were in order."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.merchants.models import Owned, Person
from zahlmeister.merchants.sealed_number import SealedNumber
from zahlmeister.money.amount import Amount
from zahlmeister.payouts.rules import Standing
from zahlmeister.payouts.states import WANTED, AccountState, LineKind, RhythmChoice


class PayoutAccount(Owned):
    """An account of the merchant's that payouts in a currency go to. What it says never changes; another replaces it.

    It is asked for by one person, confirmed by the link in a mail, approved by a second person, and used from
    `usable_from` on.
    """

    currency = models.CharField(_("currency"), max_length=3)
    name = models.CharField(_("account holder"), max_length=70)
    number = SealedNumber(_("IBAN"), purpose="payout-account", max_length=34)
    state = models.CharField(max_length=12, choices=AccountState.choices, default=AccountState.ASKED)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    usable_from = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "currency"], condition=Q(state="active"), name="one_active_payout_account"
            ),
            models.UniqueConstraint(
                fields=["merchant", "currency"], condition=Q(state__in=WANTED), name="one_wanted_payout_account"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "active", "replaced"))
                | Q(approved_by__isnull=False, confirmed_at__isnull=False, usable_from__isnull=False)
                & ~Q(approved_by=F("asked_by")),
                name="payout_account_seen_by_two",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PayoutPlan(Owned):
    """When a pooled account is settled. `due_on` is the next day; a plan without one waits for a person."""

    account = models.ForeignKey("banking.BankAccount", on_delete=models.PROTECT, related_name="payout_plans")
    rhythm = models.CharField(_("paid out"), max_length=8, choices=RhythmChoice.choices, default=RhythmChoice.BY_HAND)
    day = models.PositiveSmallIntegerField(_("on day"), default=1)
    minimum_minor = models.BigIntegerField(_("at least"), default=0)
    reserve_minor = models.BigIntegerField(_("stays there"), default=0)
    is_approved = models.BooleanField(_("approved in advance"), default=False)  # up to the limit for two people
    due_on = models.DateField(null=True)
    look_at = models.DateTimeField(null=True)  # not before then, after it was stopped
    stopped_by = models.TextField(blank=True)  # why nothing leaves, in a sentence
    set_by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "account"], name="payout_plan_once"),
            models.CheckConstraint(
                condition=Q(minimum_minor__gte=0, reserve_minor__gte=0, day__gte=1, day__lte=31),
                name="payout_plan_makes_sense",
            ),
        ]
        indexes = [models.Index(fields=["due_on"], name="payout_plan_by_due")]


class Payout(Owned):
    """A pooled account was settled: what its bank held, what of it was not ours to give, and the transfer of the rest.

    The figures are those of that moment and never change; what became of the transfer stands with the transfer.
    """

    account = models.ForeignKey("banking.BankAccount", on_delete=models.PROTECT, related_name="payouts")
    period = models.CharField(max_length=24)
    order = models.OneToOneField("banking.PaymentOrder", on_delete=models.PROTECT, related_name="payout")
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(max_length=3)
    before_minor = models.BigIntegerField()  # at the bank when it was settled the last time
    bank_minor = models.BigIntegerField()
    unclear_minor = models.BigIntegerField()
    on_its_way_minor = models.BigIntegerField()
    promised_minor = models.BigIntegerField()
    reserve_minor = models.BigIntegerField()
    through = models.BigIntegerField()  # the newest posting that is told
    undone_on = models.DateField(null=True)  # the transfer was cancelled, rejected, or came back
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "account", "period"], name="payout_once_per_period"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payout_amount_positive"),
            models.CheckConstraint(
                condition=Q(
                    bank_minor=F("amount_minor")
                    + F("unclear_minor")
                    + F("on_its_way_minor")
                    + F("promised_minor")
                    + F("reserve_minor")
                ),
                name="payout_adds_up",
            ),
        ]
        indexes = [models.Index(fields=["merchant", "-created_at"], name="payout_by_date")]

    def __str__(self) -> str:
        return self.period

    @property
    def amount(self) -> Amount:
        return Amount(self.amount_minor, self.currency)

    @property
    def standing(self) -> Standing:
        """The figures of that moment, as the rules want them."""
        return Standing(
            self.bank_minor, self.unclear_minor, self.on_its_way_minor, self.promised_minor, self.reserve_minor
        )


class PayoutLine(Owned):
    """One movement on the account that a payout settles; a posting is settled once."""

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="lines")
    posting = models.BigIntegerField()  # its number in the ledger
    kind = models.CharField(max_length=12, choices=LineKind.choices)
    amount_minor = models.BigIntegerField()  # signed: what comes in is positive
    booked_on = models.DateField()
    transaction = models.ForeignKey("banking.BankTransaction", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "posting"], name="posting_settled_once")]


class BooksCheck(Owned):
    """The nightly look at a merchant's books: what did not add up. Without a good one of today nothing is paid out."""

    on = models.DateField()
    at = models.DateTimeField()
    findings = models.JSONField(default=list)
    is_balance_seen = models.BooleanField(default=False, db_default=False)  # whether an account is overdrawn

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "on"], name="books_checked_once_a_day")]
