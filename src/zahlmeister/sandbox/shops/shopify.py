"""A Shopify played by ourselves: its query language, its bucket of points, and cancelling that takes its time."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from zahlmeister.connectors.shops.contract import Reading, Verdict
from zahlmeister.money.amount import Amount
from zahlmeister.sandbox.shops.graphql import Field, Wrong, fields_of, picked
from zahlmeister.sandbox.shops.placed import Placed, ShopStandIn, Wish
from zahlmeister.sandbox.shops.served import Asked, Said, said

TOKEN, CLIENT, SECRET = "shpat_wollstube", "client", "shpss_garn"
BUCKET, RESTORED, MOST_POINTS = 2000, 100, 1000


class ShopifyStandIn(ShopStandIn):
    """One shop. `points` is how full the bucket is."""

    system = "shopify"
    methods = ("Bank Deposit", "Vorkasse")
    opened = {"payment": "PENDING", "delivery": "UNFULFILLED", "order": ""}
    by_hand = {"payment": "PARTIALLY_PAID"}
    revivable = False
    wanted = Reading(kinds={"prepayment": (("Bank Deposit", "Vorkasse"), ("payment:pending",))})
    statuses = {Verdict.PAID: "payment:paid", Verdict.CANCELLED: "order:cancelled"}

    def __init__(self) -> None:
        self.points = BUCKET
        self.jobs: dict[str, Placed] = {}
        self.notes: dict[str, dict[str, str]] = {}
        super().__init__()

    def access(self, address: str) -> tuple[dict[str, Any], dict[str, str]]:
        """What the merchant types in."""
        return {"address": address}, {"access_token": TOKEN}

    def key_of(self, place: int) -> str:
        return f"gid://shopify/Order/{place}"

    def credit(self, number: str, amount: Amount) -> str:
        order = self.order(number)
        wish = Wish(f"{order.key}#{9001 + len(self.wishes)}", order, amount)
        self.wishes.append(wish)
        order.states["payment"] = "PARTIALLY_REFUNDED"
        order.changed_at = datetime.now(UTC)
        return wish.key

    def credit_answer(self, key: str) -> str:
        order, _, refund = key.partition("#")
        return self.notes.get(order, {}).get(f"refund-{refund}", "")

    def outcome(self, number: str) -> Verdict | None:
        states = self.order(number).states
        if states["order"]:
            return Verdict.CANCELLED
        return Verdict.PAID if states["payment"] == "PAID" else None

    def answer(self, asked: Asked) -> Said:
        if asked.path == "/admin/oauth/access_token":
            return self._sign_in(asked)
        if asked.headers.get("x-shopify-access-token") != TOKEN:
            wrong = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return said({"errors": wrong}, 401)
        body = asked.json()
        return said(self._answered(body["query"], body.get("variables") or {}))

    def _sign_in(self, asked: Asked) -> Said:
        who = {name: values[0] for name, values in parse_qs(asked.content.decode()).items()}
        if who != {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}:
            return said({"error": "invalid_client"}, 400)
        return said({"access_token": TOKEN, "scope": "read_orders,write_orders", "expires_in": 86399})

    def _answered(self, question: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        try:
            wanted = fields_of(question, variables)
            cost = 10 + sum(map(_cost, wanted))
            if cost > MOST_POINTS:
                return {"errors": [_error(f"Query cost is {cost}, which exceeds the limit", "MAX_COST_EXCEEDED")]}
            if cost > self.points:
                available, self.points = self.points, self.points + RESTORED * 60
                return {"errors": [_error("Throttled", "THROTTLED")], "extensions": _extensions(cost, available)}
            data = picked(self._doors(), wanted)
        except Wrong as wrong:
            return {"errors": [_error(str(wrong), "undefinedField")]}
        self.points = min(self.points - cost + RESTORED, BUCKET)
        return {"data": data, "extensions": _extensions(cost, self.points)}

    def _doors(self) -> dict[str, Any]:
        return {
            "shop": {"name": "Wollstube", "currencyCode": "EUR"},
            "orders": self._orders,
            "nodes": lambda ids: [self._shown(order) if (order := self.by_key(id_)) else None for id_ in ids],
            "order": lambda id: self._shown(order) if (order := self.by_key(id)) else None,  # noqa: A006 - its name there
            "job": self._job,
            "metafieldsSet": self._keep,
            "orderMarkAsPaid": self._mark_as_paid,
            "orderCancel": self._cancel,
        }

    def _orders(self, *, first: int, after: str | None = None, query: str | None = None, **_: Any) -> dict[str, Any]:
        found = [order for order in self.orders if _is_wanted(order, query or "")]
        begin = next((place for place, order in enumerate(found, 1) if order.key == after), 0)
        page = found[begin : begin + first]
        return {
            "nodes": [self._shown(order) for order in page],
            "pageInfo": {"hasNextPage": begin + first < len(found), "endCursor": page[-1].key if page else None},
        }

    # --- mutations

    def _keep(self, metafields: list[dict[str, str]]) -> dict[str, Any]:
        for one in metafields:
            self.notes.setdefault(one["ownerId"], {})[one["key"]] = one["value"]
        return {"userErrors": []}

    def _mark_as_paid(self, input: Mapping[str, str]) -> dict[str, Any]:  # noqa: A002 - its name there
        order = self.by_key(input["id"])
        if order is None or not _is_payable(order):
            return {"order": None, "userErrors": [{"field": ["id"], "message": "Order cannot be marked as paid."}]}
        order.states["payment"] = "PAID"
        order.effects += 1
        self.touch(order)
        return {"order": self._shown(order), "userErrors": []}

    def _cancel(self, *, orderId: str, **_: Any) -> dict[str, Any]:  # noqa: N803 - its name there
        order = self.by_key(orderId)
        if order is None or order.states["order"]:
            error = {"field": ["orderId"], "message": "Order has already been cancelled.", "code": "INVALID"}
            return {"job": None, "orderCancelUserErrors": [error]}
        job = f"gid://shopify/Job/{len(self.jobs) + 1}"
        self.jobs[job] = order
        return {"job": {"id": job, "done": False}, "orderCancelUserErrors": []}

    def _job(self, id: str) -> dict[str, Any]:  # noqa: A002 - its name there
        """A job is done when somebody looks for the first time."""
        order = self.jobs[id]
        if not order.states["order"]:
            order.states["order"] = "cancelled"
            order.effects += 1
            self.touch(order)
        return {"id": id, "done": True}

    # --- what is shown

    def _shown(self, order: Placed) -> dict[str, Any]:
        address = {
            "firstName": order.first_name, "lastName": order.last_name, "company": None, "address1": "Wollweg 1",
            "address2": None, "zip": "50667", "city": "Köln", "countryCodeV2": "DE", "phone": None,
        }  # fmt: skip
        kept = self.notes.get(order.key, {})
        mine = [wish for wish in self.wishes if wish.order is order]
        return {
            "id": order.key,
            "name": f"#{order.number}",
            "createdAt": _when(order.ordered_at),
            "updatedAt": _when(order.changed_at),
            "cancelledAt": _when(order.changed_at) if order.states["order"] else None,
            "displayFinancialStatus": order.states["payment"],
            "displayFulfillmentStatus": order.states["delivery"],
            "paymentGatewayNames": [order.method],
            "canMarkAsPaid": _is_payable(order),
            "customerLocale": "de-DE",
            "email": order.email,
            "currentTotalPriceSet": _money(order.amount),
            "totalReceivedSet": _money(order.amount if order.states["payment"] == "PAID" else Amount.zero("EUR")),
            "totalShippingPriceSet": _money(Amount(490, order.amount.currency)),
            "billingAddress": address,
            "shippingAddress": address,
            "customer": {"legacyResourceId": "10023"},
            "lineItems": lambda first: {"nodes": [{"sku": "WOLLE-1"}][:first]},
            "fulfillments": lambda first: [{"trackingInfo": lambda first: [{"number": "0034"}][:first]}][:first],
            "metafield": lambda namespace, key: {"value": kept[key]} if namespace and key in kept else None,
            "metafields": lambda first, namespace: {
                "nodes": [{"key": key, "value": value} for key, value in kept.items() if namespace][:first]
            },
            "refunds": lambda first: [_refund(wish) for wish in mine][:first],
        }


def _cost(wanted: Field) -> int:
    """A connection costs two and what it holds for each that it may give; an object costs one."""
    inner = sum(map(_cost, wanted.inner))
    if "first" in wanted.arguments:
        return 2 + int(wanted.arguments["first"]) * max(inner, 1) // 4
    return (1 + inner) if wanted.inner else 0


def _extensions(cost: int, available: int) -> dict[str, Any]:
    status = {"maximumAvailable": BUCKET, "currentlyAvailable": available, "restoreRate": RESTORED}
    return {"cost": {"requestedQueryCost": cost, "actualQueryCost": cost, "throttleStatus": status}}


def _error(message: str, code: str) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": code, "documentation": "https://shopify.dev/api/usage"}}


def _is_payable(order: Placed) -> bool:
    return not order.states["order"] and order.states["payment"] in {"PENDING", "PARTIALLY_PAID", "AUTHORIZED"}


def _is_wanted(order: Placed, query: str) -> bool:
    """The few words of Shopify's search that are played: the rest is found, as a sieve with wide meshes does."""
    states = re.findall(r"financial_status:(\w+)", query)
    name = re.search(r'name:"([^"]*)"', query)
    changed = re.search(r"updated_at:>='([^']*)'", query)
    return (
        (not states or order.states["payment"].lower() in states)
        and (not name or name[1].lstrip("#") in order.number)
        and (not changed or _when(order.changed_at) >= changed[1])
        and not ("NOT status:cancelled" in query and order.states["order"])
    )


def _money(amount: Amount) -> dict[str, Any]:
    shown = {"amount": amount.text().rstrip("0").ljust(3, "0"), "currencyCode": amount.currency}
    return {"shopMoney": shown, "presentmentMoney": shown}


def _refund(wish: Wish) -> dict[str, Any]:
    step = {"kind": "REFUND", "status": "SUCCESS", "manualPaymentGateway": True, "amountSet": _money(wish.amount)}
    return {
        "id": f"gid://shopify/Refund/{wish.key.partition('#')[2]}",
        "createdAt": _when(wish.order.changed_at),
        "transactions": lambda first: {"nodes": [step][:first]},
    }


def _when(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
