"""Servers that a merchant types: none in a private network is spoken to, unless the operator allows it."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.connectors.imap_server import imap_server
from tests.connectors.mail_server import mail_server
from tests.connectors.sftp_server import SftpServer
from zahlmeister.connectors import names, peers
from zahlmeister.connectors.banks import sftp
from zahlmeister.connectors.mail.imap import Mailbox, Mark
from zahlmeister.connectors.mail.server import Smtp, way
from zahlmeister.refusals import Unreachable


@pytest.fixture(autouse=True)
def _as_it_is(monkeypatch: pytest.MonkeyPatch, _servers_of_tests_count_as_far_away: None) -> None:
    monkeypatch.setattr("zahlmeister.connectors.peers.is_public", names.is_public)
    monkeypatch.delenv("ZAHLMEISTER_PRIVATE", raising=False)


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Somebody inside who waits for a word."""
    with socket.create_server(("127.0.0.1", 0)) as line:
        line.settimeout(5)
        yield line


def _mail(port: int, security: str) -> None:
    with Smtp("127.0.0.1", port, security).open():
        pass


ASKED: dict[str, Callable[[int], object]] = {
    "smtp": lambda port: _mail(port, "starttls"),
    "smtps": lambda port: _mail(port, "tls"),
    "imap": lambda port: list(Mailbox("127.0.0.1", port, "starttls").news(Mark())),
    "imaps": lambda port: list(Mailbox("127.0.0.1", port, "tls").news(Mark())),
    "sftp": lambda port: sftp.identity(sftp.Access("127.0.0.1", "brigitte", port)),
}


@pytest.mark.parametrize("way_in", ASKED)
def test_nobody_inside_is_called_and_a_closed_door_is_the_same(way_in: str, listening: socket.socket) -> None:
    port = listening.getsockname()[1]
    listening.setblocking(False)
    for door in (port, 1):
        with pytest.raises(Unreachable, match="private network") as refused:
            ASKED[way_in](door)
        assert refused.value.permanent
    with pytest.raises(BlockingIOError):
        listening.accept()


@pytest.mark.parametrize("way_in", ASKED)
def test_nobody_inside_hears_a_word_when_a_name_changes_its_mind(
    way_in: str, listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "addresses_of", lambda *_: ["9.9.9.9"])
    with pytest.raises(Unreachable, match="private network") as refused:
        ASKED[way_in](listening.getsockname()[1])
    assert refused.value.permanent
    inside, _who = listening.accept()
    with inside:
        inside.settimeout(5)
        assert inside.recv(1) == b""  # hung up, and nothing was said


@pytest.mark.parametrize("way_in", ASKED)
def test_where_hosts_are_named_no_other_is_called(
    way_in: str, listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    monkeypatch.setenv("ZAHLMEISTER_CALLS", "mail.example")
    with pytest.raises(Unreachable, match="none of the hosts") as refused:
        ASKED[way_in](listening.getsockname()[1])
    assert refused.value.permanent
    listening.setblocking(False)
    with pytest.raises(BlockingIOError):
        listening.accept()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", False), ("10.0.0.7", False), ("169.254.169.254", False), ("192.168.1.1", False),
        ("::1", False), ("fe80::1%eth0", False), ("::ffff:10.0.0.7", False), ("100.64.0.1", False),
        ("9.9.9.9", True), ("2620:fe::fe", True),
    ],
)  # fmt: skip
def test_what_is_far_away(address: str, *, expected: bool) -> None:
    assert names.is_public(address) is expected


def test_the_operator_may_allow_it_and_name_his_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with mail_server() as server:
        operators = way(f"smtp+plain://127.0.0.1:{server.port}")
        assert operators is not None
        with operators.open():
            pass
        monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
        _mail_here = Smtp("127.0.0.1", server.port, "none")
        with _mail_here.open():
            pass
    with imap_server() as box:
        assert list(Mailbox("127.0.0.1", box.port, "none", "brigitte", "geheim").news(Mark())) is not None
    served = SftpServer(tmp_path)
    assert sftp.identity(sftp.Access("127.0.0.1", "brigitte", served.port)) == served.fingerprint
    served.close()
