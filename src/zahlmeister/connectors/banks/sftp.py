"""An SFTP server on which a bank or an EBICS service leaves statements, and takes files of orders.

The server is known by the fingerprint of its host key, agreed on when it was connected: another key is another server,
and is told nothing, not even the password.
"""

import stat
from base64 import b64encode
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from io import StringIO
from typing import BinaryIO, cast

import paramiko

from zahlmeister.connectors.banks.place import MOST_LISTED, Offered, is_whole
from zahlmeister.connectors.peers import open_line
from zahlmeister.refusals import Unreachable

#: How long a server may be silent, in seconds.
PATIENCE = 20


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach a server. `key` is a private key in PEM or OpenSSH form; without it the password is used."""

    host: str
    user: str
    port: int = 22
    password: str = ""
    key: str = ""
    folder: str = "."
    fingerprint: str = ""  # of the host key, as `ssh` shows it: SHA256:…
    outbox: str = ""  # the folder that files for the bank are laid into; none when nothing is sent


class Whereabouts(Enum):
    """Where a file for the bank is."""

    PUT = "put"  # under the name that nobody reads
    RELEASED = "released"  # under its own name: the bank has it
    GONE = "gone"  # taken by the bank, or by somebody else


@contextmanager
def connected(access: Access) -> Iterator["Sftp"]:
    """The server, signed in to.

    Raises:
        Unreachable: it does not answer, is another server than agreed, or does not let us in (these two permanent).
    """
    transport = _transport(access)
    try:
        _check_identity(transport, access)
        _sign_in(transport, access)
        client = paramiko.SFTPClient.from_transport(transport)
        channel = client and client.get_channel()
        assert client
        assert channel
        channel.settimeout(PATIENCE)
        yield Sftp(client, access)
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise Unreachable(f"{access.host} broke off: {_why(error)}.") from error
    finally:
        transport.close()


def identity(access: Access) -> str:
    """The fingerprint of the host key that answers now, for a person to compare with what the bank says."""
    transport = _transport(access)
    try:
        return fingerprint(transport)
    finally:
        transport.close()


def fingerprint(transport: paramiko.Transport) -> str:
    """As `ssh` shows it: SHA256 and the hash without padding."""
    value = sha256(transport.get_remote_server_key().asbytes()).digest()
    return "SHA256:" + b64encode(value).decode().rstrip("=")


class Sftp:
    """Files directly in the folder agreed on."""

    def __init__(self, client: paramiko.SFTPClient, access: Access) -> None:
        self._client = client
        self._access = access

    def offered(self) -> Iterator[Offered]:
        try:
            found = self._client.listdir_attr(self._access.folder)
        except OSError as error:
            where = f"“{self._access.folder}” on {self._access.host}"
            raise Unreachable(f"The folder {where} cannot be read: {_why(error)}.") from error
        files = [one for one in found if stat.S_ISREG(one.st_mode or 0) and is_whole(one.filename)]
        for one in sorted(files, key=lambda one: one.filename)[:MOST_LISTED]:
            yield Offered(one.filename, one.st_size or 0, one.st_mtime or 0)

    def open(self, offered: Offered) -> AbstractContextManager[BinaryIO]:
        try:
            file = self._client.open(f"{self._access.folder}/{offered.name}", "rb")
        except OSError as error:
            raise Unreachable(f"“{offered.name}” on {self._access.host} cannot be read: {_why(error)}.") from error
        file.prefetch(offered.size)
        return cast("AbstractContextManager[BinaryIO]", file)

    # ---- what we lay down for the bank -------------------------------------------------------------------------

    def put(self, name: str, data: bytes) -> None:
        """Lay a file down under a name that nobody reads. Doing it again changes nothing."""
        unread = self._unread(name)
        try:
            with self._client.open(unread, "wb") as file:
                file.write(data)
            written = self._client.stat(unread).st_size
        except OSError as error:
            raise self._not_written(error) from error
        if written != len(data):
            raise Unreachable(f"{self._access.host} kept {written} of {len(data)} bytes of “{name}”.")

    def release(self, name: str) -> None:
        """Give the file the name that the bank reads. This happens once: the other name is gone then."""
        try:
            self._client.rename(self._unread(name), f"{self._access.outbox}/{name}")
        except OSError as error:
            raise self._not_written(error) from error

    def whereabouts(self, name: str) -> Whereabouts:
        """How far a file has come that somebody laid down."""
        found = set(self.lying())
        if self._unread(name).rpartition("/")[2] in found:
            return Whereabouts.PUT
        return Whereabouts.RELEASED if name in found else Whereabouts.GONE

    def content_of(self, name: str) -> bytes | None:
        """What a file holds that lies under this name where we lay files down; None when none does."""
        if name not in self.lying():
            return None
        try:
            with self._client.open(f"{self._access.outbox}/{name}", "rb") as file:
                return file.read()
        except OSError as error:
            raise Unreachable(f"“{name}” on {self._access.host} cannot be read: {_why(error)}.") from error

    def take_away(self, name: str) -> None:
        """Remove what was put and not released."""
        try:
            self._client.remove(self._unread(name))
        except OSError as error:
            raise self._not_written(error) from error

    def lying(self) -> list[str]:
        """The names of all that lies where we lay files down, also of what nobody shall read yet."""
        try:
            return self._client.listdir(self._access.outbox)
        except OSError as error:
            raise self._not_written(error) from error

    def _unread(self, name: str) -> str:
        return f"{self._access.outbox}/.{name}.part"

    def _not_written(self, error: OSError) -> Unreachable:
        where = f"“{self._access.outbox}” on {self._access.host}"
        return Unreachable(f"The folder {where} takes no file: {_why(error)}.")


def _transport(access: Access) -> paramiko.Transport:
    try:
        line = open_line(access.host, access.port, seconds=PATIENCE)
    except OSError as error:
        raise Unreachable(f"{access.host}, port {access.port}, does not answer: {_why(error)}.") from error
    transport = paramiko.Transport(line)
    transport.banner_timeout = transport.auth_timeout = PATIENCE
    try:
        transport.start_client(timeout=PATIENCE)
        if not transport.initial_kex_done:  # it returns without a word when the time is over
            raise TimeoutError
    except (paramiko.SSHException, EOFError, OSError) as error:
        transport.close()
        raise Unreachable(f"{access.host}, port {access.port}, does not speak SFTP: {_why(error)}.") from error
    return transport


def _check_identity(transport: paramiko.Transport, access: Access) -> None:
    seen = fingerprint(transport)
    if seen != access.fingerprint:
        raise Unreachable(
            f"{access.host} shows the host key {seen}, agreed was {access.fingerprint or 'none'}. Nothing was sent; "
            "ask who runs it whether it has a new key.",
            permanent=True,
        )


def _sign_in(transport: paramiko.Transport, access: Access) -> None:
    try:
        if access.key:
            transport.auth_publickey(access.user, _private_key(access))
        else:
            transport.auth_password(access.user, access.password)
    except paramiko.AuthenticationException as error:
        raise Unreachable(f"{access.host} does not let “{access.user}” in.", permanent=True) from error


def _private_key(access: Access) -> paramiko.PKey:
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(StringIO(access.key))
        except (paramiko.SSHException, ValueError):
            continue
    raise Unreachable(
        f"The private key for {access.host} cannot be used: it is none of Ed25519, ECDSA or RSA, or has a passphrase.",
        permanent=True,
    )


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(getattr(error, "strerror", "") or str(error) or type(error).__name__)
