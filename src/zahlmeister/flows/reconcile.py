"""Every day: what the bank says, what the books say, and what the books' money is made of. Nothing may be left over.

    bank balance  =  books  =  merchant's own  +  unclear  +  in transit  +  refunds owed  +  held for others

The left side comes from statements, the middle from postings, the right side from the books of that day; what is the
merchant's own is the rest. For a day that is just over the right side is also counted from payments, transfers and
refunds themselves (`check_books`). Each difference is a sentence that names the account. If there is one, the
owners hear of it the same day, and the operator's.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from zahlmeister.accounting.models import Reconciliation
from zahlmeister.banking.models import BankAccount, Statement
from zahlmeister.banking.queries import gaps_of
from zahlmeister.flows.check_books import check_books
from zahlmeister.flows.tell_people import Value, owners, said
from zahlmeister.ledger.as_of import Key, balances_on, bank_on
from zahlmeister.ledger.rules import Book
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.operator import operator
from zahlmeister.money.amount import Amount
from zahlmeister.outbox.write import tell

Clock = Callable[[], datetime]

#: What of the money at the bank is not simply the merchant's own, by the book that says so.
PARTS = {
    "unclear": Book.UNCLEAR,
    "in_transit": Book.ON_ITS_WAY,
    "refunds": Book.REFUNDS,
    "surplus": Book.SURPLUS,
    "held": Book.HELD,
}


def reconcile_next(*, clock: Clock) -> Reconciliation | None:
    """A worker's turn: reconcile one merchant's yesterday that was not reconciled yet."""
    now = clock()
    yesterday = timezone.localdate(now) - timedelta(days=1)
    has_bank = BankAccount.objects.filter(merchant=OuterRef("pk"), is_ours=True)
    done = Reconciliation.objects.filter(merchant=OuterRef("pk"), on=yesterday)
    merchant = Merchant.objects.filter(Exists(has_bank)).exclude(Exists(done)).order_by("pk").first()
    if merchant is None:
        return None
    return next(iter(reconcile(merchant, yesterday, at=now)), None)


def reconcile(merchant: Merchant, day: date, *, at: datetime) -> list[Reconciliation]:
    """Reconcile a day and keep the result, one for each currency; done again it is looked at anew.

    Whoever has to know is told once for each day and currency on which something is left over.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        rows = [_keep(merchant, day, currency, at) for currency in _currencies(merchant)]
        for row in rows:
            if row.differences:
                _alarm(row, at)
    return rows


def newest_differences(merchant_id: int) -> list[Reconciliation]:
    """The newest reconciliation of each currency, where something is left over."""
    newest: dict[str, Reconciliation] = {}
    for row in Reconciliation.objects.filter(merchant=merchant_id).order_by("-on")[:20]:
        newest.setdefault(row.currency, row)
    return [row for _currency, row in sorted(newest.items()) if row.differences]


def _currencies(merchant: Merchant) -> list[str]:
    return sorted({merchant.currency, *_accounts(merchant.pk).values_list("currency", flat=True)})


def _accounts(merchant_id: int) -> QuerySet[BankAccount]:
    return BankAccount.objects.filter(merchant=merchant_id, is_ours=True, same_as=None)


def _keep(merchant: Merchant, day: date, currency: str, at: datetime) -> Reconciliation:
    books = balances_on(merchant.pk, day, really=True)
    accounts = [_account(row, day) for row in _accounts(merchant.pk).filter(currency=currency).order_by("pk")]
    differences = [sentence for found in accounts for sentence in found["differences"]]
    if day >= timezone.localdate(at) - timedelta(days=1):
        differences += [found for found in check_books(merchant) if _is_of(found, currency, merchant)]
    row, _new = Reconciliation.objects.update_or_create(
        merchant=merchant,
        on=day,
        currency=currency,
        defaults={
            "at": at,
            "bank_minor": sum(found["bank"] for found in accounts),
            "books_minor": sum(found["books"] for found in accounts),
            "parts": _parts(books, currency),
            "accounts": accounts,
            "differences": differences[:50],
        },
    )
    return row


def _is_of(sentence: str, currency: str, merchant: Merchant) -> bool:
    """Whether a finding is of this currency; those that name none stand with the merchant's own."""
    others = {each for each in _currencies(merchant) if each in sentence}
    return currency in others or (not others and currency == merchant.currency)


def _account(account: BankAccount, day: date) -> dict[str, Any]:
    """An account's newest statement up to the day against the books of the statement's day."""
    told = (
        Statement.objects.filter(account=account, closing_minor__isnull=False, closing_on__lte=day)
        .order_by("-closing_on", "-pk")
        .first()
    )
    name = str(account)
    if told is None or told.closing_on is None or told.closing_minor is None:
        return {"account": account.pk, "name": name, "on": None, "bank": 0, "books": 0, "differences": []}
    books = bank_on(account.merchant_id, account.pk, account.currency, told.closing_on)
    return {
        "account": account.pk,
        "name": name,
        "on": told.closing_on.isoformat(),
        "bank": told.closing_minor,
        "books": books,
        "differences": list(_differences(account, told.closing_on, told.closing_minor, books)),
    }


def _differences(account: BankAccount, on: date, bank: int, books: int) -> Iterator[str]:
    if bank == books:
        return
    left = Amount(bank - books, account.currency)
    yield (
        f"“{account}”: the statement of {on} says {Amount(bank, account.currency)}, the books say "
        f"{Amount(books, account.currency)}; {left} are left."
    )
    for gap in [each for each in gaps_of(account) if each.after <= on][:5]:
        moved = Amount(gap.minor, account.currency)
        yield f"“{account}”: a statement is missing between {gap.after} and {gap.before}; it moved {moved}."


def _parts(books: Mapping[Key, int], currency: str) -> dict[str, int]:
    """What the money at the bank is made of; together they are the books' bank balance."""
    sums: dict[Book, int] = {}
    for (book, _about, each), minor in books.items():
        if each == currency:
            sums[book] = sums.get(book, 0) + minor
    parts = {name: -sums.get(book, 0) for name, book in PARTS.items()}
    return {"own": sums.get(Book.BANK, 0) - sum(parts.values()), **parts}


def _alarm(row: Reconciliation, at: datetime) -> None:
    runs = operator()
    readers = {*owners(row.merchant_id), *(owners(runs.pk) if runs else [])}
    values: dict[str, Value] = {
        "merchant": row.merchant.name,
        "day": row.on,
        "bank": Amount(row.bank_minor, row.currency),
        "books": Amount(row.books_minor, row.currency),
        "differences": "\n".join(row.differences[:10]),
    }
    key = f"reconciled:{row.on}:{row.currency}"
    mails = [said(HouseKind.BOOKS_DIFFER, key, each, values, page="/books/days/") for each in sorted(readers)]
    tell(row.merchant_id, mails, at=at)
