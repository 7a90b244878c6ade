"""Orders and what is owed on them: handed in, read, and decided on."""

from datetime import date
from typing import Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Body, Query, Router, Schema
from pydantic import Field

from zahlmeister.api.v1 import problems
from zahlmeister.api.v1.forms import AddressOut, Currency, Day, Id, Line, Moment, Money, MoneyIn, Next, Ref, money
from zahlmeister.api.v1.pages import OneWanted, PageWanted, number_of, one_of, page_of
from zahlmeister.api.v1.problems import Problem
from zahlmeister.api.v1.refunds import RefundOut, refund_out
from zahlmeister.api.v1.surface import caller, reads, source, writes
from zahlmeister.connectors.shops.contract import Address, ShopOrder
from zahlmeister.flows.mark_paid import cancel_item, mark_paid, reopen_item, unmark_paid
from zahlmeister.flows.receive_program_orders import remove, submit
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import PaymentKind, Shop
from zahlmeister.orders.reported import row_of
from zahlmeister.orders.states import Presence
from zahlmeister.programs.keys import Caller
from zahlmeister.programs.scopes import Scope
from zahlmeister.receivables.models import Allocation, OpenItem
from zahlmeister.receivables.states import ItemState
from zahlmeister.refunds.models import Refund
from zahlmeister.refusals import Refused

router = Router(tags=["orders"])

Embed = Literal["allocations", "refunds"]


class AllocationOut(Schema):
    """So much of a payment pays an order. A null payment: a person or program said so, no statement shows it."""

    id: Id
    order: Id
    payment: Id | None
    applied: Money
    surplus: Money
    waived: Money
    currency: Currency
    by: str = Field(examples=["matcher"])
    at: Moment
    is_undone: bool


class OrderOut(Schema):
    """An order, and how its money stands."""

    id: Id
    item: Id = Field(description="The open item: what is owed on the order.")
    shop: Id
    number: str = Field(examples=["100012345"])
    state: ItemState = Field(examples=["open"])
    presence: Presence = Field(description="Whether the shop still has it.", examples=["here"])
    kind: PaymentKind = Field(examples=["invoice"])
    currency: Currency
    total: Money
    open: Money
    surplus: Money = Field(examples=["0.00"])
    cancelled: Money = Field(examples=["0.00"])
    costs: Money = Field(description="Of delay, as far as they count.", examples=["0.00"])
    ordered_on: Day | None
    due_on: Day | None
    settled_on: Day | None
    payment_reference: str = Field(examples=["RF18KK4711"])
    payment_method: str = Field(examples=["Kauf auf Rechnung"])
    invoice_number: str = Field(examples=["RE-1"])
    tracking_numbers: list[str] = Field(examples=[["00340434161094042557"]])
    customer_number: str = Field(examples=["4711"])
    email: str = Field(examples=["anna@example.org"])
    language: str = Field(examples=["de"])
    articles: list[str] = Field(examples=[["Wolle"]])
    billing: AddressOut
    handed_in_at: Moment
    allocations: list[AllocationOut] | None = Field(default=None, description="Only with `embed=allocations`.")
    refunds: list[RefundOut] | None = Field(default=None, description="Only with `embed=refunds`.")


class OrdersOut(Schema):
    """A page of orders, newest first."""

    data: list[OrderOut]
    next: Next


class OrdersWanted(PageWanted):
    """Which orders are wanted."""

    number: str = Field(default="", max_length=64)
    shop: Ref = ""
    state: list[ItemState] = []
    ordered_from: date | None = None
    ordered_to: date | None = Field(default=None, description="This day is meant, too.")
    due_before: date | None = None
    email: str = Field(default="", max_length=254)
    embed: list[Embed] = []


class OrderWanted(OneWanted):
    """What is wanted of an order."""

    embed: list[Embed] = []


class AddressIn(Schema):
    """Who gets the bill, or the parcel."""

    first_name: Line = Field(default="", examples=["Anna"])
    last_name: Line = Field(default="", examples=["Weber"])
    company: Line = Field(default="", examples=[""])
    street: Line = Field(default="", examples=["Weg 1"])
    postcode: Line = Field(default="", max_length=16, examples=["50667"])
    city: Line = Field(default="", max_length=120, examples=["Köln"])
    country: str = Field(default="", pattern="^([A-Z]{2})?$", examples=["DE"])
    phone: Line = Field(default="", max_length=40, examples=[""])

    def address(self) -> Address:
        of = (self.first_name, self.last_name, self.company, self.street, self.postcode, self.city, self.country)
        return Address(*of, self.phone)


