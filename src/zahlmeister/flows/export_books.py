"""Give the bookkeeper what he has not been given yet: a file per month, each posting in one of them, once.

The books are only added to, so what a file told stays true. What is undone later is a posting of its own and comes with
a later file. A posting that was recorded late, for a day of a month that was exported, makes a second file of that
month.
"""

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Max, Sum

from zahlmeister.accounting.models import (
    DATEV_FORMATS,
    Batch,
    BatchPosting,
    BookkeeperSettings,
    DebtorNumber,
    TaxedPrepayment,
)
from zahlmeister.accounting.plan import debtors_of, left_to_others, plan_of, settings_of
from zahlmeister.accounting.rules import Entry, Plan, bookings, names_of
from zahlmeister.flows.book_files import book_file
from zahlmeister.flows.bookkeeper_facts import Fact, facts
from zahlmeister.flows.taxed_prepayments import Told, taxed_prepayments
from zahlmeister.formats.datev.header import Header
from zahlmeister.formats.datev.write import DatevDebtor, DatevFile, debtor_file, parts
from zahlmeister.formats.journals.row import BookRow, BookSheet
from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.queries import Posted, Wanted, currencies, posted
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Order
from zahlmeister.refusals import Refused

_FIRST_LINE = 3  # of a booking, behind the header and the names of the columns
_OURS = UUID("5d0c8f0e-6a55-4d1c-9a3f-2f6d3f0f8b11")  # the names of our bookings are made from it


@dataclass(frozen=True, slots=True)
class _Run:
    """One export: whose, with which accounts, by whom and when."""

    merchant: Merchant
    settings: BookkeeperSettings
    plan: Plan
    by: str
    at: datetime


