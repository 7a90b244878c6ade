"""Orders are read from connected shops: the whole list of what is open, then what is new or has changed.

A shop is asked outside any transaction; what it says goes through the same door as a file of orders. When the list was
read to its end, what it does not name any more has disappeared, unless the list is too short to be believed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from zahlmeister.connectors.shops.contract import ShopOrder, ShopPort
from zahlmeister.flows.connect_shop import opened, told_at_once
from zahlmeister.flows.import_orders import OrdersImported, import_orders
from zahlmeister.flows.note_import import Noting
from zahlmeister.flows.note_refunds import note_refunds
from zahlmeister.flows.read_credits import take_credits
from zahlmeister.flows.send_payment_information import not_needed_any_more
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.orders.connections import answered, claim_shop, failed, renew
from zahlmeister.orders.listing import known_keys, leave_behind, listed_before, note_listed
from zahlmeister.orders.mapping import Meaning, meaning
from zahlmeister.orders.models import ShopConnection
from zahlmeister.orders.reported import ShopRow, row_of
from zahlmeister.orders.rules import is_suspicious
from zahlmeister.orders.states import ImportKind, Presence, ShopState
from zahlmeister.receivables.announce import catch_up
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.queries import owed_orders
from zahlmeister.refusals import Refusal, Refused, Unreachable

Clock = Callable[[], datetime]
#: So many orders are asked for at once.
BATCH = 100
#: Clocks differ, and a shop may write an order a moment after it has counted it.
OVERLAP = timedelta(minutes=10)
#: So many refusals of single orders are kept with a reading.
MOST_SENTENCES = 20


@dataclass(frozen=True, slots=True)
class ShopRead:
    """What one reading brought: figures of the orders, and of the whole list."""

    orders: OrdersImported
    open_orders: int
    disappeared: int
    doubt: dict[str, int]


def read_next(*, clock: Clock) -> ShopConnection | None:
    """A worker's turn: read the shop that is due; None when there is none."""
    connection = claim_shop(clock())
    if connection is None:
        return None
    noting = _noting_of(connection)
    try:
        with opened(connection) as shop:
            read = read_shop(connection, shop, clock=clock, noting=noting)
            take_credits(connection.shop, shop, at=clock())
            _finish(connection, read, clock())
            with suppress(Unreachable):  # the notes come with the next reading, which says so if the shop is away
                note_refunds(connection.shop, shop, at=clock())
    except Unreachable as away:
        noting.end(clock(), str(away))
        _fail(connection, away, clock())
    except Refusal as stop:  # a secret that cannot be opened, a mapping that is not there
        noting.end(clock(), str(stop))
        _fail(connection, Unreachable(str(stop), permanent=True), clock())
    return connection


def read_shop(connection: ShopConnection, shop: ShopPort, *, clock: Clock, noting: Noting) -> ShopRead:
    """Read one open shop to the end; `noting` is the record of what it brings, ended when nothing broke off.

    Raises:
        Unreachable: it broke off; what was read before stays read.
        Refused: nothing is mapped, or somebody else reads it by now.
    """
    meant = meaning(connection)
    if not meant.is_kept_by_shop and not meant.by_kind:
        raise Refused("No payment method of this shop is mapped; nothing is read.")
    wanted = meant.reading(connection)
    keys = list(dict.fromkeys(shop.open_keys(wanted)))
    since = connection.read_at - OVERLAP if connection.read_at else None
    changed = list(shop.changed(wanted, since)) if since else []
    for some in _batches(_to_read(connection, keys, changed, is_first=since is None)):
        renew(connection, clock())
        _take_in(connection, rows(list(shop.orders(some)), meant), clock, noting)
    renew(connection, clock())
    disappeared, doubt = _compare(connection, keys, at=clock())
    noting.end(clock())
    return ShopRead(noting.imported, len(keys), disappeared, doubt)


def rows(orders: Iterable[ShopOrder], meant: Meaning) -> list[ShopRow]:
    """Orders as they are recorded; those of payment methods that are not mapped are left out."""
    kinds = ((order, meant.kind_of(order)) for order in orders)
    return [row_of(order, kind, line) for line, (order, kind) in enumerate(kinds, start=1) if kind is not None]


