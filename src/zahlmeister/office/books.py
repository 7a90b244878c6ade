"""The books: balances in words, and whether everything adds up."""

from dataclasses import dataclass

from django.http import HttpResponseBase
from django.shortcuts import render

from zahlmeister.banking.queries import accounts
from zahlmeister.history.queries import broken_chains
from zahlmeister.ledger.queries import balances, differences
from zahlmeister.money.amount import Amount
from zahlmeister.office import words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.statements import account_rows


@dataclass(frozen=True, slots=True)
class BookRow:
    """One of our accounts with its balance, split into the sides a bookkeeper knows."""

    name: str
    about: str
    balance: Amount

    @property
    def debit_minor(self) -> int:
        return max(0, self.balance.minor)

    @property
    def credit_minor(self) -> int:
        return max(0, -self.balance.minor)


@signed_in
def books(request: OfficeRequest) -> HttpResponseBase:
    """All accounts with their balances."""
    merchant_id = request.merchant.pk
    names = {account.pk: str(account) for account in accounts(merchant_id)}
    rows = [BookRow(words.book(book), names.get(about, ""), amount) for book, about, amount in balances(merchant_id)]
    return render(request, "office/books.html", {"rows": rows, "accounts": account_rows(merchant_id)})


@signed_in
def check(request: OfficeRequest) -> HttpResponseBase:
    """Re-derive every balance and verify every chain of the history: takes a while, so only when asked for."""
    merchant_id = request.merchant.pk
    return render(
        request,
        "office/check.html",
        {
            "differences": differences(merchant_id),
            "chains": broken_chains(merchant_id),
            "accounts": account_rows(merchant_id),
        },
    )
