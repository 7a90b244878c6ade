"""What can be asked about connected shops."""

from django.db.models import CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat

from zahlmeister.orders.models import Order, Shop, ShopConnection
from zahlmeister.orders.states import ShopState
from zahlmeister.orders.told import CHANNEL, group_of
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.queries import of_channel
from zahlmeister.outbox.states import MessageState

LAST = 12


def connections(merchant_id: int) -> QuerySet[ShopConnection]:
    """The connected shops by name; `untold` is how many orders each could not be told about."""
    stuck = Message.objects.filter(
        merchant_id=OuterRef("merchant_id"),
        channel=CHANNEL,
        state=MessageState.STUCK,
        group=Concat(Value(group_of("")), Cast(OuterRef("shop_id"), CharField())),
    )
    untold = stuck.order_by().values("merchant_id").annotate(count=Count("id")).values("count")
    rows = ShopConnection.objects.filter(merchant_id=merchant_id).select_related("shop", "merchant")
    return rows.annotate(untold=Coalesce(Subquery(untold), 0)).order_by("shop__name")


def shops_in_need(merchant_id: int) -> QuerySet[ShopConnection]:
    """Shops that wait for a person: switched off, with a list that is not believed, or that could not be told."""
    is_doubted = ~Q(doubt={}) & ~Q(state=ShopState.DEREGISTERED)
    return connections(merchant_id).filter(Q(state=ShopState.DEACTIVATED) | is_doubted | Q(untold__gt=0))


def last_orders(shop: Shop) -> list[Order]:
    """The newest orders of a shop."""
    rows = Order.objects.filter(merchant_id=shop.merchant_id, shop=shop).exclude(key="")
    return list(rows.select_related("item").order_by(F("ordered_on").desc(nulls_last=True), "-number")[:LAST])


def last_tellings(shop: Shop) -> list[tuple[Message, Order | None]]:
    """What the shop was told last, or is to be told, each with its order; what is stuck comes first."""
    rows = of_channel(shop.merchant_id, CHANNEL, group=group_of(shop.pk))
    messages = list(rows.filter(state=MessageState.STUCK)[:LAST])
    messages += list(rows.exclude(state=MessageState.STUCK)[:LAST])
    orders = Order.objects.in_bulk([int(message.payload["order"]) for message in messages])
    return [(message, orders.get(int(message.payload["order"]))) for message in messages]


def told_about(order: Order) -> list[Message]:
    """What the shop was told about one order, newest first."""
    rows = of_channel(order.merchant_id, CHANNEL, group=group_of(order.shop_id))
    return list(rows.filter(subject=f"order:{order.pk}")[:LAST])


def leavable_shops(merchant_id: int) -> list[Shop]:
    """Shops whose orders a new one may take over: those that are not read any more, and nobody has followed."""
    resting = (ShopState.PAUSED, ShopState.DEACTIVATED, ShopState.DEREGISTERED)
    rows = Shop.objects.filter(merchant_id=merchant_id, followers=None, is_test=False)
    return list((rows.filter(connection=None) | rows.filter(connection__state__in=resting)).order_by("name"))
