"""What is kept of our tenants and their people."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.states import Verification


class Record(models.Model):
    """A row with a number of its own making."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True


class Merchant(Record):
    """A tenant: a business that sells and is paid. Its settings for matching stand here until a noun needs its own."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(unique=True)
    country = models.CharField(_("country"), max_length=2, default="DE")
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    tolerance_minor = models.PositiveIntegerField(_("tolerance"), default=0)
    ignores_providers = models.BooleanField(_("ignore payouts of payment providers"), default=True, db_default=True)
    return_after_days = models.PositiveSmallIntegerField(_("unclear money goes back after"), default=14, db_default=14)
    four_eyes_above_minor = models.BigIntegerField(_("second approval above"), default=100_000)
    verification = models.CharField(
        _("verification"),
        max_length=12,
        choices=Verification.choices,
        default=Verification.MISSING,
        db_default="missing",
    )
    verification_on = models.DateField(null=True)  # since when it stands there
    is_operator = models.BooleanField(default=False, db_default=False)  # who runs the installation: see `operator`
    creditor_id = models.CharField(_("creditor id"), max_length=35, blank=True, default="")  # what it collects under
    day_cap_minor = models.BigIntegerField(_("at most a day"), null=True)  # of transfers, in all
    recipient_cap_minor = models.BigIntegerField(_("at most a day and recipient"), null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    books_closed_until = models.DateField(null=True)  # the last day of the newest closed month: see `close_month`
    turn = models.BigIntegerField(default=0, db_default=0, editable=False)  # see `merchants.lock`

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_operator"], condition=models.Q(is_operator=True), name="one_operator")
        ]

    def __str__(self) -> str:
        return self.name


class Owned(Record):
    """A row that belongs to a merchant; the merchant leads its indexes and unique constraints."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True


class PersonManager(BaseUserManager["Person"]):
    """Makes people who can sign in."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser, Record):
    """Somebody who signs in to the office."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[PersonManager] = PersonManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def merchant(self) -> Merchant | None:
        """The merchant this person works for; the first by name when there are several."""
        membership = (
            Membership.objects.filter(person=self).select_related("merchant").order_by("merchant__name").first()
        )
        return membership.merchant if membership else None


class Role(models.TextChoices):
    """What a person may do."""

    CLERK = "clerk", _("clears payments")
    ACCOUNTANT = "accountant", _("reads everything")
    OWNER = "owner", _("may do everything")


class Membership(Owned):
    """A person works for a merchant."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.CLERK)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "person"], name="person_once_per_merchant")]

    def __str__(self) -> str:
        return f"{self.person} · {self.merchant}"


class Event(models.TextChoices):
    """What can happen to the money of an order that somebody may want to hear of."""

    PAID = "paid", _("paid")
    UNDERPAID = "underpaid", _("paid in part")
    OVERPAID = "overpaid", _("paid too much")
    PAID_LATE = "paid_late", _("paid after it was cancelled")
    CANCELLED = "cancelled", _("cancelled")
    OVERDUE = "overdue", _("overdue to the end")


class NoticeRule(Owned):
    """Who is told of an event: the buyer, the merchant's owners, both. Without a rule nobody is."""

    event = models.CharField(max_length=12, choices=Event.choices)
    to_buyer = models.BooleanField(default=False)
    to_merchant = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "event"], name="notice_rule_once")]

    def __str__(self) -> str:
        return self.event


class Trouble(Owned):
    """A row of any table at which a worker's turn failed unexpectedly, and when it is tried again; see `trouble`."""

    turn = models.CharField(max_length=40)
    row = models.BigIntegerField()
    failures = models.PositiveIntegerField(default=0)
    look_at = models.DateTimeField()
    what = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "turn", "row"], name="trouble_once_per_row")]
        indexes = [models.Index(fields=["turn", "row"], name="trouble_by_row")]

    def __str__(self) -> str:
        return f"{self.turn} {self.row}"
