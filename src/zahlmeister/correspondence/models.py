"""What is kept of letters: their senders, the merchant's own words, when buyers are informed, and every one sent."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.letters.kinds import Kind
from zahlmeister.letters.look import HOUSE_COLOUR
from zahlmeister.merchants.models import Owned, Person
from zahlmeister.merchants.text_index import TextIndex
from zahlmeister.orders.models import Order, PaymentKind, Shop


class Language(models.TextChoices):
    """What letters are written in."""

    GERMAN = "de", _("German (Sie)")
    GERMAN_DU = "de-du", _("German (Du)")
    ENGLISH = "en", _("English")
    FRENCH = "fr", _("French")
    ITALIAN = "it", _("Italian")


class Sender(Owned):
    """Who a shop's letters come from and how they look; without a shop, those of every shop without a sender."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(_("name"), max_length=120)
    address = models.CharField(_("mail address"), max_length=254)
    reply_to = models.CharField(_("answers go to"), max_length=254, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=Language.choices, default=Language.GERMAN)
    colour = models.CharField(_("colour"), max_length=7, default=HOUSE_COLOUR)
    logo = models.BinaryField(blank=True, default=b"")
    street = models.CharField(_("street and number"), max_length=70, blank=True)
    postcode = models.CharField(_("postcode"), max_length=16, blank=True)
    city = models.CharField(_("town"), max_length=35, blank=True)
    country = models.CharField(_("country"), max_length=2, default="DE")
    imprint = models.TextField(_("imprint"), blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "shop"], name="sender_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return self.name


class Security(models.TextChoices):
    """How the line to a mail server is kept private."""

    STARTTLS = "starttls", "STARTTLS"
    TLS = "tls", "TLS"
    NONE = "none", _("not at all (only on this machine)")


class MailAccount(Owned):
    """The mail server a merchant's mails leave through; without one they leave through the installation's."""

    host = models.CharField(_("server"), max_length=253)
    port = models.PositiveIntegerField(_("port"), default=587)
    security = models.CharField(_("line"), max_length=8, choices=Security.choices, default=Security.STARTTLS)
    user = models.CharField(_("user name"), max_length=254, blank=True)
    sealed = models.BinaryField(blank=True, default=b"")  # the password, see `merchants.seal`

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant"], name="mail_account_once")]


class MailReturns(Owned):
    """Where a merchant hears of mails that came back: a mailbox, calls of its mail provider, or both.

    `numbering` and `last` say how far the mailbox was read; `sealed` holds its password and the provider's key.
    """

    host = models.CharField(_("server"), max_length=253, blank=True)
    port = models.PositiveIntegerField(_("port"), default=993)
    security = models.CharField(_("line"), max_length=8, choices=Security.choices, default=Security.TLS)
    user = models.CharField(_("user name"), max_length=254, blank=True)
    folder = models.CharField(_("folder"), max_length=120, default="INBOX")
    has_key = models.BooleanField(default=False)
    sealed = models.BinaryField(blank=True, default=b"")  # see `merchants.seal`
    numbering = models.BigIntegerField(default=0)
    last = models.BigIntegerField(default=0)
    looked_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant"], name="mail_returns_once")]


class PrintWay(models.TextChoices):
    """How letters reach the print service."""

    SFTP = "sftp", _("files on an SFTP server")
    PINGEN = "pingen", "Pingen"


class PrintAccount(Owned):
    """Who prints a merchant's letters; without one the installation's folder does.

    `user` is Pingen's client id too, `sealed` holds the password or the client's secret.
    """

    way = models.CharField(_("way"), max_length=8, choices=PrintWay.choices, default=PrintWay.PINGEN)
    user = models.CharField(_("user name"), max_length=254)
    host = models.CharField(_("server"), max_length=253, blank=True)
    port = models.PositiveIntegerField(_("port"), default=22)
    folder = models.CharField(_("folder"), max_length=200, default=".", blank=True)
    fingerprint = models.CharField(max_length=80, blank=True)
    organisation = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=200, default="https://api.pingen.com", blank=True)
    product = models.CharField(max_length=40, default="fast", blank=True)
    sealed = models.BinaryField(blank=True, default=b"")  # see `merchants.seal`

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant"], name="print_account_once")]


