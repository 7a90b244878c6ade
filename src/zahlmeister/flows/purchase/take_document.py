"""An ERP reports by itself what happens to an order: invoice, shipment, returns, credit notes, direct payments.

The ERP's own number of a document is its key. The same document again changes nothing; the same number with other
content is refused, because nobody can know which of both is right.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Greatest
from django.utils.timezone import localdate

from zahlmeister.connectors.erps.documents import (
    Cancellation,
    CreditNoteDocument,
    DirectPayment,
    InvoiceDocument,
    ReturnAnnounced,
    ReturnReceived,
    ShipmentDocument,
    as_plain,
)
from zahlmeister.connectors.erps.documents import (
    Document as Sent,
)
from zahlmeister.flows.purchase.both_sides import lock_both
from zahlmeister.flows.purchase.capture import capture
from zahlmeister.flows.purchase.credit_claim import credit
from zahlmeister.flows.purchase.goods import announce_return, receive_return, ship
from zahlmeister.flows.purchase.pay_directly import look_for_money, pay_directly
from zahlmeister.flows.purchase.release import cancel_rest
from zahlmeister.merchants.models import Merchant
from zahlmeister.purchase import queries
from zahlmeister.purchase.models import Authorisation, Capture, Document
from zahlmeister.purchase.refusals import DifferentContent, NotAuthorised


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a document: whether it is new, and what it is about (capture or authorisation) by number."""

    is_new: bool
    subject: str
    number: int
    document: Document


def take(merchant: Merchant, document: Sent, *, at: datetime, by: str, came_at: datetime | None = None) -> Taken:
    """Take a document of an ERP, once.

    Args:
        merchant: who sells.
        document: see `connectors.erps.documents`.
        at: now.
        by: the program, file or person it came by.
        came_at: when it came, where that was before: whoever reported in time is not late because we were.

    Raises:
        DifferentContent: its number was sent before with other content.
        NotAuthorised: no authorisation covers it.
        Refused: it does not go with what is known, such as a credit note above its invoice.
    """
    known = _known(merchant, document)
    if known is not None:
        return known
    found, of = _about(merchant, document)
    with transaction.atomic(durable=True):
        lock_both(found.terms)
        known = _known(merchant, document)  # the same one may have come by two ways at once
        if known is not None:
            return known
        found, of = _about(merchant, document)
        kept = Document.objects.create(
            merchant=merchant,
            kind=document.kind,
            number=document.number,
            fingerprint=document.fingerprint(),
            content=as_plain(document),
            authorisation=found,
            capture=of,
            taken_by=by,
            taken_at=at,
        )
        made = _TAKERS[type(document)](found, of, document, by, at)
        if made is not None and of is None:
            Document.objects.filter(pk=kept.pk).update(capture=made)
            kept.capture = of = made
        if of is not None:
            _note_lateness(of, document, localdate(came_at or at))
    if isinstance(document, DirectPayment):
        look_for_money(merchant, document, at=at)
    return _taken(kept, is_new=True)


def _note_lateness(of: Capture, document: Sent, came_on: date) -> None:
    """On which day an invoice, and how late a return, was reported: the guarantee asks for it."""
    rows = Capture.objects.filter(pk=of.pk)
    if isinstance(document, InvoiceDocument):
        rows.update(reported_on=came_on)
    if isinstance(document, ReturnReceived):
        rows.update(return_late_days=Greatest("return_late_days", (came_on - document.received_on).days))


def _known(merchant: Merchant, document: Sent) -> Taken | None:
    rows = Document.objects.filter(merchant=merchant, kind=document.kind, number=document.number)
    found = rows.first()
    if found is None:
        return None
    if found.fingerprint != document.fingerprint():
        raise DifferentContent(f"{document.name} was sent before with other content; give the new one another number.")
    return _taken(found, is_new=False)


def _taken(kept: Document, *, is_new: bool) -> Taken:
    if kept.capture_id is not None:
        return Taken(is_new, "capture", kept.capture_id, kept)
    return Taken(is_new, "authorisation", kept.authorisation_id, kept)


def _about(merchant: Merchant, document: Sent) -> tuple[Authorisation, Capture | None]:
    """The authorisation, and the capture where the document names its invoice or the order has but one."""
    invoice = getattr(document, "invoice", "")
    if invoice:
        of = queries.captures([merchant.pk]).filter(number=invoice).first()
        if of is None or document.order not in ("", of.authorisation.order_number):
            raise NotAuthorised(f"{document.name} names invoice {invoice}, which was not reported for this order.")
        return of.authorisation, of
    found = queries.live_authorisation(merchant.pk, document.order)
    if found is None:
        raise NotAuthorised(f"{document.name} is for order {document.order}, which no authorisation covers.")
    return found, None if isinstance(document, (InvoiceDocument, Cancellation)) else _only_capture(found, document)


def _only_capture(of: Authorisation, document: Sent) -> Capture:
    rows = list(queries.captures([of.merchant_id]).filter(authorisation=of)[:2])
    if len(rows) != 1:
        how_many = "has no invoice yet" if not rows else "has several invoices"
        raise NotAuthorised(f"{document.name} must name its invoice: order {of} {how_many}.")
    return rows[0]


_Taker = Callable[[Authorisation, Any, Any, str, datetime], Capture | None]
_TAKERS: dict[type, _Taker] = {
    InvoiceDocument: capture,
    ShipmentDocument: ship,
    ReturnAnnounced: announce_return,
    ReturnReceived: receive_return,
    CreditNoteDocument: credit,
    Cancellation: cancel_rest,
    DirectPayment: pay_directly,
}
