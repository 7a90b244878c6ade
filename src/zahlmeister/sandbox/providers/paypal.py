"""PayPal as far as Orders v2 needs it: orders are approved and then taken; refunds, disputes, signed calls."""

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4
from zlib import crc32

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from zahlmeister.sandbox.providers.declined import Declined
from zahlmeister.sandbox.providers.paypal_rows import amount, link, moved, payout_row, told_at
from zahlmeister.sandbox.providers.till import (
    CHARGEBACK_FEE,
    Back,
    Dispute,
    Route,
    Sale,
    Sent,
    Till,
    minor_of,
)
from zahlmeister.sandbox.shops.served import Asked, Said, said

CLIENT_ID, CLIENT_SECRET, WEBHOOK_ID = "standin", "geheim", "8PT597110X687430LKGECATA"
_TOKEN = "A21AAstandin"  # noqa: S105 - a stand-in's
_EVENTS = {
    "approved": ("CHECKOUT.ORDER.APPROVED",),
    "paid": ("PAYMENT.CAPTURE.COMPLETED",),
    "refunded": ("PAYMENT.CAPTURE.REFUNDED",),
    "refund_failed": ("PAYMENT.CAPTURE.REFUNDED",),
    "charged_back": ("CUSTOMER.DISPUTE.CREATED", "CUSTOMER.DISPUTE.UPDATED"),
    "won": ("CUSTOMER.DISPUTE.RESOLVED",),
}
_ISSUES = {
    "too_much": ("UNPROCESSABLE_ENTITY", "REFUND_AMOUNT_EXCEEDED", 422),
    "unpaid": ("UNPROCESSABLE_ENTITY", "CAPTURE_STATUS_NOT_VALID", 422),
    "not_approved": ("UNPROCESSABLE_ENTITY", "ORDER_NOT_APPROVED", 422),
    "declined": ("UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED", 422),
    "duplicate": ("UNPROCESSABLE_ENTITY", "DUPLICATE_INVOICE_ID", 422),
    "idempotency": ("UNPROCESSABLE_ENTITY", "PAYPAL_REQUEST_ID_PREVIOUSLY_USED", 422),
    "too_large": ("INVALID_REQUEST", "RESULTSET_TOO_LARGE", 400),
    "gone": ("UNPROCESSABLE_ENTITY", "TOKEN_ID_NOT_FOUND", 422),
    "over": ("UNPROCESSABLE_ENTITY", "PAYER_CANNOT_PAY", 422),
    "asks": ("UNPROCESSABLE_ENTITY", "PAYER_ACTION_REQUIRED", 422),
    "missing": ("RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", 404),
    "unauthorized": ("AUTHENTICATION_FAILURE", "INVALID_TOKEN", 401),
}


