"""A place that statements come from is connected, after it has answered once; paused, and looked at anew."""

import re
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from django.conf import settings as house
from django.db import transaction

from zahlmeister.banking.connections import Wanted, connect, hurry, look_now, move, note, set_pin
from zahlmeister.banking.conversation import give_answer
from zahlmeister.banking.models import Connection, ConnectionKind
from zahlmeister.banking.states import ConnectionState
from zahlmeister.connectors.banks.folder import Folder
from zahlmeister.connectors.banks.sftp import Access, connected
from zahlmeister.connectors.web import checked_address
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.models import Merchant
from zahlmeister.refusals import Refused

NOT_REGISTERED = (
    "FinTS needs the number under which this installation is registered with the German banks; the operator sets it "
    "(ZAHLMEISTER_FINTS)."
)
#: How a person's wish is called in the history.
VERBS = {ConnectionState.CONNECTED: "connected", ConnectionState.PAUSED: "paused"}


def connect_folder(
    merchant: Merchant, path: Path, *, name: str, every_minutes: int, by: str, at: datetime
) -> Connection:
    """Watch a folder of this machine. Only an operator may name one: it is read with the house's own rights.

    Raises:
        Unreachable: the folder cannot be read.
        Refused: a connection of this name is there.
    """
    list(Folder(path).offered())
    settings = {"path": str(path.resolve())}
    wanted = Wanted(ConnectionKind.FOLDER, name, settings, every_minutes=every_minutes)
    return _made(merchant, wanted, by=by, at=at)


def connect_sftp(
    merchant: Merchant, access: Access, *, name: str, every_minutes: int, by: str, at: datetime
) -> Connection:
    """Fetch from an SFTP server whose host key somebody has compared.

    Returns:
        The connection, after the server has let us in and shown the folder.

    Raises:
        Unreachable: the server does not answer, is another one, or does not let us in.
        Refused: a connection of this name is there, or what is sent would be fetched again.
    """
    if access.outbox and PurePosixPath(access.outbox) == PurePosixPath(access.folder):
        raise Refused("Files for the bank need a folder of their own, or they would be fetched as statements.")
    with connected(access) as there:
        list(there.offered())
        if access.outbox:
            there.whereabouts("")
    settings = {
        "host": access.host,
        "port": access.port,
        "user": access.user,
        "folder": access.folder,
        "fingerprint": access.fingerprint,
        "outbox": access.outbox,
    }
    secret = {"key": access.key} if access.key else {"password": access.password}
    wanted = Wanted(ConnectionKind.SFTP, name, settings, secret, every_minutes)
    return _made(merchant, wanted, by=by, at=at)


@dataclass(frozen=True, slots=True)
class FintsAccess:
    """What a person knows of their bank's FinTS access. `consent_days`: how long the bank takes one second factor."""

    server: str
    bank_code: str
    user: str
    pin: str = field(repr=False)
    customer: str = ""
    consent_days: int = 90


def connect_fints(
    merchant: Merchant, access: FintsAccess, *, name: str, every_minutes: int, by: str, at: datetime
) -> Connection:
    """Connect a bank by FinTS. A worker signs in at once, and asks what it has to ask on the connection's page.

    Raises:
        Refused: this installation is not registered, the address is none that a PIN may be told, the bank code is none,
            or a connection of this name is there.
    """
    from zahlmeister.connectors.banks.fints_client import checked_server

    if not house.FINTS_PRODUCT:
        raise Refused(NOT_REGISTERED)
    if not re.fullmatch(r"\d{8}", access.bank_code):
        raise Refused(f"“{access.bank_code}” is no German bank code: eight digits are expected.")
    told = asdict(access) | {"server": checked_server(access.server)}
    pin = told.pop("pin")
    return _made(merchant, Wanted(ConnectionKind.FINTS, name, told, {"pin": pin}, every_minutes), by=by, at=at)


