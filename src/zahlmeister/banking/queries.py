"""What can be asked about bank accounts, statement files and transactions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar, cast

from django.db.models import (
    BigIntegerField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Model,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)

from zahlmeister.banking.chain import Gap, Link, Stretch, gaps, silences
from zahlmeister.banking.models import (
    NOT_STARTED,
    AccountKind,
    BankAccount,
    BankTransaction,
    Connection,
    FetchedFile,
    Sighting,
    Statement,
    StatementImport,
)
from zahlmeister.banking.states import ConnectionState, ImportState
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount

Row = TypeVar("Row", bound=Model)

DAYS_AT_ONCE = 100

#: The merchant as an expression, see `picked`. It says that it is a large number: a sum that does not say so is a small
#: one, which no merchant's number fits into, and Django finds nothing on PostgreSQL without even asking.
OWNER = ExpressionWrapper(F("merchant_id") + Value(0), output_field=BigIntegerField())


def picked(rows: QuerySet[Row], merchant_id: int, ids: Sequence[int]) -> QuerySet[Row]:
    """These rows, as far as they are the merchant's, in no order.

    The merchant is compared as an expression: compared as a column, SQLite would read everything the merchant has,
    because the merchant leads every index, instead of the few rows that are asked for.
    """
    mine = rows.alias(owner=OWNER).filter(owner=merchant_id, pk__in=ids)
    return cast("QuerySet[Row]", mine.order_by())


def imports(merchant_id: int) -> QuerySet[StatementImport]:
    """The statement files handed in, newest first."""
    return StatementImport.objects.filter(merchant_id=merchant_id).order_by("-created_at", "-id")


def broken_imports(merchant_id: int) -> QuerySet[StatementImport]:
    """Files whose reading stopped at an error and that wait for a person."""
    return imports(merchant_id).filter(state=ImportState.BROKEN)


def accounts(merchant_id: int) -> list[BankAccount]:
    """The bank accounts of a merchant, by name and currency."""
    return list(_ours(merchant_id))


def currencies(merchant: Merchant) -> list[str]:
    """The currencies in which a merchant has accounts, his own first."""
    known = set(_ours(merchant.pk).order_by().values_list("currency", flat=True).distinct())
    return [merchant.currency, *sorted(known - {merchant.currency})]


def _ours(merchant_id: int) -> QuerySet[BankAccount]:
    rows = BankAccount.objects.filter(merchant_id=merchant_id, is_ours=True, same_as=None)
    return rows.order_by("name", "currency", "pk")


def asked_accounts(merchant_id: int) -> QuerySet[BankAccount]:
    """The accounts that statements name and of which nobody has said whether they are the merchant's, oldest first."""
    return BankAccount.objects.filter(merchant_id=merchant_id, is_ours=None).order_by("pk")


def named_accounts(merchant_id: int) -> QuerySet[BankAccount]:
    """What statements name that is no known account: asked for, not the merchant's, or another name of one."""
    rows = BankAccount.objects.filter(merchant_id=merchant_id)
    return rows.exclude(is_ours=True, same_as=None)


def not_started(merchant_id: int) -> QuerySet[BankAccount]:
    """The merchant's accounts on which everything is only recorded until a person starts them."""
    return _ours(merchant_id).filter(starts_on=NOT_STARTED)


def lacks_first_statement(merchant_id: int) -> bool:
    """Whether the merchant has no own account yet, or one without any statement."""
    has_any = Exists(Statement.objects.filter(account=OuterRef("pk")))
    own = _ours(merchant_id).filter(kind=AccountKind.OWN).annotate(has_any=has_any).values_list("has_any", flat=True)
    return not all(list(own) or [False])


def files_of_left_out(account: BankAccount) -> list[StatementImport]:
    """The files with statements of such an account, the newest first."""
    rows = Statement.objects.filter(account=account, is_left_out=True).values("statement_import")
    return list(imports(account.merchant_id).filter(pk__in=rows)[:5])


