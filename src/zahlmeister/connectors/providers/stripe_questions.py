"""What Stripe is asked for: a page for a payment, and a charge without the buyer."""

from typing import Any

from zahlmeister.connectors.providers.contract import Method, Stored, Wanted

_METHODS = {Method.CARD: "card", Method.PAYPAL: "paypal"}
_LOCALES = frozenset({"de", "en", "fr", "it"})


def as_session(wanted: Wanted) -> Any:
    """The session as Stripe wants it; see docs.stripe.com/api/checkout/sessions/create."""
    data = {"intent": wanted.intent}
    price = {
        "currency": wanted.amount.currency.lower(),
        "unit_amount": wanted.amount.minor,
        "product_data": {"name": wanted.purpose},
    }
    session: dict[str, Any] = {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "payment_method_types": [_METHODS[wanted.method]],
        "client_reference_id": wanted.intent,
        "metadata": data,
        "payment_intent_data": {"metadata": data, "description": wanted.purpose},
        "success_url": wanted.return_url,
        "cancel_url": wanted.cancel_url,
        "locale": wanted.language if wanted.language in _LOCALES else "auto",
    }
    if wanted.keeps:
        session["customer_creation"] = "always"
        session["payment_intent_data"]["setup_future_usage"] = "off_session"
    if wanted.email:
        session["customer_email"] = wanted.email
    if wanted.expires_at is not None:
        session["expires_at"] = int(wanted.expires_at.timestamp())
    return session


def as_charge(wanted: Wanted, stored: Stored) -> Any:
    """A charge without the buyer; see docs.stripe.com/payments/save-and-reuse."""
    return {
        "amount": wanted.amount.minor,
        "currency": wanted.amount.currency.lower(),
        "customer": stored.owner,
        "payment_method": stored.number,
        "payment_method_types": [_METHODS[wanted.method]],
        "off_session": True,
        "confirm": True,
        "description": wanted.purpose,
        "metadata": {"intent": wanted.intent},
    }
