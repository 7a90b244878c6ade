"""An order opens an item; when the order changes, its item follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from django.utils.timezone import localdate

from zahlmeister.history.record import Happened, record
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import ORDER_LOWERED, ORDER_PLACED, ORDER_RAISED, Waiver
from zahlmeister.merchants.ids import new_id, new_ids
from zahlmeister.merchants.insert import insert_like
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import Order
from zahlmeister.receivables.allocate import Decider, grant_waiver, withdraw_waivers
from zahlmeister.receivables.announce import announce
from zahlmeister.receivables.desk import Desk, debt_of
from zahlmeister.receivables.keys import write_keys
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.rules import lift, lower
from zahlmeister.receivables.states import ItemState
from zahlmeister.refusals import Refused


@dataclass(slots=True)
class _NewItem:
    """An item on its way into its table, by the names of the columns, with its order."""

    id: int
    merchant_id: int
    order: Order
    order_id: int
    currency: str
    total_minor: int
    open_minor: int
    state: ItemState
    opened_on: date
    due_on: date | None
    settled_on: date | None
    surplus_minor: int = 0
    cancelled_minor: int = 0
    costs_asked_minor: int = 0
    costs_minor: int = 0
    interest_asked_minor: int = 0
    interest_minor: int = 0
    claims_costs: bool = False
    shop_knows: str = ""

    @property
    def pk(self) -> int:
        """Its row number."""
        return self.id


def open_items(merchant_id: int, orders: Sequence[Order], *, by: str, at: datetime) -> list[OpenItem]:
    """Open an item for each of these new orders. An amount of zero or below is paid at once."""
    today = localdate(at)
    rows = [_item(number, order, today) for number, order in zip(new_ids(len(orders)), orders, strict=True)]
    insert_like(OpenItem, rows)
    items = cast("list[OpenItem]", rows)  # they have what is looked at, and cost a tenth
    write_keys(merchant_id, items)
    post(
        merchant_id,
        [
            Booking(ORDER_PLACED, Amount(item.total_minor, item.currency), f"item:{item.pk}", item.opened_on)
            for item in items
            if item.open_minor
        ],
        at=at,
        new_sources=True,
    )
    steps = [Happened("item", item.pk, "opened", by, facts={"minor": item.total_minor}) for item in items]
    record(merchant_id, steps, at=at, new_subjects={"item"})
    announce(merchant_id, {item.pk: ("", str(item.state)) for item in items}, at=at)
    return items


def follow_order(desk: Desk, item: OpenItem, *, total_minor: int, by: str, at: datetime) -> None:
    """The shop reports another amount: the difference is owed more or less. A paid order that grows is open again.

    Raises:
        Refused: the order is cancelled.
    """
    if item.cancelled_minor:
        raise Refused(f"Order {item.order.number} is cancelled; its amount is not changed any more.")
    difference = max(total_minor, 0) - max(item.total_minor, 0)
    source, on = f"item:{item.pk}:changed:{new_id()}", localdate(at)
    decider = Decider(by, at)
    waivers = withdraw_waivers(desk, item, decider, on=on) if item.state == ItemState.PAID else []
    facts = {"before_minor": item.total_minor, "minor": total_minor}
    item.total_minor = total_minor
    if difference > 0:
        desk.move(item, lift(debt_of(item), difference), ORDER_RAISED, source=source, on=on)
    elif difference < 0:
        desk.move(item, lower(debt_of(item), -difference), ORDER_LOWERED, source=source, on=on)
    if item.costs_asked_minor:
        desk.settle_costs(item, is_claimed=item.claims_costs, source=source, on=on)
    if waivers and 0 < item.open_minor <= sum(row.waived_minor for row in waivers):
        grant_waiver(desk, item, like=waivers[0], why=Waiver(waivers[0].waiver), on=on)
    desk.settle_state(item, on=on)
    desk.happened("item", item.pk, "changed", by, **facts)


def follow_due_date(item: OpenItem, order: Order) -> None:
    """The shop reports another day on which the order is due."""
    OpenItem.objects.filter(pk=item.pk).update(due_on=order.due_on)


def _item(number: int, order: Order, today: date) -> _NewItem:
    owed = max(order.total_minor, 0)
    opened_on = order.ordered_on or today
    return _NewItem(
        id=number,
        merchant_id=order.merchant_id,
        order=order,
        order_id=order.pk,
        currency=order.currency,
        total_minor=order.total_minor,
        open_minor=owed,
        state=ItemState.OPEN if owed else ItemState.PAID,
        opened_on=opened_on,
        due_on=order.due_on,
        settled_on=None if owed else opened_on,
    )
