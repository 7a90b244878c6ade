"""What a module pushes when an order is placed or changed: a hint to look, proven by what only the shop knows.

Access code and key travel in the push and can be repeated by whoever reads it, so nothing in it is taken over: the
order is read from the shop as always.
"""

from collections.abc import Mapping
from hashlib import md5, sha256
from hmac import compare_digest

from zahlmeister.connectors.shops.module.keys import kept_cipher
from zahlmeister.connectors.shops.module.wire import NotOurs, fields
from zahlmeister.refusals import Refused

#: What stands in place of an order when the shop only tries whether we listen.
TRIAL = "apitest"


def mark(api_key: str) -> str:
    """Under which a shop is found by its key without keeping the key where everybody may read it."""
    return sha256(api_key.encode()).hexdigest()


def pushed_number(secret: Mapping[str, str], hidden: str, access_hash: str) -> str:
    """The number of the order that is meant; empty when the shop only tries whether we listen.

    Args:
        secret: what is kept sealed of the shop.
        hidden: the order as the module has hidden it.
        access_hash: the MD5 of the access code.

    Raises:
        Refused: whoever pushes is not the shop.
    """
    known = md5(secret.get("access_code", "").encode(), usedforsecurity=False).hexdigest()
    if not secret or not compare_digest(known.encode(), access_hash.encode()):
        raise Refused("The access code is not the one of this shop.")
    try:
        told = fields(kept_cipher(secret).reveal(hidden.encode("latin-1", "replace")).decode("latin-1"))
    except NotOurs:
        raise Refused("What was sent cannot be opened with the keys of this shop.") from None
    number = told.get("number", "")
    if told.get("order_id") == TRIAL:
        return ""
    if not isinstance(number, str) or not number:
        raise Refused("What was sent is no order.")
    return number
