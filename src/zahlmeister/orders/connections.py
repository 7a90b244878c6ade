"""Connections to shops: made, claimed when due, and what became of reading there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.seal import opened, seal
from zahlmeister.merchants.trouble import staying
from zahlmeister.orders.models import Shop, ShopConnection
from zahlmeister.orders.rules import is_given_up, next_try
from zahlmeister.orders.states import AT_WORK, NEXT_SHOP, ShopState
from zahlmeister.refusals import Refused, Unreachable

LEASE = timedelta(minutes=5)
#: What was ordered before is not read when a shop is connected.
LOOK_BACK = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class WantedShop:
    """A shop as somebody wants to connect it: `settings` may be read by everybody, `secret` is sealed.

    `follows` is the shop whose orders this one takes over after a move.
    """

    name: str
    system: str
    settings: Mapping[str, Any]
    secret: Mapping[str, str] = field(default_factory=dict)
    is_test: bool = False
    follows: Shop | None = None
    since: date | None = None
    every_minutes: int = 15


def connect(merchant_id: int, wanted: WantedShop, *, about: Mapping[str, Any], at: datetime) -> ShopConnection:
    """Take a connection in; it is read at once. A shop that so far came from files is connected under its name.

    Raises:
        Refused: a shop of this name is connected already, or was deregistered.
    """
    if wanted.follows is not None and _is_at_work(wanted.follows):
        raise Refused(f"Pause or deregister “{wanted.follows}” first; otherwise its orders would be read twice.")
    shop, is_new = Shop.objects.get_or_create(
        merchant_id=merchant_id, name=wanted.name, defaults={"is_test": wanted.is_test, "follows": wanted.follows}
    )
    if not is_new and ShopConnection.objects.filter(shop=shop).exists():
        raise Refused(f"There is a shop “{wanted.name}” already; choose another name.")
    if not is_new and (wanted.is_test or wanted.follows):
        raise Refused(f"There are orders of a shop “{wanted.name}” already; choose another name.")
    made = ShopConnection(
        merchant_id=merchant_id,
        shop=shop,
        system=wanted.system,
        settings=dict(wanted.settings),
        about=dict(about),
        every_minutes=wanted.every_minutes,
        since=wanted.since or (at - LOOK_BACK).date(),
        due_at=at,
        created_at=at,
    )
    keep_secret(made, wanted.secret)
    made.save(force_insert=True)
    return made


def keep_secret(connection: ShopConnection, secret: Mapping[str, str]) -> None:
    """Seal what nobody may read; the row is not written."""
    connection.sealed = seal(dict(secret), purpose(connection)) if secret else b""


def secret_of(connection: ShopConnection) -> dict[str, str]:
    """What was sealed when the shop was connected."""
    return opened(bytes(connection.sealed), purpose(connection))


def purpose(connection: ShopConnection) -> str:
    """What its secret is sealed for."""
    return f"shop:{connection.pk}"


def claim_shop(at: datetime) -> ShopConnection | None:
    """Take the shop that has been due the longest and that nobody holds; None when there is none."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=at)
    due = staying(ShopConnection.objects.filter(free, state__in=AT_WORK, due_at__lte=at)).order_by("due_at", "id")
    for candidate in due.select_related("shop", "merchant")[:5]:
        token = new_id()
        mine = ShopConnection.objects.filter(pk=candidate.pk, token=candidate.token, state=candidate.state)
        if mine.update(token=token, lease_until=at + LEASE):
            candidate.refresh_from_db()
            return candidate
    return None


def renew(connection: ShopConnection, at: datetime) -> None:
    """Hold the shop for a while longer.

    Raises:
        Refused: somebody else holds it by now, or a person has paused it.
    """
    if not _mine(connection).update(lease_until=at + LEASE):
        raise Refused(f"“{connection}” was taken over by somebody else.")


def answered(connection: ShopConnection, at: datetime, *, open_orders: int, doubt: Mapping[str, int]) -> bool:
    """It was read to the end.

    Returns:
        False when somebody else holds it by now.
    """
    return _release(
        connection,
        due_at=at + timedelta(minutes=connection.every_minutes),
        state=ShopState.CONNECTED,
        failures=0,
        troubled_since=None,
        error="",
        read_at=at,
        open_orders=open_orders,
        doubt=dict(doubt),
        confirmed_missing=connection.confirmed_missing if doubt else 0,
    )


def failed(connection: ShopConnection, at: datetime, why: Unreachable) -> ShopState | None:
    """It did not answer: try again later, or leave it to a person when it was away for too long.

    Returns:
        What it has become; None when somebody else holds it by now.
    """
    since = connection.troubled_since or at
    state = ShopState.TROUBLED
    if connection.state == ShopState.TROUBLED and is_given_up(troubled_since=since, at=at):
        state = ShopState.DEACTIVATED
    wait = next_try(failures=connection.failures, after=why.after, is_lasting=why.permanent)
    is_mine = _release(
        connection,
        due_at=at + wait,
        state=state,
        failures=connection.failures + 1,
        troubled_since=since,
        error=str(why),
    )
    return state if is_mine else None


def move(connection: ShopConnection, state: ShopState, at: datetime) -> None:
    """A person pauses a shop, has it read anew, or takes leave of it.

    Raises:
        Refused: it is in another state by now.
    """
    if state not in NEXT_SHOP[ShopState(connection.state)]:
        raise Refused(f"“{connection}” cannot become {state.label} now.")
    if state in AT_WORK and connection.shop.followers.exists():
        raise Refused(f"“{connection}” has moved; its orders are read from its new place.")
    mine = ShopConnection.objects.filter(pk=connection.pk, state=connection.state)
    changes: dict[str, Any] = {"failures": 0, "troubled_since": None, "error": "", "doubt": {}}
    if state is ShopState.DEREGISTERED:
        changes["sealed"] = b""  # what is not needed is not kept
    if not mine.update(state=state, due_at=at, token=new_id(), lease_until=None, **changes):
        raise Refused(f"Somebody else has just changed “{connection}”; look again.")
    connection.refresh_from_db()


def read_now(connection: ShopConnection, at: datetime) -> None:
    """Put a shop first in line."""
    ShopConnection.objects.filter(pk=connection.pk, state__in=AT_WORK).update(due_at=at)


def _is_at_work(shop: Shop) -> bool:
    return ShopConnection.objects.filter(shop=shop, state__in=AT_WORK).exists()


def _release(connection: ShopConnection, **changes: Any) -> bool:
    return bool(_mine(connection).update(lease_until=None, **changes))


def _mine(connection: ShopConnection) -> Any:
    return ShopConnection.objects.filter(pk=connection.pk, token=connection.token, state__in=AT_WORK)
