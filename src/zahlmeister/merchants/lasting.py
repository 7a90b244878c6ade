"""Keys that stay the same when the installation's secret changes, because what they made cannot be made anew.

A merchant's key is derived when it is first used, and from then on kept sealed like a password.
"""

from zahlmeister.merchants.models import LastingKey
from zahlmeister.merchants.seal import made_code, opened, seal


def lasting_key(merchant_id: int, purpose: str) -> bytes:
    """The key of 160 bits of a merchant for a purpose; the same for good.

    Raises:
        Unopened: the secret of this installation is another one.
    """
    row = LastingKey.objects.filter(merchant_id=merchant_id, purpose=purpose).first()
    if row is None:
        made = seal({"key": made_code(f"{purpose}:{merchant_id}")}, sealed_for(merchant_id, purpose))
        row, _is_new = LastingKey.objects.get_or_create(
            merchant_id=merchant_id, purpose=purpose, defaults={"sealed": made}
        )
    return bytes.fromhex(opened(bytes(row.sealed), sealed_for(merchant_id, purpose))["key"])


def sealed_for(merchant_id: int, purpose: str) -> str:
    """What it is sealed for."""
    return f"lasting:{merchant_id}:{purpose}"
