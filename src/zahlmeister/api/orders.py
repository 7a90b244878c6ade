"""Orders for programs: handed in, asked for, decided on, let go. Each call is one flow or one query."""

import uuid
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Body, File, Query, Router, UploadedFile

from zahlmeister.api.program import Absent, by, shop_behind
from zahlmeister.api.schemas import Flags, OrderIn, OrdersWanted, RefundIn
from zahlmeister.flows.ask_refund import Asked, ask_refund
from zahlmeister.flows.describe_order import More, describe, describe_refund, with_status
from zahlmeister.flows.mark_paid import cancel_item, mark_paid, reopen_item, unmark_paid
from zahlmeister.flows.receive_program_orders import LARGEST_INVOICE, hand_in_invoice, remove, submit, submit_lot, sync
from zahlmeister.orders.models import Shop
from zahlmeister.orders.reported import ShopRow, row_of
from zahlmeister.receivables.models import Allocation, OpenItem
from zahlmeister.receivables.states import ItemState
from zahlmeister.refunds.accounts import GoesTo
from zahlmeister.refunds.states import Origin
from zahlmeister.refusals import Refused

router = Router(tags=["orders"])

Data = dict[str, Any]
#: Orders in one call, and in one answer.
MOST_AT_ONCE = 500
MOST_ANSWERED = 5_000
#: Numbers in a list of all open orders.
MOST_LISTED = 200_000


@router.post("/order/remove/{number}")
def let_go(request: HttpRequest, number: str) -> Data:
    """The shop does not have this order any more."""
    shop = shop_behind(request)
    remove(shop, _item(shop, number).order, by=by(shop), at=timezone.now())
    return _told(shop, number)


@router.post("/order/{number}/setpaid")
def set_paid(request: HttpRequest, number: str) -> Data:
    """It was paid in a way no statement shows; one that is paid already stays as it is."""
    shop = shop_behind(request)
    item = _item(shop, number)
    if item.open_minor or item.cancelled_minor:
        mark_paid(shop.merchant, item.pk, by=by(shop), at=timezone.now(), source=uuid.uuid4().hex)
    return _told(shop, number)


@router.post("/order/{number}/setunpaid")
def set_unpaid(request: HttpRequest, number: str) -> Data:
    """It is not paid after all, or not cancelled; what the bank has told is not taken back by this."""
    shop = shop_behind(request)
    item = _item(shop, number)
    if item.state == ItemState.CANCELLED:
        reopen_item(shop.merchant, item.pk, by=by(shop), at=timezone.now())
    elif item.state != ItemState.OPEN:
        unmark_paid(shop.merchant, item.pk, by=by(shop), at=timezone.now())
    return _told(shop, number)


@router.post("/order/{number}/cancel")
def cancel(request: HttpRequest, number: str) -> Data:
    """Nothing more is asked for it; one that is cancelled already stays as it is."""
    shop = shop_behind(request)
    item = _item(shop, number)
    if item.state != ItemState.CANCELLED:
        cancel_item(shop.merchant, item.pk, by=by(shop), at=timezone.now(), reason="cancelled in the shop")
    return _told(shop, number)


@router.post("/order/{number}/refund")
def refund(request: HttpRequest, number: str, handed_in: Body[RefundIn]) -> Data:
    """Give money back for an order, the whole of it or a part. A reference of the shop's is used once."""
    shop = shop_behind(request)
    item, now = _item(shop, number), timezone.now()
    planned = handed_in.plannedDate
    if planned is not None and planned <= timezone.localdate(now):
        raise Refused("The planned date must lie in the future.")
    asked = Asked(
        source=f"program:{shop.pk}:{_key_of(request) or uuid.uuid4().hex}",
        amount=handed_in.money(item.currency),
        origin=Origin.PROGRAM,
        account=GoesTo(handed_in.accountHolder or item.order.debtor, handed_in.iban) if handed_in.iban else None,
        due_on=planned,
        shop=shop,
        external_reference=handed_in.externalReference,
    )
    return describe_refund(ask_refund(shop.merchant, item.pk, asked, by=by(shop), at=now))


def _key_of(request: HttpRequest) -> str:
    """What makes a write the same one when it comes again; a program that was not answered in time repeats it."""
    return sha256(key.encode()).hexdigest()[:32] if (key := request.headers.get("Idempotency-Key", "").strip()) else ""


@router.post("/order/{number}/invoice/{invoice_number}")
def invoice(request: HttpRequest, number: str, invoice_number: str, file: File[UploadedFile]) -> Data:
    """Hand in an invoice as PDF."""
    shop = shop_behind(request)
    if (file.size or 0) > LARGEST_INVOICE:
        raise Refused(f"The document is larger than {LARGEST_INVOICE >> 20} MB.")
    order = _item(shop, number).order
    made = hand_in_invoice(order, invoice_number, file.read(), by=by(shop), at=timezone.now())
    return {"orderNumber": order.number, "invoiceNumber": made.number}


