"""A mailbox on this machine that speaks as much IMAP (RFC 3501) as reading takes, and notes every command."""

import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

USER, PASSWORD = "brigitte", "geheim"


@dataclass
class Box:
    """What lies in the mailbox, by number, and every command that was given."""

    port: int = 0
    numbering: int = 7
    mails: dict[int, bytes] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)

    def arrives(self, mail: bytes) -> None:
        self.mails[max(self.mails, default=0) + 1] = mail

    def answer(self, command: str) -> list[bytes]:
        """The lines before the final OK; a text of one word is the final word itself."""
        self.commands.append(command)
        verb, _, rest = command.partition(" ")
        match verb.upper():
            case "CAPABILITY":
                return [b"* CAPABILITY IMAP4rev1"]
            case "LOGIN":
                return [] if rest == f'{USER} "{PASSWORD}"' else [b"NO"]
            case "EXAMINE":
                there = [f"* {len(self.mails)} EXISTS".encode(), f"* OK [UIDVALIDITY {self.numbering}] ok".encode()]
                return there if rest in {'"INBOX"', '"Zurück"'} else [b"NO"]
            case "UID":
                return self._by_number(rest)
            case "LOGOUT":
                return [b"* BYE"]
        return [b"BAD"]

    def _by_number(self, rest: str) -> list[bytes]:
        if search := re.match(r"SEARCH UID (\d+):\*$", rest):
            first, last = int(search[1]), max(self.mails, default=0)
            found = [number for number in self.mails if number >= min(first, last)]
            return [b"* SEARCH " + b" ".join(str(number).encode() for number in found)]
        if (fetch := re.match(r"FETCH (\d+) \((.*)\)$", rest)) and int(fetch[1]) in self.mails:
            mail = self.mails[int(fetch[1])]
            if fetch[2] == "RFC822.SIZE":
                return [f"* 1 FETCH (UID {fetch[1]} RFC822.SIZE {len(mail)})".encode()]
            return [f"* 1 FETCH (UID {fetch[1]} BODY[] {{{len(mail)}}}".encode() + b"\r\n" + mail + b")"]
        return []


@contextmanager
def imap_server(*, context: ssl.SSLContext | None = None) -> Iterator[Box]:
    """A running server; with a context it speaks TLS."""
    box = Box()

    class Line(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"* OK ready\r\n")
            while said := self.rfile.readline():
                tag, _, command = said.decode().rstrip("\r\n").partition(" ")
                lines = box.answer(command)
                verdict = lines.pop().decode() if lines and lines[-1] in {b"NO", b"BAD"} else "OK"
                self.wfile.write(b"".join(line + b"\r\n" for line in lines) + f"{tag} {verdict} done\r\n".encode())
                if command == "LOGOUT":
                    return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def get_request(self) -> tuple[object, object]:  # type: ignore[override]
            line, address = super().get_request()
            return (context.wrap_socket(line, server_side=True) if context else line), address

        def handle_error(self, request: object, client_address: object) -> None:
            """Who does not trust our certificate hangs up."""

    with Server(("127.0.0.1", 0), Line) as server:
        box.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield box
        server.shutdown()
