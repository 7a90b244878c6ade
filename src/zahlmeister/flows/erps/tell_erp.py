"""ERPs are told what became of their orders: each event goes to the outbox once, and from there by webhook or file.

The channel “erp” of the outbox tells the events of one order in their order, tries again with back-off, and keeps what
could not be told for a person to look at. A call may come twice; its `Idempotency-Key` tells so.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.db import transaction
from django.db.models import F, OuterRef, Subquery

from zahlmeister.connectors.erps.answer_files import status
from zahlmeister.connectors.erps.contract import News
from zahlmeister.connectors.web import Declined, Question, Site, origin, site
from zahlmeister.erps.connections import signing_of
from zahlmeister.erps.models import ErpConnection
from zahlmeister.erps.states import FILES, Way
from zahlmeister.flows.erps.reach_erp import asked, exchange_of
from zahlmeister.merchants.trouble import take_first
from zahlmeister.money.amount import minor_text
from zahlmeister.outbox.deliver import claimed_at
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import Done, Later, Outcome
from zahlmeister.outbox.write import Said, tell
from zahlmeister.purchase import events
from zahlmeister.purchase.models import PurchaseEvent
from zahlmeister.refusals import Refusal

CHANNEL = "erp"
SIGNATURE = "Zahlmeister-Signature"
#: A program that did not take a call is called again after so long, until the outbox gives up.
RETRY = timedelta(minutes=5)
#: Events handed to the outbox in one turn.
_AT_ONCE = 500
#: An event may become visible so long after a younger one: ids grow with the clock (see `merchants.ids`), and a
#: transaction that made one ends later. What was handed over before is passed over by its key.
_OVERLAP = int(timedelta(minutes=1).total_seconds() * 1_000_000) << 12

Clock = Callable[[], datetime]


def hand_over_next(*, clock: Clock) -> ErpConnection | None:
    """A worker's turn: hand the outbox what one ERP has not been told; None when every ERP was told everything."""
    newest = PurchaseEvent.objects.filter(merchant=OuterRef("merchant")).order_by("-id").values("id")[:1]
    every = ErpConnection.objects.filter(is_on=True).annotate(newest=Subquery(newest))
    behind = every.filter(newest__gt=F("told_after")).filter(newest__gt=F("id")).order_by("id")
    now = clock()
    return take_first("tell_erp", behind, lambda erp: hand_over(erp, at=now), at=now)


def hand_over(erp: ErpConnection, *, at: datetime) -> None:
    """Write down for the outbox what an ERP has not been told; twice is once."""
    place = max(erp.told_after - _OVERLAP, erp.pk)  # what happened before it was connected is not its business
    while found := events.after(erp.merchant_id, place, _AT_ONCE):
        place = found[-1].pk
        with transaction.atomic(durable=True):
            if _is_told(erp):
                tell(erp.merchant_id, [_said(erp, event) for event in found], at=at)
            ErpConnection.objects.filter(pk=erp.pk, told_after__lt=place).update(told_after=place)
        if place > erp.told_after:
            break


def deliver(messages: Sequence[Message]) -> Sequence[Outcome]:
    """Tell one ERP what these messages say; see `outbox.deliver`.

    Raises:
        Unreachable: its folder or server does not answer.
    """
    erp = ErpConnection.objects.get(merchant_id=messages[0].merchant_id, pk=int(messages[0].group.partition(":")[2]))
    if not erp.is_on or not _is_told(erp):
        return [Done({"heard": "nobody"}) for _ in messages]
    told = [(message, _event(message)) for message in messages]
    if erp.address:
        return _called(erp, told)
    return _laid_down(erp, told) if erp.way in FILES else _noted(erp, told)


def signature(key: str, content: bytes, at: datetime) -> str:
    """What stands in the header: `t=` seconds since 1970, `v1=` the HMAC-SHA256 of `<t>.<body>` with the ERP's key."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={hmac.new(key.encode(), f'{seconds}.'.encode() + content, hashlib.sha256).hexdigest()}"


def body_of(event: PurchaseEvent) -> dict[str, Any]:
    """An event as programs get it; amounts in `facts` are minor units of its currency."""
    return {
        "event": str(event.pk),
        "kind": event.kind,
        "at": event.at.isoformat(),
        "order": event.order_number,
        "invoice": event.invoice_number,
        "facts": event.body,
    }


_Told = Iterable[tuple[Message, PurchaseEvent]]


def _called(erp: ErpConnection, told: _Told) -> list[Outcome]:
    """A program that is away is not waited for again and again; a call it declines keeps no other order's back."""
    told, outcomes = list(told), list[Outcome]()
    try:
        key, far_side = signing_of(erp), origin(erp.address)
        with site(far_side) as there:
            for message, event in told:
                outcomes.append(_call(there, erp, key, message, event))
    except Refusal as away:
        outcomes += [Later(str(away), RETRY)] * (len(told) - len(outcomes))
    return outcomes


def _call(there: Site, erp: ErpConnection, key: str, message: Message, event: PurchaseEvent) -> Outcome:
    content = json.dumps(body_of(event), ensure_ascii=False).encode()
    url = urlsplit(erp.address)
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": message.key,
        SIGNATURE: signature(key, content, claimed_at(message)),
    }
    query = parse_qsl(url.query, keep_blank_values=True)
    try:
        there.ask(Question("POST", url.path or "/", query, content=content, headers=headers))
    except Declined as error:
        return Later(str(error), timedelta(seconds=error.after) if error.after else RETRY)
    return Done()


def _laid_down(erp: ErpConnection, told: _Told) -> list[Outcome]:
    """One file for what is told together, named by its first and last event."""
    rows = [{**body_of(event), **_amount_of(event)} for _, event in told]
    with exchange_of(erp) as exchange:
        exchange.lay_down(f"status-{rows[0]['event']}-{rows[-1]['event']}.csv", status(rows))
    return [Done() for _ in rows]


def _noted(erp: ErpConnection, told: _Told) -> list[Outcome]:
    with asked(erp) as there:
        return [Done({"heard": "noted" if there.tell(_news(event)) else "passed over"}) for _, event in told]


def _news(event: PurchaseEvent) -> News:
    about = f"Invoice {event.invoice_number}" if event.invoice_number else f"Order {event.order_number}"
    amount = _amount_of(event)
    money = f", {amount['amount']} {amount['currency']}" if amount["amount"] else ""
    sentence = f"{about}: {event.get_kind_display()}{money}."
    return News(str(event.pk), event.kind, event.order_number, event.invoice_number, sentence)


def _amount_of(event: PurchaseEvent) -> dict[str, str]:
    currency, minor = event.body.get("currency", ""), event.body.get("amount")
    return {"currency": currency, "amount": minor_text(minor, currency) if isinstance(minor, int) else ""}


def _said(erp: ErpConnection, event: PurchaseEvent) -> Said:
    subject = f"erp:{erp.pk}:{event.order_number or 'settlement'}"
    return Said(CHANNEL, subject[:64], f"erp:{erp.pk}:{event.pk}", {"event": event.pk}, f"erp:{erp.pk}")


def _event(message: Message) -> PurchaseEvent:
    return PurchaseEvent.objects.get(merchant_id=message.merchant_id, pk=int(message.payload["event"]))


def _is_told(erp: ErpConnection) -> bool:
    """Whether it wants to hear anything: by webhook, as files, or as notes of its own."""
    return bool(erp.address) or erp.way != Way.PROGRAM
