"""The demo's second shop: connected, read, and told what was paid. It lives as long as the office is open."""

from collections.abc import Callable
from datetime import datetime

from zahlmeister.connectors.shops.contract import Verdict
from zahlmeister.flows.connect_shop import begin, connect_shop, offered
from zahlmeister.flows.mark_paid import cancel_item, mark_paid
from zahlmeister.flows.read_shop_orders import read_next
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.orders.connections import WantedShop
from zahlmeister.orders.models import Order, ShopConnection
from zahlmeister.sandbox.shops.woocommerce import WooCommerceStandIn

NAME = "Strickecke"
BY = "demo"
#: Number, amount in cents, who ordered.
ORDERS = (
    ("S-2001", 3490, "Jana Albrecht"),
    ("S-2002", 12900, "Uwe Brandt"),
    ("S-2003", 1795, "Mia Dorn"),
    ("S-2004", 5980, "Erkan Güler"),
    ("S-2005", 8450, "Lea Hofer"),
    ("S-2006", 2250, "Timo Jung"),
    ("S-2007", 19900, "Nadja Köhler"),
    ("S-2008", 4720, "Paul Lorenz"),
)
PAID, CANCELLED = ("S-2001", "S-2003"), ("S-2002",)


def open_demo_shop(merchant: Merchant, *, clock: Callable[[], datetime]) -> WooCommerceStandIn:
    """Open the shop and connect it, or connect it again at its new place; what it was told before it still knows."""
    shop = WooCommerceStandIn()
    for number, minor, name in ORDERS:
        shop.place(number, Amount(minor, "EUR"), name=name)
    known = ShopConnection.objects.filter(merchant=merchant, shop__name=NAME).first()
    if known is None:
        _connect(merchant, shop, clock)
        return shop
    for order in Order.objects.filter(merchant=merchant, shop=known.shop).exclude(told=""):
        if any(order.number == number for number, _minor, _name in ORDERS):
            shop.order(order.number).states["status"] = shop.statuses[Verdict(order.told)]
    known.settings = {**known.settings, "address": shop.address}
    known.save(update_fields=["settings"])
    return shop


def _connect(merchant: Merchant, shop: WooCommerceStandIn, clock: Callable[[], datetime]) -> None:
    settings, secret = shop.access(shop.address)
    made = connect_shop(merchant, WantedShop(NAME, shop.system, settings, secret), by=BY, at=clock())
    begin(made, offered(made).usual, by=BY, at=clock())
    read_next(clock=clock)
    items = dict(Order.objects.filter(merchant=merchant, shop=made.shop).values_list("number", "item__id"))
    for number in PAID:
        mark_paid(merchant, items[number], by=BY, at=clock(), source=f"demo:{number}")
    for number in CANCELLED:
        cancel_item(merchant, items[number], by=BY, at=clock(), reason="")
