"""Keys that stay the same when the installation's secret changes: what they made cannot be made anew, or is a lot.

A merchant's key is derived when it is first used, and from then on kept sealed like a password.
"""

from functools import lru_cache
from secrets import token_hex

from zahlmeister.merchants.models import LastingKey
from zahlmeister.merchants.seal import made_code, opened, seal


def lasting_key(merchant_id: int, purpose: str) -> bytes:
    """The key of 160 bits of a merchant for a purpose; the same for good, and kept from now on.

    Raises:
        Unopened: the secret of this installation is another one.
    """
    kept = _kept(merchant_id, purpose)
    if kept is None:
        made = seal({"key": made_code(f"{purpose}:{merchant_id}")}, sealed_for(merchant_id, purpose))
        row, _is_new = LastingKey.objects.get_or_create(
            merchant_id=merchant_id, purpose=purpose, defaults={"sealed": made}
        )
        kept = bytes(row.sealed)
    return _opened(kept, sealed_for(merchant_id, purpose))


def key_so_far(merchant_id: int, purpose: str) -> bytes:
    """The same for whoever only reads: where none is kept, nothing was made with it, and any key will do.

    Raises:
        Unopened: the secret of this installation is another one.
    """
    kept = _kept(merchant_id, purpose)
    return b"" if kept is None else _opened(kept, sealed_for(merchant_id, purpose))


def change_key(merchant_id: int, purpose: str) -> None:
    """Have another key, of chance; inside the transaction in which the caller makes anew what the old one made."""
    made = seal({"key": token_hex(20)}, sealed_for(merchant_id, purpose))
    LastingKey.objects.update_or_create(merchant_id=merchant_id, purpose=purpose, defaults={"sealed": made})


def sealed_for(merchant_id: int, purpose: str) -> str:
    """What it is sealed for."""
    return f"lasting:{merchant_id}:{purpose}"


def _kept(merchant_id: int, purpose: str) -> bytes | None:
    found = LastingKey.objects.filter(merchant_id=merchant_id, purpose=purpose).values_list("sealed", flat=True).first()
    return None if found is None else bytes(found)


@lru_cache(1024)
def _opened(sealed: bytes, purpose: str) -> bytes:
    """Asked for with every batch and every order; opening it takes longer than finding it."""
    return bytes.fromhex(opened(sealed, purpose)["key"])
