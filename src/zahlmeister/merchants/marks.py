"""Marks at the end of links: keyed hashes that only this installation can make (HMAC-SHA-256).

A mark stays good while the secret it was made with is in the key file, and longer where the file keeps what verifies
marks of its purpose.
"""

import hmac
from collections.abc import Iterator
from hashlib import sha256

from zahlmeister.merchants.seal import keys


def mark(purpose: str, text: str, signs: int) -> str:
    """So many hexadecimal digits that belong to this text and purpose; 32 of them are 128 bits."""
    return _hash(mark_key(purpose, keys().secrets[0]), text)[:signs]


def is_mark(purpose: str, text: str, given: str, signs: int) -> bool:
    """Whether this is a mark of ours with so many digits; takes the same time for any wrong one."""
    told = given.encode(errors="replace")
    found = [hmac.compare_digest(_hash(key, text)[:signs].encode(), told) for key in _keys(purpose)]
    return any(found)


def mark_key(purpose: str, secret: str) -> bytes:
    """What makes marks of this purpose, of a secret; it opens nothing and makes no others."""
    return sha256(purpose.encode() + secret.encode()).digest()


def _keys(purpose: str) -> Iterator[bytes]:
    known = keys()
    yield from (mark_key(purpose, secret) for secret in known.secrets)
    yield from (key for name, key in known.marks if name == purpose)


def _hash(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), sha256).hexdigest()
