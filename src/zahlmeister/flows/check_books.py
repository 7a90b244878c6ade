"""The nightly look at the books: everything that is kept twice must say the same."""

from django.db.models import Sum

from zahlmeister.history.queries import broken_chains
from zahlmeister.ledger.queries import balances, differences
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.models import OpenItem, Payment
from zahlmeister.receivables.states import PaymentState


def check_books(merchant: Merchant) -> list[str]:
    """Everything that does not add up, each in a sentence; an empty list is the good answer."""
    sentences = [
        f"Account {difference.account} shows {difference.cached}, its postings make {difference.derived}."
        for difference in differences(merchant.pk)
    ]
    sentences += [
        f"The history of {subject} {number} was changed from step {ordinal} on."
        for subject, number, ordinal in broken_chains(merchant.pk)
    ]
    return sentences + _against_the_books(merchant)


def _against_the_books(merchant: Merchant) -> list[str]:
    """What the items and payments say, against what the books say."""
    open_items = OpenItem.objects.filter(merchant=merchant).values("currency")
    items = list(open_items.annotate(open=Sum("open_minor"), surplus=Sum("surplus_minor")).order_by("currency"))
    unclear = Payment.objects.filter(merchant=merchant).exclude(state=PaymentState.IGNORED).values("currency")
    said = {
        **{(Book.RECEIVABLES, row["currency"]): row["open"] for row in items},
        **{(Book.SURPLUS, row["currency"]): -row["surplus"] for row in items},
        **{
            (Book.UNCLEAR, row["currency"]): -row["open"] for row in unclear.annotate(open=Sum("open_minor")).order_by()
        },
    }
    booked = {(book, amount.currency): amount.minor for book, _, amount in balances(merchant.pk)}
    return [
        f"The rows make {Amount(said.get(key, 0), key[1])} of {key[0]}, the books {Amount(booked.get(key, 0), key[1])}."
        for key in sorted(said.keys() | {key for key in booked if key[0] in _MIRRORED})
        if said.get(key, 0) != booked.get(key, 0)
    ]


_MIRRORED = {Book.RECEIVABLES, Book.SURPLUS, Book.UNCLEAR}
