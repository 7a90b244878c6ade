"""The nightly look at the books: everything that is kept twice must say the same."""

from collections import Counter

from django.db.models import QuerySet, Sum

from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.banking.outgoing_states import HANDED_OVER
from zahlmeister.history.queries import broken_chains
from zahlmeister.intents.queries import held_by_currency
from zahlmeister.ledger.queries import balances, differences
from zahlmeister.ledger.rules import Book, Waiver
from zahlmeister.merchants.lock import at_one_moment
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.prepaid.queries import balances_by_currency, broken_accounts
from zahlmeister.purchase.differences import differences as purchase_differences
from zahlmeister.receivables.models import Allocation, OpenItem, Payment
from zahlmeister.receivables.states import NOT_WAITED_FOR
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.states import OWED


def check_books(merchant: Merchant) -> list[str]:
    """Everything that does not add up, each in a sentence; an empty list is the good answer.

    It is read at one moment, so that what is kept twice is compared as it was then, and nobody waits to write.
    """
    with at_one_moment():
        return _found(merchant)


def _found(merchant: Merchant) -> list[str]:
    sentences = [
        f"Account {difference.account} shows {difference.cached}, its postings make {difference.derived}."
        for difference in differences(merchant.pk)
    ]
    sentences += [
        f"The history of {subject} {number} was changed from step {ordinal} on."
        for subject, number, ordinal in broken_chains(merchant.pk)
    ]
    sentences += broken_accounts(merchant.pk)
    sentences += purchase_differences(merchant.pk)
    return sentences + _against_the_books(merchant)


def _against_the_books(merchant: Merchant) -> list[str]:
    """What the items and payments say, against what the books say."""
    items = OpenItem.objects.filter(merchant=merchant)
    payments = Payment.objects.filter(merchant=merchant).exclude(state__in=NOT_WAITED_FOR)
    on_its_way = PaymentOrder.objects.filter(merchant=merchant, state__in=HANDED_OVER, transaction=None)
    on_accounts = balances_by_currency(merchant.pk)
    owed = Refund.objects.filter(merchant=merchant, state__in=OWED)
    said: dict[tuple[Book, str], int] = {
        **{(Book.RECEIVABLES, currency): minor for currency, minor in _sums(items, "open_minor")},
        **{(Book.SURPLUS, currency): -minor for currency, minor in _sums(items, "surplus_minor")},
        **{(Book.UNCLEAR, currency): -minor for currency, minor in _sums(payments, "open_minor")},
        **_costs(items, merchant.pk),
        **{(Book.CARRIER_FEES, currency): minor for currency, minor in _sums(payments, "kept_minor") if minor},
        **{(Book.ON_ITS_WAY, currency): -minor for currency, minor in _sums(on_its_way, "amount_minor")},
        **{(Book.REFUNDS, currency): -minor for currency, minor in _sums(owed, "amount_minor")},
        **{(Book.PREPAID, currency): -held.paid for currency, held in on_accounts.items()},
        **{(Book.GRANTED, currency): -held.granted for currency, held in on_accounts.items()},
        **{(Book.PROVIDERS, currency): minor for currency, minor in held_by_currency(merchant.pk).items()},
    }
    booked: Counter[tuple[Book, str]] = Counter()
    for book, _, amount in balances(merchant.pk):  # a book that is kept apart has several
        if book in _MIRRORED:
            booked[book, amount.currency] += amount.minor
    return [
        f"The rows make {Amount(said.get(key, 0), key[1])} of {key[0]}, the books {Amount(booked.get(key, 0), key[1])}."
        for key in sorted(said.keys() | booked.keys())
        if said.get(key, 0) != booked.get(key, 0)
    ]


def _costs(items: QuerySet[OpenItem], merchant_id: int) -> dict[tuple[Book, str], int]:
    """The costs of delay that count, less those that crossed with a payment and are not asked for."""
    rows = Allocation.objects.filter(merchant_id=merchant_id, waiver=Waiver.CROSSED, reverses=None, reversal=None)
    crossed = Counter(dict(rows.values_list("item__currency").annotate(Sum("waived_minor")).order_by()))
    interest = dict(_sums(items, "interest_minor"))
    fees = {
        (Book.DUNNING, currency): crossed[currency] + interest[currency] - minor
        for currency, minor in _sums(items, "costs_minor")
        if minor
    }
    return fees | {(Book.INTEREST, currency): -minor for currency, minor in interest.items() if minor}


def _sums(
    rows: QuerySet[OpenItem] | QuerySet[Payment] | QuerySet[PaymentOrder] | QuerySet[Refund], column: str
) -> list[tuple[str, int]]:
    """The sum of a column per currency."""
    return list(rows.values_list("currency").annotate(Sum(column)).order_by("currency"))


_MIRRORED = {
    Book.PROVIDERS,
    Book.RECEIVABLES,
    Book.SURPLUS,
    Book.UNCLEAR,
    Book.CARRIER_FEES,
    Book.ON_ITS_WAY,
    Book.DUNNING,
    Book.INTEREST,
    Book.REFUNDS,
    Book.PREPAID,
    Book.GRANTED,
}
