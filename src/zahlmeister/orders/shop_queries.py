"""What can be asked about connected shops."""

from django.db.models import QuerySet

from zahlmeister.orders.models import Order, Shop, ShopConnection
from zahlmeister.orders.states import ShopState
from zahlmeister.orders.told import CHANNEL, group_of
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.queries import of_channel
from zahlmeister.outbox.states import MessageState

LAST = 12


def connections(merchant_id: int) -> QuerySet[ShopConnection]:
    """The connected shops by name, the deregistered ones last."""
    rows = ShopConnection.objects.filter(merchant_id=merchant_id).select_related("shop", "merchant")
    return rows.order_by("shop__name")


def shops_in_need(merchant_id: int) -> QuerySet[ShopConnection]:
    """Shops that wait for a person: switched off after too many errors, or with a list that is not believed."""
    rows = connections(merchant_id)
    return rows.filter(state=ShopState.DEACTIVATED) | rows.exclude(doubt={}).exclude(state=ShopState.DEREGISTERED)


def last_orders(shop: Shop) -> list[Order]:
    """What came last from a shop."""
    rows = Order.objects.filter(merchant_id=shop.merchant_id, shop=shop).exclude(key="")
    return list(rows.select_related("item").order_by("-imported_at", "-id")[:LAST])


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
