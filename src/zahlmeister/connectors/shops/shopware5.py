"""Shopware 5 by its REST API, signed in as an administrator with an API key.

An order has a status of its own and one of its payment, both by number, both set at will. Lists are read by the growing
id; everything else about an order is asked for one by one, because lists do not tell it.

Source: the REST API of Shopware 5 (developers.shopware.com/developers-guide/rest-api) and its source, 5.3 to 5.7.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from zahlmeister.connectors import web
from zahlmeister.connectors.shops import facets, told
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
    Verdict,
)
from zahlmeister.connectors.shops.told import at, text
from zahlmeister.refusals import Unreachable

PAGE = 200
_PAYMENT = {
    9: "Partially invoiced",
    10: "Completely invoiced",
    11: "Partially paid",
    12: "Completely paid",
    13: "1st reminder",
    14: "2nd reminder",
    15: "3rd reminder",
    16: "Encashment",
    17: "Open",
    18: "Reserved",
    19: "Delayed",
    20: "Re-crediting",
    21: "Review necessary",
    30: "No credit approved",
    31: "Credit preliminarily accepted",
    32: "Credit accepted",
    33: "Payment ordered",
    34: "Time extension registered",
    35: "Process cancelled",
}
_ORDER = {
    0: "Open",
    1: "In process",
    2: "Completed",
    3: "Partially completed",
    4: "Cancelled or rejected",
    5: "Ready for delivery",
    6: "Partially delivered",
    7: "Completely delivered",
    8: "Clarification required",
}
_FIELDS = {"payment": "cleared", "order": "status"}
_WRITTEN = {"payment": "paymentStatusId", "order": "orderStatusId"}
_CANCELLED = "4"
#: The type of document that is an invoice in every shop.
_INVOICE = "1"
Filter = tuple[str, str, str | Sequence[str]]


@contextmanager
def open_shopware5(settings: Mapping[str, Any], secret: Mapping[str, str]) -> Iterator["Shopware5"]:
    """A shop, by `address` and `user` in the settings and `api_key` in the secret."""
    with web.site(settings["address"], auth=(settings["user"], secret["api_key"])) as site:
        yield Shopware5(site)


class Shopware5:
    """An open Shopware 5."""

    def __init__(self, site: web.Site) -> None:
        self._site = site

    # --- what it says of itself

    def about(self) -> About:
        version = told.needed(self._get("version"), "data", "version")
        shops = told.needed_rows(self._get("shops"), "data")
        self._list([], size=1)
        return About(
            system="Shopware 5",
            version=version,
            encryption="HTTPS",
            subshops=tuple(Choice(told.needed(one, "id"), text(one, "name")) for one in shops),
        )

    def methods(self) -> Sequence[Choice]:
        ways = told.needed_rows(self._get("paymentMethods"), "data")
        return [Choice(told.needed(way, "name"), text(way, "description")) for way in ways]

    def statuses(self) -> Sequence[Choice]:
        return [
            *(Choice(f"payment:{code}", f"Payment: {name}") for code, name in _PAYMENT.items()),
            *(Choice(f"order:{code}", f"Order: {name}") for code, name in _ORDER.items()),
        ]

    # --- orders

    def open_keys(self, wanted: Reading) -> Sequence[str]:
        ids: dict[str, list[str]] = {}
        for way in told.needed_rows(self._get("paymentMethods"), "data"):
            ids.setdefault(told.needed(way, "name"), []).append(told.needed(way, "id"))
        keys: dict[str, None] = {}
        for methods, statuses in wanted.kinds.values():
            payments = [id_ for method in methods for id_ in ids.get(method, ())]
            if payments and statuses:
                asked = [(_FIELDS[facet], "", sorted(codes)) for facet, codes in facets.by_facet(statuses).items()]
                found = self._all([("paymentId", "", payments), *asked, *_limits(wanted)])
                keys.update((told.needed(order, "id"), None) for order in found)
        return list(keys)

    def orders(self, keys: Sequence[str]) -> Iterator[ShopOrder]:
        yield from (_order(order) for order in map(self._one, keys) if order)

    def changed(self, wanted: Reading, since: datetime) -> Sequence[str]:
        """Shopware 5 keeps the moment of a change in its own time, which it does not tell: a day more is asked for."""
        moment = since.astimezone(UTC).date().isoformat()
        return [told.needed(order, "id") for order in self._all([("changed", ">=", moment), *_limits(wanted)])]

    def find(self, number: str) -> ShopOrder | None:
        found = self._list([("number", "=", number)], size=1)
        return next(self.orders([told.needed(found[0], "id")]), None) if found else None

    # --- telling

    def tell(self, tellings: Sequence[Telling]) -> Sequence[Answer]:
        return told.each(self._tell, tellings)

    def _tell(self, telling: Telling) -> Answer:
        order = self._one(telling.key)
        if order is None:
            return Answer(Heard.UNKNOWN)
        now, wanted = _states(order), facets.by_facet([telling.status or "payment:12"])
        if all(now[facet] in codes for facet, codes in wanted.items()):
            return Answer(Heard.ALREADY)
        why = _changed_by_hand(telling, now)
        if why:
            return Answer(Heard.LEFT, why)
        said: dict[str, Any] = {_WRITTEN[facet]: int(min(codes)) for facet, codes in wanted.items()}
        if telling.verdict is Verdict.PAID:
            if now["order"] == _CANCELLED:
                said = {"orderStatusId": 0, **said}  # late money: the order lives again
            said["clearedDate"] = (telling.paid_on or datetime.now(UTC).date()).isoformat()
        question = web.Question("PUT", f"/api/orders/{telling.key}", json={**said, "transactionId": telling.callback})
        reply = self._site.ask(question, accepted={*web.SUCCESS, 400, 404})
        if at(reply.json(), "success") is not True:
            return Answer(Heard.REFUSED, text(reply.json(), "message"))
        return Answer(Heard.WRITTEN)

    def _one(self, key: str) -> Any:
        if not key.isdecimal():
            return None
        reply = self._site.ask(web.Question("GET", f"/api/orders/{key}"), accepted={*web.SUCCESS, 404})
        data = reply.json()
        if reply.status == 404 and "not found" in text(data, "message"):
            return None
        if not isinstance(at(data, "data"), dict):
            raise Unreachable(f"{self._site.host} has no orders at this address.", permanent=True)
        return data["data"]

    # --- money that goes back

    def credits(self) -> Sequence[Credit]:
        """None: credit notes are documents of an order, and no list of documents can be asked for."""
        return ()

    def answer_credit(self, key: str, status: str, callback: str) -> Answer:
        del key, status, callback
        return Answer(Heard.UNKNOWN)

    def invoice(self, order_key: str, invoice_number: str) -> bytes | None:
        """Shopware 5 gives documents to people only."""
        del order_key, invoice_number
        return None

    # --- speaking

    def _all(self, filters: Sequence[Filter]) -> Iterator[Any]:
        last = "0"
        while True:
            page = self._list([*filters, ("id", ">", last)], size=PAGE)
            yield from page
            if len(page) < PAGE:
                return
            last = told.needed(page[-1], "id")

    def _list(self, filters: Sequence[Filter], *, size: int) -> list[Any]:
        query = [("limit", str(size)), ("sort[0][property]", "id"), ("sort[0][direction]", "ASC")]
        for place, (field, expression, value) in enumerate(filters):
            start = f"filter[{place}]"
            query.append((f"{start}[property]", field))
            if expression:
                query.append((f"{start}[expression]", expression))
            if isinstance(value, str):
                query.append((f"{start}[value]", value))
            else:
                query += [(f"{start}[value][{number}]", one) for number, one in enumerate(value)]
        return told.needed_rows(self._get("orders", query), "data")

    def _get(self, path: str, query: web.Query | None = None) -> Any:
        return self._site.get(f"/api/{path}", query).json()


def _limits(wanted: Reading) -> list[Filter]:
    found: list[Filter] = [("shopId", "", wanted.subshops)] if wanted.subshops else []
    return [*found, ("orderTime", ">=", wanted.since.isoformat())] if wanted.since else found


def _states(order: Any) -> dict[str, str]:
    return {"payment": told.needed(order, "paymentStatusId"), "order": told.needed(order, "orderStatusId")}


def _changed_by_hand(telling: Telling, now: Mapping[str, str]) -> str:
    """Why an order is left alone. Its own status goes its way while goods are packed and sent."""
    seen = facets.by_facet([telling.seen_status])
    if telling.verdict is Verdict.PAID and now["order"] == _CANCELLED and _CANCELLED not in seen.get("order", ()):
        return "The order was cancelled in the shop."
    if "payment" in seen and now["payment"] not in seen["payment"]:
        name = _PAYMENT.get(int(now["payment"]), now["payment"])
        return f"The payment was set to “{name}” in the shop."
    return ""


def _order(order: Any) -> ShopOrder:
    currency = told.currency(order, "currency")
    money = partial(told.money, order, currency=currency)
    states = _states(order)
    invoices = [one for one in told.rows(order, "documents") if text(one, "typeId") == _INVOICE]
    return ShopOrder(
        key=told.needed(order, "id"),
        number=told.needed(order, "number"),
        amount=money("invoiceAmount"),
        ordered_on=told.day(text(order, "orderTime")),
        status=facets.joined(states),
        status_name=_PAYMENT.get(int(states["payment"]), states["payment"]),
        payment_method=text(order, "payment", "name"),
        payment_method_name=text(order, "payment", "description"),
        subshop=text(order, "shopId"),
        language=text(order, "languageSubShop", "locale", "locale").replace("_", "-"),
        email=text(order, "customer", "email"),
        customer_group=text(order, "customer", "groupKey"),
        customer_number=text(order, "billing", "number") or text(order, "customer", "number"),
        billing=_address(at(order, "billing")),
        delivery=_address(at(order, "shipping")),
        invoice_numbers=tuple(filter(None, (text(one, "documentId") for one in invoices))),
        invoiced_on=max(filter(None, map(_dated, invoices)), default=None),
        tracking_numbers=tuple(text(order, "trackingCode").replace(",", " ").replace(";", " ").split()),
        items=tuple(filter(None, (text(item, "articleNumber") for item in told.rows(order, "details")))),
        shipping=money("invoiceShipping") if text(order, "invoiceShipping") else None,
        changed_at=told.instant(text(order, "changed")),
    )


def _dated(document: Any) -> date | None:
    return told.day(text(document, "date"))


def _address(address: Any) -> Address:
    return Address(
        first_name=text(address, "firstName"),
        last_name=text(address, "lastName"),
        company=text(address, "company"),
        street=text(address, "street"),
        postcode=text(address, "zipCode"),
        city=text(address, "city"),
        country=text(address, "country", "iso"),
        phone=text(address, "phone"),
    )
