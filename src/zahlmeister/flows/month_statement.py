"""A month as the bookkeeper reads it: accounts, open items of its last day, prepayments, fees. All of it from postings.

The figures of a past day are the same whenever they are asked for. Names and numbers of orders are those of today.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from zahlmeister.banking.models import BankAccount, Statement
from zahlmeister.flows.bookkeeper_facts import Fact, facts
from zahlmeister.ledger.as_of import Turnover, balances_on, sums_by_subject, turnovers
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import Order, PaymentKind
from zahlmeister.plans.models import Invoice
from zahlmeister.receivables.models import OpenItem

#: Where a refund goes from *Refunds owed* when it leaves: by our transfer, the operator's, or a provider's.
_LEFT = frozenset({Book.OTHER_SPENDING, Book.WITH_OPERATOR, Book.PROVIDERS})


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account of ours over the month."""

    book: Book
    about: int
    currency: str
    moved: Turnover


@dataclass(frozen=True, slots=True)
class OpenLine:
    """An order that was not settled at the end of a day: what was still open, or came too much.

    Without an order the line is something else that moved the account, by its name in the books.
    """

    number: str
    invoice_number: str
    who: str
    due_on: date | None
    currency: str
    open: int
    surplus: int = 0


@dataclass(frozen=True, slots=True)
class PrepaidLine:
    """Money for an order that was paid before an invoice was written: VAT is due on it when it comes (DE: §13 UStG)."""

    number: str
    who: str
    country: str
    currency: str
    received: int
    item: int = 0


@dataclass(frozen=True, slots=True)
class PrepaidSums:
    """What of a currency was received before its invoice: at the beginning, what came and went, and at the end."""

    currency: str
    before: int
    after: int

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class MonthStatement:
    """Everything that a month came to."""

    merchant: Merchant
    first: date
    last: date
    accounts: Sequence[AccountLine]
    open_items: Sequence[OpenLine]
    prepaid: Sequence[PrepaidLine]
    prepaid_sums: Sequence[PrepaidSums]
    invoices: Sequence[Invoice]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A bank account at the end of a day: by the books, and by the newest statement until then."""

    account: BankAccount
    books: Amount
    bank: Amount | None
    on: date | None


def month_statement(merchant: Merchant, first: date, last: date) -> MonthStatement:
    """The statement of the days from `first` to `last`."""
    before, after = (prepaid(merchant, day) for day in (first - timedelta(days=1), last))
    moved = turnovers(merchant.pk, first, last)
    return MonthStatement(
        merchant=merchant,
        first=first,
        last=last,
        accounts=[AccountLine(*key, turnover) for key, turnover in moved.items()],
        open_items=open_items(merchant, last),
        prepaid=after,
        prepaid_sums=_sums(before, after),
        invoices=list(Invoice.objects.filter(customer=merchant, issued_on__range=(first, last)).order_by("number")),
    )


def open_items(merchant: Merchant, day: date, *, known_at: datetime | None = None) -> list[OpenLine]:
    """What was open at the end of a day. Together it is the balance of *Open items* and *Overpayments* of that day.

    Args:
        merchant: whose.
        day: the last day that counts.
        known_at: as it was known then; what was recorded later is left out.
    """
    sums: dict[tuple[str, str], list[int]] = {}
    known: dict[str, Fact] = {}
    for place, book in enumerate((Book.RECEIVABLES, Book.SURPLUS)):
        rows = sums_by_subject(merchant.pk, book, day, known_at=known_at)
        known |= facts(subject for subject, _currency, _minor in rows)
        for subject, currency, minor in rows:
            fact = known.get(subject)
            name = f"item:{fact.item}" if fact and fact.item else subject
            if fact and fact.item:
                known[name] = fact
            sums.setdefault((name, currency), [0, 0])[place] += minor
    return [
        _open(name, known.get(name, Fact()), currency, both[0], -both[1])
        for (name, currency), both in sorted(sums.items(), key=lambda row: (row[0][1], _order(known, row[0][0])))
        if any(both)
    ]


def prepaid(merchant: Merchant, day: date) -> list[PrepaidLine]:
    """Orders that were paid, whole or in part, and for which no invoice was written by the end of a day.

    What has left as a refund by then is not received any more (DE: § 17 (2) no. 2 UStG), and is again if it came back.
    """
    paid = [
        row
        for book in (Book.RECEIVABLES, Book.SURPLUS)
        for row in sums_by_subject(merchant.pk, book, day)
        if row[0].startswith("allocation:")
    ]
    rows = [*paid, *sums_by_subject(merchant.pk, Book.REFUNDS, day, against=_LEFT)]
    known = facts(subject for subject, _currency, _minor in rows)
    received: dict[tuple[int, str], int] = {}
    for subject, currency, minor in rows:
        item = known[subject].item if subject in known else 0
        received[item, currency] = received.get((item, currency), 0) - minor
    items = _prepaid_items(merchant, [item for (item, _currency), minor in received.items() if minor > 0])
    return [
        PrepaidLine(order.number, order.company or order.name, order.country, currency, minor, item)
        for (item, currency), minor in sorted(received.items())
        if minor > 0 and (order := items.get(item)) and not _is_invoiced(order, day)
    ]


def confirmed(merchant: Merchant, day: date) -> list[Confirmed]:
    """Every bank account of ours at the end of a day."""
    books = balances_on(merchant.pk, day, really=True)  # the bank knows of no closed month
    return [
        _confirmed(account, books, day)
        for account in BankAccount.objects.filter(merchant=merchant, is_ours=True, same_as=None).order_by("pk")
    ]


def _confirmed(account: BankAccount, books: Mapping[tuple[Book, int, str], int], day: date) -> Confirmed:
    told = (
        Statement.objects.filter(account=account, closing_minor__isnull=False, closing_on__lte=day)
        .order_by("-closing_on", "-pk")
        .first()
    )
    minor = books.get((Book.BANK, account.pk, account.currency), 0)
    bank = Amount(told.closing_minor or 0, account.currency) if told else None
    return Confirmed(account, Amount(minor, account.currency), bank, told.closing_on if told else None)


def _open(name: str, fact: Fact, currency: str, open_minor: int, surplus: int) -> OpenLine:
    return OpenLine(fact.number or name, fact.invoice_number, fact.who, fact.due_on, currency, open_minor, surplus)


def _order(known: Mapping[str, Fact], name: str) -> tuple[str, str]:
    fact = known.get(name, Fact())
    return (fact.number or name, name)


def _prepaid_items(merchant: Merchant, numbers: Sequence[int]) -> dict[int, Order]:
    found: dict[int, Order] = {}
    for start in range(0, len(numbers), 5000):
        rows = OpenItem.objects.filter(merchant=merchant, pk__in=numbers[start : start + 5000])
        rows = rows.filter(order__payment_kind=PaymentKind.PREPAYMENT).select_related("order")
        found |= {row.pk: row.order for row in rows}
    return found


def _is_invoiced(order: Order, day: date) -> bool:
    if order.invoiced_on is not None:
        return order.invoiced_on <= day
    return bool(order.invoice_number)


def _sums(before: Sequence[PrepaidLine], after: Sequence[PrepaidLine]) -> list[PrepaidSums]:
    currencies = sorted({line.currency for line in (*before, *after)})
    return [
        PrepaidSums(
            currency, *(sum(line.received for line in lines if line.currency == currency) for lines in (before, after))
        )
        for currency in currencies
    ]
