"""A mail server on this machine that takes mails, refuses some, and counts what it has taken."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "brigitte", "geheim"


@dataclass
class Post:
    """What has arrived, in order. `busy` and `unknown` are readers it takes nothing for, now or ever."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    busy: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    hangs_up: bool = False

    @property
    def readers(self) -> list[str]:
        return [str(mail["To"].addresses[0].addr_spec) for mail in self.mails]

    @property
    def ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.mails]

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.busy:
            return "451 4.7.1 greylisted, try again later"
        if address in self.unknown:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - likewise
        if self.hangs_up:
            assert server.transport is not None
            server.transport.close()
            await asyncio.sleep(0.05)
            return "421 gone"
        self.mails.append(message_from_bytes(envelope.original_content or b"", policy=default))
        self.senders.append(envelope.mail_from or "")
        return "250 OK"


@contextmanager
def mail_server(*, context: ssl.SSLContext | None = None, signs_in: bool = False) -> Iterator[Post]:
    """A running server; with a context it speaks STARTTLS."""
    post = Post()
    controller = Controller(
        post,
        hostname="127.0.0.1",
        port=_free_port(),
        ready_timeout=10,
        tls_context=context,
        authenticator=_lets_in if signs_in else None,
        auth_require_tls=False,
    )
    controller.start()
    try:
        post.port = controller.port
        yield post
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _lets_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    assert isinstance(data, LoginPassword)
    is_known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_known, handled=False)
