"""Stripe as far as Checkout needs it: sessions, payment intents, refunds, disputes, payouts, and signed calls."""

import hmac
import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from zahlmeister.sandbox.providers.till import (
    CHARGEBACK_FEE,
    Back,
    Declined,
    Dispute,
    Paid,
    Route,
    Sale,
    Sent,
    Till,
    fields,
)
from zahlmeister.sandbox.shops.served import Asked, Said, said

API_KEY, SIGNING_SECRET = "sk_test_standin", "whsec_standin"
#: How a session may be left open (seconds from now).
_LEAST, _MOST = 30 * 60, 24 * 60 * 60
_EVENTS = {
    "paid": ("checkout.session.completed",),
    "pending": ("checkout.session.completed",),
    "async_paid": ("checkout.session.async_payment_succeeded",),
    "async_failed": ("checkout.session.async_payment_failed",),
    "expired": ("checkout.session.expired",),
    "refunded": ("refund.created", "charge.refunded"),
    "refund_failed": ("refund.failed",),
    "charged_back": ("charge.dispute.created", "charge.dispute.funds_withdrawn"),
    "won": ("charge.dispute.funds_reinstated", "charge.dispute.closed"),
    "paid_out": ("payout.paid",),
}
_CODES = {"too_much": "amount_too_large", "unpaid": "charge_not_captured", "missing": "resource_missing"}
_NUMBERS = {"sale": "cs_test", "payment": "pi", "refund": "re", "dispute": "du", "payout": "po", "statement": "STRIPE"}


