"""What is kept of views of lists, of acts on many rows, and of the operator's visits at a merchant's."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.merchants.models import Owned, Person


class View(Owned):
    """The filters of a list under a name: a person's own, or everybody's of the merchant when `is_shared`.

    `page` is the name of the list's page, `query` its address behind the question mark.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")  # who made it
    page = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=500)
    is_shared = models.BooleanField(_("for everybody"), default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "page", "person", "name"], name="view_once_by_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ManyAct(Owned):
    """One act on many rows. `rows` were changed by it, `refused` says of the others why not; `doing` is at work.

    `key` is the form's: sent twice, it is one act.
    """

    kind = models.CharField(max_length=32)
    key = models.CharField(max_length=40)
    rows = models.JSONField(default=list)
    refused = models.JSONField(default=dict)
    doing = models.BigIntegerField(null=True)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "key"], name="many_act_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Consent(Owned):
    """An owner lets the operator's people look into the merchant's office until an instant, or until it is revoked."""

    given_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    until = models.DateTimeField()
    why = models.CharField(_("what for"), max_length=200)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant"], condition=Q(revoked_at=None), name="one_consent_at_a_time"),
            models.CheckConstraint(condition=Q(until__gt=F("given_at")), name="consent_ends_after_it_begins"),
        ]


class Visit(Owned):
    """Somebody of the operator's is in the merchant's office by a consent; every request is a step of its history."""

    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="visits")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "person"], condition=Q(ended_at=None), name="one_visit_at_a_time"
            )
        ]


class TextKind(models.TextChoices):
    """What an operator wants agreed."""

    TERMS = "terms", _("General terms")
    PROCESSING = "processing", _("Data processing agreement")


class HouseText(Owned):
    """A version of what the operator wants merchants to agree to; `merchant` is the operator. It never changes."""

    kind = models.CharField(max_length=12, choices=TextKind.choices)
    version = models.PositiveIntegerField()  # of this kind, from 1
    german = models.TextField(_("German text"))
    english = models.TextField(_("English text"))
    agree_by = models.DateField(_("to be agreed by"))  # the last day on which everybody works without
    published_by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "kind", "version"], name="house_text_version_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.version}"


class Agreement(Owned):
    """A merchant has agreed to a version of a text, by a person; it is never changed and never taken back.

    `sha256` is of the text in both languages, so that it can be shown which words were agreed to.
    """

    kind = models.CharField(max_length=12, choices=TextKind.choices)
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    email = models.CharField(max_length=254)  # which the person had then
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "kind", "version"], name="agreement_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.version}"
