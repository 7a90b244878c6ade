"""A shop is connected after it has answered once: looked at live, its words mapped, read; paused and taken leave of."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from django.db import transaction

from zahlmeister.connectors.shops.contract import About, Choice, ShopPort
from zahlmeister.connectors.shops.systems import SYSTEMS, Defaults, System
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.seal import is_same_place, made_code, still_good
from zahlmeister.orders.connections import WantedShop, connect, keep_secret, move, read_now, secret_of
from zahlmeister.orders.mapping import fitting, objections, write_mapping
from zahlmeister.orders.models import ShopConnection
from zahlmeister.orders.states import ShopState
from zahlmeister.orders.told import CHANNEL, group_of
from zahlmeister.outbox.deliver import hurry
from zahlmeister.refusals import Refused


@dataclass(frozen=True, slots=True)
class Offer:
    """What a shop says of itself when it is looked at: what can be mapped, and what usually is."""

    about: About
    methods: tuple[Choice, ...]
    statuses: tuple[Choice, ...]
    usual: Mapping[str, Defaults]


def connect_shop(merchant: Merchant, wanted: WantedShop, *, by: str, at: datetime) -> ShopConnection:
    """Have the first conversation with a shop, and keep it. Nothing is read before its mapping is agreed on.

    Returns:
        The connection: paused until `begin` or until its columns are described, else at work.

    Raises:
        Unreachable: the shop does not answer, is no such shop, or does not let us in.
        Refused: something is missing, or a shop of this name is there.
    """
    system = system_called(wanted.system)
    introduced = system.introduce(wanted.settings, _codes(merchant.pk, system, wanted) | _typed(wanted))
    wanted = replace(wanted, settings=introduced.settings, secret=introduced.secret)
    with system.open(wanted.settings, wanted.secret) as shop:
        offer = look_at(system, shop)
    with transaction.atomic(durable=True):
        made = connect(merchant.pk, wanted, about=kept_of(offer), at=at)
        if not system.keeps_mapping or offer.about.needs_columns:
            ShopConnection.objects.filter(pk=made.pk).update(state=ShopState.PAUSED)
            made.refresh_from_db()
        if not system.keeps_mapping:
            write_mapping(made, offer.usual)
        _record(made, "connected", by=by, at=at)
    return made


def give_access(connection: ShopConnection, wanted: WantedShop, *, by: str, at: datetime) -> None:
    """The shop has a new password or address; it is looked at with them before the old ones are forgotten.

    A secret that is not given stays as it was, as long as it goes to the same address as the same user.

    Raises:
        Unreachable: it does not answer with these.
        Refused: it was deregistered, or the password that is kept is for another address or user.
    """
    if connection.state == ShopState.DEREGISTERED:
        raise Refused(f"“{connection}” was deregistered; connect it anew.")
    system = system_called(connection.system)
    introduced = system.introduce(wanted.settings, _secret_for(connection, system, wanted))
    with system.open(introduced.settings, introduced.secret) as shop:
        offer = look_at(system, shop)
    with transaction.atomic(durable=True):
        connection.settings, connection.about = introduced.settings, kept_of(offer)
        keep_secret(connection, introduced.secret)
        connection.save(update_fields=["settings", "about", "sealed"])
        _record(connection, "access_given", by=by, at=at)
        if connection.state in (ShopState.TROUBLED, ShopState.DEACTIVATED):
            _come_back(connection, at)


def begin(connection: ShopConnection, wanted: Mapping[str, Defaults], *, by: str, at: datetime) -> None:
    """The mapping is agreed on: keep it and read the shop at once.

    Raises:
        Refused: the mapping contradicts itself.
    """
    said = objections(wanted)
    if said:
        raise Refused(said[0])
    with transaction.atomic(durable=True):
        write_mapping(connection, wanted)
        _record(connection, "mapped", by=by, at=at)
        back_to_work(connection, at=at)


def pause(connection: ShopConnection, *, by: str, at: datetime) -> None:
    """Read and tell the shop no more until somebody resumes; what is to be told waits."""
    _move(connection, ShopState.PAUSED, "paused", by=by, at=at)


def resume(connection: ShopConnection, *, by: str, at: datetime) -> None:
    """Read the shop again, at once; what was in the way is thought to be gone."""
    _move(connection, ShopState.CONNECTED, "resumed", by=by, at=at)


def deregister(connection: ShopConnection, *, by: str, at: datetime) -> None:
    """Take leave of a shop for good: its access is forgotten, its orders stay and can still be paid."""
    _move(connection, ShopState.DEREGISTERED, "deregistered", by=by, at=at)


def read_soon(connection: ShopConnection, *, at: datetime) -> None:
    """Read the shop as soon as a worker is free."""
    with transaction.atomic(durable=True):
        read_now(connection, at)


def confirm_missing(connection: ShopConnection, *, by: str, at: datetime) -> None:
    """A person says that the list which was too short to be believed is right: what is missing is from before.

    Raises:
        Refused: no list is doubted.
    """
    with transaction.atomic(durable=True):
        row = ShopConnection.objects.select_for_update().get(pk=connection.pk)
        missing = int(row.doubt.get("missing", 0))
        if not missing:
            raise Refused("No list of this shop is in doubt any more.")
        ShopConnection.objects.filter(pk=row.pk).update(confirmed_missing=missing)
        read_now(row, at)
        _record(row, "confirmed", by=by, at=at, missing=missing)


@contextmanager
def opened(connection: ShopConnection) -> Iterator[ShopPort]:
    """The shop behind a connection, open; see the contract for what can go wrong."""
    with system_called(connection.system).open(connection.settings, secret_of(connection)) as shop:
        yield shop


def offered(connection: ShopConnection) -> Offer:
    """What the shop offers to be mapped now.

    Raises:
        Unreachable: it does not answer.
    """
    with opened(connection) as shop:
        return look_at(system_called(connection.system), shop)


def system_called(code: str) -> System:
    """The system of this code.

    Raises:
        Refused: there is none.
    """
    system = SYSTEMS.get(code)
    if system is None:
        raise Refused("Shops of this system cannot be connected.")
    return system


def look_at(system: System, shop: ShopPort) -> Offer:
    """Ask a shop who it is, and what can be mapped."""
    about = shop.about()
    methods, statuses = tuple(shop.methods()), tuple(shop.statuses())
    usual = fitting(system.defaults, [one.code for one in methods], [one.code for one in statuses])
    return Offer(about, methods, statuses, usual)


def _typed(wanted: WantedShop) -> dict[str, str]:
    """The secrets that somebody has typed in."""
    return {name: value for name, value in wanted.secret.items() if value}


def _secret_for(connection: ShopConnection, system: System, wanted: WantedShop) -> dict[str, str]:
    """What a shop with another access is spoken to with; codes that we make are made anew for another place.

    Raises:
        Refused: the shop is elsewhere now, and a password it needs was not typed in.
    """
    is_same = is_same_place(connection.settings, {**connection.settings, **wanted.settings})
    known = secret_of(connection)
    if is_same:
        return still_good(known, wanted.secret, is_same=True)
    secret = _codes(connection.merchant_id, system, wanted) | _typed(wanted)
    needed = {one.name for one in system.fields if one.is_secret and one.is_needed}
    return still_good(known, secret if needed <= set(secret) else {}, is_same=False)


def _codes(merchant_id: int, system: System, wanted: WantedShop) -> dict[str, str]:
    """The secrets that we make for a shop: the same again when a first attempt broke off after the shop had them."""
    place = f"{wanted.settings.get('address', '')} {wanted.settings.get('subshops', '')}".strip()
    return {name: made_code(f"{system.code} {name} of {merchant_id} at {place}") for name in system.codes}


def kept_of(offer: Offer) -> dict[str, object]:
    """What is shown of a shop later on: versions, subshops, warnings, and the choices for its mapping."""
    about = asdict(offer.about)
    about["warnings"] = list(offer.about.warnings)
    about["subshops"] = [asdict(one) for one in offer.about.subshops]
    about["methods"] = [asdict(one) for one in offer.methods]
    about["statuses"] = [asdict(one) for one in offer.statuses]
    return about


def back_to_work(connection: ShopConnection, *, at: datetime) -> None:
    """What was missing is there: read the shop now, inside the caller's transaction."""
    if connection.state in (ShopState.PAUSED, ShopState.DEACTIVATED):
        _come_back(connection, at)
    else:
        read_now(connection, at)


def told_at_once(connection: ShopConnection, *, at: datetime) -> None:
    """The shop is there again: what it has not heard meanwhile is told now, inside the caller's transaction."""
    hurry(connection.merchant_id, channel=CHANNEL, group=group_of(connection.shop_id), at=at)


def _come_back(connection: ShopConnection, at: datetime) -> None:
    move(connection, ShopState.CONNECTED, at)
    told_at_once(connection, at=at)


def _move(connection: ShopConnection, state: ShopState, verb: str, *, by: str, at: datetime) -> None:
    with transaction.atomic(durable=True):
        if state is ShopState.CONNECTED:
            _come_back(connection, at)
        else:
            move(connection, state, at)
        _record(connection, verb, by=by, at=at)


def _record(connection: ShopConnection, verb: str, *, by: str, at: datetime, **facts: int) -> None:
    record(connection.merchant_id, [Happened("shop", connection.pk, verb, by, "", facts)], at=at)
