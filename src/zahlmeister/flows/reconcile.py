"""Every day: what the bank says, what the books say, and what the books' money is made of. Nothing may be left over.

    bank balance  =  books  =  merchant's own + unclear + in transit + refunds owed + owed to others

The left side comes from statements, the middle from the books of the bank accounts, and each term of the right side
from its own books: none of them is what is left when the others are taken off. Where an operator runs the house, what
he holds by his books is also compared with what the merchants' books say that he holds. For a day that is just over,
the terms are counted from payments, transfers and refunds themselves, too (`check_books`).

Each difference is a sentence that names the account; if there is one, the owners hear of it the same day, and the
operator's. A day of which a statement is missing is neither right nor wrong: it is looked at again when one comes.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import DateField, Exists, ExpressionWrapper, OuterRef, QuerySet
from django.utils import timezone

from zahlmeister.accounting.models import Reconciliation
from zahlmeister.banking.models import BankAccount, Statement, StatementImport
from zahlmeister.banking.queries import gaps_of
from zahlmeister.flows.check_books import check_books
from zahlmeister.flows.tell_people import Value, owners, said
from zahlmeister.ledger.as_of import Key, balances_back_to
from zahlmeister.ledger.queries import balance, balance_of_all
from zahlmeister.ledger.rules import Book
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.lock import at_one_moment
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.operator import operator
from zahlmeister.merchants.trouble import BY_CHANCE, take_first
from zahlmeister.money.amount import Amount
from zahlmeister.money.banking_days import Calendar, last_banking_day
from zahlmeister.outbox.write import tell

Clock = Callable[[], datetime]

#: What the money at the bank is made of, each part by the books that say so; every book but the bank's is in one.
PARTS: dict[str, frozenset[Book]] = {
    "own": frozenset(
        {
            Book.OPENING, Book.ORDERS, Book.RECEIVABLES, Book.PAID_ELSEWHERE, Book.OTHER_INCOME, Book.OTHER_SPENDING,
            Book.RETURNS, Book.PAID_OUT, Book.TOLERANCE, Book.DISCOUNT, Book.CHARGES, Book.CARRIER_FEES, Book.DUNNING,
            Book.INTEREST,
            Book.AGENCIES, Book.PROVIDERS, Book.PROVIDER_FEES, Book.WITH_OPERATOR, Book.FEES, Book.INPUT_TAX,
            Book.OPERATOR, Book.OUTPUT_TAX, Book.SELLERS, Book.WITH_GUARANTOR, Book.GUARANTEE_FEES, Book.LOSSES,
            Book.GRANTED, Book.GOODWILL, Book.USAGE,
        }
    ),
    "unclear": frozenset({Book.UNCLEAR}),
    "in_transit": frozenset({Book.ON_ITS_WAY}),
    "refunds": frozenset({Book.REFUNDS}),
    "surplus": frozenset({Book.SURPLUS}),
    "customers": frozenset({Book.PREPAID}),
    "held": frozenset({Book.HELD}),
}  # fmt: skip
ONE_DAY = timedelta(days=1)
_FAR = timedelta(days=400)  # a gap that is older is nobody's reason for a difference of today
_AGAIN = timedelta(days=10)  # so long a day waits for its statement


@dataclass(frozen=True, slots=True)
class House:
    """A day of the whole installation in one currency, for its operator: all merchants' rows of that day together.

    `merchants` is what of the money at all banks is the merchants' own, `operator` the operator's; `parts` are the rest
    by name.
    """

    count: int
    bank: int
    merchants: int
    operator: int
    parts: dict[str, int]
    is_proven: bool


def reconcile_next(*, clock: Clock) -> Merchant | Reconciliation | None:
    """A worker's turn: reconcile one merchant's yesterday, a day that was missed while no worker worked, or one anew.

    Anew is a day reconciled whose statement has come meanwhile.
    """
    now = clock()
    yesterday = timezone.localdate(now) - ONE_DAY
    has_bank = BankAccount.objects.filter(merchant=OuterRef("pk"), is_ours=True)
    done = Reconciliation.objects.filter(merchant=OuterRef("pk"), on=yesterday)
    waiting = Merchant.objects.filter(Exists(has_bank)).exclude(Exists(done)).order_by("is_operator", BY_CHANCE)
    merchant = take_first("reconcile", waiting, lambda each: reconcile(each, yesterday, at=now), at=now)
    return (
        merchant
        or take_first("reconcile_missed", _before_a_missed_day(yesterday), lambda row: _catch_up(row, now), at=now)
        or take_first(
            "reconcile_again", _to_look_at_again(yesterday), lambda row: reconcile(row.merchant, row.on, at=now), at=now
        )
    )


def reconcile(merchant: Merchant, day: date, *, at: datetime, told_as: str = "") -> list[Reconciliation]:
    """Reconcile a day and keep the result, one for each currency; done again it is looked at anew.

    Everything is read at one moment, and nobody waits for it to write. Whoever has to know is told once for each day
    and currency on which something is left over; of several days `told_as` the same, once for all.
    """
    with at_one_moment():
        found = check_books(merchant) if day >= timezone.localdate(at) - ONE_DAY else []
        look = _Look(merchant, day, found)
        facts = {currency: look.at_currency(currency) for currency in look.currencies}
    with transaction.atomic(durable=True):
        rows = [
            Reconciliation.objects.update_or_create(
                merchant=merchant, on=day, currency=currency, defaults={"at": at, **told}
            )[0]
            for currency, told in facts.items()
        ]
        for row in rows:
            if row.differences:
                _alarm(row, told_as or str(row.on), at)
    return rows


def newest_differences(merchant_id: int) -> list[Reconciliation]:
    """The newest reconciliation of each currency, where something is left over."""
    newest: dict[str, Reconciliation] = {}
    for row in Reconciliation.objects.filter(merchant=merchant_id).order_by("-on")[:20]:
        newest.setdefault(row.currency, row)
    return [row for _currency, row in sorted(newest.items()) if row.differences]


def house_of(day: date, currency: str) -> House:
    """What all merchants' banks held at the end of a day, and whose it was."""
    rows = list(Reconciliation.objects.filter(on=day, currency=currency).select_related("merchant"))
    sums = {name: sum(row.parts.get(name, 0) for row in rows) for name in PARTS if name != "own"}
    own = {True: 0, False: 0}
    for row in rows:
        own[row.merchant.is_operator] += row.parts.get("own", 0)
    proven = all(row.is_proven for row in rows)
    return House(len(rows), sum(row.bank_minor for row in rows), own[False], own[True], sums, proven)


