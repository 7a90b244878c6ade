"""Every place keeps one contract: it lists whole files, hands them out, and says in a sentence why it cannot."""

import dataclasses
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import paramiko
import pytest

from tests.connectors.sftp_server import PASSWORD, USER, SftpServer
from zahlmeister.connectors.banks import sftp
from zahlmeister.connectors.banks.folder import Folder
from zahlmeister.connectors.banks.place import Offered, Place
from zahlmeister.refusals import Unreachable


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    served = SftpServer(_folder(tmp_path))
    yield served
    served.close()


@pytest.fixture(params=["folder", "sftp"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "folder":
        yield Folder(_folder(tmp_path))
        return
    with sftp.connected(_access(request.getfixturevalue("server"))) as there:
        yield there


def test_lists_files_and_leaves_out_what_is_being_written(place: Place, tmp_path: Path):
    folder = _folder(tmp_path)
    (folder / "b.sta").write_bytes(b"two")
    (folder / "a.xml").write_bytes(b"four")
    (folder / "c.xml.part").write_bytes(b"half")
    (folder / ".d.xml").write_bytes(b"hidden")
    (folder / "done").mkdir()

    offered = list(place.offered())

    assert [(one.name, one.size) for one in offered] == [("a.xml", 4), ("b.sta", 3)]
    assert offered[0].modified == int((folder / "a.xml").stat().st_mtime)


def test_hands_out_every_byte(place: Place, tmp_path: Path):
    content = bytes(range(256)) * 4000
    (_folder(tmp_path) / "a.xml").write_bytes(content)
    [offered] = place.offered()

    with place.open(offered) as file:
        assert file.read() == content


def test_a_file_that_has_gone_is_a_sentence(place: Place):
    with pytest.raises(Unreachable, match=r"gone\.xml"):
        place.open(Offered("gone.xml", 10, 0))


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path):
    with pytest.raises(Unreachable, match=r"nowhere.*cannot be read: No such file"):
        list(Folder(tmp_path / "nowhere").offered())


def test_a_folder_that_the_server_lacks_is_a_sentence(server: SftpServer):
    with (
        sftp.connected(_access(server, folder="statements")) as there,
        pytest.raises(Unreachable, match="“statements”"),
    ):
        list(there.offered())


def test_another_host_key_is_told_nothing(server: SftpServer):
    with pytest.raises(Unreachable, match=r"host key SHA256:.* agreed was SHA256:other") as stop:
        _enter(_access(server, fingerprint="SHA256:other"))

    assert stop.value.permanent
    assert not server.sign_ins


def test_the_identity_can_be_asked_without_signing_in(server: SftpServer):
    assert sftp.identity(_access(server)) == server.fingerprint
    assert not server.sign_ins


def test_a_wrong_password_waits_for_a_person(server: SftpServer):
    with pytest.raises(Unreachable, match="does not let “wollstube” in") as stop:
        _enter(_access(server, password="wrong"))

    assert stop.value.permanent


@pytest.mark.parametrize("kind", [paramiko.ECDSAKey.generate, lambda: paramiko.RSAKey.generate(2048)])
def test_a_private_key_opens(tmp_path: Path, kind):
    key = kind()
    written = StringIO()
    key.write_private_key(written)
    server = SftpServer(_folder(tmp_path), customer_key=key)

    _enter(_access(server, password="", key=written.getvalue()))

    server.close()


def test_a_broken_private_key_is_a_sentence(server: SftpServer):
    with pytest.raises(Unreachable, match=r"private key for 127\.0\.0\.1 cannot be used"):
        _enter(_access(server, key="-----BEGIN NONSENSE-----"))


def test_nobody_there(server: SftpServer):
    server.close()

    with pytest.raises(Unreachable, match="does not answer") as stop:
        _enter(_access(server))

    assert not stop.value.permanent


def test_a_server_that_hangs_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sftp, "PATIENCE", 0.3)
    server = SftpServer(_folder(tmp_path), silence=True)

    with pytest.raises(Unreachable, match="does not speak SFTP"):
        _enter(_access(server))

    server.close()


def test_a_server_that_dies_in_the_middle_is_a_sentence(server: SftpServer):
    def look_while_it_dies() -> None:
        with sftp.connected(_access(server)) as there:
            server.close()
            list(there.offered())

    with pytest.raises(Unreachable, match=r"127\.0\.0\.1 broke off"):
        look_while_it_dies()


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "bank"
    folder.mkdir(exist_ok=True)
    return folder


def _access(server: SftpServer, **other: str) -> sftp.Access:
    agreed = sftp.Access("127.0.0.1", USER, server.port, PASSWORD, fingerprint=server.fingerprint)
    return dataclasses.replace(agreed, **other)


def _enter(access: sftp.Access) -> None:
    with sftp.connected(access) as there:
        list(there.offered())
