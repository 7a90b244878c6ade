"""What Mailgun says of a mail by calling us: signed inside the call, with the key for webhooks of its account.

The signature was checked against Mailgun's manual, “Securing Webhooks”; the names of the fields against the manual's
“Webhook Payloads” (`event`, `recipient`, `message.headers.message-id`) and the failed event of its “Events”
(`severity`, `reason`, `delivery-status`). Nothing was tried with an account.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from hmac import compare_digest
from hmac import digest as hmac
from typing import Any, NamedTuple

from zahlmeister.refusals import Refused

#: It tries again for eight hours; what is older was said by somebody who listened.
_STALE = timedelta(hours=24)


class Failed(NamedTuple):
    """A mail that came back; see `letters.bounce.Bounce`."""

    message_id: str
    reader: str
    is_final: bool
    why: str


def heard(body: bytes, key: str, *, at: datetime) -> Failed | None:
    """The mail that came back, by a call; None when the call is about something else.

    Args:
        body: the call as it came.
        key: the account's signing key for webhooks.
        at: now.

    Raises:
        Refused: it is no call of Mailgun's, not signed with this key, or old.
    """
    told = _mapping(_parsed(body))
    _check(_mapping(told.get("signature")), key, at)
    event = _mapping(told.get("event-data"))
    headers = _mapping(_mapping(event.get("message")).get("headers"))
    message_id = str(headers.get("message-id", "")).strip().strip("<>")
    if event.get("event") != "failed" or not message_id:
        return None
    status = _mapping(event.get("delivery-status"))
    why = status.get("message") or status.get("description") or event.get("reason") or ""
    said = f"{status.get('code', '')} {why}"
    return Failed(
        message_id, str(event.get("recipient", "")), event.get("severity") == "permanent", " ".join(said.split())[:300]
    )


def _check(signature: Mapping[str, Any], key: str, at: datetime) -> None:
    stamp, token, signed = (str(signature.get(name, "")) for name in ("timestamp", "token", "signature"))
    expected = hmac(key.encode(), f"{stamp}{token}".encode(), "sha256").hex()
    if not key or not compare_digest(expected.encode(), signed.encode()):
        raise Refused("The call is not signed with the key that is stored here.")
    if not stamp.isdecimal() or abs(at.timestamp() - int(stamp)) > _STALE.total_seconds():
        raise Refused("The call is older than a day, or of tomorrow.")


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError as error:
        raise Refused("The call is no JSON.") from error


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
