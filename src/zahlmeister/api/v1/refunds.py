"""Refunds: asked for, read, changed and cancelled."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Body, Query, Router, Schema
from pydantic import Field

from zahlmeister.api.v1 import problems
from zahlmeister.api.v1.forms import Currency, Day, Id, Line, Moment, Money, MoneyIn, Next, Ref, money
from zahlmeister.api.v1.pages import OneWanted, PageWanted, number_of, one_of, page_of
from zahlmeister.api.v1.problems import Problem
from zahlmeister.api.v1.surface import caller, reads, source, writes
from zahlmeister.flows.ask_refund import Asked, ask_refund
from zahlmeister.flows.change_refund import cancel_refund, change_refund
from zahlmeister.money.amount import Amount
from zahlmeister.programs.keys import Caller
from zahlmeister.programs.scopes import Scope
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refunds.accounts import GoesTo
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.states import Origin, RefundState

router = Router(tags=["refunds"])


class RefundOut(Schema):
    """Money that goes back, of an order or of a payment that is for none."""

    id: Id
    reference: str = Field(description="What it is called towards buyers and banks.", examples=["G1001"])
    order: Id | None
    payment: Id | None
    state: RefundState = Field(examples=["planned"])
    reason: str = Field(examples=[""])
    amount: Money
    currency: Currency
    name: str = Field(examples=["Anna Weber"])
    iban: str = Field(description="Empty while nobody knows it.", examples=["DE89370400440532013000"])
    external_reference: str = Field(examples=["GS-1"])
    due_on: Day
    paid_on: Day | None
    created_at: Moment


class RefundsOut(Schema):
    """A page of refunds, newest first."""

    data: list[RefundOut]
    next: Next


class RefundsWanted(PageWanted):
    """Which refunds are wanted."""

    order: Ref = ""
    state: list[RefundState] = []
    due_from: date | None = None
    due_to: date | None = Field(default=None, description="This day is meant, too.")


class RefundIn(Schema):
    """A refund as a program asks for it. Without an account it goes to where the money came from."""

    order: Id
    amount: MoneyIn
    currency: Currency
    external_reference: str = Field(default="", max_length=64, pattern=r"^\S*$", examples=["GS-1"])
    due_on: Day | None = Field(default=None, description="Not before that day.")
    name: Line = Field(default="", max_length=140, examples=["Anna Weber"])
    iban: str = Field(default="", max_length=42, pattern="^[A-Za-z0-9 ]*$", examples=[""])


class RefundChange(Schema):
    """Where a refund goes, or when it leaves."""

    name: Line = Field(default="", max_length=140, examples=["Anna Weber"])
    iban: str = Field(default="", max_length=42, pattern="^[A-Za-z0-9 ]*$", examples=["DE89370400440532013000"])
    due_on: Day | None = None


class CancelIn(Schema):
    """Why nothing goes back after all."""

    reason: Line = Field(default="", examples=["the buyer keeps it"])


@reads(router, "/refunds", RefundsOut, Scope.REFUNDS_READ)
def list_refunds(request: HttpRequest, wanted: Query[RefundsWanted]) -> RefundsOut:
    """Refunds, newest first."""
    named: dict[str, Any] = {
        "item__order": wanted.order and number_of(wanted.order),
        "state__in": wanted.state,
        "due_on__gte": wanted.due_from,
        "due_on__lte": wanted.due_to,
    }
    rows = refunds_of(caller(request)).filter(**{name: value for name, value in named.items() if value})
    found, following = page_of(rows, wanted)
    return RefundsOut(data=[refund_out(row) for row in found], next=following)


@reads(router, "/refunds/{refund_id}", RefundOut, Scope.REFUNDS_READ)
def get_refund(request: HttpRequest, refund_id: str, wanted: Query[OneWanted]) -> RefundOut:
    """One refund."""
    del wanted  # its fields are looked at where the answer is written
    return refund_out(_refund(request, refund_id))


@writes(router, "/refunds", RefundOut, Scope.REFUNDS_WRITE, status=201)
def create_refund(request: HttpRequest, handed_in: Body[RefundIn]) -> RefundOut:
    """Promise a buyer money back for an order, the whole of it or a part."""
    who = caller(request)
    items = OpenItem.objects.filter(merchant=who.merchant, order=number_of(handed_in.order)).select_related("order")
    item = (items if who.shop is None else items.filter(order__shop=who.shop)).first()
    if item is None:
        raise Problem(problems.ABSENT, f"There is no order {handed_in.order[:20]}.")
    asked = Asked(
        source=source(request),
        amount=Amount.parse(handed_in.amount, handed_in.currency),
        origin=Origin.PROGRAM,
        account=GoesTo(handed_in.name or item.order.debtor, handed_in.iban) if handed_in.iban else None,
        due_on=handed_in.due_on,
        shop=item.order.shop,
        external_reference=handed_in.external_reference,
    )
    return refund_out(ask_refund(who.merchant, item.pk, asked, by=who.by, at=timezone.now()))


@writes(router, "/refunds/{refund_id}", RefundOut, Scope.REFUNDS_WRITE, method="PATCH")
def update_refund(request: HttpRequest, refund_id: str, handed_in: Body[RefundChange]) -> RefundOut:
    """Say where a refund goes, or when it leaves; a stopped one goes on with that."""
    refund = _refund(request, refund_id)
    goes = GoesTo(handed_in.name or refund.name, handed_in.iban) if handed_in.iban else None
    by, at = caller(request).by, timezone.now()
    return refund_out(change_refund(refund, goes=goes, on=handed_in.due_on, by=by, at=at))


@writes(router, "/refunds/{refund_id}/cancel", RefundOut, Scope.REFUNDS_WRITE)
def cancel_promised_refund(request: HttpRequest, refund_id: str, handed_in: Body[CancelIn]) -> RefundOut:
    """Nothing goes back after all; only while no bank was told. One that is cancelled stays as it is."""
    refund = _refund(request, refund_id)
    return refund_out(cancel_refund(refund, by=caller(request).by, at=timezone.now(), reason=handed_in.reason))


def refunds_of(who: Caller) -> QuerySet[Refund]:
    """The refunds that a program may see."""
    rows = Refund.objects.filter(merchant=who.merchant).select_related("item")
    return rows if who.shop is None else rows.filter(item__order__shop=who.shop)


def refund_out(row: Refund) -> RefundOut:
    """A refund as programs get it; it comes with its item."""
    return RefundOut(
        id=str(row.pk),
        reference=row.reference,
        order=str(row.item.order_id) if row.item else None,
        payment=str(row.payment_id) if row.payment_id else None,
        state=RefundState(row.state),
        reason=row.reason,
        amount=money(row.amount_minor, row.currency),
        currency=row.currency,
        name=row.name,
        iban=row.iban,
        external_reference=row.external_reference,
        due_on=row.due_on,
        paid_on=row.paid_on,
        created_at=row.created_at,
    )


def _refund(request: HttpRequest, refund_id: str) -> Refund:
    return one_of(refunds_of(caller(request)), refund_id, "refund")
