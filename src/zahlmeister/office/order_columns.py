"""What the columns of a shop's order files mean: guessed, told by a person, shown before it counts, remembered."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from zahlmeister.connectors.shops.files import Glimpse, meant_by
from zahlmeister.connectors.shops.systems import SYSTEMS
from zahlmeister.flows.describe_orders import describe_orders, forget_columns, glimpse
from zahlmeister.formats.order_columns import COLUMNS, Meant, folded, kind_meant, likely_kind
from zahlmeister.formats.order_files import OrderTable
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.sentences import in_words
from zahlmeister.office.shops import found_shop
from zahlmeister.orders.models import PaymentKind, ShopConnection
from zahlmeister.refusals import Refusal, Refused

#: So many ways to pay are asked about; a file with more has no column of payment methods there.
MOST_METHODS = 20


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file as the page shows it."""

    place: int
    title: str
    says: Sequence[str]
    means: str


@dataclass(frozen=True, slots=True)
class Method:
    """What stands in the column of the payment method, and the payment kind it means."""

    place: int
    written: str
    kind: str


@signed_in
def columns(request: OfficeRequest, shop_id: int) -> HttpResponseBase:
    """Each column with what stands in it and what it means. A POST shows what would be read, or keeps it."""
    row = found_shop(request, shop_id)
    refusal, seen, meant = "", None, meant_by(row.settings)
    try:
        if not (row.system in SYSTEMS and SYSTEMS[row.system].has_columns):
            raise Refused(f"The orders of “{row}” do not come as files.")
        seen = glimpse(row, meant)
        if seen is not None and request.method == "POST":
            meant = _said(request, seen.table)
            if request.POST.get("do") == "keep":
                describe_orders(row, meant, by=request.user.email, at=timezone.now())
                told(request, _("The columns are remembered. A worker reads “%(name)s” within seconds.") % _name(row))
                return redirect("office:shop", shop_id)
            seen = glimpse(row, meant)
    except Refusal as stop:
        refusal = in_words(stop)
    return _page(request, row, seen, meant, refusal)


@signed_in
@require_POST
def forget(request: OfficeRequest, shop_id: int) -> HttpResponseBase:
    """Read its files by our own knowledge of headers again."""
    row = found_shop(request, shop_id)
    try:
        forget_columns(row, by=request.user.email, at=timezone.now())
    except Refusal as refusal:
        refused(request, refusal)
    else:
        told(request, _("What was told of the columns is forgotten."))
    return redirect("office:shop-columns", shop_id)


def _page(
    request: OfficeRequest, row: ShopConnection, seen: Glimpse | None, meant: Meant, refusal: str
) -> HttpResponseBase:
    table = seen.table if seen else None
    names = _names()
    means = table.likely(meant) if table else {}
    context = {
        "connection": row,
        "table": table,
        "columns": [
            Column(place, title or str(place + 1), table.column(place)[:3], means.get(place, ""))
            for place, title in enumerate(table.header)
        ]
        if table
        else [],
        "offered": [(name, names[name]) for name in COLUMNS],
        "methods": _methods(table, meant) if table else [],
        "kinds": PaymentKind.choices,
        "seen": seen,
        "orders": [(order, PaymentKind(order.kind).label) for order in seen.orders] if seen else [],
        "is_told": request.method == "POST" or bool(meant.columns) or bool(seen and seen.orders),
        "is_remembered": bool(row.settings.get("meant")),
        "refusal": refusal,
    }
    return render(
        request, "office/order_columns.html", context, status=422 if refusal and request.method == "POST" else 200
    )


def _methods(table: OrderTable, meant: Meant) -> list[Method]:
    """The ways to pay that stand in the file; one without a name where it has no column of them."""
    place = next((place for place, name in table.means(meant).items() if name == "payment_kind"), None)
    written = table.column(place)[:MOST_METHODS] if place is not None else [""]
    return [Method(number, text, _kind(text, meant)) for number, text in enumerate(written)]


def _kind(written: str, meant: Meant) -> str:
    """The payment kind of a method as it was told or is known, else as it seems to be."""
    known = kind_meant(written, meant.plain())
    is_told = folded(written) in meant.plain().kinds
    return likely_kind(written) if known == PaymentKind.OTHER and written and not is_told else known


def _said(request: OfficeRequest, table: OrderTable) -> Meant:
    typed = {title: request.POST.get(f"column-{place}", "") for place, title in enumerate(table.header) if title}
    known = {name: value for name, value in typed.items() if folded(name) and value in {"", *COLUMNS}}
    return Meant(known, _kinds_said(request, table, Meant(known)))


def _kinds_said(request: OfficeRequest, table: OrderTable, meant: Meant) -> dict[str, str]:
    """The payment kinds that were chosen; of a column that was chosen only now, as they seem to be."""
    found = {}
    for one in _methods(table, meant):
        is_asked = request.POST.get(f"method-{one.place}") == one.written
        found[one.written] = request.POST.get(f"kind-{one.place}", one.kind) if is_asked else one.kind
    return {written: kind for written, kind in found.items() if kind in PaymentKind}


def _name(row: ShopConnection) -> dict[str, str]:
    return {"name": row.shop.name}


def _names() -> dict[str, str]:
    return {
        "number": pgettext("a column of orders", "Order number"),
        "amount": pgettext("a column of orders", "Amount to pay"),
        "currency": pgettext("a column of orders", "Currency"),
        "date": pgettext("a column of orders", "Day of the order"),
        "due_date": pgettext("a column of orders", "Due on"),
        "invoice_number": pgettext("a column of orders", "Invoice number"),
        "customer_number": pgettext("a column of orders", "Customer number"),
        "payment_kind": pgettext("a column of orders", "Payment method"),
        "name": pgettext("a column of orders", "Name of the buyer"),
        "first_name": pgettext("a column of orders", "First name"),
        "last_name": pgettext("a column of orders", "Last name"),
        "company": pgettext("a column of orders", "Company"),
        "email": pgettext("a column of orders", "E-mail address"),
        "street": pgettext("a column of orders", "Street and number"),
        "postcode": pgettext("a column of orders", "Postcode"),
        "city": pgettext("a column of orders", "Town"),
        "country": pgettext("a column of orders", "Country"),
        "shipping_cost": pgettext("a column of orders", "Shipping costs"),
        "iban": pgettext("a column of orders", "Account of the buyer"),
        "reference": pgettext("a column of orders", "Payment reference"),
        "tracking_number": pgettext("a column of orders", "Tracking numbers"),
        "dunning_level": pgettext("a column of orders", "Reminders sent before"),
        "language": pgettext("a column of orders", "Language of the buyer"),
        "customer_group": pgettext("a column of orders", "Customer group"),
        "cash_discount_percent": pgettext("a column of orders", "Cash discount in percent"),
        "cash_discount_amount": pgettext("a column of orders", "Cash discount, amount"),
        "cash_discount_days": pgettext("a column of orders", "Cash discount, days"),
        "cash_discount_until": pgettext("a column of orders", "Cash discount until"),
    }
