"""What can be asked of the books."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet, Sum

from zahlmeister.ledger.models import Account, Posting
from zahlmeister.ledger.rules import Book
from zahlmeister.money.amount import Amount


@dataclass(frozen=True, slots=True)
class Line:
    """A posting as a bookkeeper reads it."""

    booked_on: date
    recorded_at: datetime
    text: str
    debit: str
    credit: str
    amount: Amount
    source: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A cached balance that is not the sum of its postings. There must never be one."""

    account: str
    cached: Amount
    derived: Amount


@dataclass(frozen=True, slots=True)
class Movement:
    """A posting as one of its accounts sees it: what was debited is positive."""

    number: int
    text: str
    source: str
    amount: Amount
    booked_on: date


@dataclass(frozen=True, slots=True)
class Posted:
    """A posting as whoever exports it needs it; the `abouts` name the bank account or agency of each side, else 0."""

    number: int
    debit: Book
    debit_about: int
    credit: Book
    credit_about: int
    minor: int
    booked_on: date
    text: str
    source: str
    subject: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which postings somebody wants: of these days and this currency, and none that touches one of `without`."""

    currency: str
    first: date
    last: date
    without: frozenset[Book] = frozenset()


def balance(merchant_id: int, book: Book, currency: str, *, about: int = 0) -> Amount:
    """Debits less credits of one account; zero when it was never used."""
    minor = Account.objects.filter(merchant_id=merchant_id, book=book, about=about, currency=currency).values_list(
        "balance_minor", flat=True
    )
    return Amount(next(iter(minor), 0), currency)


def balance_of_all(book: Book, currency: str) -> Amount:
    """The same account of all merchants together: what their books say of somebody who stands in all of them."""
    rows = Account.objects.filter(book=book, currency=currency)
    return Amount(rows.aggregate(sum=Sum("balance_minor", default=0))["sum"], currency)


def is_used(merchant_id: int, book: Book) -> bool:
    """Whether anything was ever posted to a book."""
    return Account.objects.filter(merchant_id=merchant_id, book=book).exists()


def balances(merchant_id: int) -> list[tuple[Book, int, Amount]]:
    """Every account of the merchant: book, the bank account it is about (or 0), balance."""
    rows = Account.objects.filter(merchant_id=merchant_id).order_by("book", "about", "currency")
    return [(Book(row.book), row.about, Amount(row.balance_minor, row.currency)) for row in rows]


def lines(merchant_id: int, subjects: Iterable[str]) -> list[Line]:
    """The postings about these subjects, such as `item:17`, oldest first."""
    rows = (
        Posting.objects.filter(merchant_id=merchant_id, subject__in=list(subjects))
        .select_related("debit", "credit")
        .order_by("id")
    )
    return [_line(row) for row in rows]


def newest_lines(
    merchant_id: int, *, subject: str = "", below: int | None = None, limit: int = 50
) -> list[tuple[int, Line]]:
    """The postings of a merchant, newest first, each with its number; `below` goes on behind that number."""
    rows = Posting.objects.filter(merchant_id=merchant_id)
    if subject:
        rows = rows.filter(subject=subject)
    if below is not None:
        rows = rows.filter(pk__lt=below)
    return [(row.pk, _line(row)) for row in rows.select_related("debit", "credit").order_by("-pk")[:limit]]


def account_lines(
    merchant_id: int, book: Book, currency: str, *, about: int = 0, before: int | None = None, limit: int = 50
) -> list[tuple[int, Line]]:
    """The postings of one account, newest first, each with its number; `before` goes on behind that number."""
    account = Account.objects.filter(merchant_id=merchant_id, book=book, about=about, currency=currency).first()
    if account is None:
        return []
    found: list[Posting] = []
    for rows in (account.debits.all(), account.credits.all()):  # each side is read off its own index
        older = rows if before is None else rows.filter(pk__lt=before)
        found += older.select_related("debit", "credit").order_by("-pk")[:limit]
    newest = sorted(found, key=lambda row: -row.pk)[:limit]
    return [(row.pk, _line(row)) for row in newest]


def movements(merchant_id: int, book: Book, currency: str, *, about: int = 0, above: int = 0) -> list[Movement]:
    """The postings of one account whose number is above this, oldest first."""
    account = Account.objects.filter(merchant_id=merchant_id, book=book, about=about, currency=currency).first()
    if account is None:
        return []
    found: list[Movement] = []
    for rows, sign in ((account.debits, 1), (account.credits, -1)):
        told = rows.filter(pk__gt=above).values_list("pk", "text", "source", "amount_minor", "booked_on")
        found += [
            Movement(pk, text, source, Amount(sign * minor, currency), on) for pk, text, source, minor, on in told
        ]
    return sorted(found, key=lambda moved: moved.number)


def posted(merchant_id: int, wanted: Wanted, known: "QuerySet[Any, int]") -> Iterator[Posted]:
    """Postings by day and number, but those whose numbers are known."""
    rows = (
        Posting.objects.filter(
            merchant_id=merchant_id,
            debit__currency=wanted.currency,
            booked_on__range=(wanted.first, wanted.last),
        )
        .exclude(debit__book__in=wanted.without)
        .exclude(credit__book__in=wanted.without)
        .exclude(pk__in=known)
        .order_by("booked_on", "pk")
        .values_list("pk", *_BOTH_SIDES, "amount_minor", "booked_on", "text", "source", "subject")
    )
    for number, debit, debit_about, credit, credit_about, *rest in rows.iterator(chunk_size=2000):
        yield Posted(number, Book(debit), debit_about, Book(credit), credit_about, *rest)


def subjects(postings: Iterable[int]) -> set[str]:
    """What these postings are about, such as `item:17`."""
    numbers, found = list(postings), set[str]()
    for start in range(0, len(numbers), 5000):
        rows = Posting.objects.filter(pk__in=numbers[start : start + 5000])
        found.update(rows.values_list("subject", flat=True).distinct())
    return found


def currencies(merchant_id: int) -> list[str]:
    """The currencies that the merchant's books are kept in."""
    rows = Account.objects.filter(merchant_id=merchant_id).order_by("currency")
    return list(rows.values_list("currency", flat=True).distinct())


