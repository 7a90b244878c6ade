"""Purchases on invoice for shops and ERPs: asked for, confirmed, reported on, and heard of. Each call is one flow."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Body, Query, Router

from zahlmeister.api.program import Absent, PurchaseKey, by, shop_behind
from zahlmeister.api.purchase_schemas import (
    ANSWERS,
    ApplicationIn,
    CancelIn,
    CheckIn,
    DocumentIn,
    EventsWanted,
    ReleaseIn,
    minor,
)
from zahlmeister.credit import public
from zahlmeister.credit.rules import Application, Decision
from zahlmeister.erps.queries import receipts
from zahlmeister.erps.receipts import Came
from zahlmeister.flows.erps.receive_document import receive
from zahlmeister.flows.erps.tell_erp import body_of
from zahlmeister.flows.purchase.authorise import authorise, change
from zahlmeister.flows.purchase.check_credit import check
from zahlmeister.flows.purchase.confirm import confirm, plain_instruction
from zahlmeister.flows.purchase.release import Part, cancel, release
from zahlmeister.money.amount import minor_text
from zahlmeister.orders.models import Shop
from zahlmeister.purchase import events, queries
from zahlmeister.purchase.models import Authorisation
from zahlmeister.purchase.refusals import DifferentContent, NotAuthorised
from zahlmeister.refusals import Refusal, Refused

router = Router(tags=["purchase"], auth=PurchaseKey())

Data = dict[str, Any]
#: Documents in one call, and refused ones in an answer.
MOST_AT_ONCE = 500


@router.post("/checks")
def ask(request: HttpRequest, handed_in: Body[CheckIn]) -> Data:
    """Are the data complete (`validate`), or what would be decided (`precheck`)? Nothing is promised.

    Both say better values for what looks mistyped. Who asked beforehand is noted, five times a day for one buyer.
    """
    shop = shop_behind(request)
    application = handed_in.application()
    decision = check(shop.merchant, application, at=timezone.now(), mode=handed_in.mode, by=by(shop))
    return _decision(decision, application)


@router.post("/authorisations")
def ask_for(request: HttpRequest, handed_in: Body[ApplicationIn]) -> Data:
    """May this order be bought on invoice? The same again gets the same answer, another content of the order 409."""
    shop, application = shop_behind(request), handed_in.application()
    return _told(authorise(shop.merchant, application, at=timezone.now(), by=by(shop)))


@router.get("/authorisations/{order}")
def one(request: HttpRequest, order: str) -> Data:
    """How an order stands."""
    return _told(_existing(shop_behind(request), order))


@router.post("/authorisations/{order}/confirm")
def confirmed(request: HttpRequest, order: str) -> Data:
    """The order is placed; the answer says how the buyer pays."""
    shop = shop_behind(request)
    found = _existing(shop, order)
    said = plain_instruction(confirm(shop.merchant, found.pk, at=timezone.now(), by=by(shop)))
    amount = minor_text(int(str(said["amount"])), found.currency)
    return _told(_existing(shop, order)) | {"instruction": {**said, "amount": amount, "currency": found.currency}}


@router.post("/authorisations/{order}/change")
def changed(request: HttpRequest, order: str, handed_in: Body[ApplicationIn]) -> Data:
    """The order is another one: less needs no decision; more, or another address, does, and a no keeps the old one."""
    shop, application = shop_behind(request), handed_in.application()
    found = _existing(shop, order)
    made, decision = change(shop.merchant, found.pk, application, at=timezone.now(), by=by(shop))
    return _told(made) | ({"decision": _decision(decision, application)} if decision else {})


@router.post("/authorisations/{order}/release")
def released(request: HttpRequest, order: str, handed_in: Body[ReleaseIn]) -> Data:
    """So much, or all that is not billed yet, will not be billed.

    A part needs a key, as `number` or as the header `Idempotency-Key`: the same again changes nothing.
    """
    shop = shop_behind(request)
    found = _existing(shop, order)
    key = handed_in.number or request.headers.get("Idempotency-Key", "").strip()[:64]
    if handed_in.amount is not None and not key:
        raise Refused("A part that is released needs a number of its own, or an Idempotency-Key: it counts once.")
    part = None if handed_in.amount is None else Part(minor(handed_in.amount, found.currency), key)
    return _told(release(shop.merchant, found.pk, part, at=timezone.now(), by=by(shop)))


@router.post("/authorisations/{order}/cancel")
def cancelled(request: HttpRequest, order: str, handed_in: Body[CancelIn]) -> Data:
    """The order does not come about; only when nothing is billed yet."""
    shop = shop_behind(request)
    found = _existing(shop, order)
    return _told(cancel(shop.merchant, found.pk, at=timezone.now(), by=by(shop), reason=handed_in.reason))


@router.post("/documents", openapi_extra=ANSWERS)
def take(request: HttpRequest, handed_in: Body[DocumentIn]) -> Data:
    """Report an invoice, shipment, return, credit note, cancellation or direct payment.

    The same number with the same content changes nothing; with other content 409. One that does not go with what is
    known is 422, and of an order or invoice that nobody knows 404; it is kept, and taken when what is missing comes.
    """
    return _taken(shop_behind(request), handed_in, timezone.now())


@router.post("/documents/several")
def take_several(request: HttpRequest, handed_in: Body[list[DocumentIn]]) -> list[Data]:
    """The same for several, in their order; one that is refused says why in its place and keeps no other away."""
    shop, now = shop_behind(request), timezone.now()
    if len(handed_in) > MOST_AT_ONCE:
        raise Refused(f"At most {MOST_AT_ONCE} documents in one call; split the list.")
    return [_taken_or_why(shop, one, now) for one in handed_in]


@router.get("/documents/refused")
def refused(request: HttpRequest) -> list[Data]:
    """What was refused and is not settled, newest first, with the reason."""
    rows = receipts(shop_behind(request).merchant_id, refused=True)[:MOST_AT_ONCE]
    return [
        {"kind": row.kind, "number": row.number, "order": row.order_number, "error": row.why, "cameAt": row.came_at}
        for row in rows
    ]


@router.get("/events")
def heard(request: HttpRequest, wanted: Query[EventsWanted]) -> list[Data]:
    """What became of orders, oldest first, behind the event that was heard last; the same as webhooks tell."""
    found = events.after(shop_behind(request).merchant_id, wanted.after, wanted.limit)
    return [body_of(event) for event in found]


def _taken_or_why(shop: Shop, handed_in: DocumentIn, at: datetime) -> Data:
    try:
        return _taken(shop, handed_in, at)
    except (Refusal, Absent) as why:
        status = 409 if isinstance(why, DifferentContent) else 404 if isinstance(why, Absent) else 422
        return {"kind": handed_in.kind, "number": handed_in.number, "status": status, "error": str(why)}


def _taken(shop: Shop, handed_in: DocumentIn, at: datetime) -> Data:
    document = handed_in.document()
    try:
        taken = receive(shop.merchant, document, Came("POST /v2/purchase/documents", by(shop)), at=at)
    except NotAuthorised as why:
        if not queries.is_known(shop.merchant_id, document.order, getattr(document, "invoice", "")):
            raise Absent(str(why)) from why
        raise
    found = queries.authorisation(shop.merchant_id, taken.document.authorisation_id)
    assert found is not None, "a document belongs to an order"
    told = {"kind": document.kind, "number": document.number, "status": 200, "isNew": taken.is_new}
    return {**told, "order": found.order_number, "state": found.state}


def _existing(shop: Shop, order: str) -> Authorisation:
    found = queries.newest_authorisation(shop.merchant_id, order)
    if found is None:
        raise Absent(f"There is no purchase on invoice of order {order[:64]}.")
    return found


def _decision(decision: Decision, application: Application) -> Data:
    return {
        "outcome": decision.outcome,
        "methods": dict(decision.methods),
        "text": public.text(decision.public_text, application.language),
        "corrections": dict(decision.corrections),
        "retryAfter": decision.retry_after,
        "reasons": [reason.code for reason in decision.reasons],
    }


def _told(of: Authorisation) -> Data:
    return {
        "order": of.order_number,
        "state": of.state,
        "amount": minor_text(of.amount_minor, of.currency),
        "billed": minor_text(of.captured_minor, of.currency),
        "released": minor_text(of.released_minor, of.currency),
        "currency": of.currency,
        "text": public.text(of.public_text, of.application.get("language", "de")) if of.public_text else "",
        "reasons": of.reasons,
        "reference": of.reference,
        "expiresAt": of.expires_at,
        "invoices": [
            {
                "number": capture.number,
                "amount": minor_text(capture.gross_minor, capture.currency),
                "credited": minor_text(capture.credited_minor, capture.currency),
                "dueOn": capture.due_on,
                "claim": capture.claim,
                "guarantee": capture.guarantee,
                "paysOn": capture.pays_on,
                "withheld": capture.withheld,
            }
            for capture in of.captures.order_by("id")
        ],
    }
