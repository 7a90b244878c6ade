"""Statements come by themselves: from a folder or a server, whole, once, and with a sentence when they cannot."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from tests.connectors.sftp_server import PASSWORD, USER, SftpServer
from tests.stage import Paid, Stage, order

from zahlmeister.banking import connections
from zahlmeister.banking.connections import Wanted, claim_connection, connect, move
from zahlmeister.banking.conversation import Conversation, conversation_of, keep
from zahlmeister.banking.models import Connection, ConnectionKind, FetchedFile, StatementImport
from zahlmeister.banking.states import ConnectionState
from zahlmeister.flows import fetch_statements
from zahlmeister.flows.fetch_statements import fetch_next
from zahlmeister.flows.receive_statement import receive_next
from zahlmeister.history.queries import steps_of
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2026, 11, 20)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "bank"
    made.mkdir()
    return made


@pytest.fixture
def watched(stage: Stage, folder: Path) -> Connection:
    wanted = Wanted(ConnectionKind.FOLDER, "Bank program", {"path": str(folder)})
    return connect(stage.merchant.pk, wanted, at=stage.now)


@pytest.fixture
def server(folder: Path) -> Iterator[SftpServer]:
    served = SftpServer(folder)
    yield served
    served.close()


def test_a_statement_left_in_a_folder_pays_the_order(stage: Stage, watched: Connection, folder: Path):
    stage.orders(order("4711", "49.90"))
    (folder / "today.xml").write_bytes(stage.statement(Paid(4990, "4711", on=TODAY)))

    look(stage, times=2)
    receive_next(clock=stage.clock)

    assert stage.item("4711").open_minor == 0
    assert stage.books() == []


def test_the_same_over_sftp(stage: Stage, server: SftpServer, folder: Path):
    connect_to(server, stage)
    stage.orders(order("4711", "49.90"))
    (folder / "today.xml").write_bytes(stage.statement(Paid(4990, "4711", on=TODAY)))

    look(stage, times=2)
    receive_next(clock=stage.clock)

    assert stage.item("4711").open_minor == 0


def test_a_file_is_fetched_once_however_often_one_looks(stage: Stage, watched: Connection, folder: Path):
    (folder / "today.xml").write_bytes(stage.statement(Paid(4990, "4711", on=TODAY)))

    look(stage, times=6)

    assert StatementImport.objects.count() == 1


def test_a_file_that_grows_waits_until_it_is_whole(stage: Stage, watched: Connection, folder: Path):
    whole = stage.statement(Paid(4990, "4711", on=TODAY))
    for part in (len(whole) // 3, len(whole) // 2, len(whole) - 1):
        (folder / "today.xml").write_bytes(whole[:part])
        look(stage)
        assert not StatementImport.objects.exists()

    (folder / "today.xml").write_bytes(whole)
    look(stage, times=2)

    [received] = StatementImport.objects.all()
    assert received.size == len(whole)


def test_a_file_that_is_replaced_under_its_name_is_fetched_again(stage: Stage, watched: Connection, folder: Path):
    for text in ("4711", "4712"):
        (folder / "today.xml").write_bytes(stage.statement(Paid(4990, text)))
        os.utime(folder / "today.xml", (stage.now.timestamp(),) * 2)
        look(stage, times=2)

    assert StatementImport.objects.count() == 2


def test_dying_after_the_hand_in_hands_in_once(
    stage: Stage, watched: Connection, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    (folder / "today.xml").write_bytes(stage.statement(Paid(4990, "4711", on=TODAY)))
    look(stage)
    with monkeypatch.context() as patch:
        patch.setattr(fetch_statements, "fetched", _die)
        with pytest.raises(KeyboardInterrupt):
            look(stage)

    assert fetch_next(clock=stage.clock) is None  # the dead one's lease
    stage.later(minutes=6)
    look(stage)

    assert StatementImport.objects.count() == 1
    assert FetchedFile.objects.get().fetched_at


def test_two_workers_never_look_at_one_place_together(stage: Stage, watched: Connection):
    assert claim_connection(stage.now) == watched
    assert claim_connection(stage.now) is None


def test_a_worker_that_lost_its_lease_changes_nothing(stage: Stage, watched: Connection):
    frozen = claim_connection(stage.now)
    stage.later(minutes=6)
    assert claim_connection(stage.now)

    assert frozen
    assert not connections.failed(frozen, stage.now, "late", permanent=True)
    with pytest.raises(connections.TakenOver, match="somebody else"):
        connections.hold_on(frozen, stage.now)
    with pytest.raises(connections.TakenOver):
        keep(frozen, Conversation(tries=7))
    watched.refresh_from_db()
    assert (watched.state, conversation_of(watched).tries) == (ConnectionState.CONNECTED, 0)


def test_a_long_fetch_keeps_its_claim(stage: Stage, watched: Connection):
    mine = claim_connection(stage.now)
    assert mine
    stage.later(minutes=4)
    connections.hold_on(mine, stage.now)
    stage.later(minutes=4)
    assert claim_connection(stage.now) is None


def test_a_server_that_is_away_is_tried_again_ever_later(stage: Stage, server: SftpServer):
    connection = connect_to(server, stage)
    server.close()
    waits = []
    for _ in range(4):
        fetch_next(clock=stage.clock)
        connection.refresh_from_db()
        waits.append((connection.due_at - stage.now).total_seconds() / 60)
        stage.now = connection.due_at

    assert waits == [1, 2, 4, 8]
    assert connection.state == ConnectionState.TROUBLED
    assert "does not answer" in connection.error
    assert [step.verb for step in steps_of(stage.merchant.pk, "connection", connection.pk)] == ["troubled"]


def test_it_is_connected_again_when_it_answers(stage: Stage, watched: Connection, folder: Path):
    folder.rename(folder.with_name("away"))
    look(stage)
    watched.refresh_from_db()
    assert watched.state == ConnectionState.TROUBLED

    folder.mkdir()
    look(stage)

    watched.refresh_from_db()
    assert (watched.state, watched.error, watched.failures) == (ConnectionState.CONNECTED, "", 0)


def test_a_changed_password_waits_for_a_person(stage: Stage, server: SftpServer):
    connection = connect_to(server, stage, password="old")
    look(stage)
    connection.refresh_from_db()
    assert connection.state == ConnectionState.STUCK

    stage.later(days=3)
    assert fetch_next(clock=stage.clock) is None
    move(connection, ConnectionState.CONNECTED, stage.now)
    assert fetch_next(clock=stage.clock) == connection


def test_a_paused_place_is_left_alone(stage: Stage, watched: Connection, folder: Path):
    (folder / "today.xml").write_bytes(stage.statement(Paid(4990, "4711", on=TODAY)))
    move(watched, ConnectionState.PAUSED, stage.now)

    assert fetch_next(clock=stage.clock) is None


def test_what_is_no_statement_is_kept_and_told(stage: Stage, watched: Connection, folder: Path):
    (folder / "notes.txt").write_bytes(b"call the bank")
    (folder / "empty.xml").write_bytes(b"")
    (folder / "broken.zip").write_bytes(b"PK\x03\x04 nothing")
    (folder / "today.xml").write_bytes(stage.statement(Paid(4990, "4711", on=TODAY)))

    look(stage, times=2)
    while receive_next(clock=stage.clock):
        pass

    states = dict(StatementImport.objects.values_list("name", "state"))
    assert states == {"notes.txt": "broken", "today.xml": "done"}
    [step] = steps_of(stage.merchant.pk, "connection", watched.pk)
    assert "broken.zip" in step.reason


def test_the_password_cannot_be_read_in_the_database(stage: Stage, server: SftpServer):
    connection = connect_to(server, stage)

    kept = Connection.objects.filter(pk=connection.pk).values().get()
    assert PASSWORD not in repr(kept)
    assert PASSWORD.encode() not in bytes(kept["sealed"])


def test_a_sealed_password_opens_nothing_elsewhere(stage: Stage, server: SftpServer):
    one, other = connect_to(server, stage), connect_to(server, stage, name="other")
    other.sealed = one.sealed

    with pytest.raises(Refused, match="sealed with another secret"):
        connections.secret_of(other)


def test_a_name_is_given_once(stage: Stage, watched: Connection):
    with pytest.raises(Refused, match="already"):
        connect(stage.merchant.pk, Wanted(ConnectionKind.FOLDER, watched.name, {}), at=stage.now)


def look(stage: Stage, times: int = 1) -> None:
    """Let the worker look, and some time pass."""
    for _ in range(times):
        fetch_next(clock=stage.clock)
        stage.later(minutes=16)


def connect_to(server: SftpServer, stage: Stage, *, name: str = "Bank", password: str = PASSWORD) -> Connection:
    settings = {
        "host": "127.0.0.1", "port": server.port, "user": USER, "folder": ".", "fingerprint": server.fingerprint,
    }  # fmt: skip
    wanted = Wanted(ConnectionKind.SFTP, name, settings, {"password": password})
    return connect(stage.merchant.pk, wanted, at=stage.now)


def _die(*_: object) -> None:
    raise KeyboardInterrupt
