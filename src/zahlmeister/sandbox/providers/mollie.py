"""Mollie as far as payments need it: payments, refunds, chargebacks, settlements; its calls name a payment only."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from zahlmeister.sandbox.providers.declined import Declined
from zahlmeister.sandbox.providers.till import (
    CHARGEBACK_FEE,
    Back,
    Dispute,
    Paid,
    Route,
    Sale,
    Sent,
    Till,
    minor_of,
    text_of,
)
from zahlmeister.sandbox.shops.served import Asked, Said, said

API_KEY, ACCESS_TOKEN = "test_standin", "access_standin"
_NUMBERS = {
    "sale": "tr",
    "payment": "tr",
    "refund": "re",
    "dispute": "chb",
    "payout": "stl",
    "owner": "cst",
    "kept": "mdt",
}
_STATES = {"open": "open", "pending": "pending", "paid": "paid", "failed": "failed", "cancelled": "canceled"}
#: Why a card is declined that is charged without the buyer.
_FAILURES = {"over": "card_expired", "asks": "authentication_required", "declined": "insufficient_funds"}
_STATUS = {401: "Unauthorized Request", 404: "Not Found", 409: "Conflict", 422: "Unprocessable Entity"}


class MollieStandIn(Till):
    """See the module. A refund beyond what is left is refused, and fees are told with the settlement only."""

    title = "Mollie"
    OPEN_FOR = timedelta(minutes=15)
    #: At most so many rows stand on a page, whatever is asked for.
    page_size = 250

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC), *, calls: bool = False) -> None:
        self.customers: list[str] = []
        super().__init__(now, calls=calls)

    def number(self, what: str) -> str:
        if what == "statement":
            return f"0704.{self.now():%y%m}.{len(self.payouts) + 1:02}"
        return super().number(_NUMBERS[what])

    def check(self, asked: Asked) -> None:
        wanted = ACCESS_TOKEN if asked.path.startswith("/v2/settlements") else API_KEY
        if asked.headers.get("authorization") != f"Bearer {wanted}":
            raise Declined("unauthorized", "Missing authentication, or failed to authenticate", 401)

    def routes(self) -> Sequence[Route]:
        return (
            ("GET", "/v2/methods", lambda _: _listed("methods", [])),
            ("POST", "/v2/payments", self._create),
            ("GET", "/v2/payments/([^/]+)", lambda asked, number: _hal(self._payment(self.sale(number), asked))),
            ("DELETE", "/v2/payments/([^/]+)", self._closed),
            ("POST", "/v2/payments/([^/]+)/refunds", self._send_back),
            ("POST", "/v2/customers", self._customer),
            ("GET", "/v2/customers/([^/]+)", lambda _, number: _hal(self._shown_customer(number))),
            ("GET", "/v2/customers/([^/]+)/payments", self._of_customer),
            ("GET", "/v2/customers/([^/]+)/mandates/([^/]+)", self._mandate),
            ("DELETE", "/v2/customers/([^/]+)/mandates/([^/]+)", self._revoked),
            ("GET", "/v2/settlements", self._settlements),
        )

    def refusal(self, declined: Declined) -> Said:
        status = declined.status if declined.status != 400 else 422
        data = {"status": status, "title": _STATUS.get(status, "Error"), "detail": declined.sentence, "_links": {}}
        return said(data, status, {"Content-Type": "application/hal+json"})

    def event(self, what: str, sale: Sale, about: object = None) -> None:
        del about  # the payment is all that is named
        if what != "paid_out" and sale.webhook_url:
            self.call(called(sale.webhook_url, sale.number))

    def pay_out(self) -> Paid:
        """Send what is there to the merchant's account, less the fees that were not settled before."""
        due = sum(self._fees(sale) for sale in self.sales.values()) - sum(paid.kept for paid in self.payouts)
        paid = Paid(self.number("payout"), self.number("statement"), self.owes - due, due, self.now())
        self.payouts.append(paid)
        return paid

    @property
    def owes(self) -> int:
        """Fees count once they are told, with the settlement."""
        gone = sum(paid.minor + paid.kept for paid in self.payouts)
        return sum(sale.ours + self._fees(sale) for sale in self.sales.values()) - gone

    def _fees(self, sale: Sale) -> int:
        return 0 if sale.paid_at is None else sale.fee + CHARGEBACK_FEE * len(sale.disputes)

    # ---- what is asked for ----------------------------------------------------------------------------------------

    def _create(self, asked: Asked) -> Said:
        make = self._charged if asked.json().get("sequenceType") == "recurring" else self._opened
        return self.once(asked, asked.headers.get("idempotency-key", ""), lambda: _hal(self._payment(make(asked)), 201))

    def _customer(self, asked: Asked) -> Said:
        def make() -> Said:
            number = self.number("owner")
            self.customers.append(number)
            return _hal(self._shown_customer(number), 201)

        return self.once(asked, asked.headers.get("idempotency-key", ""), make)

    def _charged(self, asked: Asked) -> Sale:
        """A payment without the buyer; a card that is declined makes one that failed."""
        body = asked.json()
        try:
            self.vault.find(body.get("mandateId", ""), body.get("customerId", ""))
        except Declined as gone:
            raise Declined("mandate", "The mandate is not valid", 422) from gone
        sale = self._opened(asked, kept=body["mandateId"])
        try:
            self.vault.charge(sale.kept, self.now().date())
        except Declined as declined:
            sale.state, sale.failure = "failed", _FAILURES[declined.code]
            self.event("failed", sale)
        else:
            self.take(sale)
        return sale

    def _of_customer(self, _: Asked, number: str) -> Said:
        rows = [self._payment(sale) for sale in reversed(self.sales.values()) if sale.owner == number]
        return _listed("payments", rows)

    def _mandate(self, _: Asked, owner: str, number: str) -> Said:
        found = self.vault.kept.get(number)
        if found is None or found.owner != owner:
            raise Declined("missing", f"No mandate exists with token {number}.", 404)
        is_over = found.is_revoked or found.valid_until < self.now().date()
        return _hal(
            {
                "resource": "mandate",
                "id": number,
                "mode": "test",
                "method": "creditcard",
                "status": "invalid" if is_over else "valid",
                "details": {"cardHolder": "A. Weber", "cardNumber": "4242", "cardLabel": "Visa"},
                "customerId": owner,
                "mandateReference": None,
                "signatureDate": None,
                "createdAt": _at(self.now()),
                "_links": {
                    "self": _link(f"{self.address}/v2/customers/{owner}/mandates/{number}"),
                    "customer": _link(f"{self.address}/v2/customers/{owner}"),
                    "documentation": _link("https://docs.mollie.com", "text/html"),
                },
            }
        )

    def _revoked(self, _: Asked, owner: str, number: str) -> Said:
        self.vault.find(number, owner).is_revoked = True
        return Said(204, b"")

    def _opened(self, asked: Asked, kept: str = "") -> Sale:
        body = asked.json()
        needed = {"amount", "description"} if kept else {"amount", "description", "redirectUrl"}
        if not needed <= body.keys():
            raise Declined("missing_field", "The amount, description or redirectUrl is missing")
        methods = body.get("method")
        return self.open(
            intent=(body.get("metadata") or {}).get("intent", ""),
            minor=minor_of(body["amount"]["value"]),
            currency=body["amount"]["currency"],
            method=methods[0] if isinstance(methods, list) else methods or "creditcard",
            text=body["description"],
            keeps=body.get("sequenceType") == "first",
            owner=body.get("customerId", ""),
            kept=kept,
            return_url=body.get("redirectUrl", ""),
            cancel_url=body.get("cancelUrl") or body.get("redirectUrl", ""),
            webhook_url=body.get("webhookUrl", ""),
            expires_at=self.now() + self.OPEN_FOR,
        )

    def _closed(self, _: Asked, number: str) -> Said:
        sale = self.sale(number)
        if sale.state != "open":
            raise Declined("not_cancelable", "The payment cannot be canceled")
        sale.state = "cancelled"
        self.event("cancelled", sale)
        return _hal(self._payment(sale))

    def _send_back(self, asked: Asked, number: str) -> Said:
        body, sale = asked.json(), self.sale(number)
        own = (body.get("metadata") or {}).get("key", "")

        def make() -> Said:
            return _hal(self._back(sale, self.refund(sale, minor_of(body["amount"]["value"]), own)), 201)

        return self.once(asked, asked.headers.get("idempotency-key", ""), make)

    def _settlements(self, asked: Asked) -> Said:
        rows = [self._payout(one) for one in reversed(self.payouts)]
        begin = next((place for place, row in enumerate(rows) if row["id"] == asked.query.get("from")), 0)
        size = min(int(asked.query.get("limit", "50")), self.page_size)
        more = rows[begin + size]["id"] if begin + size < len(rows) else ""
        path = f"{self.address}/v2/settlements?from={more}&limit={size}" if more else ""
        return _listed("settlements", rows[begin : begin + size], path)

    # ---- what is answered -----------------------------------------------------------------------------------------

    def _payment(self, sale: Sale, asked: Asked | None = None) -> dict[str, Any]:
        status = _STATES.get(sale.state, sale.state)
        links: dict[str, Any] = {
            "self": _link(f"{self.address}/v2/payments/{sale.number}"),
            "dashboard": _link(self.address),
        }
        if sale.state == "open":
            links["checkout"] = _link(self.page(sale), "text/html")
        payment: dict[str, Any] = {
            "resource": "payment",
            "id": sale.number,
            "mode": "test",
            "createdAt": _at(sale.created_at),
            "amount": _amount(sale.minor, sale.currency),
            "description": sale.text,
            "method": sale.method,
            "metadata": {"intent": sale.intent},
            "status": status,
            "isCancelable": sale.state == "open",
            "expiresAt": _at(sale.expires_at),
            "profileId": "pfl_standin123",
            "sequenceType": "first" if sale.keeps else "recurring" if sale.kept else "oneoff",
            "redirectUrl": sale.return_url,
            "webhookUrl": sale.webhook_url or None,
            "_links": links,
        }
        if sale.owner:
            payment["customerId"], payment["mandateId"] = sale.owner, sale.kept or None
            card = {"cardNumber": "4242", "cardLabel": "Visa"}
            payment["details"] = {**card, **({"failureReason": sale.failure} if sale.failure else {})}
        if sale.paid_at is not None:
            payment["paidAt"] = _at(sale.paid_at)
            payment["amountRefunded"] = _amount(sale.refunded, sale.currency)
            payment["amountRemaining"] = _amount(sale.minor - sale.refunded, sale.currency)
            payment["amountChargedBack"] = _amount(sum(one.minor for one in sale.disputes), sale.currency)
        if asked is not None and "embed" in asked.query:
            payment["_embedded"] = {
                "refunds": [self._back(sale, back) for back in sale.backs],
                "chargebacks": [self._dispute(sale, one) for one in sale.disputes],
            }
        return payment

    def _shown_customer(self, number: str) -> dict[str, Any]:
        if number not in self.customers:
            raise Declined("missing", f"No customer exists with token {number}.", 404)
        links = {"self": _link(f"{self.address}/v2/customers/{number}"), "dashboard": _link(self.address, "text/html")}
        links["documentation"] = _link("https://docs.mollie.com", "text/html")
        facts = {"name": None, "email": None, "locale": None, "metadata": None, "createdAt": _at(self.now())}
        return {"resource": "customer", "id": number, "mode": "test", **facts, "_links": links}

    def _back(self, sale: Sale, back: Back) -> dict[str, Any]:
        return {
            "resource": "refund",
            "id": back.number,
            "mode": "test",
            "description": back.key,
            "amount": _amount(back.minor, sale.currency),
            "metadata": {"key": back.key} if back.key else None,
            "paymentId": sale.number,
            "status": "failed" if back.state == "failed" else "refunded",
            "createdAt": _at(back.at),
            "_links": {
                "self": _link(f"{self.address}/v2/payments/{sale.number}/refunds/{back.number}"),
                "payment": _link(f"{self.address}/v2/payments/{sale.number}"),
                "documentation": _link("https://docs.mollie.com", "text/html"),
            },
        }

    def _dispute(self, sale: Sale, one: Dispute) -> dict[str, Any]:
        return {
            "resource": "chargeback",
            "id": one.number,
            "amount": _amount(one.minor, sale.currency),
            "settlementAmount": _amount(-one.minor, sale.currency),
            "reason": {"code": "AC01", "description": "The buyer knows nothing of it"},
            "paymentId": sale.number,
            "createdAt": _at(one.at),
            "reversedAt": _at(one.won_at) if one.won_at else None,
            "_links": {
                "self": _link(f"{self.address}/v2/payments/{sale.number}/chargebacks/{one.number}"),
                "payment": _link(f"{self.address}/v2/payments/{sale.number}"),
                "documentation": _link("https://docs.mollie.com", "text/html"),
            },
        }

    def _payout(self, paid: Paid) -> dict[str, Any]:
        cost = {
            "description": "Payments",
            "method": "creditcard",
            "count": 1,
            "rate": {"fixed": _amount(25, "EUR"), "percentage": "1.4"},
            "amountNet": _amount(paid.kept, "EUR"),
            "amountVat": None,
            "amountGross": _amount(paid.kept, "EUR"),
        }
        return {
            "resource": "settlement",
            "id": paid.number,
            "createdAt": _at(paid.at),
            "reference": paid.statement,
            "settledAt": _at(paid.at),
            "status": "paidout",
            "amount": _amount(paid.minor, "EUR"),
            "balanceId": "bal_standin123",
            "periods": {f"{paid.at:%Y}": {f"{paid.at:%m}": {"revenue": [], "costs": [cost]}}},
            "_links": {"self": _link(f"{self.address}/v2/settlements/{paid.number}")},
        }


def called(url: str, number: str) -> Sent:
    """A call as Mollie makes it: it names the payment, and proves nothing."""
    return Sent(url, {"Content-Type": "application/x-www-form-urlencoded"}, urlencode({"id": number}).encode())


def _hal(data: dict[str, Any], status: int = 200) -> Said:
    return said(data, status, {"Content-Type": "application/hal+json"})


def _listed(name: str, rows: list[dict[str, Any]], more: str = "") -> Said:
    links = {"self": _link(""), "previous": None, "next": _link(more) if more else None}
    return _hal({"count": len(rows), "_embedded": {name: rows}, "_links": links})


def _link(href: str, kind: str = "application/hal+json") -> dict[str, str]:
    return {"href": href, "type": kind}


def _amount(minor: int, currency: str) -> dict[str, str]:
    return {"currency": currency, "value": text_of(minor)}


def _at(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
