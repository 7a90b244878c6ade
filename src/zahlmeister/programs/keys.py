"""Keys of programs: made, looked up, taken back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe

from django.db.models import Case, F, Q, When

from zahlmeister.merchants.cells import unless_fenced
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Shop
from zahlmeister.programs.models import ProgramKey
from zahlmeister.programs.scopes import Scope

_BEGINNING = "zm_"
#: Random bytes of a key.
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Caller:
    """The program behind a valid key: for whom it speaks, what it reaches, and its name for the history."""

    key: ProgramKey
    merchant: Merchant
    shop: Shop | None
    scopes: frozenset[str]

    @property
    def by(self) -> str:
        named = self.key.name or (self.shop.name if self.shop else f"…{self.key.ending}")
        return f"program of {named}"[:120]


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


def make_scoped_key(
    merchant: Merchant, shop: Shop | None, wanted: Collection[Scope], *, name: str, by: str, at: datetime
) -> tuple[str, ProgramKey]:
    """A new key that reaches these scopes, for one shop or for the whole merchant; see `programs.scopes`."""
    key = _BEGINNING + token_urlsafe(_BYTES)
    kept = ProgramKey.objects.create(
        merchant=merchant,
        shop=shop,
        name=name,
        scopes=" ".join(sorted(wanted)),
        hashed=_hashed(key),
        ending=key[-4:],
        created_by=by,
        created_at=at,
    )
    return key, kept


def caller_of(key: str, *, at: datetime) -> Caller | None:
    """Who comes in with this key, and keep the day; None when no such key is valid."""
    valid = ProgramKey.objects.filter(holds(at), hashed=_hashed(key)).select_related("merchant", "shop__merchant")
    found = valid.first()
    if found is None:
        return None
    if found.used_on != at.date():
        with unless_fenced():
            ProgramKey.objects.filter(pk=found.pk).update(used_on=at.date())
    return Caller(found, found.merchant, found.shop, frozenset(found.scopes.split()))


def is_known(key: str, *, at: datetime) -> bool:
    """Whether such a key is valid; nothing is kept of the question."""
    return ProgramKey.objects.filter(holds(at), hashed=_hashed(key)).exists()


def shop_of(key: str, *, at: datetime) -> Shop | None:
    """The shop that a program with this key speaks for; None when no such key is valid for these calls."""
    found = caller_of(key, at=at)
    return found.shop if found is not None and Scope.SHOP_PROGRAM in found.scopes else None


def holds(at: datetime) -> Q:
    """Which keys are valid: not taken back, and not over since another one took their place."""
    return Q(revoked_at=None) & (Q(ends_at=None) | Q(ends_at__gt=at))


def add_calls(key: ProgramKey, minute: int, count: int) -> int:
    """Write down that a key has called in a minute (since 1970); how often it has by now, with all processes."""
    rows = ProgramKey.objects.filter(pk=key.pk)
    with unless_fenced():
        rows.update(calls=Case(When(minute=minute, then=F("calls") + count), default=count), minute=minute)
    known = rows.values_list("calls", flat=True).first()
    return count if known is None else known  # none is left when the merchant has just moved away


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


def revoke_key(key: ProgramKey, *, at: datetime) -> None:
    """Nobody comes in with this key any more; twice is once."""
    ProgramKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at)


def _hashed(key: str) -> str:
    return sha256(key.encode()).hexdigest()
