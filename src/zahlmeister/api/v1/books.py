"""The books: postings, and the batches that the bookkeeper got."""

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from zahlmeister.accounting.models import Batch
from zahlmeister.api.v1.forms import Currency, Day, Id, Moment, Money, Next, Ref, money
from zahlmeister.api.v1.pages import OneWanted, PageWanted, cut, number_of, one_of, page_of
from zahlmeister.api.v1.surface import caller, reads
from zahlmeister.ledger.queries import Line, newest_lines
from zahlmeister.programs.scopes import Scope

router = Router(tags=["books"])


class PostingOut(Schema):
    """One debit account, one credit account, one amount. Nothing of it ever changes."""

    id: Id
    debit: str = Field(examples=["bank"])
    credit: str = Field(examples=["unclear"])
    amount: Money
    currency: Currency
    booked_on: Day
    recorded_at: Moment
    text: str = Field(examples=["payment received"])
    source: str = Field(description="Which fact it books, once.", examples=["transaction:17"])


class PostingsOut(Schema):
    """A page of postings, newest first."""

    data: list[PostingOut]
    next: Next


class PostingsWanted(PageWanted):
    """Which postings are wanted."""

    cursor: Ref = Field(default="", description="`next` of the page before; empty for the first.")
    about: str = Field(
        default="",
        pattern="^([a-z_]{1,20}:[0-9]{1,19})?$",
        description="Only those about this, such as `item:17`.",
    )


class BatchOut(Schema):
    """A file for the bookkeeper, as it was given. Its content is fetched by the key for batches."""

    id: Id
    number: int = Field(examples=[1])
    name: str = Field(examples=["EXTF_Buchungsstapel_1.csv"])
    first: Day
    last: Day
    rows: int = Field(examples=[42])
    sum: Money
    currency: Currency
    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    made_at: Moment


class BatchesOut(Schema):
    """A page of batches, newest first."""

    data: list[BatchOut]
    next: Next


@reads(router, "/postings", PostingsOut, Scope.BOOKS_READ)
def list_postings(request: HttpRequest, wanted: Query[PostingsWanted]) -> PostingsOut:
    """Postings of the merchant's books, newest first."""
    below = number_of(wanted.cursor) if wanted.cursor else None
    merchant = caller(request).merchant.pk
    lines = newest_lines(merchant, subject=wanted.about, below=below, limit=wanted.limit + 1)
    found, following = cut(lines, wanted, lambda row: str(row[0]))
    return PostingsOut(data=[_posting(number, line) for number, line in found], next=following)


@reads(router, "/batches", BatchesOut, Scope.BOOKS_READ)
def list_batches(request: HttpRequest, wanted: Query[PageWanted]) -> BatchesOut:
    """Files for the bookkeeper, newest first."""
    found, following = page_of(Batch.objects.filter(merchant=caller(request).merchant).defer("content"), wanted)
    return BatchesOut(data=[_batch(row) for row in found], next=following)


@reads(router, "/batches/{batch_id}", BatchOut, Scope.BOOKS_READ)
def get_batch(request: HttpRequest, batch_id: str, wanted: Query[OneWanted]) -> BatchOut:
    """One file for the bookkeeper."""
    del wanted  # its fields are looked at where the answer is written
    rows = Batch.objects.filter(merchant=caller(request).merchant).defer("content")
    return _batch(one_of(rows, batch_id, "batch"))


def _posting(number: int, line: Line) -> PostingOut:
    return PostingOut(
        id=str(number),
        debit=line.debit,
        credit=line.credit,
        amount=line.amount.text(),
        currency=line.amount.currency,
        booked_on=line.booked_on,
        recorded_at=line.recorded_at,
        text=line.text,
        source=line.source,
    )


def _batch(row: Batch) -> BatchOut:
    return BatchOut(
        id=str(row.pk),
        number=row.number,
        name=row.name,
        first=row.first,
        last=row.last,
        rows=row.rows,
        sum=money(row.sum_minor, row.currency),
        currency=row.currency,
        sha256=row.sha256,
        made_at=row.made_at,
    )
