"""Open items: what is owed on each order, for programs that look at money only."""

from datetime import date

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from zahlmeister.api.v1.forms import Currency, Day, Id, Money, Next, money
from zahlmeister.api.v1.orders import orders_of
from zahlmeister.api.v1.pages import OneWanted, PageWanted, one_of, page_of
from zahlmeister.api.v1.surface import caller, reads
from zahlmeister.programs.scopes import Scope
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.queries import OWED
from zahlmeister.receivables.states import ItemState

router = Router(tags=["items"])


class ItemOut(Schema):
    """What is owed on an order. At most one of open, surplus and cancelled is above zero."""

    id: Id
    order: Id
    order_number: str = Field(examples=["100012345"])
    state: ItemState = Field(examples=["open"])
    currency: Currency
    total: Money
    open: Money
    surplus: Money = Field(examples=["0.00"])
    cancelled: Money = Field(examples=["0.00"])
    costs: Money = Field(description="Of delay, as far as they count.", examples=["0.00"])
    opened_on: Day
    due_on: Day | None
    settled_on: Day | None


class ItemsOut(Schema):
    """A page of open items, newest first."""

    data: list[ItemOut]
    next: Next


class ItemsWanted(PageWanted):
    """Which open items are wanted."""

    state: list[ItemState] = []
    opened_from: date | None = None
    opened_to: date | None = Field(default=None, description="This day is meant, too.")
    is_overdue: bool = Field(default=False, description="Only what is owed and was due before today.")


@reads(router, "/items", ItemsOut, Scope.ORDERS_READ)
def list_items(request: HttpRequest, wanted: Query[ItemsWanted]) -> ItemsOut:
    """Open items, newest first."""
    rows = orders_of(caller(request))
    if wanted.state:
        rows = rows.filter(state__in=wanted.state)
    if wanted.opened_from:
        rows = rows.filter(opened_on__gte=wanted.opened_from)
    if wanted.opened_to:
        rows = rows.filter(opened_on__lte=wanted.opened_to)
    if wanted.is_overdue:
        rows = rows.filter(state__in=OWED, due_on__lt=timezone.localdate())
    found, following = page_of(rows, wanted, by="opened_on")
    return ItemsOut(data=[_out(row) for row in found], next=following)


@reads(router, "/items/{item_id}", ItemOut, Scope.ORDERS_READ)
def get_item(request: HttpRequest, item_id: str, wanted: Query[OneWanted]) -> ItemOut:
    """One open item."""
    del wanted  # its fields are looked at where the answer is written
    return _out(one_of(orders_of(caller(request)), item_id, "item"))


def _out(item: OpenItem) -> ItemOut:
    figures = {name: money(getattr(item, f"{name}_minor"), item.currency) for name in _FIGURES}
    return ItemOut(
        id=str(item.pk),
        order=str(item.order_id),
        order_number=item.order.number,
        state=ItemState(item.state),
        currency=item.currency,
        opened_on=item.opened_on,
        due_on=item.due_on,
        settled_on=item.settled_on,
        **figures,
    )


_FIGURES = ("total", "open", "surplus", "cancelled", "costs")
