"""Incoming payments, and which orders they pay: read, assigned, taken back, set aside."""

from datetime import date
from typing import Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Body, Query, Router, Schema
from pydantic import Field

from zahlmeister.api.v1 import problems
from zahlmeister.api.v1.forms import Currency, Day, Id, Money, MoneyIn, Next, Ref, money
from zahlmeister.api.v1.orders import AllocationOut, allocation_out
from zahlmeister.api.v1.pages import OneWanted, PageWanted, number_of, one_of, page_of
from zahlmeister.api.v1.problems import Problem
from zahlmeister.api.v1.surface import caller, reads, source, writes
from zahlmeister.flows.assign_payment import assign, ignore, unassign, unignore
from zahlmeister.flows.return_payment import return_payment
from zahlmeister.money.accounts import tidy
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import Shop
from zahlmeister.programs.keys import Caller
from zahlmeister.programs.scopes import Scope
from zahlmeister.receivables.models import Allocation, OpenItem, Payment
from zahlmeister.receivables.states import PaymentState

router = Router(tags=["payments"])

Embed = Literal["allocations"]


class PaymentOut(Schema):
    """Money that came in on an account of the merchant's."""

    id: Id
    state: PaymentState = Field(examples=["assigned"])
    reason: str = Field(description="Why it is there, a stable word.", examples=[""])
    amount: Money
    open: Money = Field(description="What is not assigned.", examples=["0.00"])
    currency: Currency
    booked_on: Day
    value_on: Day | None
    account: str = Field(description="The merchant's.", examples=["DE02120300000000202051"])
    payer: str = Field(examples=["Anna Weber"])
    payer_account: str = Field(examples=["DE89370400440532013000"])
    text: str = Field(examples=["Bestellung 100012345"])
    decided_by: str = Field(examples=["matcher"])
    allocations: list[AllocationOut] | None = Field(default=None, description="Only with `embed=allocations`.")


class PaymentsOut(Schema):
    """A page of payments, newest first."""

    data: list[PaymentOut]
    next: Next


class PaymentsWanted(PageWanted):
    """Which payments are wanted."""

    state: list[PaymentState] = []
    booked_from: date | None = None
    booked_to: date | None = Field(default=None, description="This day is meant, too.")
    account: str = Field(default="", max_length=42, description="An account of the merchant's.")
    embed: list[Embed] = []


class PaymentWanted(OneWanted):
    """What is wanted of a payment."""

    embed: list[Embed] = []


class AllocationsOut(Schema):
    """A page of allocations, newest first."""

    data: list[AllocationOut]
    next: Next


class AllocationsWanted(PageWanted):
    """Which allocations are wanted."""

    order: Ref = ""
    payment: Ref = ""


class Share(Schema):
    """So much of a payment is for an order; without an amount what is owed, as far as the payment goes."""

    order: Id
    amount: MoneyIn | None = None


class AssignIn(Schema):
    """The orders that a payment is for."""

    shares: list[Share] = Field(min_length=1, max_length=100)


@reads(router, "/payments", PaymentsOut, Scope.PAYMENTS_READ)
def list_payments(request: HttpRequest, wanted: Query[PaymentsWanted]) -> PaymentsOut:
    """Payments, newest first. A key of one of several shops sees those that pay orders of its shop."""
    named: dict[str, Any] = {
        "state__in": wanted.state,
        "booked_on__gte": wanted.booked_from,
        "booked_on__lte": wanted.booked_to,
        "transaction__account__number": wanted.account and tidy(wanted.account),
    }
    rows = payments_of(caller(request)).filter(**{name: value for name, value in named.items() if value})
    found, following = page_of(rows, wanted, by="booked_on")
    return PaymentsOut(data=_payments_out(caller(request), found, wanted.embed), next=following)


@reads(router, "/payments/{payment_id}", PaymentOut, Scope.PAYMENTS_READ)
def get_payment(request: HttpRequest, payment_id: str, wanted: Query[PaymentWanted]) -> PaymentOut:
    """One payment."""
    return _payments_out(caller(request), [_payment(request, payment_id)], wanted.embed)[0]


@reads(router, "/allocations", AllocationsOut, Scope.PAYMENTS_READ)
def list_allocations(request: HttpRequest, wanted: Query[AllocationsWanted]) -> AllocationsOut:
    """Which payment pays which order, newest first; what was undone says so."""
    rows = _allocations(caller(request))
    if wanted.order:
        rows = rows.filter(item__order=number_of(wanted.order))
    if wanted.payment:
        rows = rows.filter(payment=number_of(wanted.payment))
    found, following = page_of(rows, wanted)
    return AllocationsOut(data=[allocation_out(row) for row in found], next=following)


@writes(router, "/payments/{payment_id}/assign", PaymentOut, Scope.PAYMENTS_WRITE)
def assign_payment(request: HttpRequest, payment_id: str, handed_in: Body[AssignIn]) -> PaymentOut:
    """Assign a payment to one or several orders, as a person would."""
    payment, who = _payment(request, payment_id), caller(request)
    known = Allocation.objects.filter(merchant=who.merchant, source=f"person:{source(request)}:0").exists()
    if not known:
        shares = _shares(who, payment, handed_in.shares)
        assign(who.merchant, payment.pk, shares, by=who.by, at=timezone.now(), source=source(request))
    return _again(request, payment)


