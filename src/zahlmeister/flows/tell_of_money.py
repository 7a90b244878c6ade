"""Tell buyers and the merchant what became of an order's money: the deliverer of the channel “tidings”.

Who is told is looked up when the message goes out, and what is told follows the figures of that moment. What is told
is written as mails of the outbox, each under a key made of this message's, so that a second attempt writes none twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from zahlmeister.correspondence.tidings import LETTERS
from zahlmeister.flows.settings.noted import noted
from zahlmeister.flows.tell_people import owners
from zahlmeister.letters.mail import is_mail_address
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Event, Merchant, NoticeRule
from zahlmeister.orders.states import Presence
from zahlmeister.outbox.deliver import claimed_at
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import Done, Outcome
from zahlmeister.outbox.write import Said, tell
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.states import ItemState
from zahlmeister.receivables.tidings import CHANNEL, subject_of


def deliver(messages: Sequence[Message]) -> list[Outcome]:
    """Write the mails that these messages ask for."""
    rules = {rule.event: rule for rule in NoticeRule.objects.filter(merchant_id=messages[0].merchant_id)}
    return [_deliver(message, rules) for message in messages]


def overdue(merchant_id: int, item_id: int, *, at: datetime) -> None:
    """Waiting for an item has ended, inside the caller's transaction."""
    if NoticeRule.objects.filter(merchant_id=merchant_id, event=Event.OVERDUE).exists():
        payload = {"item": item_id, "event": Event.OVERDUE.value}
        tell(merchant_id, [Said(CHANNEL, subject_of(item_id), f"item:{item_id}:overdue", payload)], at=at)


def save_rules(merchant: Merchant, wanted: Mapping[Event, tuple[bool, bool]], *, by: str, at: datetime) -> None:
    """Keep who is told of what: event → whether the buyer is, and whether the merchant's owners are."""
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        with noted(merchant.pk, by=by, at=at):
            for event, told in wanted.items():
                put_rule(merchant, event, *told)


def put_rule(merchant: Merchant, event: Event, to_buyer: bool, to_merchant: bool) -> None:  # noqa: FBT001 - two ticks
    """Keep who is told of one event, inside the caller's transaction."""
    rows = NoticeRule.objects.filter(merchant=merchant, event=event)
    if not (to_buyer or to_merchant):
        rows.delete()
        return
    told = {"to_buyer": to_buyer, "to_merchant": to_merchant}
    NoticeRule.objects.update_or_create(merchant=merchant, event=event, defaults=told)


def event_of(item: OpenItem, before: str) -> Event | None:
    """What has become of an item, by its figures; None when nothing is worth telling any more."""
    match ItemState(item.state):
        case ItemState.PART_PAID:
            return Event.UNDERPAID
        case ItemState.CANCELLED:
            return Event.CANCELLED
        case ItemState.PAID if before == ItemState.CANCELLED:
            return Event.PAID_LATE
        case ItemState.PAID:
            return Event.OVERPAID if item.surplus_minor else Event.PAID
        case _:
            return None


def _deliver(message: Message, rules: dict[str, NoticeRule]) -> Outcome:
    payload = message.payload
    item = OpenItem.objects.select_related("order").get(merchant_id=message.merchant_id, pk=payload["item"])
    if "now" in payload and item.state != payload["now"]:
        return Done({"told": "overtaken"})
    event = Event(payload["event"]) if "event" in payload else event_of(item, payload["before"])
    rule = rules.get(event) if event else None
    said = _mails(message, item, rule) if rule else []
    with transaction.atomic(durable=True):
        tell(message.merchant_id, said, at=claimed_at(message))
    return Done({"told": [one.payload["kind"] for one in said]})


def _mails(message: Message, item: OpenItem, rule: NoticeRule) -> list[Said]:
    to_buyer, to_merchant = LETTERS[Event(rule.event)]
    said = []
    can_be_told = item.order.presence == Presence.HERE and is_mail_address(item.order.email)
    if rule.to_buyer and to_buyer and can_be_told:
        payload = {"kind": to_buyer.value, "item": item.pk}
        said.append(Said("mail", f"order:{item.order_id}", f"{message.key}:buyer", payload))
    if rule.to_merchant and to_merchant:
        for address in owners(item.merchant_id):
            payload = {"kind": to_merchant.value, "item": item.pk, "reader": address}
            said.append(Said("mail", f"merchant:{item.pk}", f"{message.key}:{address}"[:120], payload))
    return said
