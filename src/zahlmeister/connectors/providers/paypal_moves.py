"""What PayPal says of money, read into movements: what was taken, refunded, disputed and paid out."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from zahlmeister.connectors.providers.contract import Kind, Move, Payout, Stored
from zahlmeister.money.amount import Amount

_NOT_REFUNDED = frozenset({"FAILED", "CANCELLED"})


def captured(capture: Mapping[str, Any]) -> Move:
    """What was taken, with PayPal's fee as far as it is told."""
    amount = amount_of(capture["amount"])
    fee = (capture.get("seller_receivable_breakdown") or {}).get("paypal_fee")
    return Move(capture["id"], Kind.SUCCEEDED, amount, instant(capture["create_time"]), _fee(fee, amount, 1))


def stored_by(order: Mapping[str, Any]) -> Stored | None:
    """The PayPal account that was stored with an order, where the buyer has agreed to that."""
    account = (order.get("payment_source") or {}).get("paypal") or {}
    vault = (account.get("attributes") or {}).get("vault") or {}
    if not vault.get("id"):
        return None  # nothing was to be stored, or PayPal is still at it
    return Stored(vault["id"], (vault.get("customer") or {}).get("id", ""), account.get("email_address", ""))


def refunded(row: Mapping[str, Any]) -> list[Move]:
    """A refund counts as soon as it is there; one that failed or was cancelled has come back."""
    amount, at, ours = amount_of(row["amount"]), instant(row["create_time"]), row.get("custom_id") or ""
    back = (row.get("seller_payable_breakdown") or {}).get("paypal_fee")
    moves = [Move(row["id"], Kind.REFUNDED, amount, at, _fee(back, amount, -1), ours)]
    if row["status"] in _NOT_REFUNDED:
        moves.append(Move(row["id"], Kind.REFUND_FAILED, amount, at, _fee(back, amount, 1), ours))
    return moves


def disputed(dispute: Mapping[str, Any]) -> list[Move]:
    """A dispute, and what it has moved on the seller's side."""
    number, reason = dispute["dispute_id"], dispute.get("reason", "")
    moves = [
        Move(
            number, Kind.DISPUTED, amount_of(dispute["dispute_amount"]), instant(dispute["create_time"]), reason=reason
        )
    ]
    sellers = [one for one in dispute.get("money_movements") or [] if one.get("affected_party") == "SELLER"]
    known: Counter[str] = Counter()
    for one in sellers:
        key = _key_of(number, one)
        known[key] += 1
        kind = Kind.CHARGED_BACK if one["type"] == "DEBIT" else Kind.CHARGEBACK_WON
        is_fee = "FEE" in one.get("reason", "")
        amount = amount_of(one["amount"])
        moved = Amount(0, amount.currency) if is_fee else amount
        fee = (amount if one["type"] == "DEBIT" else -amount) if is_fee else None
        again = f":{known[key]}" if known[key] > 1 else ""
        moves.append(Move(f"{key}{again}", kind, moved, instant(one["initiated_time"]), fee, reason=reason))
    return moves


def _key_of(dispute: str, movement: Mapping[str, Any]) -> str:
    """A movement has no number of its own, and its place in the list may change: what is said of it names it."""
    amount, at = movement["amount"], instant(movement["initiated_time"])
    said = f"{at:%Y%m%d%H%M%S}:{amount['value']}:{amount['currency_code']}:{movement.get('reason', '')}"
    return f"{dispute}:{movement['type']}:{sha256(said.encode()).hexdigest()[:16]}"  # it becomes part of longer keys


def payout_of(row: Mapping[str, Any]) -> Payout:
    """A payout, as the report of transactions tells it."""
    amount = -amount_of(row["transaction_amount"])
    fee = amount_of(row["fee_amount"]) if "fee_amount" in row else Amount(0, amount.currency)
    number = row.get("bank_reference_id") or row["transaction_id"]
    on = instant(row["transaction_initiation_date"]).date()
    return Payout(row["transaction_id"], number, amount, on, -fee)


def _fee(told: Mapping[str, Any] | None, amount: Amount, sign: int) -> Amount | None:
    """A fee in the payment's currency; None while it is not told, or told in another."""
    if not told or told["currency_code"] != amount.currency:
        return None
    fee = amount_of(told)
    return fee if sign > 0 else -fee


def as_told(amount: Amount) -> dict[str, str]:
    """An amount as PayPal wants it."""
    return {"currency_code": amount.currency, "value": amount.text()}


def amount_of(told: Mapping[str, Any]) -> Amount:
    """An amount as PayPal tells it."""
    return Amount.parse(str(told["value"]), str(told["currency_code"]))


def instant(text: str) -> datetime:
    """A moment as PayPal tells it."""
    return datetime.fromisoformat(text)
