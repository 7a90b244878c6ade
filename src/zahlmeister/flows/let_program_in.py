"""A person lets a program speak for a shop, says where it is called back, and takes that away again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from zahlmeister.connectors.web import called_address
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Shop, ShopConnection
from zahlmeister.orders.record import shop_called
from zahlmeister.programs.callbacks import call_back_at
from zahlmeister.programs.keys import make_key, make_scoped_key, revoke_key, revoke_keys
from zahlmeister.programs.models import Callback, ProgramKey
from zahlmeister.programs.scopes import scopes
from zahlmeister.refusals import Refused

#: So long a key stays valid when another one has taken its place.
BOTH = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WantedKey:
    """A key as somebody wants it; without a shop it is for all of them."""

    name: str
    scopes: tuple[str, ...]
    shop: str = ""


def let_program_in(merchant: Merchant, shop_name: str, *, by: str, at: datetime, may_purchase: bool = False) -> str:
    """Make a key by which a program speaks for this shop; the shop is made if there is none.

    One that `may_purchase` is an ERP's: the shop may be connected otherwise for its orders.

    Returns:
        The key. It is not kept and can never be shown again.

    Raises:
        Refused: the shop is connected otherwise; two sources would contradict each other.
    """
    name = shop_name.strip()
    if not name or len(name) > 120:
        raise Refused("Give the shop a name of at most 120 characters.")
    with transaction.atomic(durable=True):
        shop = shop_called(merchant.pk, name)
        if not may_purchase and ShopConnection.objects.filter(merchant_id=merchant.pk, shop=shop).exists():
            raise Refused(f"“{name}” is connected already; its orders come from there.")
        key = make_key(shop, by=by, at=at, may_purchase=may_purchase)
        record(
            merchant.pk,
            [
                Happened(
                    "program", shop.pk, "program_let_in", by, facts={"ending": key[-4:], "may_purchase": may_purchase}
                )
            ],
            at=at,
        )
    return key


def make_program_key(merchant: Merchant, wanted: WantedKey, *, by: str, at: datetime) -> str:
    """Make a key that reaches some scopes, for one shop or for all of the merchant's.

    Returns:
        The key. It is not kept and can never be shown again.

    Raises:
        Refused: there is no such shop or scope, it is none for such a key, or the name is too long.
    """
    found = scopes(wanted.scopes, of_one_shop=bool(wanted.shop))
    name = " ".join(wanted.name.split())
    if not 0 < len(name) <= 60:
        raise Refused("Give the key a name of at most 60 characters, by which it is known in the history.")
    with transaction.atomic(durable=True):
        shop = _shop(merchant, wanted.shop) if wanted.shop else None
        key, kept = make_scoped_key(merchant, shop, found, name=name, by=by, at=at)
        facts = {"ending": kept.ending, "scopes": kept.scopes, "name": name, "shop": shop.pk if shop else 0}
        record(merchant.pk, [Happened("program_key", kept.pk, "key_made", by, facts=facts)], at=at)
    return key


def rotate_program_key(merchant: Merchant, number: int, *, by: str, at: datetime) -> str:
    """Make a key in the place of another one, which reaches the same; for a day both are valid.

    Returns:
        The new key. It is not kept and can never be shown again.

    Raises:
        Refused: there is no such valid key, or another one takes its place already.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        old = ProgramKey.objects.filter(merchant=merchant, pk=number, revoked_at=None).select_related("shop").first()
        if old is None:
            raise Refused("There is no such valid key; look again.")
        if old.ends_at is not None:
            raise Refused("Another key takes the place of this one already.")
        wanted = scopes(old.scopes.split(), of_one_shop=old.shop_id is not None)
        key, kept = make_scoped_key(merchant, old.shop, wanted, name=old.name, by=by, at=at)
        ProgramKey.objects.filter(pk=old.pk).update(ends_at=at + BOTH)
        facts = {"ending": kept.ending, "scopes": kept.scopes, "name": kept.name, "in_place_of": old.pk}
        replaced = Happened("program_key", old.pk, "key_replaced", by)
        record(merchant.pk, [replaced, Happened("program_key", kept.pk, "key_made", by, facts=facts)], at=at)
    return key


def withdraw_program_key(merchant: Merchant, number: int, *, by: str, at: datetime) -> None:
    """Nobody comes in any more with this key. Twice is once.

    Raises:
        Refused: there is no such key.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        found = ProgramKey.objects.filter(merchant=merchant, pk=number).first()
        if found is None:
            raise Refused("There is no such valid key; look again.")
        if found.revoked_at is None:
            revoke_key(found, at=at)
            record(merchant.pk, [Happened("program_key", found.pk, "key_revoked", by)], at=at)


def revoke_program_key(merchant: Merchant, ending: str, *, by: str, at: datetime) -> None:
    """Nobody comes in any more with the key that ends like this.

    Raises:
        Refused: there is no such key, or more than one.
    """
    with transaction.atomic(durable=True):
        found = list(ProgramKey.objects.filter(merchant=merchant, revoked_at=None, ending=ending.strip()[-4:])[:2])
        if len(found) != 1:
            raise Refused(f"There is not one valid key that ends with {ending[-4:]}.")
        revoke_key(found[0], at=at)
        record(merchant.pk, [Happened("program_key", found[0].pk, "key_revoked", by)], at=at)


def shut_programs_out(merchant: Merchant, shop_name: str, *, by: str, at: datetime) -> int:
    """No key of this shop is valid any more.

    Returns:
        How many were.
    """
    with transaction.atomic(durable=True):
        shop = _shop(merchant, shop_name)
        count = revoke_keys(shop, at=at)
        record(merchant.pk, [Happened("program", shop.pk, "programs_shut_out", by, facts={"keys": count})], at=at)
    return count


def call_program_at(merchant: Merchant, shop_name: str, address: str, code: str, *, by: str, at: datetime) -> Callback:
    """Call the shop's program there whenever what we know of an order's money changes.

    Raises:
        Refused: there is no such shop, or the address is none that may be called.
    """
    wanted = called_address(address)
    with transaction.atomic(durable=True):
        shop = _shop(merchant, shop_name)
        callback = call_back_at(shop, wanted, code, by=by, at=at)
        record(
            merchant.pk, [Happened("program", shop.pk, "callback_set", by, facts={"address": callback.address})], at=at
        )
    return callback


def stop_calling(merchant: Merchant, shop_name: str, *, by: str, at: datetime) -> None:
    """The shop's program is not called any more; calls that wait are passed over."""
    with transaction.atomic(durable=True):
        shop = _shop(merchant, shop_name)
        Callback.objects.filter(merchant=merchant, shop=shop, version=2).delete()
        record(merchant.pk, [Happened("program", shop.pk, "callback_ended", by)], at=at)


def _shop(merchant: Merchant, name: str) -> Shop:
    shop = Shop.objects.filter(merchant=merchant, name=name.strip()).first()
    if shop is None:
        raise Refused(f"There is no shop “{name}”.")
    return shop