class PayPalStandIn(Till):
    """See the module. The buyer's approval takes nothing: that is done by the merchant's capture.

    `sees_disputes` and `sees_payouts` say what the app was allowed to.
    """

    title = "PayPal"

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC), *, calls: bool = False) -> None:
        self.sees_disputes = self.sees_payouts = True
        self.declines = 0
        self.most_reported, self.page_size = 10_000, 500
        super().__init__(now, calls=calls)

    def number(self, what: str) -> str:
        return f"{'PP-D-' if what == 'dispute' else ''}{uuid4().hex[:17].upper()}"

    def hear(self, asked: Asked) -> Said:
        """Its certificate is fetched while a call is being heard, so that it waits for nothing."""
        if asked.path == "/certs/standin.pem":
            return Said(200, _own_key()[1], {"Content-Type": "application/x-pem-file"})
        return super().hear(asked)

    def check(self, asked: Asked) -> None:
        if asked.path == "/v1/oauth2/token":
            basic = b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
            if asked.headers.get("authorization") != f"Basic {basic}":
                raise Declined("unauthorized", "Client Authentication failed", 401)
        elif asked.headers.get("authorization") != f"Bearer {_TOKEN}":
            raise Declined("unauthorized", "Authentication failed due to invalid authentication credentials.", 401)

    def routes(self) -> Sequence[Route]:
        orders = "/v2/checkout/orders"
        token = {"access_token": _TOKEN, "token_type": "Bearer", "expires_in": 32400, "scope": "openid"}
        return (
            ("POST", "/v1/oauth2/token", lambda _: said(token)),
            ("POST", orders, self._create),
            ("GET", f"{orders}/([^/]+)", lambda _, number: said(self._order(self._known(number)))),
            ("POST", f"{orders}/([^/]+)/capture", self._capture),
            ("DELETE", "/v3/vault/payment-tokens/([^/]+)", self._forget),
            ("POST", "/v2/payments/captures/([^/]+)/refund", self._send_back),
            ("GET", "/v1/customer/disputes", self._disputes),
            ("GET", "/v1/customer/disputes/([^/]+)", self._shown_dispute),
            ("GET", "/v1/reporting/transactions", self._report),
        )

    def refusal(self, declined: Declined) -> Said:
        name, issue, status = _ISSUES.get(declined.code, ("INVALID_REQUEST", declined.code.upper(), declined.status))
        details = [{"issue": issue, "description": declined.sentence}]
        return said(
            {"name": name, "message": declined.sentence, "debug_id": uuid4().hex[:13], "details": details}, status
        )

    def approve(self, number: str) -> Sale:
        """The buyer agrees; nothing is taken yet."""
        sale = self.sale(number)
        if sale.state == "open" and self.now() < sale.expires_at:
            sale.state = "approved"
            self.event("approved", sale)
        return sale

    def decline(self, number: str) -> Sale:
        """The buyer agrees, and his bank will not let the merchant take it."""
        self.declines += 1
        return self.approve(number)

    def give_up(self, number: str) -> Sale:
        """Going back leaves the order as it is, and nobody is called."""
        return self.sale(number)

    def event(self, what: str, sale: Sale, about: object = None) -> None:
        for kind in _EVENTS.get(what, ()):
            self.call(self.signed(kind, self._about(sale, about, kind)))

    def signed(self, kind: str, about: dict[str, Any], *, webhook_id: str = WEBHOOK_ID) -> Sent:
        """A call as PayPal makes it, signed now."""
        at = told_at(self.now())
        event = {
            "id": f"WH-{uuid4().hex[:17].upper()}",
            "event_version": "1.0",
            "create_time": at,
            "resource_type": "capture",
            "resource_version": "2.0",
            "event_type": kind,
            "summary": kind,
            "resource": about,
            "links": [],
        }
        body, number = json.dumps(event).encode(), str(uuid4())
        signed = f"{number}|{at}|{webhook_id}|{crc32(body)}".encode()
        headers = {
            "Content-Type": "application/json",
            "Paypal-Transmission-Id": number,
            "Paypal-Transmission-Time": at,
            "Paypal-Transmission-Sig": b64encode(_own_key()[0].sign(signed, PKCS1v15(), SHA256())).decode(),
            "Paypal-Cert-Url": f"{self.address}/certs/standin.pem",
            "Paypal-Auth-Algo": "SHA256withRSA",
        }
        return Sent(self.webhook_url, headers, body)

    # ---- what is asked for ----------------------------------------------------------------------------------------

    def _known(self, number: str) -> Sale:
        """Orders that nobody paid in time are forgotten."""
        sale = self.sale(number)
        if sale.state == "expired":
            raise Declined("missing", "The specified resource does not exist.", 404)
        return sale

    def _create(self, asked: Asked) -> Said:
        return self.once(
            asked, asked.headers.get("paypal-request-id", ""), lambda: said(self._order(self._opened(asked)), 201)
        )

    def _opened(self, asked: Asked) -> Sale:
        body = asked.json()
        if body.get("intent") != "CAPTURE" or not body.get("purchase_units"):
            raise Declined("missing_required_parameter", "A required field / parameter is missing.")
        unit = body["purchase_units"][0]
        if any(sale.intent == unit.get("invoice_id") and sale.paid_at for sale in self.sales.values()):
            raise Declined("duplicate", "Duplicate Invoice ID detected.")
        account = body.get("payment_source", {}).get("paypal", {})
        context, kept = account.get("experience_context", {}), account.get("vault_id", "")
        if kept:
            self.vault.charge(kept, self.now().date())
        sale = self.open(
            keeps=account.get("attributes", {}).get("vault", {}).get("store_in_vault") == "ON_SUCCESS",
            kept=kept,
            number=self.number("sale"),
            intent=unit.get("custom_id", ""),
            minor=minor_of(unit["amount"]["value"]),
            currency=unit["amount"]["currency_code"],
            method="paypal",
            text=unit.get("description", ""),
            return_url=context.get("return_url", ""),
            cancel_url=context.get("cancel_url", ""),
            webhook_url=self.webhook_url,
            expires_at=self.now() + self.OPEN_FOR,
        )
        if kept:
            self.take(sale)
        return sale

    def _forget(self, _: Asked, number: str) -> Said:
        self.vault.revoke(number)
        return Said(204, b"")

    def _capture(self, asked: Asked, number: str) -> Said:
        sale = self._known(number)

        def make() -> Said:
            if sale.state != "approved":
                raise Declined("not_approved", "Payer has not yet approved the Order for payment.")
            if self.declines:
                self.declines -= 1
                sale.state = "open"
                raise Declined("declined", "The instrument presented was either declined by the processor or bank.")
            self.take(sale)
            return said(self._order(sale), 201)

        return self.once(asked, asked.headers.get("paypal-request-id", ""), make)

    def _send_back(self, asked: Asked, number: str) -> Said:
        sale, body = self.sale(number), asked.json()

        def make() -> Said:
            minor = minor_of(body["amount"]["value"]) if "amount" in body else sale.minor - sale.refunded
            return said(self._back(sale, self.refund(sale, minor, body.get("custom_id", ""))), 201)

        return self.once(asked, asked.headers.get("paypal-request-id", ""), make)

    def _disputes(self, asked: Asked) -> Said:
        if not self.sees_disputes:
            raise Declined("not_authorized", "Authorization failed due to insufficient permissions.", 403)
        about = asked.query.get("disputed_transaction_id")
        found = [
            self._dispute(sale, one)
            for sale in self.sales.values()
            for one in sale.disputes
            if about in {None, sale.payment}
        ]
        brief = ("dispute_id", "create_time", "reason", "status", "dispute_amount", "links")
        return said({"items": [{name: one[name] for name in brief} for one in found], "links": []})

    def _shown_dispute(self, _: Asked, number: str) -> Said:
        for sale in self.sales.values():
            for one in sale.disputes:
                if one.number == number:
                    return said(self._dispute(sale, one))
        raise Declined("missing", "The specified resource does not exist.", 404)

    def _report(self, asked: Asked) -> Said:
        if not self.sees_payouts:
            raise Declined("not_authorized", "Authorization failed due to insufficient permissions.", 403)
        begin, end = (datetime.fromisoformat(asked.query[name]) for name in ("start_date", "end_date"))
        if end - begin > timedelta(days=31):
            raise Declined("invalid_request", "Date range is greater than 31 days")
        rows = [{"transaction_info": payout_row(paid)} for paid in self.payouts if begin <= paid.at <= end]
        if len(rows) > self.most_reported:
            sentence = "Result set size is greater than the maximum limit. Change the filter criteria and try again."
            raise Declined("too_large", sentence)
        size, page = min(int(asked.query.get("page_size", "100")), self.page_size), int(asked.query.get("page", "1"))
        links = [link("self", f"{self.address}{asked.path}", "GET")]
        return said(
            {
                "transaction_details": rows[(page - 1) * size : page * size],
                "total_items": len(rows),
                "total_pages": max(-(-len(rows) // size), 1),
                "page": page,
                "links": links,
            }
        )

    # ---- what is answered -----------------------------------------------------------------------------------------

    def _about(self, sale: Sale, about: object, kind: str) -> dict[str, Any]:
        match about:
            case Back():
                return self._back(sale, about)
            case Dispute():
                return self._dispute(sale, about)
            case _:
                return self._order(sale) if kind.startswith("CHECKOUT.") else self._captured(sale)

    def _order(self, sale: Sale) -> dict[str, Any]:
        has_paid = sale.paid_at is not None
        status = "COMPLETED" if has_paid else "APPROVED" if sale.state == "approved" else "PAYER_ACTION_REQUIRED"
        unit: dict[str, Any] = {
            "reference_id": "default",
            "amount": amount(sale.minor, sale.currency),
            "description": sale.text,
            "custom_id": sale.intent,
            "invoice_id": sale.intent,
        }
        if has_paid:
            refunds = [self._back(sale, back) for back in sale.backs]
            unit["payments"] = {"captures": [self._captured(sale)], **({"refunds": refunds} if refunds else {})}
        links = [link("self", f"{self.address}/v2/checkout/orders/{sale.number}", "GET")]
        if status == "PAYER_ACTION_REQUIRED":
            links.append(link("payer-action", self.page(sale), "GET"))
        return {
            "id": sale.number,
            "intent": "CAPTURE",
            "status": status,
            "create_time": told_at(sale.created_at),
            "payment_source": {"paypal": self._account(sale)},
            "purchase_units": [unit],
            "links": links,
        }

    def _account(self, sale: Sale) -> dict[str, Any]:
        """Whose account paid, and what it is stored as."""
        if sale.paid_at is None or not sale.keeps:
            return {}
        vault = {"id": sale.kept, "status": "VAULTED", "customer": {"id": sale.owner}}
        return {"email_address": "anna@post.example", "attributes": {"vault": vault}}

    def _captured(self, sale: Sale) -> dict[str, Any]:
        assert sale.paid_at is not None
        status = "COMPLETED"
        if sale.refunded:
            status = "REFUNDED" if sale.refunded >= sale.minor else "PARTIALLY_REFUNDED"
        return {
            "id": sale.payment,
            "status": status,
            "amount": amount(sale.minor, sale.currency),
            "final_capture": True,
            "custom_id": sale.intent,
            "invoice_id": sale.intent,
            "seller_receivable_breakdown": {
                "gross_amount": amount(sale.minor, sale.currency),
                "paypal_fee": amount(sale.fee, sale.currency),
                "net_amount": amount(sale.minor - sale.fee, sale.currency),
            },
            "create_time": told_at(sale.paid_at),
            "update_time": told_at(sale.paid_at),
            "supplementary_data": {"related_ids": {"order_id": sale.number}},
            "links": [link("up", f"{self.address}/v2/checkout/orders/{sale.number}", "GET")],
        }

    def _back(self, sale: Sale, back: Back) -> dict[str, Any]:
        return {
            "id": back.number,
            "status": "FAILED" if back.state == "failed" else "COMPLETED",
            "amount": amount(back.minor, sale.currency),
            "custom_id": back.key,
            "seller_payable_breakdown": {
                "gross_amount": amount(back.minor, sale.currency),
                "paypal_fee": amount(0, sale.currency),
                "net_amount": amount(back.minor, sale.currency),
            },
            "create_time": told_at(back.at),
            "update_time": told_at(back.at),
            "links": [link("up", f"{self.address}/v2/payments/captures/{sale.payment}", "GET")],
        }

    def _dispute(self, sale: Sale, one: Dispute) -> dict[str, Any]:
        movements = [moved(one.minor, sale.currency, one.at, "DEBIT", "DISPUTE_SETTLEMENT")]
        movements.append(moved(CHARGEBACK_FEE, sale.currency, one.at, "DEBIT", "CHARGEBACK_FEE"))
        if one.won_at is not None:
            movements.append(moved(one.minor, sale.currency, one.won_at, "CREDIT", "DISPUTE_SETTLEMENT"))
        paid = {"seller_transaction_id": sale.payment, "custom": sale.intent, "invoice_number": sale.intent}
        return {
            "dispute_id": one.number,
            "create_time": told_at(one.at),
            "update_time": told_at(one.won_at or one.at),
            "disputed_transactions": [paid],
            "reason": "UNAUTHORISED",
            "status": "RESOLVED" if one.won_at else "UNDER_REVIEW",
            "dispute_amount": amount(one.minor, sale.currency),
            "money_movements": movements,
            "links": [link("self", f"{self.address}/v1/customer/disputes/{one.number}", "GET")],
        }


@cache
def _own_key() -> tuple[RSAPrivateKey, bytes]:
    """A key of this process, and the certificate that goes with it."""
    key = generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "messageverificationcerts.stand-in")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    valid = made.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
    return key, valid.sign(key, SHA256()).public_bytes(Encoding.PEM)