def export_books(merchant: Merchant, until: date, *, by: str, at: datetime) -> list[Batch]:
    """Make the files of everything up to a day that was not exported yet; nothing new makes no file.

    Args:
        merchant: whose books; for DATEV only postings in their own currency, for other programs a file per currency.
        until: the last day.
        by: who asks, for the history.
        at: now.

    Returns:
        The new batches, oldest month first.

    Raises:
        Refused: nobody has said which program it is for, or a number does not fit its fields. Then nothing is exported.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        settings = settings_of(merchant)
        run = _Run(merchant, settings, plan_of(settings), by, at)
        batches = [batch for currency in _currencies(run) for batch in _months(run, currency, until)]
        told = [Happened("merchant", merchant.pk, "exported", by, facts={"batch": batch.number}) for batch in batches]
        record(merchant.pk, told, at=at)
    return batches


def batch_file(batch: Batch) -> bytes:
    """The file of a batch as it was given the first time.

    Raises:
        Refused: what is kept of it was changed.
    """
    content = zlib.decompress(bytes(batch.content))
    if hashlib.sha256(content).hexdigest() != batch.sha256:
        raise Refused(f"What is kept of the batch {batch.number} is not what was exported; look into a backup.")
    return content


def export_debtors(merchant: Merchant, *, at: datetime) -> DatevFile:
    """The master data of every customer who has an account of his own, as their last order tells it.

    Raises:
        Refused: no customer has one.
    """
    settings = settings_of(merchant)
    numbers = dict(DebtorNumber.objects.filter(merchant=merchant).values_list("customer_id", "number"))
    if not numbers:
        raise Refused("No customer has an account of his own yet; the first export with such accounts gives them.")
    orders = Order.objects.filter(merchant=merchant, customer__in=numbers).order_by("pk").select_related("customer")
    newest = {order.customer_id: order for order in orders.iterator(chunk_size=2000)}
    debtors = [
        _debtor(number, newest[customer]) for customer, number in sorted(numbers.items(), key=lambda row: row[1])
    ]
    return debtor_file(_header(settings, merchant, at.date(), at), debtors)


def _currencies(run: _Run) -> list[str]:
    if run.settings.program in DATEV_FORMATS:
        return [run.merchant.currency]
    return currencies(run.merchant.pk)


def _months(run: _Run, currency: str, until: date) -> list[Batch]:
    rows = _not_exported(run, currency, until)
    entries = _entries(run.settings, rows, facts(row.subject for row in rows))
    months = {month: list(some) for month, some in groupby(entries, key=lambda entry: (entry.on.year, entry.on.month))}
    prepayments = taxed_prepayments(run.merchant, run.settings, currency, until)
    return [
        batch
        for month in sorted(months.keys() | prepayments.keys())
        for batch in _batches(run, currency, months.get(month, []), prepayments.get(month, []))
    ]


def _not_exported(run: _Run, currency: str, until: date) -> list[Posted]:
    wanted = Wanted(currency, run.settings.begins_on, until, left_to_others(run.plan))
    known = BatchPosting.objects.filter(merchant=run.merchant).values_list("posting", flat=True)
    return list(posted(run.merchant.pk, wanted, known))


def _entries(settings: BookkeeperSettings, rows: Sequence[Posted], known: dict[str, Fact]) -> list[Entry]:
    debtors = debtors_of(settings, (fact.customer for fact in known.values() if fact.customer))
    nothing = Fact()
    return [
        Entry(
            number=row.number,
            debit=row.debit,
            credit=row.credit,
            minor=row.minor,
            on=row.booked_on,
            event=row.text,
            source=row.source,
            debit_about=row.debit_about,
            credit_about=row.credit_about,
            about=known.get(row.subject, nothing).about(debtors, settings.debtor, document=settings.links_documents),
        )
        for row in rows
    ]


def _batches(run: _Run, currency: str, entries: Sequence[Entry], prepayments: Sequence[Told]) -> list[Batch]:
    """The files of one month, and which posting stands in which line of which.

    What is booked about prepayments stands behind the postings and is none: its number is 0.
    """
    made = [*bookings(entries, run.plan), *((0, one.row) for one in prepayments)]
    told = {number for number, _row in made}
    silent = [entry.number for entry in entries if entry.number not in told]
    batches = []
    for part in parts(made):
        batch = _keep(run, currency, [_named(run, number, row) for number, row in part])
        _note(batch, ((number, _FIRST_LINE + place) for place, (number, _row) in enumerate(part) if number))
        batches.append(batch)
    if batches:
        _note(batches[-1], ((number, 0) for number in silent))
        _note_prepayments(batches[-1], prepayments)
    return batches


def _keep(run: _Run, currency: str, rows: Sequence[BookRow]) -> Batch:
    earlier = Batch.objects.filter(merchant=run.merchant)
    newest = earlier.aggregate(Max("number"))["number__max"] or 0
    first, last = min(row.on for row in rows), max(row.on for row in rows)
    names, roots = names_of(run.plan)
    if run.settings.prepayments:
        names.setdefault(run.settings.prepayments, "Erhaltene Anzahlungen")
        roots.setdefault(run.settings.prepayments, "Liabilities")
    written = earlier.aggregate(rows=Sum("rows", default=0))["rows"]
    sheet = BookSheet(run.merchant.name, currency, run.at, rows, written + 1, names, roots)
    file = book_file(run.settings.program, sheet, _header(run.settings, run.merchant, first, run.at, last))
    stem = "EXTF_Buchungen" if run.settings.program in DATEV_FORMATS else "Buchungen"
    other = "" if currency == run.merchant.currency else f"_{currency}"
    return Batch.objects.create(
        merchant=run.merchant,
        number=newest + 1,
        program=run.settings.program,
        first=first,
        last=last,
        rows=len(rows),
        sum_minor=sum(row.minor for row in rows),
        currency=currency,
        name=f"{stem}_{run.merchant.slug}_{first:%Y-%m}{other}_{newest + 1:04d}.{file.ending}",
        content=zlib.compress(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
        changes=list(file.changes),
        made_by=run.by,
        made_at=run.at,
    )


def _note(batch: Batch, lines: Iterable[tuple[int, int]]) -> None:
    BatchPosting.objects.bulk_create(
        [BatchPosting(merchant_id=batch.merchant_id, batch=batch, posting=number, line=line) for number, line in lines],
        batch_size=2000,
    )


def _note_prepayments(batch: Batch, prepayments: Sequence[Told]) -> None:
    TaxedPrepayment.objects.bulk_create(
        [
            TaxedPrepayment(
                merchant_id=batch.merchant_id, batch=batch, item=one.item, month=one.month, minor=one.minor,
                currency=batch.currency,
            )
            for one in prepayments
        ],
        batch_size=2000,
    )  # fmt: skip


def _named(run: _Run, number: int, row: BookRow) -> BookRow:
    return replace(row, guid=str(uuid5(_OURS, f"{run.merchant.pk}:{number or row.source}")))


def _header(
    settings: BookkeeperSettings, merchant: Merchant, first: date, at: datetime, last: date | None = None
) -> Header:
    begins = date(first.year if first.month >= settings.year_begins else first.year - 1, settings.year_begins, 1)
    return Header(
        consultant=settings.consultant,
        client=settings.client,
        year_begins=begins,
        account_length=settings.account_length,
        made_at=at,
        chart=settings.chart if settings.chart.isdigit() else "",
        currency=merchant.currency,
        first=first if last else None,
        last=last,
        name=f"Zahlmeister {first:%Y-%m}" if last else "",
        locks=settings.locks,
    )


def _debtor(number: int, order: Order) -> DatevDebtor:
    return DatevDebtor(
        account=str(number),
        name=order.name or order.email,
        company=order.company,
        street=order.street,
        postcode=order.postcode,
        city=order.city,
        country=order.country,
        email=order.email,
        number=order.customer_number,
    )
