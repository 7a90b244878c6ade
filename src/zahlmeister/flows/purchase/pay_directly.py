"""A buyer has paid the merchant instead of the guarantor: the claim is paid, and the merchant has his money already."""

from datetime import datetime
from typing import Any

from django.utils.timezone import localdate

from zahlmeister.connectors.erps.documents import DirectPayment
from zahlmeister.flows.purchase.both_sides import happened
from zahlmeister.flows.purchase.follow_claims import note_paid
from zahlmeister.flows.purchase.sellers_order import settle_sellers_order
from zahlmeister.flows.settle_payments import settle_waiting, waiting_payments
from zahlmeister.ledger.rules import paid_to_seller, paid_to_us
from zahlmeister.merchants.models import Merchant
from zahlmeister.purchase.dues import Cause, book_both, change
from zahlmeister.purchase.events import note_capture
from zahlmeister.purchase.models import Authorisation, Capture
from zahlmeister.purchase.states import DueKind, EventKind, GuaranteeState
from zahlmeister.receivables.allocate import Decider, Share, allocate
from zahlmeister.refusals import Refused

#: So many waiting payments of one amount are tried.
_MOST_TRIED = 20


def pay_directly(_order: Authorisation, of: Capture, document: DirectPayment, by: str, at: datetime) -> None:
    """Take a direct payment; inside the caller's transaction and both sides' turns.

    What is more than the claim is the merchant's matter with the buyer: it never was the guarantor's. So is money for a
    claim that went back to the merchant.

    Raises:
        Refused: it is in another currency.
    """
    if document.currency != of.currency:
        raise Refused(f"{document.name} is in {document.currency}, invoice {of} in {of.currency}.")
    note_paid(of, at=at)
    counted = 0 if of.guarantee == GuaranteeState.RECOURSE else min(of.figures.value - of.paid_minor, document.minor)
    if counted > 0:
        _count(of, document, counted, by, at)
    facts: dict[str, Any] = {"document": document.number, "minor": document.minor, "counted": counted}
    happened(of, "paid_directly", by, at=at, **facts)
    settle_sellers_order(of.authorisation, by=by, at=at)
    note_capture(of, EventKind.DIRECT_PAYMENT, document.number, at=at, amount=document.minor, counted=counted)


def look_for_money(merchant: Merchant, document: DirectPayment, *, at: datetime) -> None:
    """The merchant's own order is open again for what he was paid: his waiting payments of that amount are tried anew.

    After the document was taken; whoever dies before it has lost nothing but the house's own try.
    """
    rows = waiting_payments(merchant).filter(open_minor=document.minor, currency=document.currency)
    found = list(rows.order_by("pk").values_list("pk", flat=True)[:_MOST_TRIED])
    if found:
        settle_waiting(merchant, at=at, only=found)


def _count(of: Capture, document: DirectPayment, minor: int, by: str, at: datetime) -> None:
    guarantor, seller = of.item.merchant_id, of.merchant_id
    share = Share(item_id=of.item_id, minor=minor, source=f"direct:{of.pk}:{document.number}")
    allocate(guarantor, [share], Decider(by, at))
    note_paid(of, at=at, by=by)
    cause = Cause(DueKind.DIRECT_PAYMENT, localdate(at), at, document.number)
    change(of, cause, direct_minor=of.direct_minor + minor)
    book_both(of, paid_to_seller(seller), paid_to_us(guarantor), minor, cause)
