"""What captures and settlements say, against what the books of either side say: both must be the same every night."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from zahlmeister.ledger.queries import balances
from zahlmeister.ledger.rules import Book
from zahlmeister.money.amount import Amount
from zahlmeister.purchase.models import Capture, Due, GuaranteeTerms, Guarantor, Settlement
from zahlmeister.purchase.states import DueKind, SettlementState

#: A book, whom it is about (0 where it is kept together), and a currency.
_Key = tuple[Book, int, str]
_BOOKS = (Book.SELLERS, Book.WITH_GUARANTOR, Book.GUARANTEE_FEES, Book.LOSSES)
_FEES = (DueKind.FEE, DueKind.FEE_TAX)
#: So many captures that do not add up are named.
_MOST = 20


def differences(merchant_id: int) -> list[str]:
    """Everything about guaranteed purchases that does not add up, each in a sentence."""
    agreed = list(_agreed(merchant_id))
    if not agreed and not Guarantor.objects.filter(merchant=merchant_id).exists():
        return []
    said: Counter[_Key] = Counter()
    for terms in agreed:
        said.update(_of_terms(terms, merchant_id))
    booked: Counter[_Key] = Counter()
    for book, about, amount in balances(merchant_id):
        if book in _BOOKS:
            booked[book, about, amount.currency] += amount.minor
    found = [
        f"The invoices make {Amount(said[key], key[2])} of {key[0]}, the books {Amount(booked[key], key[2])}."
        for key in sorted(said.keys() | booked.keys())
        if said[key] != booked[key]
    ]
    return found + [sentence for terms in agreed for sentence in _lines(terms)]


def _agreed(merchant_id: int) -> QuerySet[GuaranteeTerms]:
    whose = Q(merchant=merchant_id) | Q(guarantor__merchant=merchant_id)
    return GuaranteeTerms.objects.filter(whose).select_related("guarantor").order_by("pk")


def _of_terms(terms: GuaranteeTerms, merchant_id: int) -> dict[_Key, int]:
    """What one agreement comes to in the books of one of its sides; debits above zero."""
    captures = Capture.objects.filter(authorisation__terms=terms)
    sums = captures.aggregate(
        price=Sum("price_minor", default=0), direct=Sum("direct_minor", default=0), lost=Sum("lost_minor", default=0)
    )
    fee, tax = (_sum(Due.objects.filter(terms=terms, kind=kind), "minor") for kind in _FEES)  # below zero
    owed, currency = sums["price"] - sums["direct"] + fee + tax, terms.currency
    settled = Settlement.objects.filter(terms=terms)
    if terms.merchant_id == merchant_id:
        received = _sum(settled.filter(payment__isnull=False), "transfer_minor")
        about = terms.guarantor.merchant_id
        return {
            (Book.WITH_GUARANTOR, about, currency): owed - received,
            (Book.GUARANTEE_FEES, 0, currency): -fee,
        }
    paid = _sum(settled.exclude(state=SettlementState.NOT_MADE), "transfer_minor")
    return {
        (Book.SELLERS, terms.merchant_id, currency): paid - owed,
        (Book.GUARANTEE_FEES, 0, currency): fee,
        (Book.LOSSES, 0, currency): sums["lost"],
    }


def _lines(terms: GuaranteeTerms) -> Iterator[str]:
    """Invoices whose lines do not make what is due of them, and settlements whose lines do not make their sum."""
    lines = Due.objects.filter(capture=OuterRef("pk")).exclude(kind__in=_FEES).order_by().values("capture")
    captures = Capture.objects.filter(authorisation__terms=terms)
    for one in captures.annotate(lines_sum=_of(lines)).exclude(lines_sum=F("due_minor")).order_by("pk")[:_MOST]:
        yield f"The lines of invoice {one} do not make what is due of it."
    rows = Due.objects.filter(settlement=OuterRef("pk")).order_by().values("settlement")
    settled = Settlement.objects.filter(terms=terms)
    for week in settled.annotate(lines_sum=_of(rows)).exclude(lines_sum=F("lines_minor")).order_by("pk")[:_MOST]:
        yield f"The lines of settlement {week} do not make its sum."


def _of(lines: QuerySet[Due, Any]) -> Coalesce:
    return Coalesce(Subquery(lines.annotate(sum=Sum("minor")).values("sum")), 0)


def _sum(rows: QuerySet[Due] | QuerySet[Settlement], column: str) -> int:
    return int(rows.aggregate(sum=Sum(column, default=0))["sum"])
