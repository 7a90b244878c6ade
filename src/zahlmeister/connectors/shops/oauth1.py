"""Questions signed by OAuth 1.0a: both secrets stay here, the question carries proof that we know them.

Source: RFC 5849; Magento wants HMAC-SHA256.
"""

import hashlib
import hmac
import secrets
import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Keys:
    """Who asks, and by whose leave."""

    consumer_key: str
    consumer_secret: str
    token: str
    token_secret: str


def authorization(method: str, url: str, query: Pairs, keys: Keys) -> str:
    """The header `Authorization` of a question; `url` is without its query. A body of JSON is not signed."""
    said = {
        "oauth_consumer_key": keys.consumer_key,
        "oauth_nonce": secrets.token_hex(16),
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(int(time.time())),
        "oauth_token": keys.token,
        "oauth_version": "1.0",
    }
    said["oauth_signature"] = signature(method, url, [*query, *said.items()], keys)
    return "OAuth " + ", ".join(f'{name}="{_quoted(value)}"' for name, value in sorted(said.items()))


def signature(method: str, url: str, pairs: Pairs, keys: Keys, digest: str = "sha256") -> str:
    """The signature over method, address and all parameters, in their order after quoting."""
    parameters = "&".join("=".join(pair) for pair in sorted((_quoted(name), _quoted(value)) for name, value in pairs))
    base = "&".join((method.upper(), _quoted(url), _quoted(parameters)))
    key = f"{_quoted(keys.consumer_secret)}&{_quoted(keys.token_secret)}"
    return b64encode(hmac.new(key.encode(), base.encode(), getattr(hashlib, digest)).digest()).decode()


def _quoted(text: str) -> str:
    return quote(text, safe="-._~")