_BOTH_SIDES = ("debit__book", "debit__about", "credit__book", "credit__about")


def differences(merchant_id: int) -> list[Difference]:
    """Re-derive every balance from the postings and name each that differs from its cache."""
    derived: dict[int, int] = {}
    for side, sign in (("debit_id", 1), ("credit_id", -1)):
        sums = (
            Posting.objects.filter(merchant_id=merchant_id).values(side).annotate(total=Sum("amount_minor")).order_by()
        )
        for row in sums:
            derived[row[side]] = derived.get(row[side], 0) + sign * row["total"]
    return [
        Difference(
            account=f"{account.book}/{account.about}/{account.currency}",
            cached=Amount(account.balance_minor, account.currency),
            derived=Amount(derived.get(account.pk, 0), account.currency),
        )
        for account in Account.objects.filter(merchant_id=merchant_id).order_by("pk")
        if account.balance_minor != derived.get(account.pk, 0)
    ]


def _line(row: Posting) -> Line:
    return Line(
        booked_on=row.booked_on,
        recorded_at=row.recorded_at,
        text=row.text,
        debit=row.debit.book,
        credit=row.credit.book,
        amount=Amount(row.amount_minor, row.debit.currency),
        source=row.source,
    )


def sums_by_merchant(books: Iterable[Book]) -> list[tuple[int, Book, Amount]]:
    """Of every merchant: a book's debits less credits in each currency, all accounts of the book together."""
    rows = Account.objects.filter(book__in=[str(book) for book in books]).values("merchant_id", "book", "currency")
    told = rows.annotate(sum=Sum("balance_minor")).order_by("merchant_id", "currency", "book")
    return [(row["merchant_id"], Book(row["book"]), Amount(row["sum"], row["currency"])) for row in told]
