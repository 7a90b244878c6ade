"""The statement files that a batch's bookings name, as one package for DATEV's archive."""

from django.core.files.storage import default_storage

from zahlmeister.accounting.models import Batch
from zahlmeister.banking.models import BankTransaction, StatementImport
from zahlmeister.flows.bookkeeper_facts import document_name
from zahlmeister.formats.datev.documents import Document, document_package
from zahlmeister.refusals import Refused


def export_documents(batch: Batch) -> bytes:
    """Every statement file that told of money of the batch's days.

    Raises:
        Refused: none is kept.
    """
    days = (batch.first, batch.last)
    told = BankTransaction.objects.filter(merchant=batch.merchant_id, booked_on__range=days)
    files = StatementImport.objects.filter(pk__in=told.values("first_import"), merchant=batch.merchant_id)
    documents = [_document(one) for one in files.order_by("pk") if default_storage.exists(one.path)]
    if not documents:
        raise Refused("No statement file of these days is kept.")
    return document_package(documents, made_at=batch.made_at)


def _document(one: StatementImport) -> Document:
    with default_storage.open(one.path) as file:
        return Document(document_name(one.pk), one.name.rpartition("/")[2], file.read())
