"""A Shopware 5 played by ourselves: filters by property and expression, two statuses by number, details one by one."""

import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from zahlmeister.connectors.shops.contract import Reading, Verdict
from zahlmeister.sandbox.shops.placed import Placed, ShopStandIn
from zahlmeister.sandbox.shops.served import Asked, Said, said

USER, KEY = "zahlmeister", "nadel"
METHODS = {"5": ("prepayment", "Vorkasse"), "4": ("invoice", "Rechnung"), "3": ("cash", "Nachnahme")}
PAYMENT_STATES = {*map(str, range(9, 22)), *map(str, range(30, 36))}
ORDER_STATES = set(map(str, range(-1, 9)))


class Shopware5StandIn(ShopStandIn):
    """One shop."""

    system = "shopware5"
    methods = ("5", "4")
    opened = {"payment": "17", "order": "0"}
    by_hand = {"payment": "21"}
    wanted = Reading(kinds={"prepayment": (("prepayment", "invoice"), ("payment:17",))})
    statuses = {Verdict.PAID: "payment:12", Verdict.CANCELLED: "order:4"}

    @property
    def has_credits(self) -> bool:
        return False

    def access(self, address: str) -> tuple[dict[str, Any], dict[str, str]]:
        """What the merchant types in."""
        return {"address": address, "user": USER}, {"api_key": KEY}

    def outcome(self, number: str) -> Verdict | None:
        states = self.order(number).states
        if states["order"] == "4":
            return Verdict.CANCELLED
        return Verdict.PAID if states["payment"] == "12" else None

    def answer(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != "Basic " + b64encode(f"{USER}:{KEY}".encode()).decode():
            challenge = {"WWW-Authenticate": 'Basic realm="Shopware REST-API"'}
            return said({"success": False, "message": "Invalid or missing auth"}, 401, challenge)
        one = re.fullmatch(r"/api/orders/(\d+)", asked.path)
        if one:
            return self._write(asked, one[1]) if asked.method == "PUT" else self._one(one[1])
        lists = {
            "/api/version": {"version": "5.7.19", "revision": "202404"},
            "/api/shops": [{"id": 1, "name": "Wollstube"}],
            "/api/paymentMethods": [{"id": int(id_), "name": n, "description": d} for id_, (n, d) in METHODS.items()],
        }
        if asked.path == "/api/orders":
            return self._list(asked.query)
        if asked.path not in lists:
            return said({"success": False, "message": "Resource not found"}, 404)
        return said({"data": lists[asked.path], "success": True})

    def _list(self, query: Mapping[str, str]) -> Said:
        rows = [row for row in map(_row, self.orders) if all(_fits(row, each) for each in _filters(query))]
        return said({"data": rows[: int(query.get("limit", 1000))], "total": len(rows), "success": True})

    def _one(self, key: str) -> Said:
        order = self.by_key(key)
        return said({"data": _detail(order), "success": True}) if order else _missing(key)

    def _write(self, asked: Asked, key: str) -> Said:
        order, wanted = self.by_key(key), asked.json()
        if order is None:
            return _missing(key)
        for name, facet, known in (
            ("paymentStatusId", "payment", PAYMENT_STATES),
            ("orderStatusId", "order", ORDER_STATES),
        ):
            if name in wanted and str(wanted[name]) not in known:
                message = f"{name[0].upper()}{name[1:-2]} by id {wanted[name]} not found"
                return said({"success": False, "message": message}, 404)
            order.states[facet] = str(wanted.get(name, order.states[facet]))
        order.notes.update({name: str(wanted[name]) for name in ("transactionId", "clearedDate") if name in wanted})
        order.effects += 1
        self.touch(order)
        return said({"success": True, "data": {"id": int(key), "location": f"/api/orders/{key}"}})


def _row(order: Placed) -> dict[str, Any]:
    return {
        "id": int(order.key),
        "number": order.number,
        "paymentId": int(order.method),
        "shopId": 1,
        "invoiceAmount": Decimal(order.amount.text()),
        "invoiceShipping": Decimal("4.9"),
        "currency": order.amount.currency,
        "orderTime": _when(order.ordered_at),
        "changed": _when(order.changed_at),
        "paymentStatusId": int(order.states["payment"]),
        "orderStatusId": int(order.states["order"]),
        "trackingCode": "0034,0035",
        "customer": {"id": 23, "email": order.email, "groupKey": "H"},
    }


def _detail(order: Placed) -> dict[str, Any]:
    name, description = METHODS[order.method]
    address = {
        "number": "20023", "firstName": order.first_name, "lastName": order.last_name, "company": "",
        "street": "Wollweg 1", "zipCode": "50667", "city": "Köln", "phone": "", "country": {"iso": "DE"},
    }  # fmt: skip
    return {
        **_row(order),
        "payment": {"id": int(order.method), "name": name, "description": description},
        "languageSubShop": {"locale": {"locale": "de_DE"}},
        "billing": address,
        "shipping": address,
        "details": [{"articleNumber": "WOLLE-1"}],
        "documents": [
            {"typeId": 2, "documentId": "L1", "date": _when(order.ordered_at)},
            {"typeId": 1, "documentId": f"R{order.number}", "date": _when(order.ordered_at)},
        ],
    }


def _filters(query: Mapping[str, str]) -> list[tuple[str, str, set[str]]]:
    places = sorted({found[1] for name in query if (found := re.match(r"filter\[(\d+)\]", name))})
    return [
        (
            query[f"filter[{place}][property]"],
            query.get(f"filter[{place}][expression]", ""),
            {value for name, value in query.items() if name.startswith(f"filter[{place}][value]")},
        )
        for place in places
    ]


def _fits(row: Mapping[str, Any], criterion: tuple[str, str, set[str]]) -> bool:
    """The columns are called otherwise in questions than in answers."""
    field, expression, values = criterion
    value = row[{"cleared": "paymentStatusId", "status": "orderStatusId"}.get(field, field)]
    if expression == ">":
        return bool(value > int(min(values)))
    if expression == ">=":
        return bool(value >= min(values))
    return str(value) in values


def _missing(key: str) -> Said:
    return said({"success": False, "message": f"Order by id {key} not found"}, 404)


def _when(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S+0100")