@writes(router, "/payments/{payment_id}/unassign", PaymentOut, Scope.PAYMENTS_WRITE)
def unassign_payment(request: HttpRequest, payment_id: str) -> PaymentOut:
    """Take everything of it back; it waits for a person again. One of which nothing is assigned stays as it is."""
    payment, who = _payment(request, payment_id), caller(request)
    if Allocation.objects.filter(payment=payment, reverses=None, reversal=None).exists():
        unassign(who.merchant, payment.pk, by=who.by, at=timezone.now())
    return _again(request, payment)


@writes(router, "/payments/{payment_id}/ignore", PaymentOut, Scope.PAYMENTS_WRITE)
def ignore_payment(request: HttpRequest, payment_id: str) -> PaymentOut:
    """It is for no order; one that is ignored stays so."""
    payment, who = _payment(request, payment_id), caller(request)
    if payment.state != PaymentState.IGNORED:
        ignore(who.merchant, payment.pk, by=who.by, at=timezone.now())
    return _again(request, payment)


@writes(router, "/payments/{payment_id}/unignore", PaymentOut, Scope.PAYMENTS_WRITE)
def unignore_payment(request: HttpRequest, payment_id: str) -> PaymentOut:
    """It may be for an order after all; one that is not ignored stays as it is."""
    payment, who = _payment(request, payment_id), caller(request)
    if payment.state == PaymentState.IGNORED:
        unignore(who.merchant, payment.pk, by=who.by, at=timezone.now())
    return _again(request, payment)


@writes(router, "/payments/{payment_id}/give-back", PaymentOut, Scope.PAYMENTS_WRITE)
def give_payment_back(request: HttpRequest, payment_id: str) -> PaymentOut:
    """Draft the transfer that sends it back to where it came from; people approve it. Twice is one transfer."""
    payment, who = _payment(request, payment_id), caller(request)
    return_payment(who.merchant, payment.pk, by=who.by, at=timezone.now())
    return _again(request, payment)


def payments_of(who: Caller) -> QuerySet[Payment]:
    """The payments that a program may see: whose the others are is not known, and none of its business."""
    rows = Payment.objects.filter(merchant=who.merchant).select_related("transaction__account")
    if who.shop is None or not Shop.objects.filter(merchant=who.merchant).exclude(pk=who.shop.pk).exists():
        return rows
    own = Allocation.objects.filter(merchant=who.merchant, reversal=None, item__order__shop=who.shop)
    return rows.filter(pk__in=own.values("payment"))


def _allocations(who: Caller) -> QuerySet[Allocation]:
    rows = Allocation.objects.filter(merchant=who.merchant, reverses=None).select_related("item", "reversal")
    return rows if who.shop is None else rows.filter(item__order__shop=who.shop)


def _payment(request: HttpRequest, payment_id: str) -> Payment:
    return one_of(payments_of(caller(request)), payment_id, "payment")


def _again(request: HttpRequest, payment: Payment) -> PaymentOut:
    return _payments_out(caller(request), [payments_of(caller(request)).get(pk=payment.pk)], ["allocations"])[0]


def _shares(who: Caller, payment: Payment, wanted: list[Share]) -> list[tuple[int, int]]:
    """Item and minor units of each share.

    Raises:
        Problem: an order is not there.
    """
    items = {
        item.order_id: item
        for item in OpenItem.objects.filter(
            merchant=who.merchant, order__in=[number_of(share.order) for share in wanted]
        )
    }
    left, shares = payment.open_minor, list[tuple[int, int]]()
    for share in wanted:
        item = items.get(number_of(share.order))
        if item is None:
            raise Problem(problems.ABSENT, f"There is no order {share.order[:20]}.")
        told = share.amount
        minor = min(item.open_minor, left) if told is None else Amount.parse(told, payment.currency).minor
        shares.append((item.pk, minor))
        left -= minor
    return shares


def _payments_out(who: Caller, rows: list[Payment], embed: list[Embed]) -> list[PaymentOut]:
    told = [_payment_out(row) for row in rows]
    if "allocations" in embed:
        shown = list(_allocations(who).filter(payment__in=rows).order_by("pk"))
        for row, out in zip(rows, told, strict=True):
            out.allocations = [allocation_out(share) for share in shown if share.payment_id == row.pk]
    return told


def _payment_out(row: Payment) -> PaymentOut:
    said = row.transaction
    return PaymentOut(
        id=str(row.pk),
        state=PaymentState(row.state),
        reason=row.reason,
        amount=money(row.amount_minor, row.currency),
        open=money(row.open_minor, row.currency),
        currency=row.currency,
        booked_on=row.booked_on,
        value_on=said.value_on,
        account=said.account.number,
        payer=said.counterparty,
        payer_account=said.counterparty_number,
        text=said.remittance,
        decided_by=row.decided_by,
    )
