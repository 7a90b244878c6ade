"""A Magento 2 played by ourselves: search criteria, invoices that are captured, statuses that belong to states."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from zahlmeister.connectors.shops import oauth1
from zahlmeister.connectors.shops.contract import Reading, Verdict
from zahlmeister.money.amount import Amount
from zahlmeister.sandbox.shops.placed import Placed, ShopStandIn, Wish
from zahlmeister.sandbox.shops.served import Asked, Said, said

KEYS = oauth1.Keys("ck", "cs-garn", "at", "ats-nadel")
#: Status → the state it belongs to; “bezahlt” was made by the merchant.
STATES = {
    "pending": "new",
    "processing": "processing",
    "bezahlt": "processing",
    "complete": "complete",
    "holded": "holded",
    "canceled": "canceled",
    "closed": "closed",
}
METHODS = {"banktransfer": "Banküberweisung", "checkmo": "Vorkasse"}


class Magento2StandIn(ShopStandIn):
    """One shop. With `wants_signatures` a bare token is not enough, as since 2.4.4."""

    system = "magento2"
    methods = ("banktransfer", "checkmo")
    opened = {"status": "pending"}
    by_hand = {"status": "holded"}
    revivable = False
    wanted = Reading(kinds={"prepayment": (("banktransfer", "checkmo"), ("pending",))})
    statuses = {Verdict.PAID: "processing", Verdict.CANCELLED: "canceled"}

    def __init__(self) -> None:
        self.wants_signatures = False
        self.comments: dict[str, list[dict[str, Any]]] = {}
        self.invoices: dict[str, str] = {}  # order → state: 1 open, 2 paid
        super().__init__()

    def access(self, address: str) -> tuple[dict[str, Any], dict[str, str]]:
        """What the merchant types in."""
        return {"address": address}, {"access_token": KEYS.token}

    def credit(self, number: str, amount: Amount) -> str:
        wish = Wish(str(9001 + len(self.wishes)), self.order(number), amount)
        self.wishes.append(wish)
        return wish.key

    def credit_answer(self, key: str) -> str:
        return " ".join(one["comment"] for one in self.comments.get(f"memo-{key}", []))

    def outcome(self, number: str) -> Verdict | None:
        order = self.order(number)
        if order.states["status"] == "canceled":
            return Verdict.CANCELLED
        return Verdict.PAID if self.invoices.get(order.key) == "2" else None

    def answer(self, asked: Asked) -> Said:
        if asked.path == "/magento_version":
            return Said(200, b"Magento/2.4 (Community)", {"Content-Type": "text/html"})
        if not self._is_let_in(asked):
            return said({"message": "The consumer isn't authorized to access %resources.",
                         "parameters": {"resources": "Magento_Sales::sales"}}, 401)  # fmt: skip
        for pattern, reply in self._doors().items():
            found = re.fullmatch(pattern, f"{asked.method} {asked.path.removeprefix('/rest/all/V1')}")
            if found:
                return reply(asked, *found.groups())
        return said({"message": "Request does not match any route."}, 404)

    def _doors(self) -> dict[str, Callable[..., Said]]:
        return {
            r"GET /store/storeViews": self._stores,
            r"GET /store/storeConfigs": self._configs,
            r"GET /(orders|invoices|creditmemos)": self._list,
            r"POST /orders/(\d+)/comments": self._comment,
            r"POST /orders/(\d+)/cancel": self._cancel,
            r"POST /order/(\d+)/invoice": self._invoice,
            r"POST /invoices/(\d+)/capture": self._capture,
            r"GET /creditmemo/(\d+)/comments": self._memo_comments,
            r"POST /creditmemo/(\d+)/comments": self._comment_memo,
        }

    def _is_let_in(self, asked: Asked) -> bool:
        who = asked.headers.get("authorization", "")
        if not who.startswith("OAuth "):
            return not self.wants_signatures and who == f"Bearer {KEYS.token}"
        given = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', who)}
        signed = given.pop("oauth_signature")
        pairs = [*asked.query.items(), *given.items()]
        url = f"http://{asked.headers['host']}{asked.path}"
        return signed == oauth1.signature(asked.method, url, pairs, KEYS)

    def _stores(self, asked: Asked) -> Said:
        del asked
        return said([{"id": 1, "code": "default", "name": "Wollstube"}])

    def _configs(self, asked: Asked) -> Said:
        del asked
        return said([{"id": 1, "base_currency_code": "EUR"}])

    # --- lists

    def _list(self, asked: Asked, what: str) -> Said:
        tables = {"orders": self._orders, "invoices": self._invoice_rows, "creditmemos": self._memos}
        found = [row for row in tables[what]() if all(_fits(row, each) for each in _filters(asked.query))]
        found.sort(
            key=lambda row: int(row["entity_id"]),
            reverse=asked.query.get("searchCriteria[sortOrders][0][direction]") == "DESC",
        )
        size = int(asked.query["searchCriteria[pageSize]"])
        return said({"items": found[:size], "search_criteria": {}, "total_count": len(found)})

    def _orders(self) -> list[dict[str, Any]]:
        return [self._shown(order) for order in self.orders]

    def _invoice_rows(self) -> list[dict[str, Any]]:
        return [
            {"entity_id": int(key) + 500, "order_id": int(key), "increment_id": f"I{key}", "state": int(state),
             "created_at": "2026-11-10 10:00:00"}
            for key, state in self.invoices.items()
        ]  # fmt: skip

    def _memos(self) -> list[dict[str, Any]]:
        return [
            {"entity_id": int(wish.key), "order_id": int(wish.order.key), "grand_total": Decimal(wish.amount.text()),
             "order_currency_code": wish.amount.currency, "state": 2,
             "created_at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")}
            for wish in self.wishes
        ]  # fmt: skip

    def _shown(self, order: Placed) -> dict[str, Any]:
        address = {
            "firstname": order.first_name, "lastname": order.last_name, "street": ["Wollweg 1", "Hof"],
            "postcode": "50667", "city": "Köln", "country_id": "DE", "telephone": "0221 1",
        }  # fmt: skip
        total = Decimal(order.amount.text())
        is_paid = self.invoices.get(order.key) == "2"
        return {
            "entity_id": int(order.key),
            "increment_id": order.number,
            "status": order.states["status"],
            "state": STATES[order.states["status"]],
            "grand_total": total,
            "total_due": 0 if is_paid else total,
            "total_paid": total if is_paid else None,
            "order_currency_code": order.amount.currency,
            "created_at": _when(order.ordered_at),
            "updated_at": _when(order.changed_at),
            "customer_email": order.email,
            "customer_id": 23,
            "customer_group_id": 2,
            "store_id": 1,
            "billing_address": address,
            "payment": {"method": order.method, "additional_information": [METHODS[order.method]]},
            "shipping_incl_tax": Decimal("4.9000"),
            "items": [{"sku": "WOLLE-1", "product_type": "simple"}, {"sku": "WOLLE-1", "parent_item_id": 1}],
            "status_histories": self.comments.get(order.key, []),
            "extension_attributes": {"shipping_assignments": [{"shipping": {"address": address}}]},
        }

    # --- doing

    def _comment(self, asked: Asked, key: str) -> Said:
        order, history = self.by_key(key), asked.json()["statusHistory"]
        if order is None:
            return _missing()
        if STATES.get(history["status"]) != STATES[order.states["status"]]:
            return said({"message": 'Unable to add comment: The status "%1" is not part of the order status history.',
                         "parameters": [history["status"]]}, 400)  # fmt: skip
        order.states["status"] = history["status"]
        self.comments.setdefault(key, []).append(history)
        return said(data=True)

    def _cancel(self, asked: Asked, key: str) -> Said:
        del asked
        order = self.by_key(key)
        if order is None:
            return _missing()
        if STATES[order.states["status"]] != "new":
            return said(data=False)
        self._become(order, "canceled")
        return said(data=True)

    def _invoice(self, asked: Asked, key: str) -> Said:
        order = self.by_key(key)
        if order is None:
            return _missing()
        if key in self.invoices or STATES[order.states["status"]] not in {"new", "processing"}:
            status = order.states["status"]
            errors = [f"An invoice cannot be created when an order has a status of {status}."]
            return said({"message": "Invoice Document Validation Error(s):\n%1", "parameters": errors}, 400)
        self.invoices[key] = "2" if asked.json()["capture"] else "1"
        self._become(order, "processing")
        return said(str(int(key) + 500))

    def _capture(self, asked: Asked, invoice: str) -> Said:
        del asked
        order = self.by_key(str(int(invoice) - 500))
        assert order
        self.invoices[order.key] = "2"
        order.effects += 1
        return said(data=True)

    def _become(self, order: Placed, status: str) -> None:
        order.states["status"] = status
        order.effects += 1
        self.touch(order)

    def _memo_comments(self, asked: Asked, memo: str) -> Said:
        del asked
        return said({"items": self.comments.get(f"memo-{memo}", [])})

    def _comment_memo(self, asked: Asked, memo: str) -> Said:
        self.comments.setdefault(f"memo-{memo}", []).append(asked.json()["entity"])
        return said({"entity_id": 1})


def _filters(query: Mapping[str, str]) -> list[tuple[str, str, str]]:
    places = {found[1] for name in query if (found := re.match(r"searchCriteria\[filterGroups\]\[(\d+)\]", name))}
    start = "searchCriteria[filterGroups][{}][filters][0][{}]"
    return [
        (query[start.format(place, "field")], query[start.format(place, "conditionType")],
         query[start.format(place, "value")])
        for place in places
    ]  # fmt: skip


def _fits(row: Mapping[str, Any], criterion: tuple[str, str, str]) -> bool:
    field, condition, wanted = criterion
    value = row[field]
    match condition:
        case "in":
            return str(value) in wanted.split(",")
        case "neq":
            return str(value) != wanted
        case "gt":
            return int(value) > int(wanted)
        case "gteq":
            return str(value) >= wanted
        case _:
            return str(value) == wanted


def _missing() -> Said:
    return said({"message": "The entity that was requested doesn't exist. Verify the entity and try again."}, 404)


def _when(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")
