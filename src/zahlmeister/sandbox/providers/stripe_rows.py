"""Rows of Stripe's that stand by themselves: what moved on the balance, payouts, and lists."""

from typing import Any

from zahlmeister.sandbox.providers.till import Paid
from zahlmeister.sandbox.shops.served import Asked, Said, said

#: What else is said of a card that has paid.
CARD = dict.fromkeys(
    ("checks", "country", "funding", "installments", "mandate", "network", "three_d_secure", "wallet")
) | {"exp_month": 12, "exp_year": 2030}


def moved(number: str, minor: int, fee: int, kind: str, currency: str, at: Any) -> dict[str, Any]:
    """A row of the balance: what moved, and what Stripe kept of it."""
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


def payout_row(paid: Paid) -> dict[str, Any]:
    """A payout that was made."""
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


def listed(rows: list[dict[str, Any]], asked: Asked) -> Said:
    """Rows as Stripe lists them, all on one page."""
    return said({"object": "list", "data": rows, "has_more": False, "url": asked.path})