class OrderIn(Schema):
    """An order as a program hands it in. The number is the shop's own; the same number again changes the order."""

    number: str = Field(min_length=1, max_length=64, pattern=r"^\S+$", examples=["100012345"])
    shop: str = Field(
        default="", pattern=r"^([0-9]{1,19})?$", description="Not needed when there is only one.", examples=[""]
    )
    kind: PaymentKind = Field(examples=["invoice"])
    total: MoneyIn
    currency: Currency
    ordered_on: Day
    due_on: Day | None = None
    email: str = Field(
        default="", pattern=r"^([^@\s\x00]+@[^@\s\x00]+)?$", max_length=254, examples=["anna@example.org"]
    )
    customer_number: str = Field(default="", pattern=r"^\S*$", max_length=64, examples=["4711"])
    payment_method: Line = Field(default="", max_length=120, examples=["Kauf auf Rechnung"])
    invoice_number: str = Field(default="", pattern=r"^\S*$", max_length=64, examples=["RE-1"])
    tracking_numbers: list[str] = Field(default=[], max_length=20, examples=[["00340434161094042557"]])
    language: str = Field(default="", pattern="^([a-z]{2}(-[A-Z]{2})?)?$", examples=["de"])
    articles: list[Line] = Field(default=[], max_length=500, examples=[["Wolle"]])
    billing: AddressIn = AddressIn()
    delivery: AddressIn = AddressIn()

    def order(self) -> ShopOrder:
        """The order as every shop tells it.

        Raises:
            Unreadable: the amount has more places than its currency.
        """
        return ShopOrder(
            key=self.number,
            number=self.number,
            amount=Amount.parse(self.total, self.currency),
            ordered_on=self.ordered_on,
            due_on=self.due_on,
            payment_method_name=self.payment_method,
            kind=self.kind,
            language=self.language,
            email=self.email,
            customer_number=self.customer_number,
            billing=self.billing.address(),
            delivery=self.delivery.address(),
            invoice_numbers=(self.invoice_number,) if self.invoice_number else (),
            tracking_numbers=tuple(self.tracking_numbers),
            items=tuple(self.articles),
        )


class WhyIn(Schema):
    """Why something is done, for the history."""

    reason: Line = Field(default="", examples=["cancelled in the shop"])


@reads(router, "/orders", OrdersOut, Scope.ORDERS_READ)
def list_orders(request: HttpRequest, wanted: Query[OrdersWanted]) -> OrdersOut:
    """Orders, newest first."""
    rows = orders_of(caller(request))
    named: dict[str, Any] = {
        "order__number": wanted.number,
        "order__shop": wanted.shop and number_of(wanted.shop),
        "state__in": wanted.state,
        "opened_on__gte": wanted.ordered_from,
        "opened_on__lte": wanted.ordered_to,
        "due_on__lt": wanted.due_before,
        "order__email__iexact": wanted.email,
    }
    found, following = page_of(
        rows.filter(**{name: value for name, value in named.items() if value}), wanted, by="opened_on"
    )
    return OrdersOut(data=orders_out(found, wanted.embed), next=following)


@reads(router, "/orders/{order_id}", OrderOut, Scope.ORDERS_READ)
def get_order(request: HttpRequest, order_id: str, wanted: Query[OrderWanted]) -> OrderOut:
    """One order."""
    return orders_out([item_of(request, order_id)], wanted.embed)[0]


@writes(router, "/orders", OrderOut, Scope.ORDERS_WRITE)
def put_order(request: HttpRequest, handed_in: Body[OrderIn]) -> OrderOut:
    """Make an order, or change the one of this number."""
    shop = shop_for(caller(request), handed_in.shop)
    row = row_of(handed_in.order(), handed_in.kind, 1)
    refused = submit(shop, [row], by=caller(request).by, clock=timezone.now).refused
    if refused:
        raise Refused(" ".join(refused))
    return _now(orders_of(caller(request)).filter(order__shop=shop, order__number=row.number))


@writes(router, "/orders/{order_id}/cancel", OrderOut, Scope.ORDERS_WRITE)
def cancel_order(request: HttpRequest, order_id: str, handed_in: Body[WhyIn]) -> OrderOut:
    """Nothing more is asked for it; one that is cancelled stays as it is."""
    item, by = item_of(request, order_id), caller(request).by
    if item.state != ItemState.CANCELLED:
        cancel_item(caller(request).merchant, item.pk, by=by, at=timezone.now(), reason=handed_in.reason)
    return _again(item)


@writes(router, "/orders/{order_id}/reopen", OrderOut, Scope.ORDERS_WRITE)
def reopen_order(request: HttpRequest, order_id: str) -> OrderOut:
    """A cancelled order is asked for again; one that is not cancelled stays as it is."""
    item = item_of(request, order_id)
    if item.state == ItemState.CANCELLED:
        reopen_item(caller(request).merchant, item.pk, by=caller(request).by, at=timezone.now())
    return _again(item)


@writes(router, "/orders/{order_id}/mark-paid", OrderOut, Scope.ORDERS_WRITE)
def mark_order_paid(request: HttpRequest, order_id: str) -> OrderOut:
    """It was paid in a way no statement shows; one that is paid stays as it is."""
    item, who = item_of(request, order_id), caller(request)
    if item.open_minor or item.cancelled_minor:
        mark_paid(who.merchant, item.pk, by=who.by, at=timezone.now(), source=source(request))
    return _again(item)


