"""Stripe: a hosted page of Checkout for each payment, through Stripe's own library and our own web client.

The library is told to send nothing about this machine and to write nothing on it. A payment counts once its session
says `paid` (docs.stripe.com/payments/checkout/fulfill-orders); what it cost, and what went back, is what the balance
transactions say.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import stripe

from zahlmeister.connectors.providers.contract import (
    Call,
    Charged,
    Found,
    Kind,
    Move,
    Payout,
    Seen,
    Standing,
    Started,
    Stored,
    Wanted,
    Why,
)
from zahlmeister.connectors.providers.stripe_questions import as_charge, as_session
from zahlmeister.connectors.web import Question, Site, site
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused, Unreachable

stripe.enable_telemetry = False

#: A signature is taken for so long after it was made (docs.stripe.com/webhooks/signature).
TOLERANCE = timedelta(minutes=5)
#: A session may stay open for at least half an hour and at most a day (docs.stripe.com/api/checkout/sessions/create).
SHORTEST, LONGEST = timedelta(minutes=30), timedelta(hours=24)
_KINDS = {
    "checkout.session.completed": Kind.SUCCEEDED,
    "checkout.session.async_payment_succeeded": Kind.SUCCEEDED,
    "checkout.session.async_payment_failed": Kind.FAILED,
    "checkout.session.expired": Kind.EXPIRED,
    "payment_intent.succeeded": Kind.SUCCEEDED,
    "payment_intent.payment_failed": Kind.FAILED,
    "charge.refunded": Kind.REFUNDED,
    "refund.created": Kind.REFUNDED,
    "refund.updated": Kind.REFUNDED,
    "refund.failed": Kind.REFUND_FAILED,
    "charge.dispute.created": Kind.DISPUTED,
    "charge.dispute.funds_withdrawn": Kind.CHARGED_BACK,
    "charge.dispute.funds_reinstated": Kind.CHARGEBACK_WON,
    "charge.dispute.closed": Kind.DISPUTED,
    "payout.paid": Kind.PAID_OUT,
}
#: Balance transactions that are about no payment: what Stripe keeps for itself.
_FEES = frozenset({"stripe_fee", "stripe_fx_fee", "tax_fee", "network_cost"})
#: A refund that did not leave, or came back.
_NOT_REFUNDED = frozenset({"failed", "canceled"})
#: Declines that are more than a no to this one charge (docs.stripe.com/error-codes).
_WHYS = {
    "authentication_required": Why.ASK,
    "expired_card": Why.GONE,
    "lost_card": Why.GONE,
    "stolen_card": Why.GONE,
}
#: A question that is wrong in one of these is about a card that was removed.
_STORED = frozenset({"payment_method", "customer"})
#: How a payment stands by itself, without a page.
_ALONE = {"succeeded": Standing.SUCCEEDED, "processing": Standing.PROCESSING}


@contextmanager
def opened(address: str, keys: Mapping[str, str]) -> Iterator["Stripe"]:
    """Stripe at an address, with the merchant's keys."""
    with site(address) as far_side:
        yield Stripe(far_side, address, keys)