@dataclass(frozen=True, slots=True)
class AccountStanding:
    """A bank account, what its newest statement says, and the day of its oldest and newest movement."""

    account: BankAccount
    statement: Statement | None
    oldest: date | None
    newest: date | None

    @property
    def balance(self) -> Amount | None:
        """The closing balance of the newest statement that has one."""
        if self.statement is None or self.statement.closing_minor is None:
            return None
        return Amount(self.statement.closing_minor, self.account.currency)


def standings(merchant_id: int) -> list[AccountStanding]:
    """Every account of the merchant with its newest statement that has a closing balance."""
    newest = (
        Statement.objects.filter(account=OuterRef("pk"), closing_minor__isnull=False)
        .order_by("-closing_on", "-id")
        .values("id")[:1]
    )
    moved = BankTransaction.objects.filter(merchant_id=merchant_id, account=OuterRef("pk")).values("booked_on")
    rows = list(
        _ours(merchant_id).annotate(
            newest=Subquery(newest),
            first_moved=Subquery(moved.order_by("booked_on")[:1]),
            last_moved=Subquery(moved.order_by("-booked_on")[:1]),
        )
    )
    statements = Statement.objects.select_related("statement_import").in_bulk(
        [row.newest for row in rows if row.newest is not None]
    )
    return [AccountStanding(row, statements.get(row.newest), row.first_moved, row.last_moved) for row in rows]


def gaps_of(account: BankAccount, *, since: date = date.min) -> list[Gap]:
    """Where a statement of this account is missing, oldest first, among those that end on a day or later."""
    told = Statement.objects.filter(account=account, closing_on__gte=since).values_list(
        "opening_on", "opening_minor", "closing_on", "closing_minor"
    )
    links = [
        Link(opened_on, opening, closed_on, closing)
        for opened_on, opening, closed_on, closing in told
        if opened_on and closed_on and opening is not None and closing is not None
    ]
    return gaps(links)


def silences_of(account: BankAccount, since: date) -> list[Stretch]:
    """The days since then of which no file of this account tells anything, oldest first.

    Only where no statement has both balances: where one has, `gaps_of` knows what is missing, and a quiet week is none.
    """
    if Statement.objects.filter(account=account, opening_minor__isnull=False, closing_minor__isnull=False).exists():
        return []
    spans = [Stretch(first, last) for first, last in _first_told(account) if last >= since]
    return [stretch for stretch in silences(spans) if not _is_told_over(account, stretch)]


def _is_told_over(account: BankAccount, stretch: Stretch) -> bool:
    """Whether a file tells movements of the days just before and just behind: it says that nothing was between."""

    def told_on(day: date) -> QuerySet[Sighting, Any]:
        rows = Sighting.objects.filter(merchant_id=account.merchant_id, transaction__account=account)
        return rows.filter(transaction__booked_on=day).values("statement_import")

    before, behind = stretch.first - timedelta(days=1), stretch.last + timedelta(days=1)
    return told_on(before).filter(statement_import__in=told_on(behind)).exists()


def doubtful(account: BankAccount, limit: int = 50) -> list[list[BankTransaction]]:
    """Movements that may be one told twice: same day, amount and payer, from different files; newest first.

    They were not called the same because something contradicts, and nothing is dropped: a person looks at the bank.
    """
    told = BankTransaction.objects.filter(merchant_id=account.merchant_id, account=account, part_of=None)
    days, groups = _days_of_several_files(account), list[dict[str, Any]]()
    while days and len(groups) < limit:
        near, days = days[:DAYS_AT_ONCE], days[DAYS_AT_ONCE:]
        alike = (
            told.filter(booked_on__in=near)
            .values("booked_on", "amount_minor", "counterparty_number", "counterparty")
            .annotate(files=Count("first_import", distinct=True))
            .filter(files__gt=1)
            .order_by("-booked_on")
        )
        groups += [dict(group) for group in alike[: limit - len(groups)]]
    same = [{name: value for name, value in group.items() if name != "files"} for group in groups]
    return [list(told.filter(**group).select_related("payment").order_by("id")) for group in same]


