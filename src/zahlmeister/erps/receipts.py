"""Receipts: a document is kept when it comes in, and what became of it is noted; nothing that was sent is lost."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db.models import QuerySet

from zahlmeister.connectors.erps.documents import LONGEST, Document, as_plain, from_plain
from zahlmeister.erps.models import ErpConnection, Receipt
from zahlmeister.erps.states import NEXT_RECEIPT, ReceiptState
from zahlmeister.refusals import Refused

#: The wait before a refused document is tried anew by itself; it doubles, and ends after the patience.
FIRST_RETRY, LONGEST_RETRY, PATIENCE = timedelta(minutes=5), timedelta(hours=12), timedelta(days=7)
#: A worker that holds a document for longer has died, and another one takes it.
IN_HAND = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Came:
    """How a document came: from which ERP (None: a program with a key), as what, and by whom."""

    origin: str
    by: str
    erp: ErpConnection | None = None


def keep(merchant_id: int, document: Document, came: Came, *, at: datetime) -> Receipt:
    """Write down that a document came in, inside the caller's transaction; the same again is the same receipt."""
    found, _ = Receipt.objects.get_or_create(
        **_identity(merchant_id, document),
        defaults={
            "order_number": document.order,
            "invoice_number": getattr(document, "invoice", ""),
            "content": as_plain(document),
            **_came(came),
            "due_at": at + IN_HAND,
            "came_at": at,
        },
    )
    return found


def kept(merchant_id: int, document: Document) -> Receipt | None:
    """The receipt of a document that was written down before."""
    return Receipt.objects.filter(**_identity(merchant_id, document)).first()


def keep_unread(merchant_id: int, kind: str, number: str, why: str, came: Came, *, at: datetime) -> Receipt:
    """Write down that something came in that nobody can read, likewise; it is mended where it comes from."""
    found, _ = Receipt.objects.get_or_create(
        merchant_id=merchant_id,
        kind=kind[:40],
        number=number[:LONGEST],
        fingerprint=sha256(f"{came.origin}\x1f{why}".encode()).hexdigest(),
        defaults={**_came(came), "state": ReceiptState.REFUSED, "why": why, "came_at": at, "ended_at": at},
    )
    return found


def document_of(receipt: Receipt) -> Document:
    """The document as it came.

    Raises:
        Refused: nobody could read it.
    """
    if not receipt.content:
        raise Refused("Nobody could read this document; mend it in the ERP and send it again.")
    return from_plain(receipt.kind, receipt.content)


def taken(receipt: Receipt, at: datetime) -> None:
    """It was taken, inside the caller's transaction; what was refused of the same number before is not needed now.

    Whoever sends a document twice at once hears the same of both: what somebody else has just noted stays.
    """
    if not _moved(receipt, ReceiptState.TAKEN, why="", due_at=None, ended_at=at):
        return
    siblings = Receipt.objects.filter(merchant_id=receipt.merchant_id, kind=receipt.kind, number=receipt.number)
    siblings.filter(state=ReceiptState.REFUSED).update(state=ReceiptState.DROPPED, due_at=None, ended_at=at)
    others = Receipt.objects.filter(merchant_id=receipt.merchant_id, state=ReceiptState.REFUSED, due_at__gt=at)
    if receipt.order_number:
        others.filter(order_number=receipt.order_number).update(due_at=at)
    invoice = receipt.number if receipt.kind == "invoice" else receipt.invoice_number
    if invoice:
        others.filter(invoice_number=invoice).update(due_at=at)


def was_refused(receipt: Receipt, why: str, at: datetime, *, is_final: bool) -> None:
    """It was refused, inside the caller's transaction; it is tried anew by itself unless nothing can change that.

    Where somebody else has just noted what became of it, that stays.
    """
    wait = min(FIRST_RETRY * 2 ** min(receipt.attempts, 20), LONGEST_RETRY)
    is_over = is_final or at + wait > receipt.came_at + PATIENCE
    changes = {"why": why, "attempts": receipt.attempts + 1, "due_at": None if is_over else at + wait, "ended_at": at}
    _moved(receipt, ReceiptState.REFUSED, **changes)


def take_anew(receipt: Receipt, at: datetime) -> bool:
    """Take a document in hand that was refused or let go, or that a dead worker holds. False: somebody else has it."""
    mine = Receipt.objects.filter(pk=receipt.pk, state=receipt.state, due_at=receipt.due_at)
    return bool(mine.update(state=ReceiptState.WAITING, due_at=at + IN_HAND, ended_at=None))


def due(at: datetime) -> QuerySet[Receipt]:
    """The documents that wait to be tried anew, the one that has waited the longest first."""
    rows = Receipt.objects.filter(due_at__lte=at).exclude(content={}).select_related("merchant", "erp")
    return rows.order_by("due_at", "id")


def let_go(receipt: Receipt, at: datetime) -> None:
    """A person decides that it is not needed, inside the caller's transaction.

    Raises:
        Refused: it is not refused, or not any more.
    """
    if not _moved(receipt, ReceiptState.DROPPED, due_at=None, ended_at=at):
        raise Refused("Somebody else has just tried this document; look again.")


def _moved(receipt: Receipt, state: ReceiptState, **changes: Any) -> bool:
    """Whether it became so now; not when somebody else was quicker."""
    before = ReceiptState(receipt.state)
    assert state in NEXT_RECEIPT[before], f"{before} → {state}"
    return bool(Receipt.objects.filter(pk=receipt.pk, state=before).update(state=state, **changes))


def _identity(merchant_id: int, document: Document) -> dict[str, Any]:
    return {
        "merchant_id": merchant_id,
        "kind": document.kind,
        "number": document.number,
        "fingerprint": document.fingerprint(),
    }


def _came(came: Came) -> dict[str, Any]:
    return {"origin": came.origin[:300], "came_by": came.by[:120], "erp": came.erp}
