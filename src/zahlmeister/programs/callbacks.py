"""Programs are called back: written down together with the books, delivered by the outbox."""

from collections.abc import Collection
from datetime import datetime

from zahlmeister.merchants.ids import new_ids
from zahlmeister.merchants.insert import has_rows
from zahlmeister.merchants.seal import opened, seal
from zahlmeister.orders.models import Order, Shop
from zahlmeister.outbox.write import Said, tell
from zahlmeister.programs.models import Callback

CHANNEL = "webhook"
_AT_ONCE = 500


def call_back_at(shop: Shop, address: str, code: str, *, by: str, at: datetime) -> Callback:
    """From now on call there; `code` is sent along so that the program knows us. It is kept sealed."""
    kept = {"address": address, "sealed": b"", "created_by": by, "created_at": at}
    made, _ = Callback.objects.update_or_create(merchant_id=shop.merchant_id, shop=shop, version=2, defaults=kept)
    made.sealed = seal({"code": code}, _purpose(made)) if code else b""
    made.save(update_fields=["sealed"])
    return made


def code_of(callback: Callback) -> str:
    """The code that is sent along; empty when there is none."""
    return opened(bytes(callback.sealed), _purpose(callback)).get("code", "")


def has_callbacks(merchant_id: int) -> bool:
    """Whether any program of the merchant wants to be called."""
    return has_rows(Callback, merchant_id)


def call_back(merchant_id: int, orders: Collection[int], *, at: datetime) -> None:
    """The state of these orders' money has changed: write down that their programs are to be called.

    Inside the caller's transaction. Orders of shops whose programs want no call are passed over.
    """
    if not orders or not has_callbacks(merchant_id):
        return
    wanted = sorted(orders)
    for start in range(0, len(wanted), _AT_ONCE):
        rows = Order.objects.filter(
            merchant_id=merchant_id, pk__in=wanted[start : start + _AT_ONCE], shop__callbacks__version=2
        )
        found = list(rows.order_by("pk").values_list("pk", "shop_id"))
        said = [
            Said(CHANNEL, f"order:{order}", f"webhook:{order}:{number}", {"order": order}, f"webhook:{shop}")
            for (order, shop), number in zip(found, new_ids(len(found)), strict=True)
        ]
        tell(merchant_id, said, at=at)


def _purpose(callback: Callback) -> str:
    return f"callback:{callback.pk}"
