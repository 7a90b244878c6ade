"""Connections that bring statements: made, claimed when due, and what became of looking there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from zahlmeister.banking.models import Connection, ConnectionKind, FetchedFile
from zahlmeister.banking.states import NEXT_CONNECTION, ConnectionState
from zahlmeister.connectors.banks.place import Offered
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.seal import opened, seal
from zahlmeister.merchants.trouble import staying
from zahlmeister.refusals import Refused

LEASE = timedelta(minutes=5)
#: A file that looks the same after this time is whole.
SETTLED = timedelta(seconds=15)
#: The wait after the first failure; it doubles with every further one, up to the longest.
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
DUE = (ConnectionState.CONNECTED, ConnectionState.TROUBLED, ConnectionState.ASKING)


class TakenOver(Exception):
    """Another worker, or a person, has changed this connection since it was claimed; nothing more is done with it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A connection as somebody wants it: `settings` may be read by everybody, `secret` is sealed."""

    kind: ConnectionKind
    name: str
    settings: Mapping[str, Any]
    secret: Mapping[str, str] = field(default_factory=dict)
    every_minutes: int = 15


def connect(merchant_id: int, wanted: Wanted, *, at: datetime) -> Connection:
    """Take a connection in; it is looked at at once.

    Raises:
        Refused: the merchant has a connection of this name.
    """
    if Connection.objects.filter(merchant_id=merchant_id, name=wanted.name).exists():
        raise Refused(f"There is a connection “{wanted.name}” already; choose another name.")
    made = Connection(
        merchant_id=merchant_id,
        kind=wanted.kind,
        name=wanted.name,
        settings=dict(wanted.settings),
        every_minutes=wanted.every_minutes,
        due_at=at,
        created_at=at,
    )
    if wanted.secret:
        made.sealed = seal(dict(wanted.secret), purpose(made))
    made.save(force_insert=True)
    return made


def secret_of(connection: Connection) -> dict[str, str]:
    """What was sealed when the connection was made."""
    return opened(bytes(connection.sealed), purpose(connection))


def purpose(connection: Connection) -> str:
    """What its secret is sealed for."""
    return f"connection:{connection.pk}"


def claim_connection(at: datetime) -> Connection | None:
    """Take the connection that has been due the longest and that nobody holds; None when there is none."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=at)
    due = staying(Connection.objects.filter(free, state__in=DUE, due_at__lte=at)).order_by("due_at", "id")
    for candidate in due[:5]:
        token = new_id()
        mine = Connection.objects.filter(pk=candidate.pk, token=candidate.token, state=candidate.state)
        if mine.update(token=token, lease_until=at + LEASE):
            candidate.refresh_from_db()
            return candidate
    return None


def hold_on(connection: Connection, at: datetime) -> None:
    """Renew the claim while there is more to do.

    Raises:
        TakenOver: somebody else holds it by now, or it was paused.
    """
    _mine(connection, lease_until=at + LEASE)


def keep_conversation(connection: Connection, sealed: bytes) -> None:
    """Keep where we stand with a bank, while the caller holds the connection.

    Raises:
        TakenOver: somebody else holds it by now, or it was paused.
    """
    _mine(connection, conversation=sealed)
    connection.conversation = sealed


def answered(connection: Connection, at: datetime, *, is_growing: bool) -> bool:
    """It was looked at; `is_growing` asks to look again as soon as unfinished files can be whole.

    Returns:
        False when somebody else holds it by now.
    """
    wait = SETTLED if is_growing else timedelta(minutes=connection.every_minutes)
    return _release(connection, due_at=at + wait, state=ConnectionState.CONNECTED, failures=0, error="", looked_at=at)


def asks(connection: Connection, until: datetime) -> bool:
    """It waits for a person until then; afterwards a worker looks after it again."""
    return _release(connection, due_at=until, state=ConnectionState.ASKING, failures=0, error="")


def failed(connection: Connection, at: datetime, sentence: str, *, permanent: bool, after: int | None = None) -> bool:
    """It did not answer: try again later, or wait for a person when that cannot help.

    `after` is how many seconds it wants to be left alone, if it has said so.
    """
    wait = min(FIRST_RETRY * 2 ** min(connection.failures, 20), LONGEST_RETRY)
    wait = max(wait, timedelta(seconds=after or 0))
    state = ConnectionState.STUCK if permanent else ConnectionState.TROUBLED
    return _release(connection, due_at=at + wait, state=state, failures=connection.failures + 1, error=sentence)


