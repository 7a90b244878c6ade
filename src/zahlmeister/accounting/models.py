"""What is kept for the bookkeeper: his accounts, his numbers of our customers, and every batch he was given."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Owned
from zahlmeister.orders.models import Customer


class Chart(models.TextChoices):
    """The charts of accounts that we know the accounts of."""

    SKR03 = "03", _("SKR03")
    SKR04 = "04", _("SKR04")
    AT = "at", _("Austrian standard chart")
    CH = "ch", _("Swiss SME chart")


class BookFormat(models.TextChoices):
    """The programs that the bookkeeper's files are written for."""

    DATEV = "datev", _("DATEV (EXTF, version 13)")
    DATEV_9 = "datev9", _("DATEV (EXTF, version 9)")
    BMD = "bmd", _("BMD NTCS")
    ABACUS = "abacus", _("Abacus")
    BEXIO = "bexio", _("bexio")
    RUN_MY_ACCOUNTS = "runmyaccounts", _("Run my Accounts")
    LEXWARE = "lexware", _("Lexware")
    SEVDESK = "sevdesk", _("sevDesk")
    CSV = "csv", _("Table (CSV)")
    XLSX = "xlsx", _("Workbook (Excel)")
    BEANCOUNT = "beancount", _("beancount")
    HLEDGER = "hledger", _("hledger")


#: The formats that name the client of a tax consultant, and hold the merchant's own currency only.
DATEV_FORMATS = (BookFormat.DATEV, BookFormat.DATEV_9)


class BookkeeperSettings(Owned):
    """Which program the bookkeeper uses, and how his accounts are numbered. Without a row nothing is exported.

    Postings of days before `begins_on` are not exported: somebody else has booked them. Consultant and client are
    DATEV's numbers, zero for other programs. `prepayments` is the account of taxed prepayments; without it what came
    before its invoice stays with the customer.
    """

    chart = models.CharField(_("chart of accounts"), max_length=2, choices=Chart.choices, default=Chart.SKR03)
    program = models.CharField(_("program"), max_length=16, choices=BookFormat.choices, default=BookFormat.DATEV)
    consultant = models.PositiveIntegerField(_("number of the tax consultant"), default=0)
    client = models.PositiveIntegerField(_("number of the client"), default=0)
    account_length = models.PositiveSmallIntegerField(_("digits of an account"), default=4)
    year_begins = models.PositiveSmallIntegerField(_("first month of the fiscal year"), default=1)
    begins_on = models.DateField(_("export from"))
    has_debtors = models.BooleanField(_("each customer has an account"), default=False)
    debtor = models.CharField(_("account of all other customers"), max_length=9, default="10000")
    locks = models.BooleanField(_("lock the bookings in DATEV"), default=False)
    links_documents = models.BooleanField(_("name the document of each booking"), default=False)
    prepayments = models.CharField(_("account of taxed prepayments"), max_length=9, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant"], name="bookkeeper_settings_once"),
            models.CheckConstraint(
                condition=Q(account_length__range=(4, 8), year_begins__range=(1, 12))
                & (~Q(program__in=DATEV_FORMATS) | Q(consultant__range=(1001, 9_999_999), client__range=(1, 99_999))),
                name="bookkeeper_settings_make_sense",
            ),
        ]


class BookAccount(Owned):
    """The bookkeeper's account for one of our books, or for one bank account or agency of it, where it differs.

    Without a number the book is left to others, and what touches it is not exported. `tax_key` is the program's key of
    the tax rate, for accounts that do not know theirs.
    """

    book = models.CharField(max_length=24, choices=[(book.value, book.name) for book in Book])
    about = models.BigIntegerField(default=0)
    number = models.CharField(max_length=9, blank=True)
    tax_key = models.CharField(max_length=8, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "book", "about"], name="book_account_once")]


