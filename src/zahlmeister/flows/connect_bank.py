"""A place that statements come from is connected, after it has answered once; paused, and looked at anew."""

from datetime import datetime
from pathlib import Path, PurePosixPath

from django.db import transaction

from zahlmeister.banking.connections import Wanted, connect, look_now, move
from zahlmeister.banking.models import Connection, ConnectionKind
from zahlmeister.banking.states import ConnectionState
from zahlmeister.connectors.banks.folder import Folder
from zahlmeister.connectors.banks.sftp import Access, connected
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.models import Merchant
from zahlmeister.refusals import Refused

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