def _days_of_several_files(account: BankAccount) -> list[date]:
    """The days, newest first, that lie within what more than one file was the first to tell of the account."""
    days: set[date] = set()
    reached = date.min
    for begins, ends in sorted(_first_told(account)):
        days.update(begins + timedelta(days=one) for one in range((min(ends, reached) - begins).days + 1))
        reached = max(reached, ends)
    return sorted(days, reverse=True)


def _first_told(account: BankAccount) -> list[tuple[date, date]]:
    """Of each file the first and the last day of what it was the first to tell of the account.

    Only these two are looked up: there are few files, and a million movements.
    """
    own = BankTransaction.objects.filter(first_import=OuterRef("pk"), account=account).values("booked_on")
    first, last = Subquery(own.order_by("booked_on")[:1]), Subquery(own.order_by("-booked_on")[:1])
    files = StatementImport.objects.filter(merchant_id=account.merchant_id).annotate(first_day=first, last_day=last)
    return [span for span in files.values_list("first_day", "last_day") if span[0] is not None]


def doubles_of(row: BankTransaction) -> list[BankTransaction]:
    """Movements from other files that may be this one told again."""
    alike = BankTransaction.objects.filter(
        merchant_id=row.merchant_id,
        account_id=row.account_id,
        booked_on=row.booked_on,
        amount_minor=row.amount_minor,
        counterparty_number=row.counterparty_number,
        counterparty=row.counterparty,
        part_of=None,
    )
    return list(alike.exclude(first_import_id=row.first_import_id).select_related("payment").order_by("id")[:5])


def transactions(merchant_id: int, account_id: int) -> QuerySet[BankTransaction]:
    """The movements of an account, newest first."""
    return BankTransaction.objects.filter(merchant_id=merchant_id, account_id=account_id).order_by("-booked_on", "-id")


def transactions_by_id(merchant_id: int, ids: Sequence[int]) -> list[BankTransaction]:
    """These movements in this order, each with its payment when it is an incoming one."""
    rows = picked(BankTransaction.objects.select_related("payment"), merchant_id, ids).only(
        "booked_on", "counterparty", "remittance", "amount_minor", "currency", "is_return",
        "payment__state", "payment__transaction",
    )  # fmt: skip
    found = {row.pk: row for row in rows}
    return [found[number] for number in ids if number in found]


def statements_of(statement_import: StatementImport) -> list[Statement]:
    """The statements in a file with their accounts, in file order."""
    return list(statement_import.statements.select_related("account").order_by("position")[:100])


def connections(merchant_id: int) -> QuerySet[Connection]:
    """The places statements are fetched from, by name."""
    return Connection.objects.filter(merchant_id=merchant_id).order_by("name", "id")


def stuck_connections(merchant_id: int) -> QuerySet[Connection]:
    """Connections that wait for a person, or whose bank asks one."""
    return connections(merchant_id).filter(state__in=(ConnectionState.STUCK, ConnectionState.ASKING))


def consents_ending(merchant_id: int, before: date) -> QuerySet[Connection]:
    """Connections whose bank wants a second factor again before that day."""
    return connections(merchant_id).filter(consent_until__lt=before).exclude(state=ConnectionState.PAUSED)


def waiting(merchant_id: int) -> int:
    """How many files, connections and accounts wait for a person, in one query."""
    broken = broken_imports(merchant_id).order_by().values("pk")
    others = (stuck_connections(merchant_id).order_by(), asked_accounts(merchant_id).order_by())
    return broken.union(*(rows.values("pk") for rows in others), all=True).count()


def fetched_files(connection: Connection) -> list[FetchedFile]:
    """The files seen last at a connection, newest first."""
    return list(connection.files.order_by("-seen_at", "-id")[:50])
