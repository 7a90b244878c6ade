"""Rows of PayPal's that stand by themselves: amounts, links, movements of a dispute, payouts."""

from datetime import UTC, datetime
from typing import Any

from zahlmeister.sandbox.providers.till import Paid, text_of


def moved(minor: int, currency: str, at: datetime, way: str, reason: str) -> dict[str, Any]:
    """A movement of a dispute on the seller's side."""
    return {
        "affected_party": "SELLER",
        "amount": amount(minor, currency),
        "initiated_time": told_at(at),
        "type": way,
        "reason": reason,
    }


def payout_row(paid: Paid) -> dict[str, Any]:
    """A payout as the report of transactions shows it."""
    return {
        "transaction_id": paid.number,
        "transaction_event_code": "T0400",
        "transaction_initiation_date": told_at(paid.at),
        "transaction_updated_date": told_at(paid.at),
        "transaction_amount": amount(-paid.minor, "EUR"),
        "transaction_status": "S",
        "bank_reference_id": paid.statement,
    }


def amount(minor: int, currency: str) -> dict[str, str]:
    """An amount as PayPal writes it."""
    return {"currency_code": currency, "value": text_of(minor)}


def link(rel: str, href: str, method: str) -> dict[str, str]:
    """One of the links of an answer."""
    return {"rel": rel, "href": href, "method": method}


def told_at(at: datetime) -> str:
    """An instant as PayPal writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
