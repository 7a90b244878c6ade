"""A person lets a program speak for a shop, says where it is called back, and takes that away again."""

from datetime import datetime

from django.db import transaction

from zahlmeister.connectors.web import checked_address
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Shop, ShopConnection
from zahlmeister.orders.record import shop_called
from zahlmeister.programs.callbacks import call_back_at
from zahlmeister.programs.keys import make_key, revoke_keys
from zahlmeister.programs.models import Callback
from zahlmeister.refusals import Refused


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
    checked_address(address)
    if len(address) > 500:
        raise Refused("The address is longer than 500 characters.")
    with transaction.atomic(durable=True):
        shop = _shop(merchant, shop_name)
        callback = call_back_at(shop, address.strip(), code, by=by, at=at)
        record(
            merchant.pk, [Happened("program", shop.pk, "callback_set", by, facts={"address": callback.address})], at=at
        )
    return callback


def stop_calling(merchant: Merchant, shop_name: str, *, by: str, at: datetime) -> None:
    """The shop's program is not called any more; calls that wait are passed over."""
    with transaction.atomic(durable=True):
        shop = _shop(merchant, shop_name)
        Callback.objects.filter(merchant=merchant, shop=shop).delete()
        record(merchant.pk, [Happened("program", shop.pk, "callback_ended", by)], at=at)


def _shop(merchant: Merchant, name: str) -> Shop:
    shop = Shop.objects.filter(merchant=merchant, name=name.strip()).first()
    if shop is None:
        raise Refused(f"There is no shop “{name}”.")
    return shop
