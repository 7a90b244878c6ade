"""The books: balances in words, and whether everything adds up."""

import re
from dataclasses import dataclass, field
from itertools import groupby

from django.http import Http404, HttpResponseBase
from django.shortcuts import render

from zahlmeister.banking.queries import accounts
from zahlmeister.collection.queries import agencies
from zahlmeister.flows.check_books import check_books
from zahlmeister.intents.queries import connections
from zahlmeister.ledger.queries import account_lines, balances
from zahlmeister.ledger.rules import Book
from zahlmeister.money.amount import Amount
from zahlmeister.office import words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.accounts import account_rows
from zahlmeister.office.listing import ROWS
from zahlmeister.office.sentences import in_words

#: A book in a sentence about what does not add up.
_BOOK = re.compile(r"(?<=of )[a-z_]+(?=, the books)|(?<=^Account )[a-z_]+(?=/)")


@dataclass(frozen=True, slots=True)
class BookRow:
    """One of our accounts with its balance, on the side a bookkeeper expects it."""

    book: Book
    about_id: int
    name: str
    about: str
    balance: Amount

    @property
    def debit_minor(self) -> int:
        return max(0, self.balance.minor)

    @property
    def credit_minor(self) -> int:
        return max(0, -self.balance.minor)


@dataclass(frozen=True, slots=True)
class Sheet:
    """All accounts of one currency; both sides come to the same."""

    currency: str
    rows: list[BookRow] = field(default_factory=list)

    @property
    def debit_minor(self) -> int:
        return sum(row.debit_minor for row in self.rows)

    @property
    def credit_minor(self) -> int:
        return sum(row.credit_minor for row in self.rows)


@signed_in
def books(request: OfficeRequest) -> HttpResponseBase:
    """All accounts with their balances, per currency."""
    merchant_id = request.merchant.pk
    return render(request, "office/books.html", {"sheets": _sheets(merchant_id), "accounts": account_rows(merchant_id)})


@signed_in
def check(request: OfficeRequest) -> HttpResponseBase:
    """Re-derive every balance and verify every chain of the history: takes a while, so only when asked for."""
    sentences = [_in_words(one) for one in check_books(request.merchant)]
    return render(request, "office/check.html", {"sentences": sentences})


def _in_words(sentence: str) -> str:
    """What does not add up, in the reader's language and with the names of the books."""
    return in_words(_BOOK.sub(lambda found: words.book(found[0]), sentence))


@signed_in
def book(request: OfficeRequest, name: str, about: int, currency: str) -> HttpResponseBase:
    """The postings of one of our accounts, newest first; `before` turns the page."""
    rows = [
        row
        for sheet in _sheets(request.merchant.pk)
        for row in sheet.rows
        if (row.book, row.about_id, row.balance.currency) == (name, about, currency)
    ]
    if not rows:
        raise Http404
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    found = account_lines(request.merchant.pk, rows[0].book, currency, about=about, before=before, limit=ROWS + 1)
    return render(
        request,
        "office/book.html",
        {
            "row": rows[0],
            "postings": [line for _number, line in found[:ROWS]],
            "older": found[ROWS - 1][0] if len(found) > ROWS else None,
            "is_first": before is None,
        },
    )


def _sheets(merchant_id: int) -> list[Sheet]:
    kept = (*accounts(merchant_id), *agencies(merchant_id), *connections(merchant_id))
    names = {one.pk: str(one) for one in kept}
    rows = [
        BookRow(book, about, words.book(book), names.get(about, ""), amount)
        for book, about, amount in balances(merchant_id)
    ]
    rows.sort(key=lambda row: row.balance.currency)
    return [Sheet(currency, list(group)) for currency, group in groupby(rows, key=lambda row: row.balance.currency)]
