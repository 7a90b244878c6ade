"""A PrestaShop played by ourselves: filters in brackets, answers in JSON, a history that is written in XML."""

import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from zahlmeister.connectors.shops.contract import Reading, Verdict
from zahlmeister.sandbox.shops.placed import Placed, ShopStandIn
from zahlmeister.sandbox.shops.served import Asked, Said, said

KEY = "WOLLSTUBE0GARN0NADEL"
STATES = {"2": "Zahlung eingegangen", "4": "Versendet", "6": "Storniert", "8": "Fehler", "10": "Warten auf Zahlung"}
MODULES = {"ps_wirepayment": "Überweisung", "ps_checkpayment": "Scheck"}
Row = dict[str, Any]


class PrestaShopStandIn(ShopStandIn):
    """One shop."""

    system = "prestashop"
    methods = ("ps_wirepayment", "ps_checkpayment")
    opened = {"status": "10"}
    by_hand = {"status": "8"}
    wanted = Reading(kinds={"prepayment": (("ps_wirepayment", "ps_checkpayment"), ("10", "1"))})
    statuses = {Verdict.PAID: "2", Verdict.CANCELLED: "6"}

    @property
    def has_credits(self) -> bool:
        return False

    def access(self, address: str) -> tuple[dict[str, Any], dict[str, str]]:
        """What the merchant types in."""
        return {"address": address}, {"key": KEY}

    def outcome(self, number: str) -> Verdict | None:
        return {"2": Verdict.PAID, "6": Verdict.CANCELLED}.get(self.order(number).states["status"])

    def answer(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != "Basic " + b64encode(f"{KEY}:".encode()).decode():
            return Said(
                401, b"401 Unauthorized", {"WWW-Authenticate": 'Basic realm="Welcome to PrestaShop Webservice"'}
            )
        resource = asked.path.removeprefix("/api/")
        if asked.query.get("output_format") != "JSON":
            return Said(200, b"<prestashop/>", {"Content-Type": "text/xml"})
        if asked.method == "POST":
            return self._change(asked.content.decode()) if resource == "order_histories" else Said(405)
        if resource not in self._tables():
            return said({"errors": [{"code": 23, "message": f'Resource of type "{resource}" does not exists.'}]}, 400)
        return self._list(resource, asked.query)

    def _list(self, resource: str, query: Mapping[str, str]) -> Said:
        wanted = [(name[7:-1], value) for name, value in query.items() if name.startswith("filter[")]
        found = [row for row in self._tables()[resource] if all(_fits(row, *each) for each in wanted)]
        if query.get("sort") == "[id_DESC]":
            found.reverse()
        fields = query["display"].strip("[]").split(",") if query["display"] != "full" else None
        rows = found[: int(query.get("limit", len(found) or 1))]
        shown = [{name: row[name] for name in fields} if fields else row for row in rows]
        return said({resource: shown} if shown else [], headers={"PSWS-Version": "8.1.7"})

    def _change(self, xml: str) -> Said:
        found = re.search(r"<id_order>(\d+)</id_order><id_order_state>(\d+)</id_order_state>", xml)
        order = self.by_key(found[1]) if found else None
        if found is None or order is None or found[2] not in STATES:
            return said({"errors": [{"code": 85, "message": "Validation error: “id_order_state” is not valid"}]}, 400)
        order.states["status"] = found[2]
        order.effects += 1
        self.touch(order)
        return said({"order_history": {"id": 1, "id_order": found[1], "id_order_state": found[2]}}, 201)

    def _tables(self) -> dict[str, list[Row]]:
        people = [{"id": int(order.key) + 100, "email": order.email, "id_default_group": "3"} for order in self.orders]
        return {
            "orders": [self._shown(order) for order in self.orders],
            "order_states": [
                {"id": int(id_), "name": [{"id": "1", "value": name}, {"id": "2", "value": "?"}]}
                for id_, name in STATES.items()
            ],
            "currencies": [{"id": 1, "iso_code": "EUR"}],
            "languages": [{"id": 1, "iso_code": "de"}],
            "countries": [{"id": 1, "iso_code": "DE"}],
            "customers": people,
            "addresses": [_address(order) for order in self.orders],
            "order_carriers": [
                {"id": int(order.key), "id_order": order.key, "tracking_number": "0034"} for order in self.orders
            ],
        }

    def _shown(self, order: Placed) -> Row:
        return {
            "id": int(order.key),
            "reference": order.number,
            "current_state": order.states["status"],
            "module": order.method,
            "payment": MODULES[order.method],
            "id_currency": "1",
            "id_lang": "1",
            "id_shop": "1",
            "id_customer": str(int(order.key) + 100),
            "id_address_invoice": str(int(order.key) + 200),
            "id_address_delivery": str(int(order.key) + 200),
            "total_paid_tax_incl": f"{order.amount.text()}0000",
            "total_paid_real": "0.000000",
            "total_shipping_tax_incl": "4.900000",
            "invoice_number": "17",
            "invoice_date": "0000-00-00 00:00:00",
            "date_add": _when(order.ordered_at),
            "date_upd": _when(order.changed_at),
            "associations": {"order_rows": [{"id": "1", "product_reference": "WOLLE-1"}]},
        }


def _address(order: Placed) -> Row:
    return {
        "id": int(order.key) + 200, "firstname": order.first_name, "lastname": order.last_name, "company": "",
        "address1": "Wollweg 1", "address2": "", "postcode": "50667", "city": "Köln", "id_country": "1", "phone": "",
        "phone_mobile": "0170 1",
    }  # fmt: skip


def _fits(row: Row, field: str, wanted: str) -> bool:
    value = row[field]
    if wanted.startswith(">["):
        limit = wanted[2:-1]
        return int(value) > int(limit) if isinstance(value, int) else str(value) > limit
    return str(value) in wanted.strip("[]").split("|")


def _when(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")
