"""A Billbee played by ourselves: two keys, pages with their length, two questions in a second where wanted."""

import re
import time
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from zahlmeister.connectors.shops.contract import Reading, Verdict
from zahlmeister.sandbox.shops.placed import Placed, ShopStandIn
from zahlmeister.sandbox.shops.served import Asked, Said, said

USER, PASSWORD, KEY = "wolle@example.org", "garn", "nadel"
STATES = {*map(str, range(1, 17))}


class BillbeeStandIn(ShopStandIn):
    """One account. With `is_strict` a third question within a second is refused; `uninvoiced` have no invoice yet."""

    system = "billbee"
    methods = ("1", "59")
    opened = {"status": "2"}
    by_hand = {"status": "5"}
    wanted = Reading(kinds={"prepayment": (("1", "59"), ("1", "2"))})
    statuses = {Verdict.PAID: "3", Verdict.CANCELLED: "8"}

    def __init__(self) -> None:
        self.is_strict = False
        self.uninvoiced: set[str] = set()
        self.asked_at: list[float] = []
        super().__init__()

    @property
    def has_credits(self) -> bool:
        return False

    def access(self, address: str) -> tuple[dict[str, Any], dict[str, str]]:
        """What the merchant types in."""
        return {"address": address, "user": USER}, {"password": PASSWORD, "api_key": KEY}

    def outcome(self, number: str) -> Verdict | None:
        return {"3": Verdict.PAID, "8": Verdict.CANCELLED}.get(self.order(number).states["status"])

    def answer(self, asked: Asked) -> Said:
        who = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if (asked.headers.get("authorization"), asked.headers.get("x-billbee-api-key")) != (who, KEY):
            return said({"Message": "Authorization has been denied for this request."}, 401)
        if self._is_too_quick():
            return said({"ErrorMessage": "Too many requests", "ErrorCode": 4}, 429)
        path = asked.path.removeprefix("/api/v1")
        if path == "/orders":
            return self._list(asked.query)
        one = re.fullmatch(r"/orders/(?:(\d+)|findbyextref/([^/]+))", path)
        if one:
            return self._one(one[1], unquote(one[2] or ""))
        state = re.fullmatch(r"/orders/(\d+)/orderstate", path)
        return self._change(state[1], asked) if state else Said(404)

    def _is_too_quick(self) -> bool:
        now = time.monotonic()
        self.asked_at = [one for one in self.asked_at if now - one < 1] + [now]
        return self.is_strict and len(self.asked_at) > 2

    def _list(self, query: Mapping[str, str]) -> Said:
        states = {value for name, value in query.items() if name.startswith("orderStateId")}
        found = [
            order
            for order in self.orders
            if (not states or order.states["status"] in states)
            and _when(order.changed_at) >= query.get("modifiedAtMin", "")[:19]
        ]
        size, number = int(query["pageSize"]), int(query["page"])
        if size > 250:
            return said({"ErrorMessage": "pageSize must be between 1 and 250", "ErrorCode": 2}, 400)
        paging = {"Page": number, "TotalPages": -(-len(found) // size), "TotalRows": len(found), "PageSize": size}
        page = [self._shown(order) for order in found[(number - 1) * size : number * size]]
        return said({"Paging": paging, "ErrorMessage": None, "ErrorCode": 0, "Data": page})

    def _one(self, key: str | None, number: str) -> Said:
        order = next((one for one in self.orders if one.key == key or one.number == number), None)
        if order is None:
            return said({"ErrorMessage": "The order was not found", "ErrorCode": 3, "Data": None}, 404)
        return said({"ErrorMessage": None, "ErrorCode": 0, "Data": self._shown(order)})

    def _change(self, key: str, asked: Asked) -> Said:
        order, state = self.by_key(key), str(asked.json()["NewStateId"])
        assert order
        if state not in STATES:
            return said({"ErrorMessage": f"State {state} does not exist", "ErrorCode": 2}, 400)
        order.states["status"] = state
        order.effects += 1
        self.touch(order)
        return Said(200)

    def _shown(self, order: Placed) -> dict[str, Any]:
        total = Decimal(order.amount.text())
        address = {
            "FirstName": order.first_name, "LastName": order.last_name, "Company": None, "Street": "Wollweg",
            "HouseNumber": "1", "Zip": "50667", "City": "Köln", "CountryISO2": "DE", "Email": order.email,
        }  # fmt: skip
        return {
            "BillBeeOrderId": int(order.key),
            "Id": f"ebay-{order.key}",
            "OrderNumber": order.number,
            "State": int(order.states["status"]),
            "PaymentMethod": int(order.method),
            "CreatedAt": _when(order.ordered_at),
            "LastModifiedAt": _when(order.changed_at),
            "InvoiceNumberPrefix": "RN-",
            "InvoiceNumber": None if order.number in self.uninvoiced else 80 + order.place,
            "InvoiceNumberPostfix": None,
            "InvoiceDate": _when(order.ordered_at),
            "InvoiceAddress": address,
            "ShippingAddress": address,
            "ShippingCost": 0,
            "TotalCost": total,
            "PaidAmount": 0,
            "OrderItems": [{"TotalPrice": total, "Product": {"SKU": "WOLLE-1"}}],
            "Currency": order.amount.currency,
            "Seller": {"BillbeeShopId": 77},
            "ShippingIds": [{"ShippingId": "0034"}],
            "LanguageCode": "de",
        }


def _when(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S")