class StripeStandIn(Till):
    """See the module. The calls are signed with `SIGNING_SECRET` and go to `webhook_url`."""

    title = "Stripe"

    def number(self, what: str) -> str:
        return super().number(_NUMBERS.get(what, what))

    def decline(self, number: str) -> Sale:
        """A declined card leaves the page open for another one, and nobody is called."""
        return self.sale(number)

    def give_up(self, number: str) -> Sale:
        """Going back leaves the page open as well."""
        return self.sale(number)

    def check(self, asked: Asked) -> None:
        if asked.headers.get("authorization") != f"Bearer {API_KEY}":
            raise Declined("invalid_api_key", "Invalid API Key provided.", 401)

    def routes(self) -> Sequence[Route]:
        sessions = "/v1/checkout/sessions"
        return (
            ("GET", "/v1/balance", lambda _: said({"object": "balance", "livemode": False})),
            ("POST", sessions, self._create),
            ("GET", f"{sessions}/([^/]+)", lambda asked, number: said(self._session(self.sale(number), asked))),
            ("POST", f"{sessions}/([^/]+)/expire", lambda _, number: said(self._session(self._closed(number)))),
            ("POST", "/v1/refunds", self._send_back),
            ("GET", "/v1/refunds", self._backs),
            ("GET", "/v1/disputes", self._disputes),
            ("GET", "/v1/payouts", lambda asked: _list([_payout(paid) for paid in self.payouts], asked)),
            ("GET", "/v1/balance_transactions", self._kept),
        )

    def refusal(self, declined: Declined) -> Said:
        kind = "idempotency_error" if declined.code == "idempotency" else "invalid_request_error"
        error = {"type": kind, "code": _CODES.get(declined.code, declined.code), "message": declined.sentence}
        return said({"error": error}, declined.status)

    def event(self, what: str, sale: Sale, about: object = None) -> None:
        for kind in _EVENTS.get(what, ()):
            self.call(self.signed(kind, self._about(kind, sale, about)))

    def signed(self, kind: str, about: dict[str, Any], *, secret: str = SIGNING_SECRET) -> Sent:
        """A call as Stripe makes it, signed now."""
        at = int(self.now().timestamp())
        event = {
            "id": self.number("evt"),
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": at,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
            "data": {"object": about},
        }
        body = json.dumps(event).encode()
        mark = hmac.new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
        headers = {"Content-Type": "application/json", "Stripe-Signature": f"t={at},v1={mark}"}
        return Sent(self.webhook_url, headers, body)

    # ---- what is asked for ----------------------------------------------------------------------------------------

    def _create(self, asked: Asked) -> Said:
        key = asked.headers.get("idempotency-key", "")
        return self.once(asked, key, lambda: said(self._session(self._opened(fields(asked.content)))))

    def _send_back(self, asked: Asked) -> Said:
        key = asked.headers.get("idempotency-key", "")
        return self.once(asked, key, lambda: said(self._back(*self._sent_back(fields(asked.content)))))

    def _backs(self, asked: Asked) -> Said:
        sale = self.sale(asked.query["payment_intent"])
        return _list([self._back(sale, back) for back in reversed(sale.backs)], asked)

    def _disputes(self, asked: Asked) -> Said:
        sale = self.sale(asked.query["payment_intent"])
        return _list([self._dispute(sale, one) for one in reversed(sale.disputes)], asked)

    def _kept(self, asked: Asked) -> Said:
        paid = next(one for one in self.payouts if one.number == asked.query["payout"])
        rows = [_moved(f"txn_{paid.number}", -paid.kept, 0, "stripe_fee", "EUR", paid.at)] if paid.kept else []
        return _list(rows, asked)

    def _opened(self, given: dict[str, str]) -> Sale:
        if given.get("mode") != "payment" or "line_items[0][price_data][unit_amount]" not in given:
            raise Declined("parameter_missing", "Missing required param: line_items.")
        now = int(self.now().timestamp())
        until = int(given.get("expires_at") or now + _MOST)
        if not _LEAST - 60 <= until - now <= _MOST:
            raise Declined("parameter_invalid", "The expires_at timestamp must be 30 minutes to 24 hours from now.")
        return self.open(
            intent=given.get("client_reference_id", ""),
            minor=int(given["line_items[0][price_data][unit_amount]"]),
            currency=given["line_items[0][price_data][currency]"].upper(),
            method=given.get("payment_method_types[0]", "card"),
            text=given["line_items[0][price_data][product_data][name]"],
            return_url=given["success_url"],
            cancel_url=given.get("cancel_url", ""),
            webhook_url=self.webhook_url,
            expires_at=self.now().fromtimestamp(until, self.now().tzinfo),
        )

    def _closed(self, number: str) -> Sale:
        sale = self.sale(number)
        if sale.state not in {"open", "failed"}:
            raise Declined("invalid", "Only Checkout Sessions with a status in [open] can be expired.")
        sale.state = "expired"
        self.event("expired", sale)
        return sale

    def _sent_back(self, given: dict[str, str]) -> tuple[Sale, Back]:
        sale = self.sale(given["payment_intent"])
        minor = int(given.get("amount") or sale.minor - sale.refunded)
        return sale, self.refund(sale, minor, given.get("metadata[key]", ""))

    # ---- what is answered -----------------------------------------------------------------------------------------

    def _about(self, kind: str, sale: Sale, about: object) -> dict[str, Any]:
        match about:
            case Back():
                return self._charge(sale) if kind.startswith("charge.") else self._back(sale, about)
            case Dispute():
                return self._dispute(sale, about)
            case Paid():
                return _payout(about)
            case _:
                return self._session(sale)

    def _session(self, sale: Sale, asked: Asked | None = None) -> dict[str, Any]:
        is_expanded = asked is not None and any("expand" in name for name in asked.query)
        has_paid = sale.paid_at is not None
        is_complete = has_paid or sale.state in {"pending", "failed_later"}
        status = "complete" if is_complete else "expired" if sale.state == "expired" else "open"
        payment: Any = self._payment(sale) if is_expanded else sale.payment
        return {
            "id": sale.number,
            "object": "checkout.session",
            "amount_subtotal": sale.minor,
            "amount_total": sale.minor,
            "cancel_url": sale.cancel_url,
            "client_reference_id": sale.intent,
            "created": int(sale.created_at.timestamp()),
            "currency": sale.currency.lower(),
            "expires_at": int(sale.expires_at.timestamp()),
            "livemode": False,
            "metadata": {"intent": sale.intent},
            "mode": "payment",
            "payment_intent": payment if is_complete else None,
            "payment_method_types": [sale.method],
            "payment_status": "paid" if has_paid else "unpaid",
            "status": status,
            "success_url": sale.return_url,
            "url": self.page(sale) if status == "open" else None,
        }

    def _payment(self, sale: Sale) -> dict[str, Any]:
        has_paid = sale.paid_at is not None
        failed = "requires_payment_method" if sale.state == "failed_later" else "processing"
        error = {"type": "invalid_request_error", "message": "The bank declined the payment."}
        return {
            "id": sale.payment,
            "object": "payment_intent",
            "amount": sale.minor,
            "amount_received": sale.minor if has_paid else 0,
            "created": int(sale.created_at.timestamp()),
            "currency": sale.currency.lower(),
            "last_payment_error": error if sale.state == "failed_later" else None,
            "latest_charge": self._charge(sale) if has_paid else None,
            "livemode": False,
            "metadata": {"intent": sale.intent},
            "status": "succeeded" if has_paid else failed,
        }

    def _charge(self, sale: Sale) -> dict[str, Any]:
        assert sale.paid_at is not None
        number = f"ch_{sale.payment[3:]}"
        return {
            "id": number,
            "object": "charge",
            "amount": sale.minor,
            "amount_captured": sale.minor,
            "amount_refunded": sale.refunded,
            "balance_transaction": _moved(f"txn_{number}", sale.minor, sale.fee, "charge", sale.currency, sale.paid_at),
            "captured": True,
            "created": int(sale.paid_at.timestamp()),
            "currency": sale.currency.lower(),
            "disputed": bool(sale.disputes),
            "livemode": False,
            "metadata": {"intent": sale.intent},
            "paid": True,
            "payment_intent": sale.payment,
            "refunded": sale.refunded >= sale.minor,
            "status": "succeeded",
        }

    def _back(self, sale: Sale, back: Back) -> dict[str, Any]:
        has_failed = back.state == "failed"
        moved = _moved(f"txn_{back.number}", -back.minor, 0, "refund", sale.currency, back.at)
        returned = _moved(f"txn_{back.number}_f", back.minor, 0, "refund_failure", sale.currency, back.at)
        return {
            "id": back.number,
            "object": "refund",
            "amount": back.minor,
            "balance_transaction": moved,
            "charge": f"ch_{sale.payment[3:]}",
            "created": int(back.at.timestamp()),
            "currency": sale.currency.lower(),
            "failure_balance_transaction": returned if has_failed else None,
            "failure_reason": "lost_or_stolen_card" if has_failed else None,
            "metadata": {"key": back.key} if back.key else {},
            "payment_intent": sale.payment,
            "reason": None,
            "status": "failed" if has_failed else "succeeded",
        }

    def _dispute(self, sale: Sale, one: Dispute) -> dict[str, Any]:
        rows = [_moved(f"txn_{one.number}", -one.minor, CHARGEBACK_FEE, "adjustment", sale.currency, one.at)]
        if one.won_at is not None:
            rows.append(_moved(f"txn_{one.number}_w", one.minor, 0, "adjustment", sale.currency, one.won_at))
        return {
            "id": one.number,
            "object": "dispute",
            "amount": one.minor,
            "balance_transactions": rows,
            "charge": f"ch_{sale.payment[3:]}",
            "created": int(one.at.timestamp()),
            "currency": sale.currency.lower(),
            "is_charge_refundable": False,
            "livemode": False,
            "metadata": {},
            "payment_intent": sale.payment,
            "reason": "fraudulent",
            "status": "won" if one.won_at else "needs_response",
        }


def _moved(number: str, minor: int, fee: int, kind: str, currency: str, at: Any) -> dict[str, Any]:
    return {
        "id": number,
        "object": "balance_transaction",
        "amount": minor,
        "available_on": int(at.timestamp()),
        "created": int(at.timestamp()),
        "currency": currency.lower(),
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [],
        "net": minor - fee,
        "reporting_category": kind,
        "source": None,
        "status": "available",
        "type": kind,
    }


def _payout(paid: Paid) -> dict[str, Any]:
    at = int(paid.at.timestamp())
    return {
        "id": paid.number,
        "object": "payout",
        "amount": paid.minor,
        "arrival_date": at,
        "automatic": True,
        "balance_transaction": None,
        "created": at,
        "currency": "eur",
        "description": "STRIPE PAYOUT",
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "reconciliation_status": "completed",
        "source_type": "card",
        "status": "paid",
        "trace_id": {"status": "supported", "value": paid.statement},
        "type": "bank_account",
    }


def _list(rows: list[dict[str, Any]], asked: Asked) -> Said:
    return said({"object": "list", "data": rows, "has_more": False, "url": asked.path})
