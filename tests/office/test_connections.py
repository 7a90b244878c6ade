"""A server is connected in the office: asked who it is, compared, signed in to; and watched afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from tests.connectors.sftp_server import PASSWORD, USER, SftpServer
from tests.stage import Paid, Stage

from zahlmeister.banking.connections import Wanted, connect
from zahlmeister.banking.models import Connection, ConnectionKind, StatementImport
from zahlmeister.banking.states import ConnectionState
from zahlmeister.flows.fetch_statements import fetch_next

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "/statements/connections/new"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    folder = tmp_path / "bank"
    folder.mkdir()
    served = SftpServer(folder)
    yield served
    served.close()


def test_a_server_is_connected_in_two_steps(stage: Stage, office: Client, server: SftpServer) -> None:
    asked = office.post(NEW, {"host": "127.0.0.1", "port": server.port})
    assert server.fingerprint in asked.content.decode()
    assert not server.sign_ins

    answer = office.post(NEW, filled_in(server))

    made = Connection.objects.get()
    assert answer.headers["Location"] == f"/statements/connections/{made.pk}/"
    page = office.get(answer.headers["Location"]).content.decode()
    assert "is connected" in page
    assert PASSWORD not in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "wrong"}, "does not let “wollstube” in"),
        ({"fingerprint": "SHA256:another"}, "shows the host key"),
        ({"folder": "nowhere"}, "cannot be read"),
        ({"password": ""}, "A password or a private key is needed."),
        ({"port": "1"}, "does not answer"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    office: Client, server: SftpServer, change: dict[str, str], words: str
) -> None:
    answer = office.post(NEW, filled_in(server) | change)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert PASSWORD not in answer.content.decode()
    assert not Connection.objects.exists()


def test_a_bookkeeper_cannot_connect(bookkeeper: Client, server: SftpServer) -> None:
    assert bookkeeper.post(NEW, filled_in(server)).status_code == 403


def test_it_shows_what_came_and_can_be_paused(stage: Stage, office: Client, tmp_path: Path) -> None:
    made = connect(
        stage.merchant.pk, Wanted(ConnectionKind.FOLDER, "Bank program", {"path": str(tmp_path)}), at=stage.now
    )
    (tmp_path / "today.xml").write_bytes(stage.statement(Paid(4990, "4711")))
    for _ in range(2):
        fetch_next(clock=stage.clock)
        stage.later(minutes=16)
    address = f"/statements/connections/{made.pk}/"

    assert "today.xml" in office.get(address).content.decode()
    assert StatementImport.objects.get().created_by == "connection:Bank program"
    assert "fetched from Bank program" in office.get("/statements/").content.decode()
    office.post(f"{address}pause")
    made.refresh_from_db()
    assert made.state == ConnectionState.PAUSED
    office.post(f"{address}resume")
    made.refresh_from_db()
    assert made.state == ConnectionState.CONNECTED


def test_one_that_is_stuck_needs_a_person_today(stage: Stage, office: Client, server: SftpServer) -> None:
    stage.pays(Paid(4990, "4711"))
    office.post(NEW, filled_in(server))
    Connection.objects.update(settings=Connection.objects.get().settings | {"fingerprint": "SHA256:another"})
    Connection.objects.update(due_at=stage.now)
    fetch_next(clock=stage.clock)

    page = office.get("/").content.decode()
    assert "Savings bank" in page
    assert "1 bank connection is stuck" in page


def test_somebody_elses_connection_is_not_there(neighbour: Stage, office: Client, tmp_path: Path) -> None:
    made = connect(
        neighbour.merchant.pk, Wanted(ConnectionKind.FOLDER, "Theirs", {"path": str(tmp_path)}), at=neighbour.now
    )
    for action in ("", "pause", "resume", "look"):
        address = f"/statements/connections/{made.pk}/{action}"
        assert (office.post(address) if action else office.get(address)).status_code == 404


def filled_in(server: SftpServer) -> dict[str, object]:
    return {
        "host": "127.0.0.1", "port": server.port, "fingerprint": server.fingerprint, "name": "Savings bank",
        "user": USER, "password": PASSWORD, "key": "", "folder": ".", "every": "15",
    }  # fmt: skip
