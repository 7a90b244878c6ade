"""Shops are told what became of their orders' money: the deliverer of the outbox's channel “shop”.

Called outside any transaction with messages of one shop, oldest first. A worker that dies after the shop has heard
tells it again, and the shop recognises what it knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from zahlmeister.connectors.shops.contract import Answer, Heard, Telling, Verdict
from zahlmeister.flows.connect_shop import opened
from zahlmeister.history.record import Happened, record
from zahlmeister.money.amount import Amount
from zahlmeister.orders.mapping import Meaning, meaning
from zahlmeister.orders.models import Order, ShopConnection
from zahlmeister.orders.states import AT_WORK, Presence, ShopState
from zahlmeister.orders.told import CHANNEL, group_of, subject_of
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import Done, Later, Never, Outcome
from zahlmeister.outbox.write import Said, tell
from zahlmeister.receivables.announce import VERDICTS
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.queries import OWED
from zahlmeister.receivables.states import ItemState
from zahlmeister.refusals import Refused, Unreachable

#: What a shop knows of an order that is overdue and nothing fell away of.
OVERDUE = "OVERDUE"
#: While a shop is paused, its messages are looked at so often.
REST = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class _Due:
    """A message with its order, and what is to be said, if anything is."""

    message: Message
    order: Order
    telling: Telling | None
    why_not: str = ""


def tell_shops(messages: Sequence[Message]) -> list[Outcome]:
    """Tell one shop what these messages say.

    Raises:
        Unreachable: the shop does not answer; nothing is known to be told.
    """
    orders = _orders(messages)
    connection = _connection(messages)
    if connection is None:
        return [Done({"heard": "nobody"}) for _ in messages]
    if connection.state not in AT_WORK:
        why = f"“{connection}” is {ShopState(connection.state).label}."
        return [Later(why, REST) for _ in messages]
    meant = meaning(connection)
    due = [_due(message, orders[int(message.payload["order"])], meant) for message in messages]
    tellings = [one.telling for one in due if one.telling is not None]
    answers = iter(_told(connection, tellings))
    outcomes = [_skipped(one) if one.telling is None else _outcome(one, next(answers)) for one in due]
    _note(connection, due, outcomes, timezone.now())
    return outcomes


def tell_overdue(merchant_id: int, orders: Sequence[Order], *, at: datetime) -> None:
    """Waiting for these orders has ended, inside the caller's transaction: their shops set them to “not paid”.

    A shop knows one word for it, CANCELLED, and the merchant chose for each kind of payment what that means there. The
    goods of an invoice are with the buyer: nothing falls away here, and late money is told as PAID.
    """
    rows = Order.objects.filter(pk__in=[order.pk for order in orders], presence=Presence.HERE, told="")
    rows = rows.filter(shop__connection__isnull=False).exclude(key="")
    said = [
        Said(
            CHANNEL,
            subject_of(order),
            f"order:{order}:overdue",
            {"order": order, "item": item, "verdict": str(Verdict.CANCELLED), "is_overdue": True},
            group_of(shop),
        )
        for order, shop, item in rows.order_by("pk").values_list("pk", "shop_id", "item__id")
    ]
    tell(merchant_id, said, at=at)


def _told(connection: ShopConnection, tellings: Sequence[Telling]) -> Sequence[Answer]:
    if not tellings:
        return []
    try:
        with opened(connection) as shop:
            return shop.tell(tellings)
    except Refused as stop:  # the access cannot be opened: a person has to look, and what is to be told waits
        raise Unreachable(str(stop), permanent=True) from stop


def _orders(messages: Sequence[Message]) -> dict[int, Order]:
    wanted = [int(message.payload["order"]) for message in messages]
    rows = Order.objects.filter(merchant_id=messages[0].merchant_id, pk__in=wanted).select_related("item")
    return {order.pk: order for order in rows}


def _connection(messages: Sequence[Message]) -> ShopConnection | None:
    """The one shop of these messages; None when it was deregistered."""
    shop_id = int(messages[0].group.partition(":")[2])
    found = ShopConnection.objects.filter(merchant_id=messages[0].merchant_id, shop_id=shop_id).select_related("shop")
    connection = found.first()
    return None if connection is None or connection.state == ShopState.DEREGISTERED else connection


def _due(message: Message, order: Order, meant: Meaning) -> _Due:
    """What is to be said, looked at once more just before it is: the books may have moved on."""
    verdict = Verdict(message.payload["verdict"])
    item: OpenItem = order.item
    status = meant.status_for(order.payment_kind, verdict)
    if message.group != f"shop:{order.shop_id}":
        return _Due(message, order, None, "moved")
    is_overdue = message.payload.get("is_overdue", False) and item.state in OWED
    if VERDICTS.get(ItemState(item.state)) != verdict and not is_overdue:
        return _Due(message, order, None, "overtaken")
    if order.presence not in (Presence.HERE, Presence.TEST):
        return _Due(message, order, None, "gone")
    if status is None:
        return _Due(message, order, None, "not_mapped")
    telling = Telling(
        key=order.key,
        number=order.number,
        verdict=verdict,
        callback=f"zm-{message.pk}",
        status=status,
        seen_status=order.shop_status,
        amount=Amount(max(item.total_minor, 0), item.currency) if verdict is Verdict.PAID else None,
        paid_on=item.settled_on if verdict is Verdict.PAID else None,
    )
    return _Due(message, order, telling)


def _skipped(due: _Due) -> Outcome:
    return Done({"heard": "skipped", "why": due.why_not})


def _outcome(due: _Due, answer: Answer) -> Outcome:
    if answer.heard is Heard.REFUSED:
        return Never(f"The shop refuses order {due.order.number}: {answer.why or 'no reason given'}.")
    return Done({"heard": str(answer.heard), **({"why": answer.why[:200]} if answer.why else {})})


def _note(connection: ShopConnection, due: Sequence[_Due], outcomes: Sequence[Outcome], at: datetime) -> None:
    """Keep what the shop knows by us, in one transaction; without it the shop would only be told once more."""
    heard = [
        (one, outcome.answer["heard"])
        for one, outcome in zip(due, outcomes, strict=True)
        if isinstance(outcome, Done) and one.telling is not None
    ]
    with transaction.atomic(durable=True):
        steps = []
        for one, how in heard:
            assert one.telling is not None
            if how in (Heard.WRITTEN, Heard.ALREADY):
                told = OVERDUE if one.message.payload.get("is_overdue") else str(one.telling.verdict)
                OpenItem.objects.filter(order=one.order).update(shop_knows=told)
                Order.objects.filter(pk=one.order.pk).update(
                    told=told,
                    told_at=at,
                    shop_status=one.telling.status,  # empty where the shop chose it: we do not know it any more
                    shop_status_name="",
                )
            facts = {"verdict": str(one.telling.verdict), "heard": str(how)}
            steps.append(Happened("item", one.order.item.pk, "shop_told", "system", "", facts))
        record(connection.merchant_id, steps, at=at)
        if heard:
            ShopConnection.objects.filter(pk=connection.pk).update(last_told_at=at)