@router.post("/order/{number}")
def upsert(request: HttpRequest, number: str, wanted: Query[Flags], handed_in: Body[OrderIn]) -> Data:
    """Make an order, or change it."""
    shop = shop_behind(request)
    row = _row(number, handed_in)
    why = _refusal(shop, row)
    if why:
        raise Refused(why)
    return _told(shop, row.number, wanted)


@router.post("/orders")
def upsert_several(request: HttpRequest, wanted: Query[Flags], handed_in: Body[list[OrderIn]]) -> list[Data]:
    """Make or change several orders. One that is refused says why in its place, and keeps none of the others away."""
    shop = shop_behind(request)
    if len(handed_in) > MOST_AT_ONCE:
        raise Refused(f"At most {MOST_AT_ONCE} orders in one call; split the list.")
    if not all(order.number for order in handed_in):
        raise Refused("Each order of a list needs its number.")
    rows = [_row(one.number, one) for one in handed_in]
    imported = submit_lot(shop, rows, by=by(shop), clock=timezone.now)
    # handing in again changes nothing, so each is asked singly why only where some were refused
    reasons = [_refusal(shop, row) if imported.refused else "" for row in rows]
    items = _items(shop, [row.number for row in rows])
    known = {data["number"]: data for data in describe(shop.merchant, items, _more(wanted))}
    return [_with_error(row.number, known.get(row.number), why) for row, why in zip(rows, reasons, strict=True)]


@router.get("/orders")
def several(request: HttpRequest, wanted: Query[OrdersWanted]) -> list[Data]:
    """The orders of the last days, newest first."""
    shop = shop_behind(request)
    since = timezone.localdate() - timedelta(days=wanted.maxAge)
    rows = OpenItem.objects.filter(merchant_id=shop.merchant_id, order__shop=shop, opened_on__gte=since)
    if wanted.minPostingDate is not None:
        paid = Allocation.objects.filter(
            merchant_id=shop.merchant_id, reverses=None, payment__booked_on__gte=wanted.minPostingDate
        )
        rows = rows.filter(pk__in=paid.values("item"))
    states = {state.strip().upper() for state in wanted.paymentStatus.split(",") if state.strip()}
    rows = with_status(rows, states) if states else rows
    found = list(rows.select_related("order").order_by("-opened_on", "-id")[: MOST_ANSWERED + 1])
    if len(found) > MOST_ANSWERED:
        raise Refused(f"These are more than {MOST_ANSWERED} orders; ask for a smaller maxAge.")
    return describe(shop.merchant, found, _more(wanted))


@router.get("/order/{number}")
def one(request: HttpRequest, number: str, wanted: Query[Flags]) -> Data:
    """One order."""
    return _told(shop_behind(request), number, wanted)


@router.post("/ordersync")
def name_all(request: HttpRequest, handed_in: Body[list[str | int]], *, sure: bool = False) -> int:
    """The complete list of open orders; others are left behind. Answers how many those are."""
    shop = shop_behind(request)
    if len(handed_in) > MOST_LISTED:
        raise Refused(f"At most {MOST_LISTED} orders can be open.")
    return sync(
        shop, {" ".join(str(number).split()) for number in handed_in}, by=by(shop), at=timezone.now(), is_sure=sure
    )


def _row(number: str, handed_in: OrderIn) -> ShopRow:
    order = handed_in.order(number)
    return row_of(order, order.kind, 1)


def _refusal(shop: Shop, row: ShopRow) -> str:
    """Hand one order in; why it was refused, empty when it was taken."""
    return " ".join(submit(shop, [row], by=by(shop), clock=timezone.now).refused)


def _items(shop: Shop, numbers: list[str]) -> list[OpenItem]:
    rows = OpenItem.objects.filter(merchant_id=shop.merchant_id, order__shop=shop, order__number__in=numbers)
    return list(rows.select_related("order"))


def _item(shop: Shop, number: str) -> OpenItem:
    found = _items(shop, [number])
    if not found:
        raise Absent(f"There is no order {number[:64]}.")
    return found[0]


def _told(shop: Shop, number: str, wanted: Flags | None = None) -> Data:
    [data] = describe(shop.merchant, [_item(shop, number)], _more(wanted or Flags()))
    return data


def _more(wanted: Flags) -> More:
    return More(
        postings=wanted.includePostings,
        reminders=wanted.includePaymentReminders,
        history=wanted.includeCollectionHistory,
        refunds=wanted.includeRefunds,
    )


def _with_error(number: str, data: Data | None, why: str) -> Data:
    if data is None:
        return {"number": number, "error": why or "This order was not taken."}
    return {**data, "error": why} if why else data
