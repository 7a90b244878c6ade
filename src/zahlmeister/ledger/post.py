"""Post to the books, in batches, each source once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F

from zahlmeister.ledger.models import Account, Posting
from zahlmeister.ledger.rules import FLOORS, PER_BANK_ACCOUNT, Book, Legs
from zahlmeister.merchants.insert import insert
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused


class PostedDifferently(Refused):
    """The same source was posted before with other content: two facts claim one name."""


@dataclass(frozen=True, slots=True)
class Booking:
    """What is to be posted: a positive amount from one book to another, for one source."""

    legs: Legs
    amount: Amount
    source: str
    booked_on: date


def post(merchant_id: int, bookings: Sequence[Booking], *, at: datetime) -> int:
    """Post a batch; what was posted before under the same source is left alone.

    Args:
        merchant_id: whose books.
        bookings: all positive; zero amounts are refused by the database.
        at: the instant of recording.

    Returns:
        How many postings are new.

    Raises:
        PostedDifferently: a source was posted before with another amount or other accounts.
    """
    accounts = _accounts(merchant_id, bookings)
    rows = [_row(merchant_id, booking, accounts, at) for booking in bookings]
    known = _known(merchant_id, [row.source for row in rows])
    fresh: list[Posting] = []
    for row in rows:
        before = known.get(row.source)
        if before is None:
            fresh.append(row)
            known[row.source] = (row.debit_id, row.credit_id, row.amount_minor)
        elif before != (row.debit_id, row.credit_id, row.amount_minor):
            raise PostedDifferently(f"“{row.source}” is already in the books with other content.")
    _write(fresh)
    return len(fresh)


def _accounts(merchant_id: int, bookings: Sequence[Booking]) -> dict[tuple[Book, int, str], int]:
    wanted = {
        (book, _about(book, booking.legs), booking.amount.currency)
        for booking in bookings
        for book in (booking.legs.debit, booking.legs.credit)
    }
    found = _existing(merchant_id)
    missing = wanted - found.keys()
    if missing:
        Account.objects.bulk_create(
            [
                Account(
                    merchant_id=merchant_id,
                    book=book,
                    about=about,
                    currency=currency,
                    floor=FLOORS.get(book, 0),
                )
                for book, about, currency in sorted(missing)
            ],
            ignore_conflicts=True,
        )
        found = _existing(merchant_id)
    return found


def _existing(merchant_id: int) -> dict[tuple[Book, int, str], int]:
    rows = Account.objects.filter(merchant_id=merchant_id).values_list("book", "about", "currency", "id")
    return {(Book(book), about, currency): number for book, about, currency, number in rows}


def _about(book: Book, legs: Legs) -> int:
    return legs.about if book in PER_BANK_ACCOUNT else 0


def _row(merchant_id: int, booking: Booking, accounts: dict[tuple[Book, int, str], int], at: datetime) -> Posting:
    legs, currency = booking.legs, booking.amount.currency
    return Posting(
        merchant_id=merchant_id,
        debit_id=accounts[legs.debit, _about(legs.debit, legs), currency],
        credit_id=accounts[legs.credit, _about(legs.credit, legs), currency],
        amount_minor=booking.amount.minor,
        source=booking.source,
        subject=":".join(booking.source.split(":")[:2]),
        text=legs.text,
        booked_on=booking.booked_on,
        recorded_at=at,
    )


def _known(merchant_id: int, sources: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    known: dict[str, tuple[int, int, int]] = {}
    for start in range(0, len(sources), 5000):
        rows = Posting.objects.filter(merchant_id=merchant_id, source__in=sources[start : start + 5000])
        for source, debit, credit, minor in rows.values_list("source", "debit_id", "credit_id", "amount_minor"):
            known[source] = (debit, credit, minor)
    return known


def _write(rows: Sequence[Posting]) -> None:
    """Insert the rows and move the cached balances, accounts in ascending order so that writers never deadlock."""
    if not rows:
        return
    changes: dict[int, int] = {}
    for row in rows:
        changes[row.debit_id] = changes.get(row.debit_id, 0) + row.amount_minor
        changes[row.credit_id] = changes.get(row.credit_id, 0) - row.amount_minor
    insert(rows)
    for account_id in sorted(changes):
        Account.objects.filter(pk=account_id).update(
            balance_minor=F("balance_minor") + changes[account_id], version=F("version") + 1
        )
