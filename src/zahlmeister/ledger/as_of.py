"""What the books said on a past day: the same answer whenever it is asked, because postings are only added.

A posting counts for the day it is booked on. Where a month was closed when it came, that is a later day, and
`meant_for` keeps the day on which it happened: what a bank's statement is compared with. Whoever wants the books as
they were known at an instant leaves out what was recorded later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from zahlmeister.ledger.models import Account, Posting
from zahlmeister.ledger.rules import Book

#: A book, what it is about (a bank account, an agency, or 0), and the currency.
Key = tuple[Book, int, str]


@dataclass(frozen=True, slots=True)
class Turnover:
    """An account over some days, in minor units: what it held before, what was debited and credited."""

    before: int = 0
    debits: int = 0
    credits: int = 0

    @property
    def after(self) -> int:
        return self.before + self.debits - self.credits


@dataclass(frozen=True, slots=True)
class Moved:
    """A posting with both its books and what they are about."""

    debit: Book
    debit_about: int
    credit: Book
    credit_about: int
    currency: str
    minor: int
    booked_on: date
    text: str
    source: str
    subject: str


def balances_on(
    merchant_id: int, day: date, *, known_at: datetime | None = None, really: bool = False
) -> dict[Key, int]:
    """Debits less credits of each account at the end of a day.

    Args:
        merchant_id: whose books.
        day: the last day that counts.
        known_at: leave out what was recorded later.
        really: count each posting for the day on which it happened, closed month or not.
    """
    rows = _until(merchant_id, day, known_at, really=really)
    found: dict[Key, int] = {}
    for side, sign in (("debit", 1), ("credit", -1)):
        for key, minor in _sums(rows, side):
            found[key] = found.get(key, 0) + sign * minor
    return found


def balances_back_to(merchant_id: int, day: date) -> dict[Key, int]:
    """The same for a day not long ago, each posting counted on the day it happened.

    Counted back from what the accounts hold now, so that only what has moved since is read.
    """
    accounts = Account.objects.filter(merchant_id=merchant_id).values_list("book", "about", "currency", "balance_minor")
    found = {(Book(book), about, currency): minor for book, about, currency, minor in accounts}
    since = Posting.objects.filter(merchant_id=merchant_id, booked_on__gt=day).exclude(meant_for__lte=day)
    for side, sign in (("debit", 1), ("credit", -1)):
        for key, minor in _sums(since, side):
            found[key] -= sign * minor
    return found


def turnovers(merchant_id: int, first: date, last: date) -> dict[Key, Turnover]:
    """Every account that was used up to the last day, with what moved between both days."""
    before = balances_on(merchant_id, date.fromordinal(first.toordinal() - 1))
    rows = Posting.objects.filter(merchant_id=merchant_id, booked_on__range=(first, last))
    debits, credited = dict(_sums(rows, "debit")), dict(_sums(rows, "credit"))
    return {
        key: Turnover(before.get(key, 0), debits.get(key, 0), credited.get(key, 0))
        for key in sorted(before.keys() | debits.keys() | credited.keys())
    }


def sums_by_subject(
    merchant_id: int,
    book: Book,
    day: date,
    *,
    known_at: datetime | None = None,
    against: frozenset[Book] = frozenset(),
) -> list[tuple[str, str, int]]:
    """What each subject (`item:17`, `allocation:4`) has moved on a book up to a day: subject, currency, minor units.

    With `against` only what moved between it and one of these.
    """
    rows = _until(merchant_id, day, known_at, really=False)
    found: dict[tuple[str, str], int] = {}
    for side, other, sign in (("debit", "credit", 1), ("credit", "debit", -1)):
        mine = rows.filter(**{f"{side}__book": book})
        if against:
            mine = mine.filter(**{f"{other}__book__in": against})
        sums = mine.values_list("subject", f"{side}__currency")
        for subject, currency, minor in sums.annotate(Sum("amount_minor")).order_by():
            found[subject, currency] = found.get((subject, currency), 0) + sign * minor
    return [(subject, currency, minor) for (subject, currency), minor in sorted(found.items()) if minor]


def first_day(merchant_id: int) -> date | None:
    """The day of the oldest posting; None when the books are empty."""
    days = Posting.objects.filter(merchant_id=merchant_id).order_by("booked_on").values_list("booked_on", flat=True)
    return next(iter(days[:1]), None)


def month_lines(merchant_id: int, first: date, last: date) -> Iterator[tuple[object, ...]]:
    """Every posting of some days in the order of their numbers, as facts that never change.

    Number, debit book and about, credit book and about, currency, minor units, source, text, day, instant, and the day
    it was meant for where that month was closed.
    """
    rows = Posting.objects.filter(merchant_id=merchant_id, booked_on__range=(first, last)).order_by("pk")
    return rows.values_list(
        "pk", "debit__book", "debit__about", "credit__book", "credit__about", "debit__currency", "amount_minor",
        "source", "text", "booked_on", "recorded_at", "meant_for",
    ).iterator(chunk_size=2000)  # fmt: skip


def month_postings(merchant_id: int, first: date, last: date, books: frozenset[Book]) -> list[Moved]:
    """Every posting of some days that touches one of these books, by day and number."""
    touches = Q(debit__book__in=books) | Q(credit__book__in=books)
    rows = Posting.objects.filter(touches, merchant_id=merchant_id, booked_on__range=(first, last))
    return [
        Moved(
            Book(row.debit.book),
            row.debit.about,
            Book(row.credit.book),
            row.credit.about,
            row.debit.currency,
            row.amount_minor,
            row.booked_on,
            row.text,
            row.source,
            row.subject,
        )
        for row in rows.select_related("debit", "credit").order_by("booked_on", "pk")
    ]


def _until(merchant_id: int, day: date, known_at: datetime | None, *, really: bool) -> QuerySet[Posting]:
    rows = Posting.objects.filter(merchant_id=merchant_id)
    if really:
        rows = rows.annotate(day=Coalesce(F("meant_for"), F("booked_on"))).filter(day__lte=day)
    else:
        rows = rows.filter(booked_on__lte=day)
    return rows if known_at is None else rows.filter(recorded_at__lte=known_at)


def _sums(rows: QuerySet[Posting], side: str) -> list[tuple[Key, int]]:
    names = (f"{side}__book", f"{side}__about", f"{side}__currency")
    sums = rows.values_list(*names).annotate(Sum("amount_minor")).order_by()
    return [((Book(book), about, currency), minor) for book, about, currency, minor in sums]
