"""What is kept of bank accounts, statement files and transactions. A transaction is recorded once, never changed."""

from datetime import date
from urllib.parse import urlsplit

from django.db import models
from django.utils.translation import gettext_lazy as _

from zahlmeister.banking.debit_models import Debit, DebitFile, Mandate  # noqa: F401 - Django looks for tables here
from zahlmeister.banking.outgoing_models import (  # noqa: F401 - Django looks for an app's tables here
    Approval,
    PaymentFile,
    PaymentOrder,
)
from zahlmeister.banking.states import ConnectionState, ImportState
from zahlmeister.merchants.models import Owned
from zahlmeister.merchants.sealed_facts import SealedFacts
from zahlmeister.merchants.sealed_number import SealedNumber
from zahlmeister.merchants.text_index import TextIndex
from zahlmeister.money.amount import Amount

#: Stands in `BankAccount.starts_on` until a person starts the account: everything on it is booked earlier.
NOT_STARTED = date.max


class AccountKind(models.TextChoices):
    """Whose account it is."""

    OWN = "own", _("own account")
    POOLED = "pooled", _("pooled account")


class BankAccount(Owned):
    """An account that statements name. `number` is the IBAN, or what the bank writes instead.

    Nothing of it is read before somebody says that it is ours (`banking.accounts`). What exports write instead of a
    number, such as the bank's name, is `same_as` the account that a person named.
    """

    number = SealedNumber(_("IBAN"), purpose="bank-account", max_length=40)
    currency = models.CharField(_("currency"), max_length=3)
    name = models.CharField(_("name"), max_length=120, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=AccountKind.choices, default=AccountKind.OWN)
    holder = models.CharField(_("account holder"), max_length=140, blank=True)  # exactly as the bank knows it
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    starts_on = models.DateField(_("settled from"), null=True, blank=True)  # what was booked earlier is only recorded
    is_exclusive = models.BooleanField(_("only for its orders"), default=False)  # see `receivables.pay_to`
    is_starting = models.BooleanField(default=False)  # that day was moved back: a worker settles what is new to it
    is_ours = models.BooleanField(null=True, default=True)  # None: a statement named it, and nobody has said yet
    same_as = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="other_names")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "number", "currency"], name="bank_account_once")]

    def __str__(self) -> str:
        return self.name or self.number

    @property
    def waits_for_start(self) -> bool:
        """Whether everything on it is only recorded until a person starts it."""
        return self.starts_on == NOT_STARTED


class StatementImport(Owned):
    """A statement file and how far its reading has come: work for a worker, and a record of where facts came from.

    The same bytes are one import, however often they are handed in; only the statements of an account that nobody had
    named are left out, and read by a second one (`rest_of`, `account`) when somebody has. A worker holds the import by
    `token` until `lease_until`; a worker that lost its lease cannot write any more. `entries_done` is where to go on
    after a stop.
    """

    name = models.CharField(_("file"), max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField(default=0)
    path = models.CharField(max_length=255)  # in the installation's file storage
    connection = models.ForeignKey("Connection", on_delete=models.PROTECT, null=True, related_name="imports")
    #: an account whose first file this is waits until a person starts it
    only_records_first = models.BooleanField(default=False, db_default=False)
    state = models.CharField(max_length=12, choices=ImportState.choices, default=ImportState.WAITING)
    token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=120)
    format = models.CharField(max_length=40, blank=True)
    expected = models.BigIntegerField(default=0)  # entries, estimated from the size until the end is known
    entries_done = models.BigIntegerField(default=0)
    recorded = models.BigIntegerField(default=0)
    known = models.BigIntegerField(default=0)
    settled = models.BigIntegerField(default=0)
    suggested = models.BigIntegerField(default=0)
    unclear = models.BigIntegerField(default=0)
    ignored = models.BigIntegerField(default=0)
    outgoing = models.BigIntegerField(default=0)
    pending = models.BigIntegerField(default=0)
    error = models.TextField(blank=True)
    warnings = models.JSONField(default=list)
    rest_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="rests")
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, null=True, related_name="rests")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "sha256"], name="statement_file_once")]
        indexes = [
            models.Index(fields=["state", "created_at"], name="import_by_state"),
            models.Index(fields=["merchant", "-created_at"], name="import_by_date"),
        ]

    def __str__(self) -> str:
        return self.name


class TableMapping(Owned):
    """What a person said of the columns of a CSV export; the next file with these columns is read so."""

    fingerprint = models.CharField(max_length=64)  # of the header
    said = SealedFacts(purpose="table", default=dict)
    described_by = models.CharField(max_length=120)
    described_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)  # when a file was read by it the last time

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "fingerprint"], name="table_mapping_once")]


class Statement(Owned):
    """One statement of a file: an account and its balances."""

    statement_import = models.ForeignKey(StatementImport, on_delete=models.PROTECT, related_name="statements")
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="statements")
    position = models.PositiveIntegerField()  # in the file, from 1
    identification = models.CharField(max_length=80, blank=True)
    sequence = models.CharField(max_length=40, blank=True)
    opening_minor = models.BigIntegerField(null=True)
    opening_on = models.DateField(null=True)
    closing_minor = models.BigIntegerField(null=True)
    closing_on = models.DateField(null=True)
    is_left_out = models.BooleanField(default=False)  # nobody had said then that the account is ours

    class Meta:
        constraints = [models.UniqueConstraint(fields=["statement_import", "position"], name="statement_once_per_file")]
        indexes = [
            models.Index(fields=["account"], condition=models.Q(is_left_out=True), name="statement_left_out"),
        ]