def move(connection: Connection, state: ConnectionState, at: datetime) -> None:
    """A person pauses a connection, or has it looked at anew.

    Raises:
        Refused: it is in another state by now.
    """
    if state not in NEXT_CONNECTION[ConnectionState(connection.state)]:
        raise Refused(f"“{connection.name}” cannot become {state.label} now.")
    mine = Connection.objects.filter(pk=connection.pk, state=connection.state)
    fresh = {"state": state, "due_at": at, "failures": 0, "error": "", "token": new_id(), "lease_until": None}
    if not mine.update(**fresh):
        raise Refused(f"Somebody else has just changed “{connection.name}”; look again.")


def look_now(connection: Connection, at: datetime) -> None:
    """Put a connection first in line; one that asks something waits for its answer."""
    rows = Connection.objects.filter(pk=connection.pk, state__in=DUE).exclude(state=ConnectionState.ASKING)
    rows.update(due_at=at)


def hurry(connection: Connection, at: datetime) -> None:
    """Look at a question at once that is answered elsewhere; nothing when none is open."""
    rows = Connection.objects.filter(pk=connection.pk, kind=ConnectionKind.AGGREGATOR, state=ConnectionState.ASKING)
    rows.filter(due_at__gt=at).update(due_at=at)


def waiting(connection: Connection, offered: Iterable[Offered], at: datetime) -> tuple[list[Offered], bool]:
    """Of the files lying there, those that are whole and not fetched; and whether others may still be growing.

    A file is whole when an earlier look, some seconds ago, saw it with the same size and time.
    """
    seen = {
        (name, size, modified): (seen_at, fetched_at)
        for name, size, modified, seen_at, fetched_at in FetchedFile.objects.filter(connection=connection).values_list(
            "name", "size", "modified", "seen_at", "fetched_at"
        )
    }
    whole, fresh = [], []
    is_growing = False
    for one in offered:
        seen_at, fetched_at = seen.get((one.name[:255], one.size, one.modified), (None, None))
        if fetched_at:
            continue
        if seen_at and at - seen_at >= SETTLED:
            whole.append(one)
            continue
        is_growing = True
        if not seen_at:
            fresh.append(_file(connection, one, at))
    FetchedFile.objects.bulk_create(fresh, ignore_conflicts=True)
    return whole, is_growing


def fetched(connection: Connection, offered: Offered, at: datetime) -> None:
    """Remember that this file is in the house."""
    FetchedFile.objects.filter(
        connection=connection, name=offered.name[:255], size=offered.size, modified=offered.modified
    ).update(fetched_at=at)


def is_delivered(connection: Connection, name: str) -> bool:
    """Whether a delivery of this name, which tells what it says, is in the house."""
    return FetchedFile.objects.filter(connection=connection, name=name, fetched_at__isnull=False).exists()


def delivered(connection: Connection, offered: Offered, at: datetime) -> None:
    """Remember a delivery that is in the house."""
    made = _file(connection, offered, at)
    made.fetched_at = at
    FetchedFile.objects.bulk_create([made], ignore_conflicts=True)


def forget_pin(connection: Connection) -> None:
    """The bank does not accept the PIN: nobody shall try it again, also not by mistake."""
    connection.sealed = seal(secret_of(connection) | {"pin": ""}, purpose(connection))
    Connection.objects.filter(pk=connection.pk).update(sealed=connection.sealed)


def set_pin(connection: Connection, pin: str) -> None:
    """Take the PIN that somebody has just typed."""
    connection.sealed = seal(secret_of(connection) | {"pin": pin}, purpose(connection))
    Connection.objects.filter(pk=connection.pk).update(sealed=connection.sealed)


def note(connection: Connection, *, consent_until: date | None = None, **settings: Any) -> None:
    """Keep what was learned of a connection."""
    connection.settings = {**connection.settings, **settings}
    connection.consent_until = consent_until or connection.consent_until
    Connection.objects.filter(pk=connection.pk).update(
        settings=connection.settings, consent_until=connection.consent_until
    )


def _file(connection: Connection, offered: Offered, at: datetime) -> FetchedFile:
    return FetchedFile(
        merchant_id=connection.merchant_id,
        connection=connection,
        name=offered.name[:255],
        size=offered.size,
        modified=offered.modified,
        seen_at=at,
    )


def _mine(connection: Connection, **changes: Any) -> None:
    if not Connection.objects.filter(pk=connection.pk, token=connection.token).update(**changes):
        raise TakenOver(f"“{connection.name}” is looked after by somebody else now.")


def _release(connection: Connection, **changes: Any) -> bool:
    mine = Connection.objects.filter(pk=connection.pk, token=connection.token, state__in=DUE)
    return bool(mine.update(lease_until=None, **changes))
