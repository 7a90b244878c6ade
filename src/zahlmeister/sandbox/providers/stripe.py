"""Stripe as far as Checkout needs it: sessions, payment intents, refunds, disputes, payouts, and signed calls."""

import hmac
import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from zahlmeister.sandbox.providers.declined import Declined
from zahlmeister.sandbox.providers.stripe_rows import CARD, listed, moved, payout_row
from zahlmeister.sandbox.providers.till import (
    CHARGEBACK_FEE,
    Back,
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
#: A charge without the buyer has no page.
_ALONE = {"paid": ("payment_intent.succeeded",), "failed": ("payment_intent.payment_failed",)}
_CODES = {
    "too_much": "amount_too_large",
    "unpaid": "charge_not_captured",
    "missing": "resource_missing",
    "gone": "resource_missing",
}
_NUMBERS = {
    "sale": "cs_test",
    "payment": "pi",
    "owner": "cus",
    "kept": "pm",
    "refund": "re",
    "dispute": "du",
    "payout": "po",
    "statement": "STRIPE",
}
#: How a charge without the buyer is declined: the code, and the code of the bank.
_DECLINES = {
    "over": ("expired_card", "expired_card"),
    "asks": ("authentication_required", "authentication_required"),
    "declined": ("card_declined", "insufficient_funds"),
}


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
            ("POST", "/v1/payment_intents", self._charge_kept),
            ("GET", "/v1/payment_intents", self._charges),
            ("GET", "/v1/payment_intents/([^/]+)", lambda _, number: said(self._payment(self.sale(number)))),
            ("POST", "/v1/payment_methods/([^/]+)/detach", self._detached),
            ("POST", "/v1/refunds", self._send_back),
            ("GET", "/v1/refunds", self._backs),
            ("GET", "/v1/disputes", self._disputes),
            ("GET", "/v1/payouts", lambda asked: listed([payout_row(paid) for paid in self.payouts], asked)),
            ("GET", "/v1/balance_transactions", self._kept),
        )

    def refusal(self, declined: Declined) -> Said:
        kind = "idempotency_error" if declined.code == "idempotency" else "invalid_request_error"
        error = {"type": kind, "code": _CODES.get(declined.code, declined.code), "message": declined.sentence}
        if declined.code == "gone":
            error["param"] = "payment_method"
        return said({"error": error}, declined.status)

    def event(self, what: str, sale: Sale, about: object = None) -> None:
        kinds = _ALONE if sale.number == sale.payment else _EVENTS
        for kind in kinds.get(what, _EVENTS.get(what, ())):
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

    def _charge_kept(self, asked: Asked) -> Said:
        given = fields(asked.content)

        def make() -> Said:
            self.vault.find(given.get("payment_method", ""), given.get("customer", ""))
            sale = self._charged(given)
            try:
                self.vault.charge(sale.kept, self.now().date(), sale.owner)
            except Declined as declined:
                sale.state = declined.code
                self.event("failed", sale)
                code, bank = _DECLINES[declined.code]
                error = {"type": "card_error", "code": code, "decline_code": bank, "message": declined.sentence}
                return said({"error": {**error, "payment_intent": self._payment(sale)}}, 402)
            self.take(sale)
            return said(self._payment(sale))

        return self.once(asked, asked.headers.get("idempotency-key", ""), make)

    def _charged(self, given: dict[str, str]) -> Sale:
        if given.get("off_session") != "true" or given.get("confirm") != "true":
            raise Declined("parameter_missing", "Only charges without the buyer are made here.")
        number = self.number("payment")
        sale = self.open(
            number=number,
            intent=given.get("metadata[intent]", ""),
            minor=int(given["amount"]),
            currency=given["currency"].upper(),
            method=given.get("payment_method_types[0]", "card"),
            text=given.get("description", ""),
            return_url="",
            cancel_url="",
            webhook_url=self.webhook_url,
            expires_at=self.now() + self.OPEN_FOR,
            owner=given["customer"],
            kept=given["payment_method"],
        )
        sale.payment = number
        return sale

    def _charges(self, asked: Asked) -> Said:
        rows = [sale for sale in self.sales.values() if sale.owner and sale.owner == asked.query["customer"]]
        return listed([self._payment(sale) for sale in reversed(rows)], asked)

    def _detached(self, _: Asked, number: str) -> Said:
        self.vault.revoke(number)
        return said({"id": number, "object": "payment_method", "customer": None, "livemode": False, "type": "card"})

    def _backs(self, asked: Asked) -> Said:
        sale = self.sale(asked.query["payment_intent"])
        return listed([self._back(sale, back) for back in reversed(sale.backs)], asked)

    def _disputes(self, asked: Asked) -> Said:
        sale = self.sale(asked.query["payment_intent"])
        return listed([self._dispute(sale, one) for one in reversed(sale.disputes)], asked)

    def _kept(self, asked: Asked) -> Said:
        paid = next(one for one in self.payouts if one.number == asked.query["payout"])
        rows = [moved(f"txn_{paid.number}", -paid.kept, 0, "stripe_fee", "EUR", paid.at)] if paid.kept else []
        return listed(rows, asked)

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
            keeps=given.get("payment_intent_data[setup_future_usage]") == "off_session",
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
                return payout_row(about)
            case _:
                return self._payment(sale) if kind.startswith("payment_intent.") else self._session(sale)

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
            "automatic_tax": {"enabled": False, "status": None},
            "custom_fields": [],
            "custom_text": dict.fromkeys(("shipping_address", "submit", "terms_of_service_acceptance")),
            "shipping_options": [],
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
        has_failed = sale.state in {"failed_later", *_DECLINES}
        failed = "requires_payment_method" if has_failed else "processing"
        error = {"type": "invalid_request_error", "message": "The bank declined the payment."}
        if sale.state in _DECLINES:
            code, bank = _DECLINES[sale.state]
            error = {"type": "card_error", "code": code, "decline_code": bank, "message": "The card was declined."}
        return {
            "id": sale.payment,
            "object": "payment_intent",
            "amount": sale.minor,
            "amount_received": sale.minor if has_paid else 0,
            "capture_method": "automatic",
            "confirmation_method": "automatic",
            "created": int(sale.created_at.timestamp()),
            "currency": sale.currency.lower(),
            "customer": sale.owner or None,
            "last_payment_error": error if has_failed else None,
            "latest_charge": self._charge(sale) if has_paid else None,
            "livemode": False,
            "metadata": {"intent": sale.intent},
            "payment_method": sale.kept or None,
            "payment_method_types": [sale.method],
            "setup_future_usage": "off_session" if sale.keeps else None,
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
            "balance_transaction": moved(f"txn_{number}", sale.minor, sale.fee, "charge", sale.currency, sale.paid_at),
            "billing_details": dict.fromkeys(("address", "email", "name", "phone")),
            "captured": True,
            "created": int(sale.paid_at.timestamp()),
            "currency": sale.currency.lower(),
            "disputed": bool(sale.disputes),
            "livemode": False,
            "metadata": {"intent": sale.intent},
            "paid": True,
            "payment_intent": sale.payment,
            "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242", **CARD}},
            "refunded": sale.refunded >= sale.minor,
            "status": "succeeded",
        }

    def _back(self, sale: Sale, back: Back) -> dict[str, Any]:
        has_failed = back.state == "failed"
        left = moved(f"txn_{back.number}", -back.minor, 0, "refund", sale.currency, back.at)
        returned = moved(f"txn_{back.number}_f", back.minor, 0, "refund_failure", sale.currency, back.at)
        return {
            "id": back.number,
            "object": "refund",
            "amount": back.minor,
            "balance_transaction": left,
            "charge": f"ch_{sale.payment[3:]}",
            "created": int(back.at.timestamp()),
            "currency": sale.currency.lower(),
            **(
                {"failure_balance_transaction": returned, "failure_reason": "lost_or_stolen_card"} if has_failed else {}
            ),
            "metadata": {"key": back.key} if back.key else {},
            "payment_intent": sale.payment,
            "reason": None,
            "status": "failed" if has_failed else "succeeded",
        }

    def _dispute(self, sale: Sale, one: Dispute) -> dict[str, Any]:
        rows = [moved(f"txn_{one.number}", -one.minor, CHARGEBACK_FEE, "adjustment", sale.currency, one.at)]
        if one.won_at is not None:
            rows.append(moved(f"txn_{one.number}_w", one.minor, 0, "adjustment", sale.currency, one.won_at))
        return {
            "id": one.number,
            "object": "dispute",
            "amount": one.minor,
            "balance_transactions": rows,
            "charge": f"ch_{sale.payment[3:]}",
            "created": int(one.at.timestamp()),
            "currency": sale.currency.lower(),
            "evidence": {},
            "evidence_details": {"due_by": None, "has_evidence": False, "past_due": False, "submission_count": 0},
            "is_charge_refundable": False,
            "livemode": False,
            "metadata": {},
            "payment_intent": sale.payment,
            "reason": "fraudulent",
            "status": "won" if one.won_at else "needs_response",
        }
