"""One order is fetched from its shop by number, because a person wants it whatever its state there is."""

from collections.abc import Callable
from datetime import datetime

from zahlmeister.flows.connect_shop import opened
from zahlmeister.flows.import_orders import import_orders
from zahlmeister.orders.mapping import meaning
from zahlmeister.orders.models import Order, PaymentKind, ShopConnection
from zahlmeister.orders.reported import row_of
from zahlmeister.refusals import Refused


def import_one_order(connection: ShopConnection, number: str, *, by: str, clock: Callable[[], datetime]) -> Order:
    """Fetch an order by the number its buyer knows. One of a payment method that is not mapped comes as “other”.

    Raises:
        Unreachable: the shop does not answer.
        Refused: the shop has no such order, or it cannot be taken.
    """
    wanted = number.strip()
    with opened(connection) as shop:
        found = shop.find(wanted) if wanted else None
    if found is None:
        raise Refused(f"“{connection}” has no order {wanted}.")
    kind = meaning(connection).kind_of(found) or PaymentKind.OTHER.value
    row = row_of(found, kind, 1)
    imported = import_orders(connection.shop, [row], by=by, clock=clock)
    if imported.refused:
        raise Refused(imported.refused[0])
    return Order.objects.get(merchant_id=connection.merchant_id, shop=connection.shop, number=row.number)
