"""Keys of programs: made, looked up, taken back."""

from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe

from zahlmeister.orders.models import Shop
from zahlmeister.programs.models import ProgramKey

_BEGINNING = "zm_"
#: Random bytes of a key.
_BYTES = 32


def make_key(shop: Shop, *, by: str, at: datetime, may_purchase: bool = False) -> str:
    """A new key for a program that speaks for this shop. Only here it can be read; keys made before stay valid."""
    key = _BEGINNING + token_urlsafe(_BYTES)
    ProgramKey.objects.create(
        merchant_id=shop.merchant_id,
        shop=shop,
        may_purchase=may_purchase,
        hashed=_hashed(key),
        ending=key[-4:],
        created_by=by,
        created_at=at,
    )
    return key


def shop_of(key: str, *, at: datetime) -> Shop | None:
    """The shop that a program with this key speaks for; None when no such key is valid."""
    found = ProgramKey.objects.filter(hashed=_hashed(key), revoked_at=None).select_related("shop__merchant").first()
    if found is None:
        return None
    if found.used_on != at.date():
        ProgramKey.objects.filter(pk=found.pk).update(used_on=at.date())
    return found.shop


def may_purchase(key: str) -> bool:
    """Whether a valid key reaches as far as purchases on invoice."""
    return ProgramKey.objects.filter(hashed=_hashed(key), revoked_at=None, may_purchase=True).exists()


def revoke_keys(shop: Shop, *, at: datetime) -> int:
    """No program comes in for this shop any more.

    Returns:
        How many keys were valid until now.
    """
    keys = ProgramKey.objects.filter(merchant_id=shop.merchant_id, shop=shop, revoked_at=None)
    return keys.update(revoked_at=at)


def _hashed(key: str) -> str:
    return sha256(key.encode()).hexdigest()