def _before_a_missed_day(yesterday: date) -> QuerySet[Reconciliation]:
    """The last day before each gap: nobody worked on the next one, which is over by now."""
    day_after = ExpressionWrapper(OuterRef("on") + ONE_DAY, DateField())
    following = Reconciliation.objects.filter(merchant=OuterRef("merchant"), on=day_after)
    rows = Reconciliation.objects.filter(on__range=(yesterday - _FAR, yesterday - ONE_DAY)).exclude(Exists(following))
    return rows.select_related("merchant").order_by("on", "pk")


def _catch_up(row: Reconciliation, now: datetime) -> None:
    """Reconcile the day after; what is left over on several missed days is told by one mail a day."""
    reconcile(row.merchant, row.on + ONE_DAY, at=now, told_as=f"missed:{timezone.localdate(now)}")


def _to_look_at_again(yesterday: date) -> QuerySet[Reconciliation]:
    """Days without a statement, of merchants who have had a file read since."""
    read = StatementImport.objects.filter(merchant=OuterRef("merchant"), finished_at__gt=OuterRef("at"))
    rows = Reconciliation.objects.filter(Exists(read), on__range=(yesterday - _AGAIN, yesterday)).exclude(missing=[])
    return rows.select_related("merchant").order_by("on", "pk")


class _Look:
    """One merchant's day: the books of each day that is asked for are read once."""

    def __init__(self, merchant: Merchant, day: date, found: list[str]) -> None:
        self.merchant = merchant
        self.day = day
        self.found = found
        self.accounts = list(
            BankAccount.objects.filter(merchant=merchant, is_ours=True, same_as=None).order_by("currency", "pk")
        )
        self.currencies = sorted({merchant.currency, *(account.currency for account in self.accounts)})
        self._books: dict[date, Mapping[Key, int]] = {}

    def at_currency(self, currency: str) -> dict[str, Any]:
        """The columns of the day's row."""
        accounts = [_account(self, each) for each in self.accounts if each.currency == currency]
        parts = _parts(self.books(self.day), currency)
        books = sum(
            minor for (book, _, each), minor in self.books(self.day).items() if (book, each) == (Book.BANK, currency)
        )
        differences = [sentence for one in accounts for sentence in one.pop("differences")]
        differences += [*_not_made_of(books, parts, currency), *_held_otherwise(self.merchant, currency)]
        differences += [sentence for sentence in self.found if self._is_of(sentence, currency)]
        missing = [sentence for one in accounts for sentence in one.pop("missing")]
        return {
            "bank_minor": sum(one["bank"] for one in accounts),
            "books_minor": books,
            "parts": parts,
            "accounts": accounts,
            "differences": differences[:50],
            "missing": missing[:50],
        }

    def books(self, day: date) -> Mapping[Key, int]:
        """The balances of every book at the end of a day."""
        if day not in self._books:
            self._books[day] = balances_back_to(self.merchant.pk, day)
        return self._books[day]

    def _is_of(self, sentence: str, currency: str) -> bool:
        """Whether a finding is of this currency; those that name none stand with the merchant's own."""
        others = {each for each in self.currencies if each in sentence}
        return currency in others or (not others and currency == self.merchant.currency)


