"""Shops hear what went back of their orders, whoever asked for it, and when it came back again.

It is a note with the order, whose status stays as it is: of that, shops hear paid and cancelled only. Their own credit
notes are answered instead (`flows.read_credits`). What a shop was told stands with the refund; who dies between telling
and writing it down tells it again, and the shop recognises it.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from zahlmeister.connectors.shops.contract import Answer, Heard, NotesRefunds, SentBack, ShopPort
from zahlmeister.connectors.web import Declined
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.orders.models import Shop
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.states import Origin, RefundState
from zahlmeister.refusals import Unreachable

#: So many at one reading of the shop; the others come with the next.
MOST = 100
#: What went back before that is not told any more: the house, or the shop's note, is newer than the refund.
SINCE = timedelta(days=60)


def note_refunds(shop: Shop, port: ShopPort, *, at: datetime) -> int:
    """Tell an open shop what went back since it was last asked.

    Returns:
        How many refunds it was told of; none where it has no place for a note.

    Raises:
        Unreachable: the shop broke off; what it was told is noted.
    """
    if not isinstance(port, NotesRefunds):
        return 0
    heard = 0
    for refund in list(_untold(shop, at).select_related("item__order")[:MOST]):
        told = _said(refund, at)
        answer = _answer(port, told)
        if answer is not None:
            _note(refund, told, answer, at)
            heard += 1
    return heard


def _answer(port: NotesRefunds, told: SentBack) -> Answer | None:
    """What the shop says to one note; None when it stumbled over this one, which the next reading tells again.

    What it says of one order is no word about the others, nor about the shop.
    """
    try:
        return port.note_refund(told)
    except Unreachable as away:
        if away.permanent:
            return Answer(Heard.REFUSED, str(away))
        if isinstance(away, Declined):
            return None
        raise


def _untold(shop: Shop, at: datetime) -> QuerySet[Refund]:
    rows = Refund.objects.filter(merchant_id=shop.merchant_id, item__order__shop=shop).exclude(origin=Origin.SHOP)
    has_left = Q(state=RefundState.PAID, noted="", paid_on__gt=timezone.localdate(at) - SINCE)
    has_come_back = ~Q(state=RefundState.PAID) & ~Q(noted="")
    return rows.filter(has_left | has_come_back).exclude(item__order__key="").order_by("pk")


def _said(refund: Refund, at: datetime) -> SentBack:
    assert refund.item is not None  # asked for by the caller
    has_left = refund.state == RefundState.PAID
    on = refund.paid_on or timezone.localdate(at)
    return SentBack(refund.item.order.key, refund.reference, refund.amount, on, has_left)


def _note(refund: Refund, told: SentBack, answer: Answer, at: datetime) -> None:
    """Whatever the shop made of it, it was told: what it refuses once it refuses again."""
    with transaction.atomic(durable=True):
        lock(refund.merchant_id)
        Refund.objects.filter(pk=refund.pk).update(noted=RefundState.PAID if told.has_left else "")
        facts = {"heard": str(answer.heard)}
        step = Happened("refund", refund.pk, "shop_told", "system", answer.why[:200], facts)
        record(refund.merchant_id, [step], at=at)