class DebtorNumber(Owned):
    """The bookkeeper's account of a customer; it never changes."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "customer"], name="debtor_number_per_customer"),
            models.UniqueConstraint(fields=["merchant", "number"], name="debtor_number_once"),
        ]


class Batch(Owned):
    """A file for the bookkeeper, kept as it was given: the same batch again is the same to the byte.

    `content` is packed by zlib, `sha256` is of the file itself. `changes` are the texts that it
    carries in other signs.
    """

    number = models.PositiveIntegerField()
    program = models.CharField(max_length=16, choices=BookFormat.choices, default=BookFormat.DATEV)
    first = models.DateField()
    last = models.DateField()
    rows = models.PositiveIntegerField()
    sum_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    name = models.CharField(max_length=120)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    changes = models.JSONField(default=list)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "number"], name="batch_number_once")]

    def __str__(self) -> str:
        return self.name


class BatchPosting(Owned):
    """A posting was given to the bookkeeper, once. `line` is its line in the file, 0 where another line tells it."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="postings")
    posting = models.BigIntegerField()  # its number in the ledger
    line = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "posting"], name="posting_exported_once")]


class TaxedPrepayment(Owned):
    """What a batch has put onto the account of taxed prepayments for an order (below zero: taken off), by month."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="prepayments")
    item = models.BigIntegerField()  # the number of the open item
    month = models.DateField()  # its last day
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "item", "month"], name="prepayment_told_once")]


class Reconciliation(Owned):
    """A day of a merchant in one currency: what the bank says, what the books say, and what their money is made of.

    `accounts` has the figures of each bank account, `differences` what is left over and `missing` which account has no
    statement of that day, each in a sentence. Only a day with neither is proven.
    """

    on = models.DateField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()
    bank_minor = models.BigIntegerField()
    books_minor = models.BigIntegerField()
    parts = models.JSONField(default=dict)
    accounts = models.JSONField(default=list)
    differences = models.JSONField(default=list)
    missing = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "on", "currency"], name="day_reconciled_once")]

    def __str__(self) -> str:
        return f"{self.on} {self.currency}"

    @property
    def is_proven(self) -> bool:
        """Whether the statements of just that day say what the books say."""
        return not self.differences and not self.missing


class Closing(Owned):
    """A month was closed: what its books came to, sealed by a hash and signed. Later postings go to the next open day.

    `digest` covers the postings of the month, the history since the closing before it, the balances and that
    closing's own digest: nothing of it can be changed, taken out or cut off unnoticed. `signature` is of the digest, by
    the installation's key, whose public half is kept beside it. The steps of the history name their closing. `form` 1
    is of closings before the day that a late posting was meant for was part of it.
    """

    month = models.DateField()  # its first day
    last = models.DateField()
    postings = models.PositiveIntegerField()
    steps = models.PositiveIntegerField()  # of the history, recorded since the closing before
    form = models.PositiveSmallIntegerField(default=2)
    balances = models.JSONField(default=list)
    before = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)
    public_key = models.CharField(max_length=64)
    closed_by = models.CharField(max_length=120)
    closed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "month"], name="month_closed_once")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Forgetting(Owned):
    """When it is looked next whether there are names of a merchant's that need not be kept any more."""

    look_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant"], name="forgetting_once")]


class DeliveryWay(models.TextChoices):
    """How the bookkeeper gets the files by themselves."""

    FOLDER = "folder", _("into a folder")
    SFTP = "sftp", _("onto an SFTP server")
    MAIL = "mail", _("by mail")


class BookDelivery(Owned):
    """Where new batches go by themselves. On `day` of a month the month before is exported first.

    Batches have numbers without gaps: those up to `through` are delivered. `settings` may be read by everybody,
    `sealed` by nobody (see `merchants.seal`).
    """

    way = models.CharField(_("way"), max_length=8, choices=DeliveryWay.choices)
    settings = models.JSONField(default=dict)
    sealed = models.BinaryField(default=b"")
    day = models.PositiveSmallIntegerField(_("on day"), default=5)
    through = models.PositiveIntegerField(default=0)
    look_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)  # in a row
    error = models.TextField(blank=True)
    created_by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant"], name="book_delivery_once"),
            models.CheckConstraint(condition=Q(day__range=(1, 28)), name="book_delivery_day_in_every_month"),
        ]
        indexes = [models.Index(fields=["look_at"], name="book_delivery_by_turn")]


class BookKey(Owned):
    """A key that opens the merchant's batches for reading, and nothing else. It is shown once and not kept."""

    hashed = models.CharField(max_length=64, unique=True)
    ending = models.CharField(max_length=4)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    used_on = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"…{self.ending}"