def _account(look: _Look, account: BankAccount) -> dict[str, Any]:
    """An account's newest statement up to the day against the books of the statement's day."""
    statements = Statement.objects.filter(account=account, closing_minor__isnull=False)
    told = statements.filter(closing_on__lte=look.day).order_by("-closing_on", "-pk").first()
    about = {"account": account.pk, "name": str(account)}
    if told is None or told.closing_on is None or told.closing_minor is None:
        missing = [f"“{account}”: no statement of {look.day} says a balance, and none before."]
        return {**about, "on": None, "bank": 0, "books": 0, "differences": [], "missing": missing}
    books = look.books(told.closing_on).get((Book.BANK, account.pk, account.currency), 0)
    return {
        **about,
        "on": told.closing_on.isoformat(),
        "bank": told.closing_minor,
        "books": books,
        "differences": list(_differences(account, told.closing_on, told.closing_minor, books)),
        "missing": list(_missing(look, account, told.closing_on, told.closing_minor)),
    }


def _differences(account: BankAccount, on: date, bank: int, books: int) -> Iterator[str]:
    if bank == books:
        return
    left = Amount(bank - books, account.currency)
    yield (
        f"“{account}”: the statement of {on} says {Amount(bank, account.currency)}, the books say "
        f"{Amount(books, account.currency)}; {left} are left."
    )
    for gap in [each for each in gaps_of(account, since=on - _FAR) if each.after <= on][:5]:
        moved = Amount(gap.minor, account.currency)
        yield f"“{account}”: a statement is missing between {gap.after} and {gap.before}; it moved {moved}."


def _missing(look: _Look, account: BankAccount, on: date, bank: int) -> Iterator[str]:
    """Whether a statement proves the day: its own, that of the last day banks booked on, or the next that goes on."""
    calendar = Calendar.SWISS if account.currency == "CHF" else Calendar.TARGET
    if on >= last_banking_day(look.day, calendar):
        return
    books = look.books(look.day).get((Book.BANK, account.pk, account.currency), 0)
    goes_on = {"opening_on__gte": look.day, "closing_on__gt": look.day, "opening_minor": books}
    is_unused = not bank and not books
    if not is_unused and not Statement.objects.filter(account=account, **goes_on).exists():
        yield f"“{account}”: no statement of {look.day} is there; the newest is of {on}."


def _parts(books: Mapping[Key, int], currency: str) -> dict[str, int]:
    """What the money at the bank is made of, each part by its own books."""
    return {
        name: -sum(minor for (book, _about, each), minor in books.items() if each == currency and book in of_part)
        for name, of_part in PARTS.items()
    }


def _not_made_of(books: int, parts: Mapping[str, int], currency: str) -> Iterator[str]:
    if (made := sum(parts.values())) != books:
        yield (
            f"The books hold {Amount(books, currency)} at the bank, and what that is made of comes to "
            f"{Amount(made, currency)}."
        )


def _held_otherwise(merchant: Merchant, currency: str) -> Iterator[str]:
    """What the operator holds for merchants, by his books and by theirs."""
    if not merchant.is_operator:
        return
    his = balance(merchant.pk, Book.HELD, currency).minor
    theirs = balance_of_all(Book.WITH_OPERATOR, currency).minor
    if his + theirs:
        yield (
            f"The operator's books say that {Amount(-his, currency)} are held for merchants, the merchants' books say "
            f"{Amount(theirs, currency)}."
        )


def _alarm(row: Reconciliation, told_as: str, at: datetime) -> None:
    runs = operator()
    readers = {*owners(row.merchant_id), *(owners(runs.pk) if runs else [])}
    values: dict[str, Value] = {
        "merchant": row.merchant.name,
        "day": row.on,
        "bank": Amount(row.bank_minor, row.currency),
        "books": Amount(row.books_minor, row.currency),
        "differences": "\n".join(row.differences[:10]),
    }
    key = f"reconciled:{told_as}:{row.currency}"
    mails = [said(HouseKind.BOOKS_DIFFER, key, each, values, page="/books/days/") for each in sorted(readers)]
    tell(row.merchant_id, mails, at=at)
