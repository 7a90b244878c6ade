"""Where mails leave through: a mail server, or a folder on this machine that mail programs can open (Maildir)."""

import mailbox
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import unquote, urlsplit

from zahlmeister.connectors.peers import open_line
from zahlmeister.refusals import Refused, Unreachable

SECONDS = 30
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_BY_SCHEME = {"smtp": "starttls", "smtps": "tls", "smtp+plain": "none"}


class Rejected(Exception):
    """The server does not take this one mail; `is_final` tells whether trying again can help."""

    def __init__(self, sentence: str, *, is_final: bool) -> None:
        super().__init__(sentence)
        self.is_final = is_final


class Line(Protocol):
    """An open way out."""

    def send(self, message: EmailMessage, *, sender: str, reader: str) -> None:
        """Hand one mail over. When this returns, the far side has taken it.

        Raises:
            Rejected: it does not take this one.
            Unreachable: the line is down or the server takes nothing at all.
        """
        ...


class Way(Protocol):
    """A way that mails leave us."""

    def open(self) -> AbstractContextManager[Line]:
        """Open it for a few mails."""
        ...


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server. `security` is `starttls`, `tls` or `none`; the last only on this machine."""

    host: str
    port: int = 587
    security: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    is_trusted: bool = False  # the operator named it, and may name his own networks

    def __post_init__(self) -> None:
        if self.security == "none" and not _is_here(self.host):
            raise Refused(f"Mails are not sent to {self.host} unencrypted; choose STARTTLS or TLS.")

    @contextmanager
    def open(self) -> Iterator[Line]:
        """Sign in to the server.

        Raises:
            Unreachable: it does not answer, or does not let us in.
        """
        try:
            server = self._connected()
        except smtplib.SMTPAuthenticationError as error:
            raise Unreachable(
                f"The mail server {self.host} does not take user name or password ({_said(error)}).", permanent=True
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(f"The mail server {self.host} cannot be reached: {error}.") from error
        try:
            yield _SmtpLine(server, self.host)
        finally:
            _hang_up(server)

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        server: smtplib.SMTP = _LookedAtTls(self, context) if self.security == "tls" else _LookedAt(self)
        try:
            if self.security == "starttls":
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server


class _LookedAt(smtplib.SMTP):
    """Speaks to nobody before it is seen where the line leads."""

    def __init__(self, to: Smtp) -> None:
        self._to = to
        super().__init__(to.host, to.port, timeout=SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float | None) -> socket.socket:
        return open_line(host, port, seconds=timeout, is_trusted=self._to.is_trusted)


class _LookedAtTls(smtplib.SMTP_SSL, _LookedAt):
    """The same, under TLS from the beginning: the library takes the line from `_LookedAt`."""

    def __init__(self, to: Smtp, context: ssl.SSLContext) -> None:
        self._to = to
        smtplib.SMTP_SSL.__init__(self, to.host, to.port, timeout=SECONDS, context=context)


class _SmtpLine:
    """A server that lets us in."""

    def __init__(self, server: smtplib.SMTP, host: str) -> None:
        self._server, self._host = server, host

    def send(self, message: EmailMessage, *, sender: str, reader: str) -> None:
        """See `Line.send`. 4xx is for now, 5xx is for good (RFC 5321)."""
        try:
            self._server.send_message(message, from_addr=sender, to_addrs=[reader])
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise Rejected(_sentence(self._host, reader, code, said), is_final=code >= 500) from error
        except smtplib.SMTPDataError as error:
            raise Rejected(
                _sentence(self._host, reader, error.smtp_code, error.smtp_error), is_final=error.smtp_code >= 500
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Rejected(
                f"The mail server {self._host} takes no address with such letters.", is_final=True
            ) from error
        except smtplib.SMTPSenderRefused as error:
            raise Unreachable(
                f"The mail server {self._host} does not let us send as {sender}: {_said(error)}"
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(f"The line to the mail server {self._host} broke: {error}.") from error


@dataclass(frozen=True, slots=True)
class Folder:
    """A Maildir on this machine: for trying out, and where another program fetches the mails."""

    path: str

    @contextmanager
    def open(self) -> Iterator[Line]:
        """Open the folder; it is made when it is missing."""
        yield _FolderLine(mailbox.Maildir(self.path, create=True))


class _FolderLine:
    def __init__(self, folder: mailbox.Maildir) -> None:
        self._folder = folder

    def send(self, message: EmailMessage, *, sender: str, reader: str) -> None:
        """See `Line.send`."""
        del sender, reader
        try:
            self._folder.add(message.as_bytes())
        except OSError as error:
            raise Unreachable(f"The mail folder cannot be written: {error}.") from error


def way(address: str) -> Way | None:
    """The way that an address such as `smtp://user:password@host:587` or `maildir:/folder` names; None when empty.

    It is the operator's, and may lie in his own network. `smtp` is STARTTLS, `smtps` TLS from the beginning,
    `smtp+plain` without, for this machine only.

    Raises:
        Refused: it names none.
    """
    if not address:
        return None
    parts = urlsplit(address)
    if parts.scheme == "maildir" and parts.path:
        return Folder(parts.path)
    security = _BY_SCHEME.get(parts.scheme)
    if security is None or not parts.hostname:
        raise Refused(
            "The way mails leave is smtp://user:password@host:port, smtps://…, or maildir:/folder; "
            f"“{parts.scheme}:” is none of these."
        )
    return Smtp(
        parts.hostname,
        parts.port or _PORTS[security],
        security,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        is_trusted=True,
    )


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _sentence(host: str, reader: str, code: int, said: bytes | str) -> str:
    return f"The mail server {host} does not take the mail to {reader}: {code} {_text(said)}"


def _said(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_text(error.smtp_error)}"


def _text(said: bytes | str) -> str:
    words = said.decode(errors="replace") if isinstance(said, bytes) else said
    return " ".join(words.split())[:200]


def _hang_up(server: smtplib.SMTP) -> None:
    """Say goodbye; whether the server answers matters to nobody, the mails are taken."""
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()