def _to_read(
    connection: ShopConnection, keys: Sequence[str], changed: Sequence[str], *, is_first: bool
) -> Iterator[str]:
    """What is wanted in full: all at first, later what is new, and what has changed of those we know or that are open.

    An order that was paid is not open any more, and yet its amount may be raised: hence those we know.
    """
    if is_first:
        yield from keys
        return
    known = known_keys(connection.shop, {*keys, *changed})
    named, wanted = set(keys), dict.fromkeys(key for key in keys if key not in known)
    wanted |= dict.fromkeys(key for key in changed if key in known or key in named)
    yield from wanted


def _take_in(connection: ShopConnection, read: list[ShopRow], clock: Clock, noting: Noting) -> None:
    figures, before = noting.imported, noting.imported.new
    import_orders(connection.shop, read, noting, by=_by(connection), clock=clock)
    if figures.new > before:
        newest = max(read, key=lambda row: (row.ordered_on or date.min, row.number))
        ShopConnection.objects.filter(pk=connection.pk).update(last_order_at=clock(), last_order=newest.number[:64])


def _noting_of(connection: ShopConnection) -> Noting:
    """The record of one reading, not yet begun."""
    return Noting(connection.shop, ImportKind.SHOP, str(connection), _by(connection), OrdersImported())


def _by(connection: ShopConnection) -> str:
    return f"shop:{connection}"[:120]


def _compare(connection: ShopConnection, keys: Sequence[str], *, at: datetime) -> tuple[int, dict[str, int]]:
    """What the whole list says about the orders we know.

    Returns:
        How many have disappeared, and the figures of a list that is not believed.
    """
    shop, merchant_id = connection.shop, connection.merchant_id
    with transaction.atomic(durable=True):
        lock(merchant_id)
        back = note_listed(shop, keys)
        catch_up(shop, keys, at=at)
        listed = listed_before(shop)
        owed = owed_orders(merchant_id, shop.pk)
        known = {key: order for key, order in listed.items() if order in owed}
        missing = {order for key, order in known.items() if key not in set(keys)}
        confirmed = int(ShopConnection.objects.values_list("confirmed_missing", flat=True).get(pk=connection.pk))
        if is_suspicious(known=len(known), missing=len(missing), confirmed=confirmed):
            return 0, {"known": len(known), "listed": len(keys), "missing": len(missing)}
        presence = Presence.LEGACY if confirmed else Presence.DISAPPEARED
        leave_behind(merchant_id, missing, presence)
        for item in OpenItem.objects.filter(merchant_id=merchant_id, order__in=missing):
            not_needed_any_more(item, at=at, why="gone from the shop")
        steps = [_step(owed[order], presence) for order in sorted(missing)]
        steps += [_step(item, "back") for order, item in owed.items() if order in set(back)]
        record(merchant_id, steps, at=at)
    return len(missing), {}


def _step(item_id: int, verb: str) -> Happened:
    return Happened("item", item_id, verb, "shop")


def _finish(connection: ShopConnection, read: ShopRead, at: datetime) -> None:
    with transaction.atomic(durable=True):
        is_mine = answered(connection, at, open_orders=read.open_orders, doubt=read.doubt)
        steps = []
        if is_mine and connection.state == ShopState.TROUBLED:
            steps.append(Happened("shop", connection.pk, "answers", "system"))
            told_at_once(connection, at=at)
        if is_mine and read.doubt and read.doubt != connection.doubt:
            steps.append(Happened("shop", connection.pk, "doubted", "system", "", dict(read.doubt)))
        refused = read.orders.refused[:MOST_SENTENCES]
        steps += [Happened("shop", connection.pk, "not_taken", "system", sentence[:240]) for sentence in refused]
        record(connection.merchant_id, steps, at=at)


def _fail(connection: ShopConnection, why: Unreachable, at: datetime) -> None:
    with transaction.atomic(durable=True):
        state = failed(connection, at, why)
        if state is not None and (state == ShopState.DEACTIVATED or not connection.failures):
            step = Happened("shop", connection.pk, str(state.value), "system", str(why)[:240])
            record(connection.merchant_id, [step], at=at)


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    wanted = list(keys)
    return (wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH))
