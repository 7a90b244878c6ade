"""A WooCommerce played by ourselves: Basic sign-in over HTTPS, pages of a hundred, statuses without a machine."""

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from zahlmeister.connectors.shops.contract import Reading, Verdict
from zahlmeister.money.amount import Amount
from zahlmeister.sandbox.shops.placed import Placed, ShopStandIn, Wish
from zahlmeister.sandbox.shops.served import Asked, Said, said

KEY, SECRET = "ck_wollstube", "cs_garn-und-nadel"
STATUSES = {
    "pending": "Zahlung ausstehend",
    "processing": "In Bearbeitung",
    "on-hold": "In Wartestellung",
    "completed": "Abgeschlossen",
    "cancelled": "Storniert",
    "refunded": "Rückerstattet",
    "failed": "Fehlgeschlagen",
}
GATEWAYS = {"bacs": "Direkte Banküberweisung", "cheque": "Rechnung", "cod": "Per Nachnahme"}


class WooCommerceStandIn(ShopStandIn):
    """One shop. Without `is_encrypted` it takes itself for a shop on plain HTTP, and no password."""

    system = "woocommerce"
    methods = ("bacs", "cheque")
    opened = {"status": "on-hold"}
    by_hand = {"status": "completed"}
    wanted = Reading(kinds={"prepayment": (("bacs", "cheque"), ("on-hold", "pending"))})
    statuses = {Verdict.PAID: "processing", Verdict.CANCELLED: "cancelled"}

    def __init__(self) -> None:
        self.is_encrypted = True
        super().__init__()

    def access(self, address: str) -> tuple[dict[str, Any], dict[str, str]]:
        """What the merchant types in."""
        return {"address": address}, {"consumer_key": KEY, "consumer_secret": SECRET}

    def credit(self, number: str, amount: Amount) -> str:
        wish = Wish(f"{self.order(number).key}-{9001 + len(self.wishes)}", self.order(number), amount)
        self.wishes.append(wish)
        self.touch(wish.order)
        wish.order.changed_at = datetime.now(wish.order.changed_at.tzinfo)
        return wish.key

    def outcome(self, number: str) -> Verdict | None:
        said_outcomes = {"processing": Verdict.PAID, "cancelled": Verdict.CANCELLED}
        return said_outcomes.get(self.order(number).states["status"])

    def answer(self, asked: Asked) -> Said:
        if not self._is_let_in(asked):
            return _refused(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        for pattern, reply in self._doors().items():
            found = re.fullmatch(pattern, f"{asked.method} {asked.path.removeprefix('/wp-json/wc/v3')}")
            if found:
                return reply(asked, *found.groups())
        return _refused(404, "rest_no_route", "No route was found matching the URL and request method.")

    def _doors(self) -> dict[str, Callable[..., Said]]:
        return {
            r"GET /system_status": self._status,
            r"GET /payment_gateways": self._gateways,
            r"GET /reports/orders/totals": self._totals,
            r"GET /orders": self._list,
            r"GET /orders/(\d+)": self._one,
            r"PUT /orders/(\d+)": self._write,
            r"GET /orders/(\d+)/refunds": self._refunds,
        }

    def _is_let_in(self, asked: Asked) -> bool:
        """WooCommerce takes a password only where it believes the line to be encrypted."""
        wanted = "Basic " + b64encode(f"{KEY}:{SECRET}".encode()).decode()
        return self.is_encrypted and asked.headers.get("authorization") == wanted

    def _status(self, asked: Asked) -> Said:
        del asked
        return said({"environment": {"version": "9.4.1"}, "settings": {"currency": "EUR"}})

    def _gateways(self, asked: Asked) -> Said:
        del asked
        return said([{"id": id_, "title": title, "enabled": True} for id_, title in GATEWAYS.items()])

    def _totals(self, asked: Asked) -> Said:
        del asked
        return said([{"slug": slug, "name": name, "total": 0} for slug, name in STATUSES.items()])

    def _list(self, asked: Asked) -> Said:
        query = asked.query
        if int(query.get("per_page", 10)) > 100:
            return _refused(400, "rest_invalid_param", "Invalid parameter(s): per_page")
        statuses = query.get("status", "any").split(",")
        if not set(statuses) <= {"any", *STATUSES}:
            return _refused(400, "rest_invalid_param", "Invalid parameter(s): status")
        found = [order for order in self.orders if _is_wanted(order, query, statuses)]
        found.sort(key=lambda order: order.place, reverse=query.get("order", "desc") == "desc")
        size = int(query.get("per_page", 10))
        start = int(query["offset"]) if "offset" in query else (int(query.get("page", 1)) - 1) * size
        fields = query["_fields"].split(",") if "_fields" in query else None
        shown = [self._shown(order) for order in found[start : start + size]]
        page = [{name: one[name] for name in fields} if fields else one for one in shown]
        pages = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(-(-len(found) // size))}
        return said(page, headers=pages)

    def _one(self, asked: Asked, key: str) -> Said:
        del asked
        order = self.by_key(key)
        return said(self._shown(order)) if order else _NO_ORDER

    def _write(self, asked: Asked, key: str) -> Said:
        order, wanted = self.by_key(key), asked.json()
        if not order:
            return _NO_ORDER
        if wanted.get("status", "pending") not in STATUSES:
            return _refused(400, "rest_invalid_param", "Invalid parameter(s): status")
        if "status" in wanted:
            order.states["status"] = wanted["status"]
            order.effects += 1
        order.notes.update({name: wanted[name] for name in ("transaction_id",) if name in wanted})
        for meta in wanted.get("meta_data", []):
            if meta["key"].startswith("_zahlmeister_sent_back_"):
                order.sent_back[meta["key"]] = meta["value"]
                continue
            wish = next(one for one in self.wishes if one.key == f"{key}-{meta['key'].rpartition('_')[2]}")
            wish.answer = meta["value"]
        self.touch(order)
        return said(self._shown(order))

    def _refunds(self, asked: Asked, key: str) -> Said:
        del asked
        return said(
            [
                {"id": int(wish.key.partition("-")[2]), "amount": wish.amount.text(), "refunded_payment": False,
                 "date_created": _when(wish.order.changed_at), "reason": "Retoure"}
                for wish in self.wishes
                if wish.order.key == key
            ]
        )  # fmt: skip

    def _shown(self, order: Placed) -> dict[str, Any]:
        address = {
            "first_name": order.first_name, "last_name": order.last_name, "company": "", "address_1": "Wollweg 1",
            "address_2": "", "city": "Köln", "state": "DE-NW", "postcode": "50667", "country": "DE",
        }  # fmt: skip
        mine = [wish for wish in self.wishes if wish.order is order]
        return {
            "id": int(order.key),
            "number": order.number,
            "status": order.states["status"],
            "currency": order.amount.currency,
            "total": order.amount.text(),
            "shipping_total": "4.12",
            "shipping_tax": "0.78",
            "customer_id": 23,
            "payment_method": order.method,
            "payment_method_title": GATEWAYS[order.method],
            "transaction_id": order.notes.get("transaction_id", ""),
            "date_created": _when(order.ordered_at),
            "date_modified_gmt": _when(order.changed_at),
            "date_paid": _when(order.changed_at) if order.states["status"] in {"processing", "completed"} else None,
            "billing": {**address, "email": order.email, "phone": ""},
            "shipping": address,
            "line_items": [{"id": 1, "name": "Wolle", "sku": "WOLLE-1", "price": Decimal("4.9")}],
            "refunds": [{"id": 9001, "reason": "Retoure", "total": f"-{wish.amount.text()}"} for wish in mine],
            "meta_data": [
                {"id": 1, "key": "_wcpdf_invoice_number", "value": f"R{order.number}"},
                {"id": 2, "key": "_wc_shipment_tracking_items", "value": [{"tracking_number": "0034043416"}]},
                *(
                    {"id": 3, "key": f"_zahlmeister_refund_{wish.key.partition('-')[2]}", "value": wish.answer}
                    for wish in mine
                    if wish.answer
                ),
                *({"id": 4, "key": key, "value": value} for key, value in order.sent_back.items()),
            ],
        }


def _is_wanted(order: Placed, query: Any, statuses: list[str]) -> bool:
    return (
        (statuses == ["any"] or order.states["status"] in statuses)
        and ("include" not in query or order.key in query["include"].split(","))
        and ("search" not in query or query["search"] in order.number)
        and ("after" not in query or _when(order.ordered_at) > query["after"])
        and ("modified_after" not in query or _when(order.changed_at) > query["modified_after"])
    )


def _when(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S")


def _refused(status: int, code: str, message: str) -> Said:
    return said({"code": code, "message": message, "data": {"status": status}}, status)


_NO_ORDER = _refused(404, "woocommerce_rest_shop_order_invalid_id", "Ungültige ID.")
