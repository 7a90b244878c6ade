"""One field that searches everything and understands what was typed."""

from urllib.parse import urlencode

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from zahlmeister.merchants.models import Merchant
from zahlmeister.office import looked_for, typed
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.orders import order_rows
from zahlmeister.office.payments import payment_rows
from zahlmeister.orders.queries import customers_like
from zahlmeister.receivables import queries
from zahlmeister.receivables.queries import ItemsWanted, PaymentsWanted

SHOWN = 8


@signed_in
def search(request: OfficeRequest) -> HttpResponseBase:
    """Orders, payments and customers like what was typed, in this order."""
    merchant = request.merchant
    text = " ".join(looked_for.as_typed(request.GET.get("q", ""), merchant).split())
    sought = typed.sought(text, merchant.currency)
    if sought.is_empty:
        return render(request, "office/search.html", {"asked": ""})
    items = queries.items(merchant.pk, ItemsWanted(sought=sought)).rows
    paid = queries.payments(merchant.pk, PaymentsWanted(sought=sought)).rows
    item_ids = list(items.values_list("pk", flat=True)[: SHOWN + 1])
    payment_ids = list(paid.values_list("pk", flat=True)[: SHOWN + 1])
    customers = customers_like(merchant.pk, sought, SHOWN)
    orders = order_rows(merchant.pk, item_ids[:SHOWN])
    if len(orders) == 1 and not payment_ids and not customers:
        return redirect("office:order", orders[0].id)
    return render(
        request,
        "office/search.html",
        {
            "asked": text,
            "sought": sought,
            "is_part_of_iban": typed.is_part_of_iban(text),
            "orders": orders,
            "all_orders": _all("orders", text, merchant) if len(item_ids) > SHOWN else "",
            "payments": payment_rows(merchant.pk, payment_ids[:SHOWN]),
            "all_payments": _all("payments", text, merchant) if len(payment_ids) > SHOWN else "",
            "customers": [
                (customer, _all("orders", customer.email or str(customer), merchant)) for customer in customers
            ],
        },
    )


@signed_in
def look_for(request: OfficeRequest) -> HttpResponseBase:
    """Where every search field leads; see `looked_for.led_to`."""
    if request.method != "POST":  # somebody had to sign in on the way, and what was typed is gone
        return redirect("office:today")
    return looked_for.led_to(request.POST, request.merchant)


def _all(name: str, text: str, merchant: Merchant) -> str:
    return f"{reverse(f'office:{name}')}?{urlencode({'q': looked_for.in_address(text, merchant)})}"
