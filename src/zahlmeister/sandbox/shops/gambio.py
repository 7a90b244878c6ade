"""A Gambio played by ourselves: conditions for lists, short rows, a status that is written without being looked at."""

import re
import time
from base64 import b64encode
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from zahlmeister.connectors.shops.contract import Reading, Verdict
from zahlmeister.money.amount import Amount
from zahlmeister.sandbox.shops.placed import Placed, ShopStandIn
from zahlmeister.sandbox.shops.served import Asked, Said, said

USER, PASSWORD = "chef@example.org", "garn"
STATUSES = {"0": "Nicht bestätigt", "1": "Offen", "2": "In Bearbeitung", "3": "Versendet", "99": "Storniert"}
#: Columns by which orders may be searched for, and what stands in them.
_COLUMNS = {"orders_id", "orders_status", "date_purchased", "last_modified"}


class GambioStandIn(ShopStandIn):
    """One shop, whose orders have their id as number. `left` is how many questions it still takes."""

    system = "gambio"
    methods = ("moneyorder", "eustandardtransfer")
    opened = {"status": "1"}
    by_hand = {"status": "3"}
    wanted = Reading(kinds={"prepayment": (("moneyorder", "eustandardtransfer"), ("1",))})
    statuses = {Verdict.PAID: "2", Verdict.CANCELLED: "99"}

    def __init__(self) -> None:
        self.left = 5000
        self.history: dict[str, list[dict[str, Any]]] = {}
        super().__init__()

    @property
    def has_credits(self) -> bool:
        return False

    def access(self, address: str) -> tuple[dict[str, Any], dict[str, str]]:
        """What the merchant types in."""
        return {"address": address, "user": USER}, {"password": PASSWORD}

    def place(self, number: str, amount: Amount, *, method: int = 0, name: str = "Anna Arendt") -> None:
        super().place(number, amount, method=method, name=name)
        self.orders[-1].key = number

    def outcome(self, number: str) -> Verdict | None:
        return {"2": Verdict.PAID, "99": Verdict.CANCELLED}.get(self.order(number).states["status"])

    def answer(self, asked: Asked) -> Said:
        who = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if asked.headers.get("authorization") != who:
            return _wrong(401, "Invalid Credentials")
        if asked.method != "GET" and asked.headers.get("content-type") != "application/json":
            return _wrong(415, "Unsupported Media Type HTTP")
        if self.left <= 0:
            said_no = _wrong(429, "Request limit was reached.")
            return Said(429, said_no.content, {**said_no.headers, "X-Rate-Limit-Reset": str(int(time.time()) + 300)})
        self.left -= 1
        return self._answered(asked, asked.path.removeprefix("/api.php/v2"))

    def _answered(self, asked: Asked, path: str) -> Said:
        if path == "/orders/search" and asked.method == "POST":
            return self._search(asked)
        if path == "/order_statuses":
            names = [{"id": int(id_), "names": {"de": name}, "color": "f5ae49"} for id_, name in STATUSES.items()]
            return _whole(names)
        one = re.fullmatch(r"/orders/([^/]+)(/status)?", path)
        if one is None:
            return _wrong(404, "Resource not found.")
        if not one[1].isdecimal():
            return _wrong(400, "Order record ID was not provided or is invalid: string")
        order = self.by_key(one[1])
        if order is None:
            return _wrong(500, f"The requested Order was not found in database (ID:{one[1]})")
        return self._change(order, asked) if one[2] else _whole(self._shown(order))

    def _search(self, asked: Asked) -> Said:
        [must] = asked.json()["search"].values()
        conditions = [(name, column, value) for one in must for name, named in one.items()
                      for column, value in named.items()]  # fmt: skip
        unknown = [column for _, column, _ in conditions if column.removeprefix("orders.") not in _COLUMNS]
        if unknown:
            return _wrong(400, f"Invalid column {unknown[0]}")
        found = [order for order in self.orders if all(_fits(order, *condition) for condition in conditions)]
        found.sort(key=lambda order: int(order.key), reverse=asked.query.get("sort", "").startswith("-"))
        size = int(asked.query.get("per_page", 50))
        begin = (int(asked.query.get("page", 1)) - 1) * size
        return _whole([self._row(order) for order in found[begin : begin + size]])

    def _change(self, order: Placed, asked: Asked) -> Said:
        """Any number is taken, as Gambio does."""
        body = asked.json()
        order.states["status"] = str(body["statusId"])
        order.effects += 1
        self.touch(order)
        entry = {
            "id": len(self.history) + 900,
            "statusId": body["statusId"],
            "dateAdded": f"{order.changed_at:%Y-%m-%d %H:%M:%S}",
            "comment": body["comment"],
            "customerNotified": body["customerNotified"],
        }
        self.history.setdefault(order.key, []).append(entry)
        return _whole(entry)

    def _row(self, order: Placed) -> dict[str, Any]:
        address = {
            "firstName": order.first_name, "lastName": order.last_name, "company": "", "street": "Wollweg",
            "houseNumber": "1", "additionalAddressInfo": "", "postcode": "50667", "city": "Köln", "state": "",
            "country": "Germany", "countryIsoCode": "DE",
        }  # fmt: skip
        return {
            "id": int(order.key),
            "statusId": int(order.states["status"]),
            "statusName": STATUSES.get(order.states["status"], ""),
            "totalSum": f"{order.amount.text().replace('.', ',')} {order.amount.currency}",
            "purchaseDate": f"{order.ordered_at:%Y-%m-%d %H:%M:%S}",
            "customerEmail": order.email,
            "deliveryAddress": address,
            "billingAddress": address,
            "paymentType": {"title": order.method.title(), "module": order.method},
            "trackingLinks": [],
        }

    def _shown(self, order: Placed) -> dict[str, Any]:
        address = {
            "gender": "", "firstname": order.first_name, "lastname": order.last_name, "company": "",
            "street": "Wollweg", "houseNumber": "1", "additionalAddressInfo": "", "suburb": "", "postcode": "50667",
            "city": "Köln", "countryId": 81, "zoneId": 0, "b2bStatus": False,
        }  # fmt: skip
        total = Decimal(order.amount.text())
        return {
            "id": int(order.key),
            "statusId": int(order.states["status"]),
            "purchaseDate": f"{order.ordered_at:%Y-%m-%d %H:%M:%S}",
            "currencyCode": order.amount.currency,
            "languageCode": "DE",
            "paymentType": {"title": order.method, "module": order.method},
            "customer": {"id": 23, "number": "10023", "email": order.email, "phone": "0221 1", "vatId": ""},
            "addresses": {"customer": address, "billing": address, "delivery": address},
            "items": [{"id": 1, "model": "WOLLE-1", "name": "Wolle", "quantity": 1}],
            "totals": [
                {"id": 1, "title": "Zwischensumme:", "value": total - 4, "class": "ot_subtotal", "sortOrder": 10},
                {"id": 2, "title": "Versand:", "value": 4, "class": "ot_shipping", "sortOrder": 30},
                {"id": 3, "title": "Summe:", "value": total, "class": "ot_total", "sortOrder": 99},
            ],
            "statusHistory": self.history.get(order.key, []),
        }


def _fits(order: Placed, name: str, column: str, value: Any) -> bool:
    found: Mapping[str, Any] = {
        "orders_id": int(order.key),
        "orders_status": int(order.states["status"]),
        "date_purchased": f"{order.ordered_at:%Y-%m-%d %H:%M:%S}",
        "last_modified": f"{order.changed_at:%Y-%m-%d %H:%M:%S}",
    }
    here = found[column.removeprefix("orders.")]
    kind = type(here)
    if name == "in":
        return here in {kind(one) for one in value}
    wanted = kind(value)
    return bool({"match": here == wanted, "greater": here > wanted, "geq": here >= wanted}[name])


def _whole(data: object) -> Said:
    return said(data, headers={"X-Shop-Version": "v4.8.0.3"})


def _wrong(status: int, message: str) -> Said:
    return said({"code": status, "status": "error", "message": message}, status)
