"""A shop knocks: something happened to an order there. It is read sooner; what was said is not taken over.

A module proves that it is the shop. Others only name the shop's address, which anybody can: they make it due as well,
and no shop is read more often than once a minute because of it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db.models import Q

from zahlmeister.connectors.shops.module.push import mark, pushed_number
from zahlmeister.connectors.shops.webhook import SIGNED, is_from_shop
from zahlmeister.formats.keepable import is_keepable
from zahlmeister.orders.connections import secret_of
from zahlmeister.orders.models import ShopConnection
from zahlmeister.orders.states import AT_WORK
from zahlmeister.refusals import Refused

#: Between two readings that somebody knocked for.
REST = timedelta(minutes=1)
#: Systems whose shops say nothing that proves who they are.
UNPROVEN = ("woocommerce", "shopware5", "shopware6")
_MOST_ADDRESSES = 20


def hear_module(hidden: str, access_hash: str, api_key: str, *, at: datetime) -> str:
    """A shop with the payment module says that an order was placed or changed: read the shop soon.

    Returns:
        The number of the order; empty when the shop only tried whether we listen.

    Raises:
        Refused: no connected shop has this key, or whoever knocks is not the shop.
    """
    for connection in ShopConnection.objects.filter(system="module", state__in=AT_WORK, settings__mark=mark(api_key)):
        number = pushed_number(secret_of(connection), hidden, access_hash)
        if number:
            _read_soon([connection.pk], at)
        return number
    raise Refused("No connected shop has this key.")


def hear_webhook(connection_id: int, body: bytes, headers: Mapping[str, str], *, at: datetime) -> None:
    """A shop calls the address that was given to it: read it soon.

    Raises:
        Refused: there is no such shop, or whoever calls is not the shop; which of both is not told.
    """
    connection = ShopConnection.objects.filter(pk=connection_id, system__in=SIGNED, state__in=AT_WORK).first()
    if connection is None or not is_from_shop(connection.system, secret_of(connection), body, headers):
        raise Refused("The signature does not fit.")
    _read_soon([connection.pk], at)


def hear_address(addresses: Iterable[str], *, at: datetime) -> None:
    """Somebody says that there is news in the shop at one of these addresses. Whether there is one is not told."""
    hosts = {host for one in list(addresses)[:_MOST_ADDRESSES] if (host := _host(one)) and is_keepable(host)}
    named = Q(*(Q(settings__address__icontains=host) for host in hosts), _connector=Q.OR)
    if not hosts:
        return
    rows = ShopConnection.objects.filter(named, system__in=UNPROVEN, state__in=AT_WORK)
    _read_soon([row.pk for row in rows if _host(row.address) in hosts], at)


def _read_soon(connections: list[int], at: datetime) -> None:
    """Due now, or a minute after the last reading; never later than it was anyway."""
    rows = ShopConnection.objects.filter(pk__in=connections, due_at__gt=at)
    for row in rows.only("read_at", "due_at"):
        soon = max(at, row.read_at + REST) if row.read_at else at
        ShopConnection.objects.filter(pk=row.pk, due_at__gt=soon).update(due_at=soon)


def _host(address: str) -> str:
    whole = address.strip().lower()
    try:
        return (urlsplit(whole if "://" in whole else f"https://{whole}").hostname or "").removeprefix("www.")
    except ValueError:
        return ""
