"""The list of orders with what is open on them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from zahlmeister.banking.queries import currencies
from zahlmeister.formats.journals.workbook import Cell
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.rights import Area
from zahlmeister.money.amount import Amount
from zahlmeister.office import typed
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.export import list_file
from zahlmeister.office.listing import Address, Chip, amounts_chip, choice_chip, currency_chips, days_chip, pages
from zahlmeister.office.many_acts import buttons
from zahlmeister.orders.imports import made_by, order_imports
from zahlmeister.orders.models import OrderImport, PaymentKind
from zahlmeister.orders.queries import shops
from zahlmeister.receivables import queries
from zahlmeister.receivables.announce import untrue_in_shop
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.queries import OWED, Found, ItemsWanted
from zahlmeister.receivables.states import ItemState
from zahlmeister.refunds.queries import gone_back_of, only_gone_back
from zahlmeister.refunds.rules import GoneBack

#: More was paid than was owed; the order is paid, and its customer has money to get back.
OVERPAID = "overpaid"
#: Their shop was told something that is not so any more.
UNTRUE = "untrue"
#: What a list shows although it is no state of an order: by which word, and what to call it.
_OTHER = {
    OVERPAID: lambda: _("overpaid"),
    GoneBack.PART: lambda: _("refunded in part"),
    GoneBack.ALL: lambda: _("refunded"),
}


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as a list shows it."""

    id: int
    item_id: int
    number: str
    debtor: str
    kind: str
    opened_on: date
    due_on: date | None
    state: str
    total_minor: int
    open_minor: int
    currency: str
    is_overdue: bool

    @property
    def state_label(self) -> str:
        return _OTHER[self.state]() if self.state in _OTHER else str(ItemState(self.state).label)

    @property
    def kind_label(self) -> str:
        return str(PaymentKind(self.kind).label)


@signed_in
def orders(request: OfficeRequest) -> HttpResponseBase:
    """Orders as somebody asked for them, newest first."""
    address = Address(request, file_at="export")
    asked = _wanted(request.merchant, address)
    found = _items(request.merchant.pk, address, asked)
    page = pages(found.rows, address, asked.counted_to, found.counted)
    return render(
        request,
        "office/orders.html",
        {
            "address": address,
            "chips": _chips(request.merchant, address),
            "page": page,
            "rows": order_rows(request.merchant.pk, page.ids),
            "many": buttons("orders") if request.rights.writes(Area.REMINDERS) else [],
        },
    )


@signed_in
def orders_export(request: OfficeRequest) -> HttpResponseBase:
    """The orders of the list as a file."""
    address = Address(request)
    address.file = address.file or "csv"
    rows = _items(request.merchant.pk, address, _wanted(request.merchant, address)).rows
    head = [
        _("Order number"), _("Ordered on"), _("Due on"), _("Customer"), _("E-mail address"), _("Payment kind"),
        _("Currency"), _("Amount"), _("Open"), _("Too much"), _("State"), _("Settled on"),
    ]  # fmt: skip
    return list_file(address, _("orders"), head, _cells(rows)) or redirect("office:orders")


def _items(merchant_id: int, address: Address, asked: ItemsWanted) -> Found[OpenItem]:
    """The items somebody asked for; whether money of one has gone back is known to refunds only."""
    found = queries.items(merchant_id, asked)
    if (brought := _brought_by(merchant_id, address)) is not None:
        found = found.that(lambda rows: rows.filter(made_by(brought, "order__")))
    if address.get("state") == UNTRUE:
        untrue = untrue_in_shop(merchant_id).order_by().values("pk")
        return found.that(lambda rows: rows.filter(order__in=untrue))
    return found.that(only_gone_back) if address.get("state") == GoneBack.ALL else found


def _brought_by(merchant_id: int, address: Address) -> OrderImport | None:
    """The import whose new orders are asked for."""
    number = address.number("import")
    return order_imports(merchant_id).filter(pk=number).first() if number is not None else None