class _Client(stripe.HTTPClient):
    """The library's questions, asked by the house's own web client."""

    name = "zahlmeister"

    def __init__(self, far_side: Site) -> None:
        super().__init__(verify_ssl_certs=True)
        self._site = far_side

    def request(  # type: ignore[override]  # the library reads bytes, whatever its base class says
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: Any
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """One question; every status is an answer that the library reads."""
        content = post_data.encode() if isinstance(post_data, str) else post_data
        reply = self._site.ask(
            Question(method.upper(), url, content=content, headers=dict(headers or {})), accepted=range(600)
        )
        return reply.content, reply.status, reply.headers


class Stripe:
    """See `contract.Provider`."""

    def __init__(self, far_side: Site, address: str, keys: Mapping[str, str]) -> None:
        self._client = stripe.StripeClient(
            keys["api_key"], base_addresses={"api": address}, http_client=_Client(far_side), max_network_retries=0
        )
        self._secret = keys.get("webhook_secret", "")

    def check(self) -> str:
        with _answered():
            balance = self._client.v1.balance.retrieve()
        return "Stripe" if balance.livemode else "Stripe (test)"

    def start(self, wanted: Wanted) -> Started:
        with _answered():
            session = self._client.v1.checkout.sessions.create(as_session(wanted), {"idempotency_key": wanted.intent})
        if not session.url:
            raise Unreachable("Stripe has made a payment without a page to pay it on.")
        return Started(session.id, session.url)

    def fetch(self, provider_id: str, *, takes: bool = True) -> Found:
        del takes  # a buyer who has paid here has paid
        with _answered():
            session, payment = self._looked_up(provider_id)
            if payment is None:
                return Found(provider_id, _standing(session, None))
            moves = [*_paid(payment), *self._refunds(payment.id), *self._disputes(payment.id)]
        error = _told(payment, "last_payment_error")
        reason = (_told(error, "message") or "") if error else ""
        moves.sort(key=lambda move: move.at)
        return Found(provider_id, _standing(session, payment), moves, payment.id, reason, _stored(payment))

    def cancel(self, provider_id: str) -> None:
        try:
            with _answered():
                self._client.v1.checkout.sessions.expire(provider_id)
        except Refused:
            return  # it is over already: `fetch` says how

    def refund(self, provider_id: str, amount: Amount, key: str) -> Move:
        with _answered():
            _, payment = self._looked_up(provider_id)
            if payment is None:
                raise Refused("Nothing was paid by this payment, so that nothing can go back.")
            refund = self._client.v1.refunds.create(
                {
                    "payment_intent": payment.id,
                    "amount": amount.minor,
                    "metadata": {"key": key},
                    "expand": ["balance_transaction"],
                },
                {"idempotency_key": key},
            )
        return _refunded(refund)[-1]

    def charge(self, wanted: Wanted, stored: Stored) -> Charged:
        """Stripe keeps its keys for a day; a charge that was made is looked for before another one could be."""
        known = self.charged(wanted, stored)
        if known is not None:
            return known
        with _answered():
            try:
                made = self._client.v1.payment_intents.create(
                    as_charge(wanted, stored), {"idempotency_key": wanted.intent}
                )
            except stripe.CardError as error:
                return _declined(error)
            except stripe.IdempotencyError as error:
                raise Unreachable(f"Stripe knows this charge already: {error.user_message or error}") from error
            except stripe.InvalidRequestError as error:
                if error.param in _STORED:
                    return Charged("", Why.GONE, error.user_message or str(error))
                raise
        return _charged(made)

    def charged(self, wanted: Wanted, stored: Stored) -> Charged | None:
        with _answered():
            rows = self._client.v1.payment_intents.list({"customer": stored.owner, "limit": 100}).data
        known = next((row for row in rows if _intent_of(row) == wanted.intent), None)
        return None if known is None else _charged(known)

    def forget(self, stored: Stored) -> None:
        try:
            with _answered():
                self._client.v1.payment_methods.detach(stored.number)
        except Refused:
            return  # it was removed already

    def payouts(self, since: date) -> Sequence[Payout]:
        begin = int(datetime.combine(since, time(), UTC).timestamp())
        with _answered():
            rows = self._client.v1.payouts.list(
                {"arrival_date": {"gte": begin}, "status": "paid", "limit": 100}
            ).auto_paging_iter()
            return [self._payout(row) for row in rows]

    def read_event(self, call: Call) -> Seen | None:
        header = call.headers.get("stripe-signature", "")
        try:
            stripe.WebhookSignature.verify_header(call.body, header, self._secret, None)
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as error:
            raise Refused("This call is not signed by Stripe with the signing secret that was given here.") from error
        signed_at = next(int(part[2:]) for part in header.split(",") if part.startswith("t="))
        if abs(call.at - datetime.fromtimestamp(signed_at, UTC)) > TOLERANCE:
            raise Refused("This call was signed more than five minutes ago; Stripe signs anew when it calls again.")
        event = json.loads(call.body)
        kind = _KINDS.get(event["type"])
        if kind is None:
            return None
        about = event["data"]["object"]
        is_itself = about["object"] in {"checkout.session", "payment_intent"}
        number = about["id"] if is_itself else about.get("payment_intent") or ""
        reference = about.get("client_reference_id") or (about.get("metadata") or {}).get("intent", "")
        return Seen(event["id"], number, kind, _instant(event["created"]), reference)

    def _looked_up(self, provider_id: str) -> tuple[stripe.checkout.Session | None, stripe.PaymentIntent | None]:
        """The page and its payment: a charge without the buyer has no page, a page that nobody used no payment."""
        if provider_id.startswith("pi_"):
            alone = self._client.v1.payment_intents.retrieve(
                provider_id, {"expand": ["latest_charge.balance_transaction"]}
            )
            return None, alone
        session = self._client.v1.checkout.sessions.retrieve(
            provider_id, {"expand": ["payment_intent.latest_charge.balance_transaction"]}
        )
        payment = session.payment_intent
        return session, payment if isinstance(payment, stripe.PaymentIntent) else None

    def _refunds(self, payment: str) -> list[Move]:
        rows = self._client.v1.refunds.list(
            {"payment_intent": payment, "limit": 100, "expand": ["data.balance_transaction"]}
        )
        return [move for row in rows.auto_paging_iter() for move in _refunded(row)]

    def _disputes(self, payment: str) -> list[Move]:
        rows = self._client.v1.disputes.list({"payment_intent": payment, "limit": 100})
        return [move for row in rows.auto_paging_iter() for move in _disputed(row)]

    def _payout(self, row: stripe.Payout) -> Payout:
        kept = 0
        if row.automatic:
            rows = self._client.v1.balance_transactions.list({"payout": row.id, "limit": 100})
            kept = -sum(one.net for one in rows.auto_paging_iter() if one.type in _FEES)
        told = _told(row, "trace_id")
        trace = told.value if told else None
        currency = row.currency.upper()
        on = datetime.fromtimestamp(row.arrival_date, UTC).date()
        return Payout(row.id, trace or row.id, Amount(row.amount, currency), on, Amount(kept, currency))


def _intent_of(payment: stripe.PaymentIntent) -> str:
    return str(payment.metadata["intent"]) if "intent" in payment.metadata else ""


def _charged(payment: stripe.PaymentIntent) -> Charged:
    if payment.status in _ALONE:
        return Charged(payment.id)
    error = _told(payment, "last_payment_error")
    if not error:
        return Charged(payment.id, Why.ASK)
    code = _told(error, "decline_code") or _told(error, "code") or ""
    return Charged(payment.id, _WHYS.get(code, Why.DECLINED), _told(error, "message") or "")


def _declined(error: stripe.CardError) -> Charged:
    """Stripe makes a payment of a charge that is declined, and tells it with the decline."""
    told = error.error
    payment = _told(told, "payment_intent")
    code = _told(told, "decline_code") or error.code or ""
    why = _WHYS.get(code) or _WHYS.get(error.code or "", Why.DECLINED)
    return Charged(payment.id if payment is not None else "", why, error.user_message or str(error))


def _stored(payment: stripe.PaymentIntent) -> Stored | None:
    """The card that was stored with the payment, where the buyer has agreed to that."""
    charge = _told(payment, "latest_charge")
    if (
        _told(payment, "setup_future_usage") != "off_session"
        or not isinstance(charge, stripe.Charge)
        or not charge.paid
    ):
        return None
    details = _told(charge, "payment_method_details")
    card = details.card if details else None
    label = f"{(card.brand or '').title()} … {card.last4}" if card else ""
    return Stored(str(payment.payment_method), str(payment.customer), label) if payment.payment_method else None


def _standing(session: stripe.checkout.Session | None, payment: stripe.PaymentIntent | None) -> Standing:
    if session is None:
        return _ALONE.get(payment.status if payment else "", Standing.FAILED)
    if session.payment_status == "paid":
        return Standing.SUCCEEDED
    if session.status == "expired":
        return Standing.EXPIRED
    if session.status == "open":
        return Standing.WAITING
    has_failed = payment is not None and payment.status in {"requires_payment_method", "canceled"}
    return Standing.FAILED if has_failed else Standing.PROCESSING


def _paid(payment: stripe.PaymentIntent) -> list[Move]:
    charge = _told(payment, "latest_charge")
    if not isinstance(charge, stripe.Charge) or charge.status != "succeeded":
        return []
    amount = Amount(charge.amount_captured, charge.currency.upper())
    return [Move(charge.id, Kind.SUCCEEDED, amount, _instant(charge.created), _fee(charge.balance_transaction, amount))]


def _refunded(refund: stripe.Refund) -> list[Move]:
    """A refund that failed has left all the same, and came back."""
    amount = Amount(refund.amount, refund.currency.upper())
    metadata = _told(refund, "metadata")
    ours = str(metadata["key"]) if metadata and "key" in metadata else ""
    at, fee = _instant(refund.created), _fee(_told(refund, "balance_transaction"), amount)
    moves = [Move(refund.id, Kind.REFUNDED, amount, at, fee, ours, _told(refund, "reason") or "")]
    if _told(refund, "status") in _NOT_REFUNDED:
        fee = _fee(_told(refund, "failure_balance_transaction"), amount)
        moves.append(Move(refund.id, Kind.REFUND_FAILED, amount, at, fee, ours, _told(refund, "failure_reason") or ""))
    return moves


def _disputed(dispute: stripe.Dispute) -> list[Move]:
    """What a dispute has moved is what its balance transactions say: away when it begins, to us when it is won."""
    currency = dispute.currency.upper()
    amount = Amount(dispute.amount, currency)
    moves = [Move(dispute.id, Kind.DISPUTED, amount, _instant(dispute.created), reason=dispute.reason)]
    for row in dispute.balance_transactions:
        kind = Kind.CHARGED_BACK if row.amount < 0 else Kind.CHARGEBACK_WON
        moved = Amount(abs(row.amount), row.currency.upper())
        moves.append(Move(row.id, kind, moved, _instant(row.created), _fee(row, moved), reason=dispute.reason))
    return moves


def _told(row: Any, name: str) -> Any:
    """A field that Stripe's description does not promise; None where it is missing, at which the library stumbles."""
    return getattr(row, name, None)


def _fee(row: Any, amount: Amount) -> Amount | None:
    """What was kept of a move; None while it is not said, or was said in another currency."""
    if not isinstance(row, stripe.BalanceTransaction) or row.currency.upper() != amount.currency:
        return None
    return Amount(row.fee, amount.currency)


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@contextmanager
def _answered() -> Iterator[None]:
    """Turn what the library raises into the house's refusals."""
    try:
        yield
    except (stripe.InvalidRequestError, stripe.CardError, stripe.IdempotencyError) as error:
        raise Refused(f"Stripe declines: {error.user_message or error}") from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise Unreachable(f"Stripe does not accept the key: {error.user_message or error}", permanent=True) from error
    except stripe.StripeError as error:
        raise Unreachable(f"Stripe does not answer as it should: {error.user_message or error}") from error
