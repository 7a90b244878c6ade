"""A shop has named all its open orders: which of those we know it does not name any more, and which are back."""

from collections.abc import Collection, Iterable, Sequence

from zahlmeister.orders.models import Order, Shop
from zahlmeister.orders.states import Presence

_AT_ONCE = 500


def known_keys(shop: Shop, keys: Collection[str]) -> set[str]:
    """Those of these keys under which an order is kept."""
    rows = Order.objects.filter(merchant_id=shop.merchant_id, shop=shop)
    return {key for some in _parts(list(keys)) for key in rows.filter(key__in=some).values_list("key", flat=True)}


def note_listed(shop: Shop, keys: Sequence[str]) -> list[int]:
    """The shop names these as open: from now on they can disappear.

    Returns:
        Orders that had disappeared and are back.
    """
    back: list[int] = []
    rows = Order.objects.filter(merchant_id=shop.merchant_id, shop=shop)
    for some in _parts(keys):
        named = rows.filter(key__in=some)
        named.filter(was_listed=False).update(was_listed=True)
        gone = list(named.filter(presence__in=(Presence.DISAPPEARED, Presence.LEGACY)).values_list("pk", flat=True))
        if gone:
            Order.objects.filter(pk__in=gone).update(presence=Presence.HERE)
        back += gone
    return back


def listed_before(shop: Shop) -> dict[str, int]:
    """The orders by key that the shop has once named as open, has not been told about, and still has, as we know."""
    rows = Order.objects.filter(merchant_id=shop.merchant_id, shop=shop, was_listed=True, told="")
    here = rows.filter(presence__in=(Presence.HERE, Presence.TEST)).exclude(key="")
    return dict(here.values_list("key", "pk"))


def leave_behind(merchant_id: int, orders: Iterable[int], presence: Presence) -> None:
    """Let orders go that the shop does not name any more; for a test shop's nothing changes."""
    for some in _parts(list(orders)):
        rows = Order.objects.filter(merchant_id=merchant_id, pk__in=some, presence=Presence.HERE)
        rows.update(presence=presence)


def _parts(values: Sequence[str] | Sequence[int]) -> Iterable[Sequence[str] | Sequence[int]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
