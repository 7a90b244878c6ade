"""An invoice is credited, in whole or in part: the buyer owes so much less, and so does the guarantor."""

from datetime import datetime

from django.utils.timezone import localdate

from zahlmeister.connectors.erps.documents import CreditNoteDocument
from zahlmeister.flows.purchase.both_sides import happened
from zahlmeister.flows.purchase.follow_claims import note_paid
from zahlmeister.flows.purchase.pause import pause_by
from zahlmeister.flows.purchase.sellers_order import settle_sellers_order
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import Order
from zahlmeister.purchase.dues import Cause, change
from zahlmeister.purchase.events import note_capture
from zahlmeister.purchase.models import Authorisation, Capture
from zahlmeister.purchase.paid import paid_of
from zahlmeister.purchase.states import DueKind, EventKind, GuaranteeState
from zahlmeister.receivables.allocate import cancel, revive
from zahlmeister.receivables.desk import take_out
from zahlmeister.receivables.open import follow_order
from zahlmeister.refusals import Refused


def credit(_order: Authorisation, of: Capture, document: CreditNoteDocument, by: str, at: datetime) -> None:
    """Take a credit note; inside the caller's transaction and both sides' turns.

    A claim that went back to the merchant is his own: its credit notes are kept, and nothing follows.

    Raises:
        Refused: it is in another currency, or more than is left of the invoice.
    """
    left = of.gross_minor - of.credited_minor
    if document.currency != of.currency:
        raise Refused(f"{document.name} is in {document.currency}, invoice {of} in {of.currency}.")
    if document.minor > left:
        said, rest = Amount(document.minor, of.currency), Amount(left, of.currency)
        raise Refused(f"{document.name} is of {said}, and {rest} are left of invoice {of}.")
    if of.guarantee == GuaranteeState.RECOURSE:
        happened(of, "credited_elsewhere", by, at=at, document=document.number, minor=document.minor)
        return
    note_paid(of, at=at)
    _lower(of, document.minor, by, at)
    cause = Cause(DueKind.CREDIT_NOTE, localdate(at), at, document.number)
    of.item.refresh_from_db()
    credited = of.credited_minor + document.minor
    is_back = credited >= of.return_minor
    goods = {"return_minor": 0, "return_until": None} if is_back else {}
    more = change(of, cause, credited_minor=credited, paid_minor=paid_of(of.item), **goods)
    pause_by(of, by=by, at=at)
    settle_sellers_order(of.authorisation, by=by, at=at)
    happened(
        of, "credited", by, at=at, reason=document.reason, document=document.number, minor=document.minor, due=more
    )
    note_capture(of, EventKind.CREDITED, document.number, at=at, amount=document.minor, open=of.item.open_minor)


def _lower(of: Capture, by_minor: int, by: str, at: datetime) -> None:
    """The guarantor's open item becomes smaller; what was given up of it stays given up."""
    item, on = of.item, localdate(at)
    desk = take_out(item.merchant_id, item_ids=[item.pk])
    standing = desk.items[item.pk]
    was_given_up = bool(standing.cancelled_minor)
    if was_given_up:
        revive(desk, standing, by=by, on=on)
        desk.settle_state(standing, on=on)
    total = standing.total_minor - by_minor
    follow_order(desk, standing, total_minor=total, by=by, at=at)
    if was_given_up and standing.open_minor:
        cancel(desk, standing, by=by, on=on, reason="given up before")
    desk.put_back(at=at)
    Order.objects.filter(pk=item.order_id).update(total_minor=total)
