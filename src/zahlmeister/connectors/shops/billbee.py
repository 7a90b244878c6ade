"""Billbee, which gathers the orders of many shops and marketplaces and writes their invoices.

Only orders with an invoice number are read. Billbee takes two questions in a second, so we keep that pace; its lists
tell orders in full, which is why an order that was just listed is not asked for again.

Source: Billbee's own client libraries for its API v1 (billbee-php-sdk 2023, billbee-csharp-sdk 2026).
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import quote

from zahlmeister.connectors import web
from zahlmeister.connectors.shops import told
from zahlmeister.connectors.shops.contract import (
    About,
    Address,
    Answer,
    Choice,
    Credit,
    Heard,
    Reading,
    ShopOrder,
    Telling,
)
from zahlmeister.connectors.shops.told import at, text
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreachable

API = "/api/v1"
PAGE = 250
#: Seconds between two questions: Billbee takes two in a second, and the way there is not always equally long.
PAUSE = 0.6
_METHODS = {
    1: "Bank transfer",
    2: "Cash on delivery",
    3: "PayPal",
    4: "Cash",
    6: "Voucher",
    19: "Sofort",
    21: "Cheque",
    22: "Other",
    23: "Direct debit",
    25: "Klarna invoice",
    26: "Invoice",
    31: "Credit card",
    37: "Giropay",
    51: "Novalnet invoice",
    54: "Invoice by PayPal",
    59: "Prepayment",
    61: "Amazon Marketplace",
    63: "Stripe",
    65: "PostFinance",
    79: "PayPal Express",
    87: "Novalnet prepayment",
    97: "Etsy Payments",
    98: "Klarna",
    101: "Santander invoice",
    104: "eBay",
    106: "Mollie invoice",
    119: "Otto Payments",
    123: "CrefoPay prepayment",
    132: "Ratepay invoice",
    136: "Kaufland",
    137: "Mollie bank transfer",
}
_STATES = {
    1: "Ordered",
    2: "Confirmed",
    3: "Paid",
    4: "Shipped",
    5: "Reclamation",
    6: "Deleted",
    7: "Closed",
    8: "Cancelled",
    9: "Archived",
    10: "Rated",
    11: "1st reminder",
    12: "2nd reminder",
    13: "Packed",
    14: "Offered",
    15: "Payment reminder",
    16: "In fulfilment",
}


@contextmanager
def open_billbee(settings: Mapping[str, Any], secret: Mapping[str, str]) -> Iterator["Billbee"]:
    """An account, by `address` and `user` in the settings, `password` of the API and `api_key` in the secret."""
    who = (settings["user"], secret["password"])
    with web.site(settings["address"], auth=who, headers={"X-Billbee-Api-Key": secret["api_key"]}) as site:
        yield Billbee(site)


class Billbee:
    """An open Billbee account."""

    def __init__(self, site: web.Site, sleep: Callable[[float], None] = time.sleep) -> None:
        self._site = site
        self._sleep = sleep
        self._asked_at = 0.0
        self._listed: dict[str, Any] = {}

    # --- what it says of itself

    def about(self) -> About:
        self._page({"pageSize": 1, "page": 1})
        return About("Billbee", "1", encryption="HTTPS")

    def methods(self) -> Sequence[Choice]:
        return [Choice(str(code), name) for code, name in _METHODS.items()]

    def statuses(self) -> Sequence[Choice]:
        return [Choice(str(code), name) for code, name in _STATES.items()]

    # --- orders

    def open_keys(self, wanted: Reading) -> Sequence[str]:
        kinds = [(set(methods), set(statuses)) for methods, statuses in wanted.kinds.values() if methods and statuses]
        query: dict[str, str | int] = {
            f"orderStateId[{place}]": state
            for place, state in enumerate(sorted(set().union(*(states for _, states in kinds))))
        }
        query |= {f"shopId[{place}]": shop for place, shop in enumerate(wanted.subshops)}
        if wanted.since:
            query["minOrderDate"] = wanted.since.isoformat()
        self._listed = self._all(query) if kinds else {}
        return [
            key
            for key, order in self._listed.items()
            if _invoice_number(order)
            and any(
                text(order, "PaymentMethod") in methods and text(order, "State") in states for methods, states in kinds
            )
        ]

    def orders(self, keys: Sequence[str]) -> Iterator[ShopOrder]:
        for key in keys:
            order = self._listed.pop(key, None) or self._one(key)
            if order and _invoice_number(order):
                yield _order(order)

    def changed(self, wanted: Reading, since: datetime) -> Sequence[str]:
        del wanted
        orders = self._all({"modifiedAtMin": told.utc(since) + "Z"})
        return [key for key, order in orders.items() if _invoice_number(order)]

    def find(self, number: str) -> ShopOrder | None:
        question = web.Question("GET", f"{API}/orders/findbyextref/{quote(number, safe='')}")
        order = self._found(question)
        return _order(order) if order and text(order, "OrderNumber") == number else None

    # --- telling

    def tell(self, tellings: Sequence[Telling]) -> Sequence[Answer]:
        return told.each(self._tell, tellings)

    def _tell(self, telling: Telling) -> Answer:
        order = self._one(telling.key)
        if order is None:
            return Answer(Heard.UNKNOWN)
        target = telling.status or "3"
        known = told.known_already(telling, told.needed(order, "State"), target)
        if known:
            return known
        path = f"{API}/orders/{telling.key}/orderstate"
        reply = self._ask(web.Question("PUT", path, json={"NewStateId": int(target)}), {*web.SUCCESS, 400})
        if reply.status == 400:
            return Answer(Heard.REFUSED, text(reply.json(), "ErrorMessage"))
        return Answer(Heard.WRITTEN)

    def _one(self, key: str) -> Any:
        return self._found(web.Question("GET", f"{API}/orders/{key}")) if key.isdecimal() else None

    def _found(self, question: web.Question) -> Any:
        reply = self._ask(question, {*web.SUCCESS, 404})
        data = reply.json()
        if reply.status == 404:
            told.needed(data, "ErrorCode")  # a page that is not there says something else
            return None
        if not isinstance(at(data, "Data"), dict):
            raise Unreachable("Billbee answers without an order where one is always told.")
        return data["Data"]

    # --- what Billbee does not tell

    def credits(self) -> Sequence[Credit]:
        """None: Billbee does not tell which of its credit notes are to be paid."""
        return ()

    def answer_credit(self, key: str, status: str, callback: str) -> Answer:
        del key, status, callback
        return Answer(Heard.UNKNOWN)

    def invoice(self, order_key: str, invoice_number: str) -> bytes | None:
        """Asking for the PDF would write an invoice where none is yet; it is left to Billbee."""
        del order_key, invoice_number
        return None

    # --- speaking

    def _all(self, query: Mapping[str, str | int]) -> dict[str, Any]:
        def page(number: int) -> told.Page:
            data = self._page({**query, "pageSize": PAGE, "page": number})
            pages, total = (int(told.needed(data, "Paging", name)) for name in ("TotalPages", "TotalRows"))
            return told.Page(told.needed_rows(data, "Data"), pages, total)

        return told.numbered_list(page, lambda order: told.needed(order, "BillBeeOrderId"))

    def _page(self, query: Mapping[str, str | int]) -> Any:
        return self._ask(web.Question("GET", f"{API}/orders", query), web.SUCCESS).json()

    def _ask(self, question: web.Question, accepted: Any) -> web.Reply:
        wait = self._asked_at + PAUSE - time.monotonic()
        if wait > 0:
            self._sleep(wait)
        self._asked_at = time.monotonic()
        return self._site.ask(question, accepted=accepted)


def _invoice_number(order: Any) -> str:
    number = text(order, "InvoiceNumber")
    return f"{text(order, 'InvoiceNumberPrefix')}{number}{text(order, 'InvoiceNumberPostfix')}" if number else ""


def _total(order: Any, currency: str) -> Amount:
    """What is to be paid. Billbee says its total is without shipping; where the positions show otherwise it is with."""
    total = told.money(order, "TotalCost", currency=currency)
    shipping = told.amount(text(order, "ShippingCost") or "0", currency)
    items = Amount.zero(currency)
    for item in told.rows(order, "OrderItems"):
        items += told.amount(text(item, "TotalPrice") or "0", currency)
    return total + shipping if shipping and total == items else total


def _order(order: Any) -> ShopOrder:
    currency = told.currency(order, "Currency")
    billing = _address(at(order, "InvoiceAddress"))
    return ShopOrder(
        key=told.needed(order, "BillBeeOrderId"),
        number=text(order, "OrderNumber") or told.needed(order, "BillBeeOrderId"),
        amount=_total(order, currency),
        ordered_on=told.day(text(order, "CreatedAt")),
        status=told.needed(order, "State"),
        status_name=_STATES.get(int(told.needed(order, "State")), ""),
        payment_method=text(order, "PaymentMethod"),
        payment_method_name=_METHODS.get(int(text(order, "PaymentMethod") or 0), ""),
        subshop=text(order, "Seller", "BillbeeShopId"),
        language=text(order, "LanguageCode"),
        email=text(order, "InvoiceAddress", "Email") or text(order, "Buyer", "Email"),
        customer_number=text(order, "CustomerNumber") or text(order, "Customer", "Number"),
        billing=billing,
        delivery=_address(at(order, "ShippingAddress")),
        invoice_numbers=tuple(filter(None, (_invoice_number(order),))),
        invoiced_on=told.day(text(order, "InvoiceDate")),
        tracking_numbers=tuple(filter(None, (text(one, "ShippingId") for one in told.rows(order, "ShippingIds")))),
        items=tuple(filter(None, (text(item, "Product", "SKU") for item in told.rows(order, "OrderItems")))),
        marketplace_number=text(order, "Id"),
        paid=told.amount(text(order, "PaidAmount") or "0", currency),
        shipping=told.amount(text(order, "ShippingCost") or "0", currency),
        changed_at=told.instant(text(order, "LastModifiedAt")[:19]),
        reference=text(order, "PaymentReference"),
    )


def _address(address: Any) -> Address:
    street = f"{text(address, 'Street')} {text(address, 'HouseNumber')}".strip()
    return Address(
        first_name=text(address, "FirstName"),
        last_name=text(address, "LastName"),
        company=text(address, "Company"),
        street=street,
        postcode=text(address, "Zip"),
        city=text(address, "City"),
        country=text(address, "CountryISO2") or text(address, "Country"),
        phone=text(address, "Phone"),
    )