class OwnText(Owned):
    """A merchant's own words for a letter, in one language, for one shop or for all."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=40, choices=[(kind.value, kind.value) for kind in Kind])
    language = models.CharField(max_length=8, choices=Language.choices)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "kind", "language", "shop"], name="own_text_once", nulls_distinct=False
            )
        ]


class ReferenceBy(models.TextChoices):
    """What the buyer is to write on the transfer."""

    OWN = "own", _("our short reference with a check character")
    ORDER = "order", _("the order number")
    INVOICE = "invoice", _("the invoice number")


class Enclosing(models.TextChoices):
    """With which letters the invoice goes along, where there is one."""

    NEVER = "never", _("with none")
    INFORMATION = "information", _("with the payment information")
    ALWAYS = "always", _("with payment information and reminders")


class InformationRule(Owned):
    """Whether and when the buyers of a shop are told how to pay. Orders placed before `since` are never written to."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    payment_kind = models.CharField(max_length=12, choices=PaymentKind.choices)
    is_on = models.BooleanField(_("send payment information"), default=False)
    since = models.DateField(null=True)
    waits_for_invoice = models.BooleanField(_("only when the invoice number exists"), default=False)
    again_after_days = models.PositiveSmallIntegerField(_("once more after days"), null=True, blank=True)
    payable_days = models.PositiveSmallIntegerField(_("payable within days"), null=True, blank=True)
    reference_by = models.CharField(_("reference"), max_length=8, choices=ReferenceBy.choices, default=ReferenceBy.OWN)
    encloses_invoice = models.CharField(
        _("the invoice goes along"), max_length=12, choices=Enclosing.choices, default=Enclosing.INFORMATION
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "shop", "payment_kind"], name="information_rule_once"),
            models.CheckConstraint(
                condition=Q(is_on=False) | Q(payment_kind__in=[PaymentKind.PREPAYMENT, PaymentKind.INVOICE]),
                name="carriers_collect_what_is_cod",
            ),
        ]


class ReferenceCounter(Owned):
    """How many payment references a merchant has been given numbers for."""

    used = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant"], name="reference_counter_once")]


class Medium(models.TextChoices):
    """On which way a letter goes to its reader."""

    MAIL = "mail", _("mail")
    LETTER = "letter", _("letter")


class SentLetter(Owned):
    """A letter as it left us, kept as a whole in the file store. `key` is its message's in the outbox.

    `place` is where a print service has it, `print_status` that service's own word for what becomes of it.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="letters")
    kind = models.CharField(max_length=40)
    medium = models.CharField(max_length=8, choices=Medium.choices)
    key = models.CharField(max_length=120)
    message_id = models.CharField(max_length=200)
    reader = models.CharField(max_length=254)
    subject = models.CharField(max_length=400)
    path = models.CharField(max_length=255)
    sent_at = models.DateTimeField(null=True)
    tells_default = models.BooleanField(default=False)  # it says that default comes after thirty days, § 286 (3) BGB
    place = models.CharField(max_length=400, blank=True)
    print_status = models.CharField(max_length=40, blank=True)
    price_minor = models.BigIntegerField(null=True)
    price_currency = models.CharField(max_length=3, blank=True)
    bounced_at = models.DateTimeField(null=True)
    bounce = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "key"], name="letter_once")]
        indexes = [
            models.Index(fields=["merchant", "order"], name="letter_by_order"),
            models.Index(fields=["merchant", "-id", "kind"], name="letter_newest"),  # and counted without rows
            models.Index(fields=["message_id"], name="letter_by_message_id"),
            TextIndex(fields=["merchant", "reader", "subject"], name="letter_texts"),
        ]

    def __str__(self) -> str:
        return self.subject


class NoticeStop(Owned):
    """A person of the merchant who wants no more notices of a kind."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "person", "kind"], name="notice_stop_once")]
