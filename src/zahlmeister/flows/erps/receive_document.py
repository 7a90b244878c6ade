"""A document comes in, by whichever door: kept first, then taken, then noted what became of it.

Whoever dies in between leaves a document that waits, and it is taken once more: the same number with the same content
changes nothing the second time. One that is refused, because what it belongs to has not come yet, is tried anew when
something of the same order comes, and now and then.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from zahlmeister.connectors.erps.documents import Document
from zahlmeister.connectors.erps.read_documents import Found
from zahlmeister.erps import receipts
from zahlmeister.erps.models import Receipt
from zahlmeister.erps.receipts import Came
from zahlmeister.erps.states import ReceiptState
from zahlmeister.flows.purchase.take_document import Taken, take
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.trouble import take_first
from zahlmeister.purchase.refusals import DifferentContent
from zahlmeister.refusals import Refusal, Refused

Clock = Callable[[], datetime]


def receive(merchant: Merchant, document: Document, came: Came, *, at: datetime) -> Taken:
    """Take a document, and keep it whatever becomes of it.

    Raises:
        DifferentContent: its number was sent before with other content.
        Refused: it does not go with what is known; it is kept, and tried anew by itself.
    """
    with transaction.atomic(durable=True):
        receipt = receipts.keep(merchant.pk, document, came, at=at)
    if receipt.state in (ReceiptState.REFUSED, ReceiptState.DROPPED):
        receipts.take_anew(receipt, at)
        receipt.refresh_from_db()
    return _take(merchant, receipt, document, at)


def receive_found(merchant: Merchant, found: Found, came: Came, *, at: datetime) -> tuple[ReceiptState, str]:
    """Take what an ERP gave, readable or not; one that is kept and then breaks us waits, and is tried anew by itself.

    Returns:
        What became of it, and why not where it was refused.
    """
    if found.document is None:
        with transaction.atomic(durable=True):
            receipts.keep_unread(merchant.pk, found.kind, found.number, found.why, came, at=at)
        return ReceiptState.REFUSED, found.why
    try:
        receive(merchant, found.document, came, at=at)
    except Refused as why:
        return ReceiptState.REFUSED, str(why)
    except Exception:  # whatever it was: it must not keep what the ERP gives after it
        receipt = receipts.kept(merchant.pk, found.document)
        if receipt is None:
            raise
        logging.getLogger(__name__).exception("The document of receipt %s broke our taking it; it waits.", receipt.pk)
        return ReceiptState(receipt.state), ""
    return ReceiptState.TAKEN, ""


def take_next(*, clock: Clock) -> Receipt | None:
    """A worker's turn: try the document anew that has waited the longest; None when there is none."""
    now = clock()
    return take_first("erp_documents", receipts.due(now), lambda receipt: _try_anew(receipt, now), at=now)


def _try_anew(receipt: Receipt, at: datetime) -> None:
    if receipts.take_anew(receipt, at):
        _try(receipt, at)


def replay(merchant_id: int, number: int, *, by: str, at: datetime) -> str:
    """A person has a refused document tried anew.

    Returns:
        Why it was refused again; empty when it was taken.

    Raises:
        Refused: it is not refused, or could not even be read.
    """
    receipt = _refused(merchant_id, number)
    receipts.document_of(receipt)
    if not receipts.take_anew(receipt, at):
        raise Refused("Somebody else has just tried this document; look again.")
    with transaction.atomic(durable=True):
        record(merchant_id, [Happened("receipt", receipt.pk, "replayed", by)], at=at)
    return _try(receipt, at)


def let_go(merchant_id: int, number: int, *, by: str, at: datetime) -> None:
    """A person decides that a refused document is not needed.

    Raises:
        Refused: it is not refused.
    """
    receipt = _refused(merchant_id, number)
    with transaction.atomic(durable=True):
        receipts.let_go(receipt, at)
        record(merchant_id, [Happened("receipt", receipt.pk, "let_go", by, receipt.why)], at=at)


def _try(receipt: Receipt, at: datetime) -> str:
    receipt.refresh_from_db()
    try:
        _take(receipt.merchant, receipt, receipts.document_of(receipt), at)
    except Refusal as why:
        return str(why)
    return ""


def _take(merchant: Merchant, receipt: Receipt, document: Document, at: datetime) -> Taken:
    try:
        taken = take(merchant, document, at=at, by=receipt.came_by, came_at=receipt.came_at)
    except Refused as why:
        if receipt.state == ReceiptState.WAITING:
            with transaction.atomic(durable=True):
                receipts.was_refused(receipt, str(why), at, is_final=isinstance(why, DifferentContent))
        raise
    if receipt.state == ReceiptState.WAITING:
        with transaction.atomic(durable=True):
            receipts.taken(receipt, at)
    return taken


def _refused(merchant_id: int, number: int) -> Receipt:
    found = Receipt.objects.filter(merchant_id=merchant_id, pk=number, state=ReceiptState.REFUSED)
    receipt = found.select_related("merchant").first()
    if receipt is None:
        raise Refused("There is no refused document of this number; look again.")
    return receipt