class BankTransaction(Owned):
    """One movement on a bank account, exactly as the bank told it.

    `fingerprint` is taken from what stays the same in every format (see `banking.rules`); `ordinal` tells honest
    twins apart: the same people paying the same amount twice on one day are two transactions. `part_of` is set when
    another file told the sum of a collective entry first: the money is the sum's, the parts say whose it was.
    """

    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="transactions")
    first_import = models.ForeignKey(StatementImport, on_delete=models.PROTECT, related_name="transactions")
    booked_on = models.DateField(_("booked on"))
    value_on = models.DateField(_("value on"), null=True)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(max_length=3)
    counterparty = models.CharField(_("payer"), max_length=200, blank=True)
    counterparty_number = SealedNumber(_("account"), purpose="counterparty", max_length=64, blank=True)
    counterparty_bic = models.CharField(max_length=16, blank=True)
    ultimate_party = models.CharField(max_length=200, blank=True)
    remittance = models.TextField(_("remittance information"), blank=True)
    pieces = models.JSONField(default=list)
    creditor_reference = models.CharField(max_length=64, blank=True)
    end_to_end_id = models.CharField(max_length=64, blank=True)
    mandate_id = models.CharField(max_length=64, blank=True)
    bank_reference = models.CharField(max_length=80, blank=True)
    bank_code = models.CharField(max_length=40, blank=True)
    booking_text = models.CharField(max_length=200, blank=True)
    is_return = models.BooleanField(default=False)
    return_reason = models.CharField(max_length=200, blank=True)
    charges_minor = models.BigIntegerField(null=True)
    original_minor = models.BigIntegerField(null=True)
    original_currency = models.CharField(max_length=3, blank=True)
    fingerprint = models.CharField(max_length=40)
    ordinal = models.PositiveIntegerField()
    entry_minor = models.BigIntegerField()  # of the whole entry, when this is one detail of a batch
    part_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="parts")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "account", "booked_on", "amount_minor", "fingerprint", "ordinal"],
                name="transaction_once",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "account", "booked_on", "entry_minor"], name="transaction_by_entry"),
            models.Index(fields=["first_import", "account", "booked_on"], name="transaction_by_import"),
            models.Index(
                fields=["merchant"], condition=~models.Q(amount_minor=models.F("entry_minor")), name="transaction_part"
            ),
            TextIndex(fields=["merchant", "counterparty", "remittance", "end_to_end_id"], name="transaction_texts"),
        ]

    @property
    def amount(self) -> Amount:
        """Signed as booked: incoming is positive."""
        return Amount(self.amount_minor, self.currency)


class Sighting(Owned):
    """A file said this transaction: which entry of which import. A transaction is claimed once per file."""

    statement_import = models.ForeignKey(
        StatementImport, on_delete=models.PROTECT, related_name="sightings", db_index=False
    )
    transaction = models.ForeignKey(BankTransaction, on_delete=models.PROTECT, related_name="sightings")
    entry = models.BigIntegerField()  # counted through the file from 1
    detail = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["statement_import", "entry", "detail"], name="sighting_once_per_line"),
            models.UniqueConstraint(
                fields=["statement_import", "transaction"], name="transaction_claimed_once_per_file"
            ),
        ]


class ConnectionKind(models.TextChoices):
    """What kind of place statements are fetched from; some take files of transfers, too."""

    FOLDER = "folder", _("folder")
    SFTP = "sftp", _("SFTP server")
    FINTS = "fints", _("bank by FinTS")
    AGGREGATOR = "aggregator", _("bank by open banking")


class Connection(Owned):
    """A place that is looked at again and again for statement files.

    `settings` say where it is; `sealed` is what nobody may read, such as a password (see `merchants.seal`). Whoever
    looks holds the connection by `token` until `lease_until`; `due_at` is when it is looked at next.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=ConnectionKind.choices)
    name = models.CharField(_("name"), max_length=120)
    settings = SealedFacts(purpose="bank", default=dict)
    sealed = models.BinaryField(default=b"")
    conversation = models.BinaryField(default=b"")  # sealed, too: see `banking.conversation`
    consent_until = models.DateField(null=True)  # somebody has to prove then who they are, with a second factor
    every_minutes = models.PositiveIntegerField(_("looked at every so many minutes"), default=15)
    state = models.CharField(max_length=12, choices=ConnectionState.choices, default=ConnectionState.CONNECTED)
    failures = models.PositiveIntegerField(default=0)  # in a row
    error = models.TextField(blank=True)
    token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True)  # the last time it answered
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "name"], name="connection_name_once")]
        indexes = [models.Index(fields=["state", "due_at"], name="connection_by_due")]

    def __str__(self) -> str:
        return self.name

    def sends_for(self, account: BankAccount) -> bool:
        """Whether files of orders from that account can be sent by it."""
        if account.merchant_id != self.merchant_id:
            return False
        if self.kind == ConnectionKind.FINTS:
            return any(each["iban"] == account.number for each in self.settings.get("accounts", ()))
        return self.kind == ConnectionKind.SFTP and self.has_outbox

    @property
    def has_outbox(self) -> bool:
        return bool(self.settings.get("outbox"))

    @property
    def where(self) -> str:
        """The place in a few words: a folder, or a server."""
        told = self.settings
        if "path" in told:
            return str(told["path"])
        if "server" in told:
            return urlsplit(told["server"]).hostname or ""
        return f"{told['user']}@{told['host']}:{told['port']}"


class FetchedFile(Owned):
    """A file seen at a connection with this size and time; `fetched_at` is empty while it may still be growing."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="files", db_index=False)
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    modified = models.BigIntegerField()  # the place's own second
    seen_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "name", "size", "modified"], name="file_fetched_once")
        ]
