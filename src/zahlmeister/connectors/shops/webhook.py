"""Calls by which shops say at once that something happened, and how each proves that it is the shop.

What such a call says is not taken over: the shop is read, which finds the same and cannot be lied to. The proof only
keeps strangers from making us read.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping

#: System → the header that carries the proof: the body and a secret, by HMAC-SHA256, in base 64.
SIGNED = {"woocommerce": "X-WC-Webhook-Signature", "shopify": "X-Shopify-Hmac-Sha256"}
#: System → where its secret is kept; the first that is there counts. An app of Shopify signs by its own secret.
_SECRETS = {"woocommerce": ("webhook_secret",), "shopify": ("webhook_secret", "client_secret")}


def is_from_shop(system: str, secret: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether a call proves that it comes from a shop of this system that has this secret."""
    key = next((found for name in _SECRETS.get(system, ()) if (found := secret.get(name))), "")
    return bool(key) and hmac.compare_digest(signature(body, key), headers.get(SIGNED[system], "").encode())


def signature(body: bytes, key: str) -> bytes:
    """The proof for a body."""
    return b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest())
