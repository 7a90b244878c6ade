"""Webhooks: what they can be told, and how a call is signed (Standard Webhooks, HMAC-SHA256).

The secret is `whsec_` and 32 random bytes in base64. While it is changed, the one before stays valid and calls carry
both signatures.
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import token_bytes

from zahlmeister.merchants.seal import opened, seal
from zahlmeister.programs.models import Callback

PREFIX = "whsec_"
#: So long the secret before stays valid when there is a new one.
BOTH = timedelta(days=1)


class Topic(StrEnum):
    """What a webhook can be told; each names a thing to look at again."""

    ORDER = "order.changed"
    PAYMENT = "payment.changed"
    REFUND = "refund.changed"
    PAYOUT = "payout.changed"
    PURCHASE = "purchase.changed"
    SETTLEMENT = "settlement.changed"
    CASE = "case.changed"
    CUSTOMER = "customer.changed"
    ACCOUNT = "account.changed"


#: What a webhook of one shop can be told.
OF_ONE_SHOP = (Topic.ORDER, Topic.REFUND, Topic.CASE)
#: What only a person or program asks for, to see whether it arrives.
TEST = "test"


def new_secret() -> str:
    """A secret nobody can guess."""
    return PREFIX + b64encode(token_bytes(32)).decode()


def keep_secret(callback: Callback, secret: str) -> None:
    """Seal the first secret of a webhook on its row."""
    callback.sealed = seal({"secret": secret}, _purpose(callback))


def change_secret(callback: Callback, source: str, *, at: datetime) -> str:
    """Seal a new secret on a webhook's row; the one before stays valid for a while. The same source again changes none.

    Returns:
        The new secret.
    """
    kept = opened(bytes(callback.sealed), _purpose(callback))
    if kept.get("source") == source:
        return kept["secret"]
    told = {"secret": new_secret(), "before": kept["secret"], "until": (at + BOTH).isoformat(), "source": source}
    callback.sealed = seal(told, _purpose(callback))
    return told["secret"]


def secrets_of(callback: Callback, *, at: datetime) -> list[str]:
    """The secrets that a call is signed with, the newest first."""
    kept = opened(bytes(callback.sealed), _purpose(callback))
    is_valid = bool(kept.get("until")) and at < datetime.fromisoformat(kept["until"])
    return [kept["secret"], *([kept["before"]] if is_valid else [])]


def signatures(secrets: list[str], number: str, content: bytes, at: datetime) -> str:
    """What stands in `webhook-signature`: of id, seconds since 1970 and content, one for each secret."""
    signed = f"{number}.{int(at.timestamp())}.".encode() + content
    return " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets)


def _signature(secret: str, signed: bytes) -> str:
    key = b64decode(secret.removeprefix(PREFIX))
    return b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _purpose(callback: Callback) -> str:
    return f"callback:{callback.pk}"
