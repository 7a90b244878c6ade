"""An easybill played by ourselves: documents in cents, payments by reference, cancelling by another document."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from zahlmeister.connectors.shops.contract import Reading, Verdict
from zahlmeister.money.amount import Amount
from zahlmeister.sandbox.shops.placed import Placed, ShopStandIn, Wish
from zahlmeister.sandbox.shops.served import Asked, Said, said

KEY = "nadel"


class EasybillStandIn(ShopStandIn):
    """One account; every order is an invoice."""

    system = "easybill"
    methods = ("invoice", "invoice")
    opened = {"paid_at": "", "cancel_id": ""}
    by_hand = {"paid_at": "2026-11-05"}
    revivable = False
    wanted = Reading()
    statuses = {Verdict.PAID: "", Verdict.CANCELLED: ""}

    def __init__(self) -> None:
        self.payments: list[dict[str, Any]] = []
        super().__init__()

    def access(self, address: str) -> tuple[dict[str, Any], dict[str, str]]:
        """What the merchant types in."""
        return {"address": address, "cancels": True}, {"api_key": KEY}

    def credit(self, number: str, amount: Amount) -> str:
        wish = Wish(str(9001 + len(self.wishes)), self.order(number), amount)
        self.wishes.append(wish)
        return wish.key

    def credit_answer(self, key: str) -> str:
        return " ".join(one["notice"] for one in self.payments if str(one["document_id"]) == key)

    def outcome(self, number: str) -> Verdict | None:
        order = self.order(number)
        if order.states["cancel_id"]:
            return Verdict.CANCELLED
        return Verdict.PAID if self._paid(order.key) >= order.amount.minor else None

    def answer(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return said({"message": "Unauthorized"}, 401)
        path = asked.path.removeprefix("/rest/v1")
        if path == "/document-payments":
            return self._pay(asked) if asked.method == "POST" else self._list_payments(asked.query)
        if path == "/documents":
            return self._list(asked.query)
        one = re.fullmatch(r"/documents/(\d+)(/cancel|/pdf)?", path)
        return self._document(one[1], one[2]) if one else said({"message": "Not Found"}, 404)

    def _document(self, key: str, action: str | None) -> Said:
        found = next((row for row in self._rows() if row["id"] == int(key)), None)
        if found is None:
            return said({"message": "Document not found", "code": 404}, 404)
        if action == "/pdf":
            return Said(200, b"%PDF-1.4 invoice", {"Content-Type": "application/pdf"})
        if action == "/cancel":
            order = self.by_key(key)
            assert order
            order.states["cancel_id"] = f"{int(key) + 500}"
            order.effects += 1
            return said({"id": int(key) + 500, "type": "STORNO"})
        return said(found)

    def _list(self, query: Mapping[str, str]) -> Said:
        found = [row for row in self._rows() if _fits(row, query)]
        size, number = int(query.get("limit", 100)), int(query.get("page", 1))
        page = found[(number - 1) * size : number * size]
        return said(
            {"page": number, "pages": -(-len(found) // size), "limit": size, "total": len(found), "items": page}
        )

    def _list_payments(self, query: Mapping[str, str]) -> Said:
        found = [
            one
            for one in self.payments
            if str(one["document_id"]) == query["document_id"] and one["reference"] == query["reference"]
        ]
        return said({"page": 1, "pages": 1, "limit": 10, "total": len(found), "items": found})

    def _pay(self, asked: Asked) -> Said:
        payment = {"id": len(self.payments) + 1, "notice": "", **asked.json()}
        order = self.by_key(str(payment["document_id"]))
        if order and order.states["cancel_id"]:
            return said({"message": "The document is cancelled.", "code": 400}, 400)
        self.payments.append(payment)
        if order and asked.query.get("paid") == "true":
            order.states["paid_at"] = payment["payment_at"]
            order.effects += 1
        return said(payment, 201)

    def _paid(self, key: str) -> int:
        return sum(one["amount"] for one in self.payments if str(one["document_id"]) == key)

    def _rows(self) -> list[dict[str, Any]]:
        return [*map(self._shown, self.orders), *map(self._shown_credit, self.wishes)]

    def _shown(self, order: Placed) -> dict[str, Any]:
        address = {
            "first_name": order.first_name, "last_name": order.last_name, "company_name": "", "street": "Wollweg 1",
            "zip_code": "50667", "city": "Köln", "country": "DE",
        }  # fmt: skip
        return {
            "id": int(order.key),
            "type": "INVOICE",
            "number": order.number,
            "is_draft": False,
            "amount": order.amount.minor,
            "paid_amount": self._paid(order.key),
            "paid_at": order.states["paid_at"] or None,
            "cancel_id": int(order.states["cancel_id"]) if order.states["cancel_id"] else None,
            "currency": order.amount.currency,
            "document_date": f"{order.ordered_at:%Y-%m-%d}",
            "due_date": "2026-12-01",
            "edited_at": f"{order.changed_at:%Y-%m-%d %H:%M:%S}",
            "order_number": f"S{order.key}",
            "cash_allowance": 2,
            "cash_allowance_days": 10,
            "address": address,
            "label_address": address,
            "customer_snapshot": {
                "number": "10023",
                "emails": [order.email],
                "bank_iban": "DE89 3704 0044 0532 0130 00",
            },
            "items": [{"number": "WOLLE-1"}],
        }

    def _shown_credit(self, wish: Wish) -> dict[str, Any]:
        is_paid = any(str(one["document_id"]) == wish.key for one in self.payments)
        return {
            "id": int(wish.key),
            "type": "CREDIT",
            "number": f"G{wish.key}",
            "is_draft": False,
            "ref_id": int(wish.order.key),
            "amount": -wish.amount.minor,
            "paid_amount": 0,
            "paid_at": f"{datetime.now(UTC):%Y-%m-%d}" if is_paid else None,
            "cancel_id": None,
            "currency": wish.amount.currency,
            "document_date": "2026-11-20",
            "edited_at": "2026-11-20 10:00:00",
        }


def _fits(row: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    edited = query.get("edited_at", "0,9").split(",")
    return (
        row["type"] == query.get("type", row["type"])
        and ("paid_at" not in query or row["paid_at"] is None)
        and ("cancel_id" not in query or row["cancel_id"] is None)
        and ("number" not in query or row["number"] == query["number"])
        and edited[0] <= row["edited_at"] <= edited[1]
    )
