"""What an ERP has to hear of: written with the step it tells of, listed in its order, delivered by others."""

from datetime import datetime
from typing import Any

from zahlmeister.merchants.insert import insert
from zahlmeister.purchase.models import Authorisation, Capture, PurchaseEvent, Settlement
from zahlmeister.purchase.states import EventKind


def note(authorisation: Authorisation, kind: EventKind, key: str, *, at: datetime, **body: Any) -> None:
    """Something became of an order, inside the caller's transaction; under the same key it is told once.

    Args:
        authorisation: of the order.
        kind: what.
        key: what makes it this event and no other, within the order.
        at: now.
        body: plain JSON values; amounts in minor units, days as text.
    """
    whole = f"authorisation:{authorisation.pk}:{kind}:{key}"[:120]
    row = PurchaseEvent(merchant_id=authorisation.merchant_id, key=whole, kind=kind, at=at)
    row.order_number = authorisation.order_number
    row.body = {"currency": authorisation.currency, **body}
    insert([row], ignore_conflicts=True)


def note_capture(capture: Capture, kind: EventKind, key: str, *, at: datetime, **body: Any) -> None:
    """Something became of an invoice, likewise."""
    whole = f"capture:{capture.pk}:{kind}:{key}"[:120]
    row = PurchaseEvent(merchant_id=capture.merchant_id, key=whole, kind=kind, at=at)
    row.order_number, row.invoice_number = capture.authorisation.order_number, capture.number
    row.body = {"currency": capture.currency, **body}
    insert([row], ignore_conflicts=True)


def note_settlement(settlement: Settlement, kind: EventKind, *, at: datetime, **body: Any) -> None:
    """Something became of a settlement, likewise."""
    key = f"settlement:{settlement.pk}:{kind}"
    row = PurchaseEvent(merchant_id=settlement.merchant_id, key=key, kind=kind, at=at)
    row.body = {"currency": settlement.currency, **body}
    insert([row], ignore_conflicts=True)


def after(merchant_id: int, number: int, limit: int = 100) -> list[PurchaseEvent]:
    """The events behind one that was heard last, oldest first; 0 begins at the first."""
    rows = PurchaseEvent.objects.filter(merchant_id=merchant_id, id__gt=number)
    return list(rows.order_by("id")[:limit])
