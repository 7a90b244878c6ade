"""What is kept of our tenants and their people."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.proofs import LegalForm, Proof
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
    wants_second_factor = models.BooleanField(default=False, db_default=False)  # of everybody who works for it
    tolerance_minor = models.PositiveIntegerField(_("tolerance"), default=0)
    claims_charges = models.BooleanField(_("claim bank charges"), default=False, db_default=False)
    posts_what_bounced = models.BooleanField(_("post mails that come back"), default=True, db_default=True)
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
    legal_form = models.CharField(max_length=12, choices=LegalForm.choices, blank=True, default="", db_default="")
    has_vat_id = models.BooleanField(default=False, db_default=False)
    is_guided = models.BooleanField(default=False, db_default=False)  # sees the first steps until they are done
    is_operator = models.BooleanField(default=False, db_default=False)  # who runs the installation: see `operator`
    creditor_id = models.CharField(_("creditor id"), max_length=35, blank=True, default="")  # what it collects under
    day_cap_minor = models.BigIntegerField(_("at most a day"), null=True)  # of transfers, in all
    recipient_cap_minor = models.BigIntegerField(_("at most a day and recipient"), null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    books_closed_until = models.DateField(null=True)  # the last day of the newest closed month: see `close_month`
    turn = models.BigIntegerField(default=0, db_default=0, editable=False)  # see `merchants.lock`
    moving_to = models.CharField(max_length=40, blank=True, default="", db_default="", editable=False)  # see `cells`

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_operator"], condition=models.Q(is_operator=True), name="one_operator")
        ]
        indexes = [models.Index(fields=["id"], condition=~models.Q(moving_to=""), name="merchant_moving")]

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


class Role(models.TextChoices):
    """What a person may do."""

    CLERK = "clerk", _("clears payments")
    ACCOUNTANT = "accountant", _("reads everything")
    OWNER = "owner", _("may do everything")


class Membership(Owned):
    """A person works for a merchant."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.CLERK)
    rights = models.JSONField(default=dict)  # area → 0, 1, 2 where it is not the role's: see `rights`
    may_approve = models.BooleanField(default=True, db_default=True)  # their word lets money leave

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "person"], name="person_once_per_merchant")]

    def __str__(self) -> str:
        return f"{self.person} · {self.merchant}"


class Invitation(Owned):
    """Somebody is asked by mail to work for a merchant. Its link is numbered: a newer one ends those before it."""

    email = models.EmailField()
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.CLERK)
    rights = models.JSONField(default=dict)
    may_approve = models.BooleanField(default=False)
    link = models.PositiveIntegerField(default=1)
    until = models.DateTimeField()  # so long the newest link is good
    invited_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    accepted_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    ended_at = models.DateTimeField(null=True)  # accepted or withdrawn

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "email"], condition=models.Q(ended_at=None), name="invited_once_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return self.email


class FactorLoss(Owned):
    """Somebody lost their second factor, and one asks at this merchant's desk to take it away; another one agrees.

    It ends when it was taken away (`agreed_by`), or was withdrawn.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=200)  # how it was made sure who asks for it
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    agreed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "person"], condition=models.Q(ended_at=None), name="loss_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(agreed_by=None) | ~models.Q(agreed_by=models.F("asked_by")),
                name="loss_agreed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.merchant}"


class KeyKind(models.TextChoices):
    """What somebody who is not signed in can have a link for."""

    PASSWORD = "password", _("new password")
    REGISTRATION = "registration", _("registration")


class AskedKey(Record):
    """Somebody at the door asks for a mail with a link. Who it is, and whether they are known, is seen later."""

    kind = models.CharField(max_length=12, choices=KeyKind.choices)
    email = models.EmailField()
    language = models.CharField(max_length=2)
    at = models.DateTimeField()
    look_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "email"], name="key_asked_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.email}"


class ProofDocument(Owned):
    """What a merchant handed in to prove who it is. Its bytes lie sealed in the file store."""

    kind = models.CharField(max_length=12, choices=Proof.choices)
    name = models.CharField(max_length=120)
    media = models.CharField(max_length=20)  # what it is, by its bytes: application/pdf, image/png, image/jpeg
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=200)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "kind", "sha256"], name="proof_document_once")]

    def __str__(self) -> str:
        return self.name


class LastingKey(Owned):
    """A key that must stay the same when the installation's secret changes; see `merchants.lasting`."""

    purpose = models.CharField(max_length=40)
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "purpose"], name="lasting_key_once")]

    def __str__(self) -> str:
        return self.purpose


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


class Cell(Record):
    """Another database in which merchants of this installation live; kept at home only. See `merchants.cells`."""

    name = models.SlugField(max_length=40, unique=True)
    sealed = models.BinaryField()  # its address, which may hold a password
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class WriteProbe(Record):
    """The one row that is written only to see whether the database takes anything; see `merchants.probe`."""

    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.at.isoformat()


class Residence(Record):
    """In which cell a merchant lives who has ever moved, and where to, while he moves; kept at home only."""

    number = models.BigIntegerField(unique=True)  # the merchant's; his row is in his cell
    slug = models.SlugField(unique=True)
    cell = models.CharField(max_length=40)
    going_to = models.CharField(max_length=40, blank=True, default="")
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.slug} · {self.cell}"