def order_rows(merchant_id: int, ids: list[int]) -> list[OrderRow]:
    """These items in this order."""
    today = timezone.localdate()
    columns = queries.items_with_orders(merchant_id, ids).values_list(
        "id", "order_id", "order__number", "order__company", "order__name", "order__email",
        "order__payment_kind", "opened_on", "due_on", "state", "total_minor", "open_minor", "currency", "surplus_minor",
    )  # fmt: skip
    found: dict[int, OrderRow] = {}
    for (
        item_id,
        order_id,
        number,
        company,
        name,
        email,
        kind,
        opened,
        due,
        state,
        total,
        left,
        currency,
        surplus,
    ) in columns:
        is_overdue = state in OWED and due is not None and due < today
        debtor = company or name or email
        found[item_id] = OrderRow(
            order_id,
            item_id,
            number,
            debtor,
            kind,
            opened,
            due,
            _shown(state, surplus),
            total,
            left,
            currency,
            is_overdue=is_overdue,
        )
    went = gone_back_of(
        merchant_id, {item: row.total_minor for item, row in found.items() if row.state == ItemState.PAID}
    )
    for item, how in went.items():
        found[item] = replace(found[item], state=how)
    return [found[number] for number in ids if number in found]


def _shown(state: str, surplus_minor: int) -> str:
    """The state as a list shows it."""
    return OVERPAID if surplus_minor else state


def _wanted(merchant: Merchant, address: Address) -> ItemsWanted:
    first_day, last_day = address.days()
    least, most = address.amounts(merchant.currency)
    state, kind = address.get("state"), address.get("kind")
    return ItemsWanted(
        states=OWED if state == "owed" else (state,) if state in ItemState.values else (),
        is_overpaid=state == OVERPAID,
        is_overdue_on=timezone.localdate() if state == "overdue" else None,
        first_day=first_day,
        last_day=last_day,
        least_minor=least,
        most_minor=most,
        kind=kind if kind in PaymentKind.values else "",
        shop_id=address.number("shop"),
        currency=address.currency(),
        sought=typed.sought(address.get("q"), merchant.currency),
    )


def _chips(merchant: Merchant, address: Address) -> list[Chip]:
    states = [
        (OVERPAID, _("that are overpaid")),
        ("owed", _("with something open")),
        ("overdue", _("that are overdue")),
        (ItemState.OPEN, _("that are not paid")),
        (ItemState.PART_PAID, _("that are partly paid")),
        (ItemState.PAID, _("that are paid")),
        (GoneBack.ALL, _("that were refunded, also in part")),
        (ItemState.CANCELLED, _("that are cancelled")),
        (UNTRUE, _("of which the shop was told something else")),
    ]
    kinds = [
        (PaymentKind.PREPAYMENT, _("by prepayment")),
        (PaymentKind.INVOICE, _("by invoice")),
        (PaymentKind.COD, _("by cash on delivery")),
        (PaymentKind.OTHER, _("paid otherwise")),
    ]
    chips = [
        choice_chip(address, "state", _("in any state"), states),
        choice_chip(address, "kind", _("of any payment kind"), kinds),
        days_chip(address, timezone.localdate()),
        amounts_chip(address, merchant.currency),
    ]
    chips += currency_chips(address, currencies(merchant))
    own = [(str(shop.pk), _("from %(shop)s") % {"shop": shop}) for shop in shops(merchant.pk)]
    if brought := _brought_by(merchant.pk, address):
        chips.append(
            choice_chip(
                address,
                "import",
                _("however they came"),
                [(str(brought.pk), _("from “%(name)s”") % {"name": brought.name})],
            )
        )
    if len(own) > 1 or address.get("shop"):
        chips.append(choice_chip(address, "shop", _("from any shop"), own))
    return chips


def _cells(rows: QuerySet[OpenItem]) -> Iterator[list[Cell]]:
    states = {state.value: str(state.label) for state in ItemState}
    kinds = {kind.value: str(kind.label) for kind in PaymentKind}
    columns = rows.values_list(
        "order__number", "opened_on", "due_on", "order__company", "order__name", "order__email",
        "order__payment_kind", "currency", "total_minor", "open_minor", "surplus_minor", "state", "settled_on",
    )  # fmt: skip
    for row in columns.iterator(chunk_size=2000):
        number, opened, due, company, name, email, kind, currency, total, left, surplus, state, settled = row
        yield [
            number, opened, due, company or name, email, kinds[kind], currency,
            Amount(total, currency), Amount(left, currency), Amount(surplus, currency), states[state], settled,
        ]  # fmt: skip
