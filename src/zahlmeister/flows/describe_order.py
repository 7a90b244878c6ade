"""Orders and postings as the programs of merchants are told them: plain data under the names of the existing API."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet

from zahlmeister.dunning.models import Notice
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import exponent
from zahlmeister.orders.models import Order, PaymentKind, Shop
from zahlmeister.orders.states import Presence
from zahlmeister.receivables.models import Allocation, OpenItem, Payment
from zahlmeister.receivables.queries import OWED, standing
from zahlmeister.receivables.states import ItemState
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.queries import gone_back_of, with_gone_back
from zahlmeister.refunds.rules import GoneBack
from zahlmeister.refunds.states import RefundState

Data = dict[str, Any]
_KINDS = {
    PaymentKind.PREPAYMENT: "PREPAYMENT",
    PaymentKind.INVOICE: "INVOICE",
    PaymentKind.COD: "COD",
    PaymentKind.OTHER: "OTHER",
}
_STATES = {
    ItemState.OPEN: "UNPAID",
    ItemState.PART_PAID: "PAID_PARTIAL",
    ItemState.PAID: "PAID",
    ItemState.CANCELLED: "CANCELLED",
}
_WENT = {GoneBack.PART: "REFUNDED_PARTIAL", GoneBack.ALL: "REFUNDED"}
_GONE = {Presence.DISAPPEARED: "DISAPPEARED", Presence.LEGACY: "LEGACY"}


@dataclass(frozen=True, slots=True)
class More:
    """What else is wanted of an order."""

    postings: bool = False
    reminders: bool = False
    history: bool = False
    refunds: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """What belongs to several orders, looked up at once: item → rows."""

    postings: Mapping[int, list[Allocation]] = field(default_factory=dict)
    notices: Mapping[int, list[Notice]] = field(default_factory=dict)
    refunds: Mapping[int, list[Refund]] = field(default_factory=dict)
    went: Mapping[int, GoneBack] = field(default_factory=dict)


def describe(merchant: Merchant, items: Sequence[OpenItem], more: More = More()) -> list[Data]:
    """Orders of one merchant, in the order of their items; the items come with their orders."""
    known = _known(merchant, items, more)
    return [_order(item, more, known) for item in items]


def payment_status(item: OpenItem, went: GoneBack | None = None) -> str:
    """UNPAID, PAID_PARTIAL, PAID, CANCELLED; REFUNDED or REFUNDED_PARTIAL of a paid order that went back.

    DISAPPEARED or LEGACY for what is owed and not in the shop any more.
    """
    state = ItemState(item.state)
    if state is ItemState.PAID and went is not None:
        return _WENT[went]
    gone = _GONE.get(Presence(item.order.presence)) if state in OWED else None
    return gone or _STATES[state]


def with_status(items: QuerySet[OpenItem], statuses: Collection[str]) -> QuerySet[OpenItem]:
    """Those items of which `payment_status` is one of these."""
    gone = [presence for presence, status in _GONE.items() if status in statuses]
    wanted = Q(state__in=[state for state, status in _STATES.items() if status in statuses and status != "PAID"])
    if {"PAID", *_WENT.values()}.intersection(statuses):
        items = with_gone_back(items)
        ways = {"PAID": Q(went_minor=0), "REFUNDED": Q(went_minor__gt=0, went_minor__gte=F("total_minor"))}
        ways["REFUNDED_PARTIAL"] = Q(went_minor__gt=0, went_minor__lt=F("total_minor"))
        for status in ways.keys() & set(statuses):
            wanted |= Q(state=ItemState.PAID) & ways[status]
    not_owed_or_here = ~Q(state__in=OWED) | ~Q(order__presence__in=list(_GONE))
    return items.filter(wanted & not_owed_or_here | Q(state__in=OWED, order__presence__in=gone))


def describe_postings(shop: Shop, payments: Sequence[Payment], *, with_orders: bool) -> list[Data]:
    """Incoming payments; with the orders of this shop that they pay, if wanted."""
    told = [_posting(payment) for payment in payments]
    if with_orders:
        paid = _orders_paid(shop, payments)
        for payment, data in zip(payments, told, strict=True):
            data["orders"] = paid.get(payment.pk, [])
    return told


def day(on: date | None) -> str | None:
    """A day as the API writes it, `22-11-2026`."""
    return on.strftime("%d-%m-%Y") if on else None


def number(minor: int, currency: str) -> float:
    """Whole minor units as a number of JSON, which knows no other kind; it is exact for fifteen digits."""
    units: int = 10 ** exponent(currency)
    return minor / units


def describe_refund(refund: Refund) -> Data:
    """A refund, with the words for its states that programs know."""
    return {
        "id": refund.reference,
        "externalReference": refund.external_reference or None,
        "status": _REFUNDS[RefundState(refund.state)],
        "amount": number(refund.amount_minor, refund.currency),
        "currency": refund.currency,
        "plannedDate": day(refund.due_on),
        "executionDate": day(refund.paid_on),
    }


_REFUNDS = {
    RefundState.ACCOUNT_MISSING: "BANKDETAILS_MISSING",
    RefundState.PLANNED: "NEW",
    RefundState.SHORT: "PLANNED",
    RefundState.COLLECTING: "IN_PROCESS_DIRECT_DEBIT",
    RefundState.ORDERED: "IN_PROCESS",
    RefundState.PAID: "PROCESSED",
    RefundState.STOPPED: "STOPPED",
    RefundState.CANCELLED: "CANCELLED",
}


def _known(merchant: Merchant, found: Sequence[OpenItem], more: More) -> _Known:
    totals = {item.pk: item.total_minor for item in found if item.state == ItemState.PAID}
    items = [item.pk for item in found]
    allocations: dict[int, list[Allocation]] = {}
    notices: dict[int, list[Notice]] = {}
    if more.postings:
        rows = Allocation.objects.filter(merchant=merchant, item__in=items).order_by("pk")
        for row in standing(list(rows.select_related("payment__transaction"))):
            allocations.setdefault(row.item_id, []).append(row)
    if more.reminders or more.history:
        for notice in Notice.objects.filter(merchant=merchant, item__in=items).order_by("on", "level"):
            notices.setdefault(notice.item_id, []).append(notice)
    refunds: dict[int, list[Refund]] = {}
    if more.refunds:
        for refund in Refund.objects.filter(merchant=merchant, item__in=items).order_by("pk"):
            refunds.setdefault(refund.item_id or 0, []).append(refund)
    return _Known(allocations, notices, refunds, gone_back_of(merchant.pk, totals) if totals else {})


def _order(item: OpenItem, more: More, known: _Known) -> Data:
    order = item.order
    data: Data = {
        "number": order.number,
        "referenceNumber": order.reference or None,
        "paymentStatus": payment_status(item, known.went.get(item.pk)),
        "date": day(order.ordered_on),
        "dueDate": day(item.due_on),
        "type": _KINDS[PaymentKind(order.payment_kind)],
        "amount": number(item.total_minor, item.currency),
        "amountPaid": number(_paid(item), item.currency),
        "currency": item.currency,
        "customerEmail": order.email or None,
        "customerNumber": order.customer_number or None,
        "marketplaceNumber": order.marketplace_number or None,
        "paymentMethod": order.payment_method or None,
        "statusDescription": order.shop_status_name or None,
        "language": order.language or None,
        "items": [{"name": name} for name in order.items],
        "invoiceNumbers": [order.invoice_number] if order.invoice_number else [],
        "shippingNumbers": order.tracking_numbers.split(),
        "billing": _billing(order),
        "shipping": _shipping(order),
    }
    if more.postings:
        data["postings"] = [_share(row) for row in known.postings.get(item.pk, [])]
    if more.reminders:
        data["paymentReminders"] = [_notice(notice, item) for notice in known.notices.get(item.pk, [])]
    if more.history:
        data["collectionHistory"] = []  # no case has ever been handed to an agency by this house
    if more.refunds:
        data["refunds"] = [describe_refund(refund) for refund in known.refunds.get(item.pk, [])]
    return data


def _paid(item: OpenItem) -> int:
    """What has come in for it, what came too much included; waived rests count as paid, as they do in the office."""
    return item.total_minor - item.open_minor - item.cancelled_minor + item.surplus_minor


def _billing(order: Order) -> Data:
    first, _, last = order.name.rpartition(" ")
    return {
        "firstName": first or None,
        "lastName": last or None,
        "company": order.company or None,
        "street": order.street or None,
        "postCode": order.postcode or None,
        "city": order.city or None,
        "countryCode": order.country or None,
        "phone": order.phone or None,
    }


def _shipping(order: Order) -> Data | None:
    """Where the goods go, if not to the buyer."""
    there: Mapping[str, str] = order.delivery
    if not there:
        return None
    names = ("first_name", "last_name", "company", "street", "postcode", "city", "country", "phone")
    keys = ("firstName", "lastName", "company", "street", "postCode", "city", "countryCode", "phone")
    return {key: there.get(name) or None for key, name in zip(keys, names, strict=True)}


def _share(row: Allocation) -> Data:
    """What a payment gave for an order; a person's word where the money is on no statement of ours."""
    if row.payment is None:
        amount = number(row.applied_minor + row.surplus_minor, row.item.currency)
        return {"id": row.pk, "amount": amount, "currency": row.item.currency, "postingDate": day(row.at.date())}
    return _posting(row.payment) | {"assigned": number(row.applied_minor + row.surplus_minor, row.payment.currency)}


def _posting(payment: Payment) -> Data:
    told = payment.transaction
    return {
        "id": payment.pk,
        "amount": number(payment.amount_minor, payment.currency),
        "currency": payment.currency,
        "postingDate": day(payment.booked_on),
        "valuationDate": day(told.value_on),
        "originator": told.counterparty or None,
        "reference": told.creditor_reference or told.end_to_end_id or None,
        "text": told.remittance or None,
    }


def _notice(notice: Notice, item: OpenItem) -> Data:
    open_now = number(notice.open_minor, item.currency)
    return {"date": day(notice.on), "level": notice.level, "type": notice.what.upper(), "openAmount": open_now}


def _orders_paid(shop: Shop, payments: Iterable[Payment]) -> dict[int, list[Data]]:
    rows = Allocation.objects.filter(merchant_id=shop.merchant_id, payment__in=list(payments), item__order__shop=shop)
    paid: dict[int, list[OpenItem]] = {}
    for row in standing(list(rows.select_related("item__order").order_by("pk"))):
        assert row.payment_id is not None
        paid.setdefault(row.payment_id, []).append(row.item)
    return {payment: describe(shop.merchant, items) for payment, items in paid.items()}
