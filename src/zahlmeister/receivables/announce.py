"""What became of an order's money is to be told to its shop: written together with the books.

A shop is told PAID and CANCELLED and nothing else. What it was told cannot be taken back there: when it stops being
true, a person is asked (`untrue_in_shop`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from zahlmeister.merchants.ids import new_ids
from zahlmeister.merchants.insert import has_rows
from zahlmeister.orders.models import Order, Shop, ShopConnection
from zahlmeister.orders.states import Presence, ShopState
from zahlmeister.orders.told import CHANNEL, group_of, subject_of
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState
from zahlmeister.outbox.write import Said, drop, tell
from zahlmeister.programs.callbacks import call_back, has_callbacks
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.states import ItemState
from zahlmeister.receivables.tidings import notify

#: What a shop is told of which state.
VERDICTS = {ItemState.PAID: "PAID", ItemState.CANCELLED: "CANCELLED"}
_AT_ONCE = 500


def announce(merchant_id: int, changed: Mapping[int, tuple[str, str]], *, at: datetime) -> None:
    """Write down what shops have to be told, inside the caller's transaction.

    Args:
        merchant_id: whose items.
        changed: item → its state before (empty when it is new) and now.
        at: now.
    """
    moved = {item: states for item, states in changed.items() if states[0] != states[1]}
    _call_back(merchant_id, [item for item, (before, _) in moved.items() if before], at)
    notify(merchant_id, moved, at=at)
    told = {item for item, states in moved.items() if not VERDICTS.keys().isdisjoint(states)}
    if not told or not has_rows(ShopConnection, merchant_id):
        return
    ids = sorted(told)
    for start in range(0, len(ids), _AT_ONCE):
        _announce(merchant_id, ids[start : start + _AT_ONCE], moved, at)


def catch_up(shop: Shop, keys: Sequence[str], *, at: datetime) -> None:
    """A shop names orders as open that are settled here, and there was never a message about them: tell it now."""
    settled: dict[int, tuple[int, str]] = {}
    rows = Order.objects.filter(merchant_id=shop.merchant_id, shop=shop, told="", item__state__in=VERDICTS)
    for start in range(0, len(keys), _AT_ONCE):
        named = rows.filter(key__in=keys[start : start + _AT_ONCE])
        settled |= {order: (item, state) for order, item, state in named.values_list("pk", "item__id", "item__state")}
    waiting = Message.objects.filter(merchant_id=shop.merchant_id, channel=CHANNEL, group=group_of(shop.pk))
    waiting = waiting.filter(subject__in=map(subject_of, settled)).exclude(state=MessageState.DROPPED)
    written = set(waiting.values_list("subject", flat=True)) if settled else set()
    new = {item: ("", state) for order, (item, state) in settled.items() if subject_of(order) not in written}
    announce(shop.merchant_id, new, at=at)


def untrue_in_shop(merchant_id: int) -> QuerySet[Order]:
    """Orders of which the shop was told something that is not so any more: a person has to put it right there."""
    known = OpenItem.objects.filter(merchant_id=merchant_id).exclude(shop_knows="").exclude(state=ItemState.PAID)
    not_cancelled = Q(shop_knows="CANCELLED", state__in=(ItemState.OPEN, ItemState.PART_PAID))
    untrue = known.filter(Q(shop_knows="PAID") | not_cancelled, shop_knows__in=VERDICTS.values())
    rows = Order.objects.filter(pk__in=untrue.values("order")).exclude(told="")  # another shop may have it by now
    return rows.select_related("item", "shop").order_by("-told_at", "-id")


def _call_back(merchant_id: int, items: list[int], at: datetime) -> None:
    """Programs that speak for a shop are called at each change of state."""
    if items and has_callbacks(merchant_id):
        call_back(merchant_id, list(Order.objects.filter(item__in=items).values_list("pk", flat=True)), at=at)


def _announce(merchant_id: int, items: list[int], moved: Mapping[int, tuple[str, str]], at: datetime) -> None:
    rows = Order.objects.filter(
        merchant_id=merchant_id, item__in=items, shop__connection__isnull=False, presence__in=_REACHED
    )
    rows = rows.exclude(key="").exclude(shop__connection__state=ShopState.DEREGISTERED)
    said = []
    numbered = list(rows.order_by("pk").values_list("pk", "shop_id", "told", "item__id"))
    for (order, shop, known, item), number in zip(numbered, new_ids(len(numbered)), strict=True):
        before, now = moved[item]
        if before in VERDICTS:  # what waits is not true any more
            drop(merchant_id, channel=CHANNEL, subject=subject_of(order), at=at, why="overtaken")
        verdict = VERDICTS.get(ItemState(now), "")
        if verdict and known not in (verdict, "PAID"):
            key = f"order:{order}:{verdict.lower()}:{number}"
            payload = {"order": order, "item": item, "verdict": verdict}
            said.append(Said(CHANNEL, subject_of(order), key, payload, group_of(shop)))
    tell(merchant_id, said, at=at)


#: An order that has disappeared was taken in hand by somebody in the shop, and is left alone there.
_REACHED = (Presence.HERE, Presence.TEST)
