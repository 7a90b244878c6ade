"""The files that a batch's bookings name, statements and invoices, as one package for DATEV's archive."""

from collections.abc import Iterator

from django.core.files.storage import default_storage

from zahlmeister.accounting.models import Batch, BatchPosting
from zahlmeister.banking.models import BankTransaction, StatementImport
from zahlmeister.flows.bookkeeper_facts import document_name, invoices_of
from zahlmeister.formats.datev.documents import Document, document_package
from zahlmeister.ledger.queries import subjects
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refusals import Refused


def export_documents(batch: Batch) -> bytes:
    """Every statement file that told of money of the batch's days, and the invoices of the orders that are booked.

    Raises:
        Refused: none is kept.
    """
    documents = [
        Document(document_name(number), name, _content(path))
        for number, name, path in (*_statements(batch), *_invoices(batch))
        if default_storage.exists(path)
    ]
    if not documents:
        raise Refused("No statement file and no invoice of these days is kept.")
    return document_package(documents, made_at=batch.made_at)


def _statements(batch: Batch) -> Iterator[tuple[int, str, str]]:
    days = (batch.first, batch.last)
    told = BankTransaction.objects.filter(merchant=batch.merchant_id, booked_on__range=days)
    files = StatementImport.objects.filter(pk__in=told.values("first_import"), merchant=batch.merchant_id)
    for one in files.order_by("pk"):
        yield one.pk, one.name.rpartition("/")[2], one.path


def _invoices(batch: Batch) -> Iterator[tuple[int, str, str]]:
    lines = BatchPosting.objects.filter(batch=batch, line__gt=0).values_list("posting", flat=True)
    items = [int(number) for kind, _, number in (one.partition(":") for one in subjects(lines)) if kind == "item"]
    orders = OpenItem.objects.filter(merchant=batch.merchant_id, pk__in=items).values_list("order", flat=True)
    for _order, one in sorted(invoices_of(orders).items()):
        yield one.pk, f"{one.number.replace('/', '-')}.pdf", one.path


def _content(path: str) -> bytes:
    with default_storage.open(path) as file:
        return bytes(file.read())
