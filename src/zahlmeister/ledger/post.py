"""Post to the books, in batches, each source once."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

from django.db import connection

from zahlmeister.ledger.models import Account, Posting
from zahlmeister.ledger.rules import FLOORS, KEPT_APART, Book, Legs
from zahlmeister.merchants.ids import new_ids
from zahlmeister.merchants.insert import Later, insert_values, written
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused
from zahlmeister.values import value


class PostedDifferently(Refused):
    """The same source was posted before with other content: two facts claim one name."""


@value(frozen=True, slots=True)
class Booking:
    """What is to be posted: a positive amount from one book to another, for one source."""

    legs: Legs
    amount: Amount
    source: str
    booked_on: date


#: From which account to which, and how much.
_Moved = tuple[int, int, int]
#: A booking, the day it stands on, and the day it was meant for where that month is closed.
_Dated = tuple[Booking, date, date | None]


def post(
    merchant_id: int,
    bookings: Sequence[Booking],
    *,
    at: datetime,
    new_sources: bool = False,
    later: Later | None = None,
) -> int:
    """Post a batch; what was posted before under the same source is left alone.

    Args:
        merchant_id: whose books.
        bookings: all positive; zero amounts are refused by the database.
        at: the instant of recording.
        new_sources: True when the sources carry row numbers made in this very transaction, which saves the look-up;
            the database refuses a source that comes twice all the same.
        later: where to collect what is to be written; now when absent.

    Returns:
        How many postings are new.

    Raises:
        PostedDifferently: a source was posted before with another amount or other accounts.
    """
    if not bookings:
        return 0
    accounts, closed = _accounts(merchant_id, bookings), _closed_until(merchant_id)
    known = {} if new_sources else _known(merchant_id, [booking.source for booking in bookings])
    fresh: list[tuple[Booking, _Moved]] = []
    pairs: dict[tuple[int, str], tuple[int, int]] = {}  # legs are few: their accounts are looked up once
    for booking in bookings:
        way = (id(booking.legs), booking.amount.currency)
        if way not in pairs:
            pairs[way] = _pair(booking, accounts)
        moved = (*pairs[way], booking.amount.minor)
        before = known.setdefault(booking.source, moved)
        if before is moved:
            fresh.append((booking, moved))
        elif before != moved:
            raise PostedDifferently(f"“{booking.source}” is already in the books with other content.")
    with written(later) as collected:
        _write(merchant_id, [(_open(booking, closed), moved) for booking, moved in fresh], at, collected)
    return len(fresh)


def _accounts(merchant_id: int, bookings: Sequence[Booking]) -> dict[tuple[Book, int, str], int]:
    ways = {(id(booking.legs), booking.amount.currency): booking for booking in bookings}
    wanted = {
        (book, _about(book, booking.legs), booking.amount.currency)
        for booking in ways.values()
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


def _closed_until(merchant_id: int) -> date | None:
    """The last day of the newest closed month. Closing is a turn: what was thought out before it, is anew."""
    with connection.cursor() as cursor:  # asked twice for every batch, as are the accounts
        cursor.execute("SELECT books_closed_until FROM merchants_merchant WHERE id = %s", [merchant_id])
        found = cursor.fetchone()
    return _day(found[0]) if found and found[0] else None


def _day(kept: date | str) -> date:
    """A day as the driver gives it: SQLite keeps a text."""
    return date.fromisoformat(kept) if isinstance(kept, str) else kept


def _open(booking: Booking, closed: date | None) -> _Dated:
    """The booking with the day it stands on: the first open one where its own month is closed, which is then kept."""
    on = booking.booked_on
    if closed is None or on > closed:
        return (booking, on, None)
    return (booking, closed + timedelta(days=1), on)


def _existing(merchant_id: int) -> dict[tuple[Book, int, str], int]:
    with (
        connection.cursor() as cursor
    ):  # asked for every batch: putting the question together would cost ten times more
        cursor.execute("SELECT book, about, currency, id FROM ledger_account WHERE merchant_id = %s", [merchant_id])
        return {(Book(book), about, currency): number for book, about, currency, number in cursor.fetchall()}


def _about(book: Book, legs: Legs) -> int:
    return legs.about if book in KEPT_APART else 0


def _pair(booking: Booking, accounts: dict[tuple[Book, int, str], int]) -> tuple[int, int]:
    legs, currency = booking.legs, booking.amount.currency
    return (
        accounts[legs.debit, _about(legs.debit, legs), currency],
        accounts[legs.credit, _about(legs.credit, legs), currency],
    )


def _known(merchant_id: int, sources: Sequence[str]) -> dict[str, _Moved]:
    known: dict[str, _Moved] = {}
    for start in range(0, len(sources), 5000):
        rows = Posting.objects.filter(merchant_id=merchant_id, source__in=sources[start : start + 5000])
        for source, debit, credit, minor in rows.values_list("source", "debit_id", "credit_id", "amount_minor"):
            known[source] = (debit, credit, minor)
    return known


def _write(merchant_id: int, fresh: Sequence[tuple[_Dated, _Moved]], at: datetime, later: Later) -> None:
    """Insert the postings and move the cached balances, accounts in ascending order so that writers never deadlock."""
    changes: dict[int, int] = defaultdict(int)
    rows = []
    for number, ((booking, on, meant), (debit, credit, minor)) in zip(new_ids(len(fresh)), fresh, strict=True):
        changes[debit] += minor
        changes[credit] -= minor
        subject = ":".join(booking.source.split(":", 2)[:2])
        rows.append(
            (
                number,
                merchant_id,
                debit,
                credit,
                minor,
                booking.source,
                subject,
                booking.legs.text,
                on,
                at,
                meant,
            )
        )
    insert_values(Posting, _COLUMNS, rows, later)
    later.add(partial(_move, sorted((account, change) for account, change in changes.items())))


def _move(changes: Sequence[tuple[int, int]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE ledger_account SET balance_minor = balance_minor + %s, version = version + 1 WHERE id = %s",
            [(change, account) for account, change in changes],
        )


_ACCOUNTS = ("id", "merchant_id", "debit_id", "credit_id", "amount_minor")
_COLUMNS = (*_ACCOUNTS, "source", "subject", "text", "booked_on", "recorded_at", "meant_for")