@writes(router, "/orders/{order_id}/unmark-paid", OrderOut, Scope.ORDERS_WRITE)
def unmark_order_paid(request: HttpRequest, order_id: str) -> OrderOut:
    """It is not paid after all; what the bank has told is not taken back by this."""
    item, who = item_of(request, order_id), caller(request)
    if item.state != ItemState.OPEN:
        unmark_paid(who.merchant, item.pk, by=who.by, at=timezone.now())
    return _again(item)


@writes(router, "/orders/{order_id}/remove", OrderOut, Scope.ORDERS_WRITE)
def remove_order(request: HttpRequest, order_id: str) -> OrderOut:
    """The shop does not have it any more: nothing more happens to it by itself."""
    item = item_of(request, order_id)
    remove(item.order.shop, item.order, by=caller(request).by, at=timezone.now())
    return _again(item)


def orders_of(who: Caller) -> QuerySet[OpenItem]:
    """The open items of the orders that a program may see."""
    rows = OpenItem.objects.filter(merchant=who.merchant).select_related("order__shop")
    return rows if who.shop is None else rows.filter(order__shop=who.shop)


def orders_out(items: list[OpenItem], embed: list[Embed]) -> list[OrderOut]:
    """Orders as programs get them, with what was asked for besides."""
    told = [_order_out(item) for item in items]
    if "allocations" in embed:
        rows = Allocation.objects.filter(item__in=items, reverses=None).select_related("item", "reversal")
        shares = list(rows.order_by("pk"))
        for item, out in zip(items, told, strict=True):
            out.allocations = [allocation_out(row) for row in shares if row.item_id == item.pk]
    if "refunds" in embed:
        refunds = Refund.objects.filter(item__in=items).select_related("item").order_by("pk")
        for item, out in zip(items, told, strict=True):
            out.refunds = [refund_out(row) for row in refunds if row.item_id == item.pk]
    return told


def allocation_out(row: Allocation) -> AllocationOut:
    """An allocation as programs get it; it comes with its item and its reversal."""
    currency = row.item.currency
    return AllocationOut(
        id=str(row.pk),
        order=str(row.item.order_id),
        payment=str(row.payment_id) if row.payment_id else None,
        applied=money(row.applied_minor, currency),
        surplus=money(row.surplus_minor, currency),
        waived=money(row.waived_minor, currency),
        currency=currency,
        by=row.by,
        at=row.at,
        is_undone=hasattr(row, "reversal"),
    )


def _order_out(item: OpenItem) -> OrderOut:
    order = item.order
    figures: dict[str, Any] = {name: money(getattr(item, f"{name}_minor"), item.currency) for name in _FIGURES}
    texts: dict[str, Any] = {name: getattr(order, name) for name in _TEXTS}
    return OrderOut(
        id=str(order.pk),
        item=str(item.pk),
        shop=str(order.shop_id),
        state=ItemState(item.state),
        presence=Presence(order.presence),
        kind=PaymentKind(order.payment_kind),
        currency=item.currency,
        ordered_on=order.ordered_on,
        due_on=item.due_on,
        settled_on=item.settled_on,
        payment_reference=order.reference,
        tracking_numbers=order.tracking_numbers.split(),
        articles=[str(name) for name in order.items],
        billing=AddressOut(**{name: getattr(order, name) for name in AddressOut.model_fields}),
        handed_in_at=order.imported_at,
        **figures,
        **texts,
    )


_FIGURES = ("total", "open", "surplus", "cancelled", "costs")
_TEXTS = ("number", "payment_method", "invoice_number", "customer_number", "email", "language")


def item_of(request: HttpRequest, order_id: str) -> OpenItem:
    """The open item of an order.

    Raises:
        Problem: there is no such order, or none for this program.
    """
    found = orders_of(caller(request)).filter(order=number_of(order_id)).first()
    if found is None:
        raise Problem(problems.ABSENT, f"There is no order {order_id[:20]}.")
    return found


def _again(item: OpenItem) -> OrderOut:
    return _now(OpenItem.objects.filter(pk=item.pk).select_related("order__shop"))


def _now(rows: QuerySet[OpenItem]) -> OrderOut:
    return _order_out(rows.get())


def shop_for(who: Caller, number: str) -> Shop:
    """The shop an order is for.

    Raises:
        Problem: there is no such shop for this program, or several and none is named.
    """
    if who.shop is not None and number in {"", str(who.shop.pk)}:
        return who.shop
    shops = Shop.objects.filter(merchant=who.merchant)
    if number:
        return one_of(shops if who.shop is None else shops.filter(pk=who.shop.pk), number, "shop")
    found = list(shops[:2])
    if len(found) != 1:
        raise Problem(problems.UNREADABLE, "There is not one shop; name the one in the field “shop”.")
    return found[0]
