"""Many orders in one call: each is taken or refused on its own, as if it had come alone."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.http import HttpRequest
from django.utils import timezone
from ninja import Body, Router, Schema
from pydantic import Field

from zahlmeister.api.v1.forms import Id, Money, money
from zahlmeister.api.v1.orders import OrderIn, orders_of, shop_for
from zahlmeister.api.v1.problems import Problem
from zahlmeister.api.v1.surface import caller, problem_of, writes
from zahlmeister.flows.receive_program_orders import submit_each
from zahlmeister.orders.models import Shop
from zahlmeister.orders.reported import ShopRow, row_of
from zahlmeister.programs.scopes import Scope
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.states import ItemState
from zahlmeister.refusals import Refusal, Refused, Unreadable

router = Router(tags=["orders"])
MOST = 1000


class LotIn(Schema):
    """Orders, each as it would be handed in alone; a number stands here once."""

    orders: list[OrderIn] = Field(min_length=1, max_length=MOST)


class WhyNot(Schema):
    """Why one order of a lot was not taken."""

    code: str = Field(description="As in a problem.", examples=["refused"])
    detail: str = Field(examples=["Line 1: an order number has at most 64 letters, digits and signs."])


class TakenOut(Schema):
    """What became of one order of a lot: it has an id, or a problem."""

    number: str = Field(examples=["100012345"])
    id: Id | None
    state: ItemState | None = Field(default=None, examples=["open"])
    open: Money | None = None
    payment_reference: str = Field(default="", examples=["RF18KK4711"])
    problem: WhyNot | None = None


class LotOut(Schema):
    """What became of each order, in the same sequence as they came."""

    taken: int = Field(description="How many orders have no problem.", examples=[1])
    orders: list[TakenOut]


@dataclass(slots=True)
class _Sorted:
    """The orders of a lot by shop, under which number each is kept, and why some are not even tried."""

    rows: dict[Shop, list[ShopRow]] = field(default_factory=lambda: defaultdict(list))
    named: dict[tuple[int, str], int] = field(default_factory=dict)
    wrong: dict[int, Problem | Refusal] = field(default_factory=dict)


@writes(router, "/orders/batch", LotOut, Scope.ORDERS_WRITE)
def put_orders(request: HttpRequest, handed_in: Body[LotIn]) -> LotOut:
    """Make or change up to 1,000 orders at once; one that cannot be taken keeps back no other."""
    lot, who = _sorted(request, handed_in.orders), caller(request)
    for shop, rows in lot.rows.items():
        refused = submit_each(shop, rows, by=who.by, clock=timezone.now)
        lot.wrong |= {line: Refused(sentence) for line, sentence in refused.items()}
    made = {}
    for shop, rows in lot.rows.items():
        for item in orders_of(who).filter(order__shop=shop, order__number__in=[row.number for row in rows]):
            made[lot.named[shop.pk, item.order.number]] = item
    told = [
        _not_taken(order, lot.wrong[line]) if line in lot.wrong else _taken(made[line])
        for line, order in enumerate(handed_in.orders, start=1)
    ]
    return LotOut(taken=len(told) - len(lot.wrong), orders=told)


def _sorted(request: HttpRequest, orders: list[OrderIn]) -> _Sorted:
    """Each order to its shop; what has none, cannot be read, or has a number that came before, has a reason instead."""
    lot, shops = _Sorted(), dict[str, Shop]()
    for line, order in enumerate(orders, start=1):
        try:
            shop = shops.get(order.shop) or shop_for(caller(request), order.shop)
            row = row_of(order.order(), order.kind, line)
            if (first := lot.named.setdefault((shop.pk, row.number), line)) != line:
                raise Unreadable(f"Line {line}: order {row.number} stands in line {first} already.")
        except (Problem, Refusal) as why:
            lot.wrong[line] = why
        else:
            shops[order.shop] = shop
            lot.rows[shop].append(row)
    return lot


def _taken(item: OpenItem) -> TakenOut:
    order = item.order
    return TakenOut(
        number=order.number,
        id=str(order.pk),
        state=ItemState(item.state),
        open=money(item.open_minor, item.currency),
        payment_reference=order.reference,
    )


def _not_taken(order: OrderIn, why: Problem | Refusal) -> TakenOut:
    said = problem_of(why)
    return TakenOut(number=order.number, id=None, problem=WhyNot(code=said.kind.code, detail=said.detail))
