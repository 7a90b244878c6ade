"""What an ERP says of the goods: they were shipped, the buyer wants to send some back, they have come back."""

from datetime import datetime, timedelta

from django.utils.timezone import localdate

from zahlmeister.connectors.erps.documents import ReturnAnnounced, ReturnReceived, ShipmentDocument
from zahlmeister.flows.purchase.both_sides import happened
from zahlmeister.flows.purchase.pause import pause_by
from zahlmeister.purchase.events import note_capture
from zahlmeister.purchase.models import Authorisation, Capture
from zahlmeister.purchase.states import EventKind

#: So long goods that were announced are waited for, and a credit note after they have come.
WAITS_FOR_GOODS, WAITS_FOR_CREDIT = timedelta(days=21), timedelta(days=7)


def ship(_order: Authorisation, of: Capture, document: ShipmentDocument, by: str, at: datetime) -> None:
    """Goods of an invoice were shipped; the first proof counts. Inside the caller's turns, like all of these."""
    if of.shipped_on is None:
        _keep(of, shipped_on=document.shipped_on, carrier=document.carrier[:80], tracking=document.tracking[:120])
    happened(of, "shipped", by, at=at, tracking=document.tracking, on=document.shipped_on.isoformat())
    note_capture(of, EventKind.SHIPPED, document.number, at=at, tracking=document.tracking)


def announce_return(_order: Authorisation, of: Capture, document: ReturnAnnounced, by: str, at: datetime) -> None:
    """A buyer sends goods back: he is not asked until they have come, or have not."""
    until = max(document.announced_on, localdate(at)) + WAITS_FOR_GOODS
    _keep(of, return_minor=max(of.return_minor, document.minor), return_until=until)
    pause_by(of, by=by, at=at)
    happened(of, "return_announced", by, at=at, reason=document.reason, minor=document.minor, until=until.isoformat())
    note_capture(of, EventKind.RETURN_ANNOUNCED, document.number, at=at, amount=document.minor)


def receive_return(_order: Authorisation, of: Capture, document: ReturnReceived, by: str, at: datetime) -> None:
    """Goods have come back: a credit note follows, and is waited for a little longer."""
    until = localdate(at) + WAITS_FOR_CREDIT
    _keep(of, return_minor=max(of.return_minor, document.minor), return_until=until)
    pause_by(of, by=by, at=at)
    happened(of, "returned", by, at=at, reason=document.reason, minor=document.minor)
    note_capture(of, EventKind.RETURNED, document.number, at=at, amount=document.minor, fee=document.fee_minor)


def _keep(of: Capture, **facts: object) -> None:
    """What is known of the goods, and the guarantee is looked at anew."""
    for name, fact in facts.items():
        setattr(of, name, fact)
    Capture.objects.filter(pk=of.pk).update(**facts, look_at=None)
