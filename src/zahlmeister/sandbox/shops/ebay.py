"""An eBay played by ourselves: tokens that run out, orders in pages, and the older API in XML that sets to paid."""

import re
from base64 import b64encode
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote

from lxml import etree

from zahlmeister.connectors.shops.contract import Reading, Verdict
from zahlmeister.money.amount import Amount
from zahlmeister.sandbox.shops.placed import Placed, ShopStandIn
from zahlmeister.sandbox.shops.served import Asked, Said, said

CLIENT, SECRET, REFRESH = "Wollstube-PRD", "PRD-garn", "v^1.1#nadel"
_NAMESPACE = "urn:ebay:apis:eBLBaseComponents"


class EbayStandIn(ShopStandIn):
    """The account of one seller. `token` is the one that counts now; `collected` are orders whose money eBay has."""

    system = "ebay"
    methods = ("", "PERSONAL_CHECK")  # before the seller has said how, eBay tells no method
    opened = {"payment": "PENDING", "delivery": "NOT_STARTED", "order": "NONE_REQUESTED"}
    by_hand = {"order": "CANCELED"}
    takes_cancelled = False
    wanted = Reading(kinds={"prepayment": (("OFFLINE", "PERSONAL_CHECK"), ("payment:pending",))})
    statuses = {Verdict.PAID: "payment:paid", Verdict.CANCELLED: ""}

    def __init__(self) -> None:
        self.token = ""
        self.tokens = 0
        self.collected: set[str] = set()
        super().__init__()

    @property
    def has_credits(self) -> bool:
        return False

    def access(self, address: str) -> tuple[dict[str, Any], dict[str, str]]:
        """What the merchant types in."""
        return {"address": address}, {"client_id": CLIENT, "client_secret": SECRET, "refresh_token": REFRESH}

    def place(self, number: str, amount: Amount, *, method: int = 0, name: str = "Anna Arendt") -> None:
        super().place(number, amount, method=method, name=name)
        self.orders[-1].key = number

    def outcome(self, number: str) -> Verdict | None:
        return Verdict.PAID if self.order(number).states["payment"] == "PAID" else None

    def answer(self, asked: Asked) -> Said:
        if asked.path == "/identity/v1/oauth2/token":
            return self._give_token(asked)
        if asked.path == "/ws/api.dll":
            return self._trading(asked)
        if not self.token or asked.headers.get("authorization") != f"Bearer {self.token}":
            return _wrong(401, 1001, "Invalid access token")
        path = asked.path.removeprefix("/sell/fulfillment/v1/order")
        if path == "":
            return self._list(asked)
        order = self.by_key(unquote(path.removeprefix("/")))
        return said(self._shown(order)) if order else _wrong(404, 32100, "Invalid order ID")

    def _give_token(self, asked: Asked) -> Said:
        form = {name: values[-1] for name, values in parse_qs(asked.content.decode()).items()}
        who = "Basic " + b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if asked.headers.get("authorization") != who:
            return said({"error": "invalid_client", "error_description": "client authentication failed"}, 401)
        if form != {"grant_type": "refresh_token", "refresh_token": REFRESH}:
            why = "the provided authorization refresh token is invalid or was issued to another client"
            return said({"error": "invalid_grant", "error_description": why}, 400)
        self.tokens += 1
        self.token = f"v^1.1#{self.tokens}"
        return said({"access_token": self.token, "expires_in": 7200, "token_type": "User Access Token"})

    def _list(self, asked: Asked) -> Said:
        numbers = asked.query.get("orderIds", "")
        if numbers:
            wanted = numbers.split(",")
            if len(wanted) > 50:
                return _wrong(400, 30900, "Exceeded maximum number of order IDs")
            return self._page([order for order in self.orders if order.key in wanted], 50, 0)
        size, offset = int(asked.query.get("limit", 50)), int(asked.query.get("offset", 0))
        if not 1 <= size <= 200:
            return _wrong(400, 31100, f"Invalid limit: {size}")
        sieve = asked.query.get("filter", "")
        one = re.fullmatch(r"(creationdate|lastmodifieddate):\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\.\.\]", sieve)
        if sieve and not one:
            return _wrong(400, 30800, f"Invalid filter value {sieve}")
        found = [order for order in self.orders if one is None or _moment(order, one[1]) >= one[2]]
        return self._page(found, size, offset)

    def _page(self, found: list[Placed], size: int, offset: int) -> Said:
        shown = [self._shown(order) for order in found[offset : offset + size]]
        return said({"total": len(found), "limit": size, "offset": offset, "orders": shown})

    def _trading(self, asked: Asked) -> Said:
        if not self.token or asked.headers.get("x-ebay-api-iaf-token") != self.token:
            return _trading_says("Failure", "21916984", "Invalid IAF token.", "RequestError")
        if asked.headers.get("x-ebay-api-call-name") != "CompleteSale" or "x-ebay-api-siteid" not in asked.headers:
            return _trading_says("Failure", "2", "Unsupported API call.", "RequestError")
        root = etree.fromstring(asked.content)
        said_of = {str(child.tag).partition("}")[2]: str(child.text) for child in root}
        order = self.by_key(said_of.get("OrderID", ""))
        if order is None:
            return _trading_says("Failure", "21917089", "The order ID is invalid.", "RequestError")
        if order.number in self.collected:
            why = "The payment status of this order cannot be changed by the seller."
            return _trading_says("Failure", "21919137", why, "RequestError")
        if said_of.get("Paid") == "true":
            order.states["payment"] = "PAID"
            order.effects += 1
            self.touch(order)
        return _trading_says("Success")

    def _shown(self, order: Placed) -> dict[str, Any]:
        total = {"value": order.amount.text(), "currency": order.amount.currency}
        method = "EBAY" if order.number in self.collected else order.method
        contact = {
            "fullName": f"{order.first_name} {order.last_name}",
            "contactAddress": {
                "addressLine1": "Wollweg 1", "city": "Köln", "postalCode": "50667", "countryCode": "DE",
            },
            "primaryPhone": {"phoneNumber": "0221 1"},
            "email": order.email,
        }  # fmt: skip
        return {
            "orderId": order.key,
            "legacyOrderId": order.key,
            "salesRecordReference": str(order.place),
            "creationDate": _when(order.ordered_at),
            "lastModifiedDate": _when(order.changed_at),
            "orderFulfillmentStatus": order.states["delivery"],
            "orderPaymentStatus": order.states["payment"],
            "cancelStatus": {"cancelState": order.states["order"], "cancelRequests": []},
            "buyer": {"username": "wollfreundin", "buyerRegistrationAddress": contact},
            "pricingSummary": {"deliveryCost": {**total, "value": "4.90"}, "total": total},
            "paymentSummary": {"payments": [{"paymentMethod": method, "amount": total}] if method else []},
            "fulfillmentStartInstructions": [{"shippingStep": {"shipTo": contact}}],
            "lineItems": [{"sku": "WOLLE-1", "listingMarketplaceId": "EBAY_DE"}],
        }


def _when(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _moment(order: Placed, sieve: str) -> str:
    return _when(order.ordered_at if sieve == "creationdate" else order.changed_at)


def _wrong(status: int, code: int, message: str) -> Said:
    return said({"errors": [{"errorId": code, "domain": "API_FULFILLMENT", "message": message}]}, status)


def _trading_says(ack: str, code: str = "", message: str = "", kind: str = "") -> Said:
    told = {"ShortMessage": message, "LongMessage": message, "ErrorCode": code, "ErrorClassification": kind}
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in told.items())
    errors = f"<Errors>{inside}</Errors>" if code else ""
    body = f'<CompleteSaleResponse xmlns="{_NAMESPACE}"><Ack>{ack}</Ack>{errors}</CompleteSaleResponse>'
    return Said(200, f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode(), {"Content-Type": "text/xml"})