@dataclass(frozen=True, slots=True)
class OpenBanking:
    """A merchant's own access to an aggregator.

    `back_to` is our page that the bank leads back to, with /0/ in place of the connection's number.
    """

    server: str
    secret_id: str
    secret_key: str = field(repr=False)
    country: str
    back_to: str
    consent_days: int = 90


def connect_aggregator(
    merchant: Merchant, access: OpenBanking, *, name: str, every_minutes: int, by: str, at: datetime
) -> Connection:
    """Connect a bank by an open-banking aggregator. Which bank, and the consent, are asked on the connection's page.

    Raises:
        Refused: the address is none that may be asked, or a connection of this name is there.
    """
    told = asdict(access) | {"server": checked_address(access.server)}
    secret = {part: told.pop(part) for part in ("secret_id", "secret_key")}
    return _made(merchant, Wanted(ConnectionKind.AGGREGATOR, name, told, secret, every_minutes), by=by, at=at)


def renew_consent(connection: Connection, *, by: str, at: datetime) -> None:
    """Ask for a new consent now, while somebody is there; the old one is not used any more.

    Raises:
        Refused: it is no such connection, or it is asking for one already.
    """
    if connection.kind != ConnectionKind.AGGREGATOR or connection.state == ConnectionState.ASKING:
        raise Refused("There is no consent to be renewed now.")
    with transaction.atomic(durable=True):
        note(connection, consent="")
        if connection.state == ConnectionState.CONNECTED:
            look_now(connection, at)
        else:
            move(connection, ConnectionState.CONNECTED, at)
        _record(connection, "consent_renewed", by=by, at=at)


def returned_from_bank(connection: Connection, *, at: datetime) -> None:
    """Somebody comes back from the bank's page: look at once whether they have consented."""
    with transaction.atomic(durable=True):
        hurry(connection, at)


def renew_pin(connection: Connection, pin: str, *, by: str, at: datetime) -> None:
    """Take the PIN that somebody has just typed, and sign in with it at once.

    Raises:
        Refused: the connection is doing something else.
    """
    if connection.kind != ConnectionKind.FINTS:
        raise Refused(f"“{connection.name}” has no PIN.")
    with transaction.atomic(durable=True):
        set_pin(connection, pin)
        move(connection, ConnectionState.CONNECTED, at)
        _record(connection, "pin_renewed", by=by, at=at)


def answer_bank(connection: Connection, answer: str, *, by: str, at: datetime) -> None:
    """A person answers what the bank asks; a worker goes on within seconds.

    Raises:
        Refused: nothing is asked any more, or the answer is none of those offered.
    """
    with transaction.atomic(durable=True):
        give_answer(connection, answer, at)
        _record(connection, "answered", by=by, at=at)


def pause(connection: Connection, *, by: str, at: datetime) -> None:
    """Look there no more until somebody resumes."""
    _move(connection, ConnectionState.PAUSED, by=by, at=at)


def resume(connection: Connection, *, by: str, at: datetime) -> None:
    """Look there again, at once; what was in the way is thought to be gone."""
    _move(connection, ConnectionState.CONNECTED, by=by, at=at)


def look(connection: Connection, *, at: datetime) -> None:
    """Look there as soon as a worker is free."""
    with transaction.atomic(durable=True):
        look_now(connection, at)


def _made(merchant: Merchant, wanted: Wanted, *, by: str, at: datetime) -> Connection:
    with transaction.atomic(durable=True):
        made = connect(merchant.pk, wanted, at=at)
        _record(made, "connected", by=by, at=at)
    return made


def _move(connection: Connection, state: ConnectionState, *, by: str, at: datetime) -> None:
    with transaction.atomic(durable=True):
        move(connection, state, at)
        _record(connection, VERBS[state], by=by, at=at)


def _record(connection: Connection, verb: str, *, by: str, at: datetime) -> None:
    record(connection.merchant_id, [Happened("connection", connection.pk, verb, by)], at=at)
