"""Invoice documents of orders: handed in as PDF, to go along with the letters to buyers."""

from base64 import b64decode
from binascii import Error
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Body, Query, Router, Schema
from pydantic import Field

from zahlmeister.api.v1.forms import Id, Moment, Next
from zahlmeister.api.v1.orders import item_of
from zahlmeister.api.v1.pages import PageWanted, page_of
from zahlmeister.api.v1.surface import caller, reads, writes
from zahlmeister.flows.receive_program_orders import LARGEST_INVOICE, hand_in_invoice
from zahlmeister.programs.models import HandedInvoice
from zahlmeister.programs.scopes import Scope
from zahlmeister.refusals import Unreadable

router = Router(tags=["orders"])

#: Bytes as text: four signs for three of them.
_LONGEST = LARGEST_INVOICE * 4 // 3 + 4
Base64 = Annotated[str, Field(max_length=_LONGEST, pattern="^[A-Za-z0-9+/]*={0,2}$")]


class DocumentIn(Schema):
    """An invoice as PDF of at most 5 MB, in base64."""

    number: str = Field(min_length=1, max_length=64, pattern=r"^\S+$", examples=["RE-1"])
    content: Base64 = Field(examples=["JVBERi0xLjQKJSVFT0YK"])

    def pdf(self) -> bytes:
        """The document itself.

        Raises:
            Unreadable: it is no base64, or too large.
        """
        try:
            content = b64decode(self.content, validate=True)
        except Error:
            raise Unreadable(f"The content of invoice {self.number} is no base64.") from None
        if len(content) > LARGEST_INVOICE:
            raise Unreadable(f"An invoice document has at most {LARGEST_INVOICE >> 20} MB.")
        return content


class DocumentOut(Schema):
    """An invoice document that was handed in."""

    id: Id
    order: Id
    number: str = Field(examples=["RE-1"])
    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    created_at: Moment


class DocumentsOut(Schema):
    """A page of documents, newest first."""

    data: list[DocumentOut]
    next: Next


@reads(router, "/orders/{order_id}/invoices", DocumentsOut, Scope.ORDERS_READ)
def list_invoices(request: HttpRequest, order_id: str, wanted: Query[PageWanted]) -> DocumentsOut:
    """The invoice documents of an order, newest first."""
    order = item_of(request, order_id).order
    found, following = page_of(HandedInvoice.objects.filter(merchant=order.merchant_id, order=order), wanted)
    return DocumentsOut(data=[_out(row) for row in found], next=following)


@writes(router, "/orders/{order_id}/invoices", DocumentOut, Scope.ORDERS_WRITE, status=201)
def hand_in_document(request: HttpRequest, order_id: str, handed_in: Body[DocumentIn]) -> DocumentOut:
    """Hand in an invoice as PDF; letters to the buyer wait for it and enclose it. The same again is kept once."""
    order = item_of(request, order_id).order
    content, by = handed_in.pdf(), caller(request).by
    return _out(hand_in_invoice(order, handed_in.number, content, by=by, at=timezone.now()))


def _out(row: HandedInvoice) -> DocumentOut:
    return DocumentOut(
        id=str(row.pk), order=str(row.order_id), number=row.number, sha256=row.sha256, created_at=row.created_at
    )
