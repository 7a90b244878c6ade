"""A mailbox on a mail server (IMAP4rev1, RFC 3501), opened for reading only: nothing in it is changed or marked."""

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address

from zahlmeister.connectors.peers import open_line
from zahlmeister.refusals import Refused, Unreachable

SECONDS = 30
#: A report with the whole mail behind it is not larger; what is, is nobody's report.
LONGEST = 4_000_000
#: On the first look, and after the server numbered its mails anew, so many of the newest ones are read.
FIRST_LOOK = 500


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a mailbox was read: the server's numbering, and the last number that was looked at."""

    numbering: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox. `security` is `starttls`, `tls` or `none`; the last only on this machine."""

    host: str
    port: int = 993
    security: str = "tls"
    user: str = ""
    password: str = field(default="", repr=False)
    folder: str = "INBOX"

    def __post_init__(self) -> None:
        if self.security == "none" and not _is_here(self.host):
            raise Refused(f"Mails are not read from {self.host} unencrypted; choose STARTTLS or TLS.")

    def news(self, mark: Mark) -> Iterator[tuple[Mark, bytes]]:
        """The mails behind a mark, oldest first, each with the mark that stands behind it.

        Raises:
            Unreachable: the server does not answer, does not let us in, or has no such folder.
        """
        try:
            server = self._connected()
            try:
                yield from self._read(server, mark)
            finally:
                with suppress(OSError, imaplib.IMAP4.error):
                    server.logout()
        except (OSError, imaplib.IMAP4.error) as error:
            raise Unreachable(f"The mailbox on {self.host} cannot be read: {_said(error)}.") from error

    def _connected(self) -> imaplib.IMAP4:
        context = ssl.create_default_context()
        if self.security == "tls":
            server: imaplib.IMAP4 = _LookedAtTls(self.host, self.port, ssl_context=context, timeout=SECONDS)
        else:
            server = _LookedAt(self.host, self.port, timeout=SECONDS)
        try:
            if self.security == "starttls":
                server.starttls(context)
            self._sign_in(server)
        except BaseException:
            server.shutdown()
            raise
        return server

    def _sign_in(self, server: imaplib.IMAP4) -> None:
        try:
            server.login(self.user, self.password)
        except imaplib.IMAP4.error as error:
            raise Unreachable(
                f"The mailbox on {self.host} does not take user name or password ({_said(error)}).", permanent=True
            ) from error

    def _read(self, server: imaplib.IMAP4, mark: Mark) -> Iterator[tuple[Mark, bytes]]:
        folder = self.folder.replace("\\", "\\\\").replace('"', '\\"')
        answer, _ = server.select(f'"{folder}"', readonly=True)
        if answer != "OK":
            raise Unreachable(f"The mailbox on {self.host} has no folder “{self.folder}”.", permanent=True)
        numbering = int((server.response("UIDVALIDITY")[1] or [b"0"])[0] or 0)
        known = mark.last if mark.numbering == numbering else 0
        found = server.uid("SEARCH", "UID", f"{known + 1}:*")[1]
        # “n:*” names the last mail even when it lies before n
        numbers = sorted(number for number in map(int, (found[0] or b"").split()) if number > known)
        for number in numbers if known else numbers[-FIRST_LOOK:]:
            yield Mark(numbering, number), _content(server, number)


class _LookedAt(imaplib.IMAP4):
    """Speaks to nobody before it is seen where the line leads."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return open_line(self.host, self.port, seconds=timeout)


class _LookedAtTls(imaplib.IMAP4_SSL):
    """The same, under TLS from the beginning."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        line = open_line(self.host, self.port, seconds=timeout)
        secured: socket.socket = self.ssl_context.wrap_socket(line, server_hostname=self.host)
        return secured


def _content(server: imaplib.IMAP4, number: int) -> bytes:
    """The mail as it arrived; empty when it has gone meanwhile or is far too long."""
    parts = server.uid("FETCH", str(number), "(RFC822.SIZE)")[1]
    size = re.search(rb"RFC822\.SIZE (\d+)", b" ".join(part for part in parts if isinstance(part, bytes)))
    if size is None or int(size[1]) > LONGEST:
        return b""
    fetched = server.uid("FETCH", str(number), "(BODY.PEEK[])")[1]
    return next((bytes(part[1]) for part in fetched if isinstance(part, tuple)), b"")


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return False


def _said(error: Exception) -> str:
    return str(error).removeprefix("b'").removesuffix("'").rstrip(".") or type(error).__name__
