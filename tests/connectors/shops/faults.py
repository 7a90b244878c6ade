"""A line between us and a stand-in shop that can be told to fail: what goes wrong between two real machines."""

import http.client
import socket
import ssl
import threading
import time
from collections import deque
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

WARNING = b'<br />\n<b>Warning</b>:  Undefined array key "tax" in <b>checkout.php</b> on line <b>12</b><br />\n'


class Fault(Enum):
    """What happens to one question."""

    SILENCE = "the shop never answers"
    LOST_ANSWER = "the shop does it, and its answer is lost"
    ERROR = "the shop reports an error of its own"
    ERROR_AFTER = "the shop does it, and reports an error afterwards"
    HTML_AROUND = "the shop prints warnings around its answer"
    HTML_INSTEAD = "the shop shows a page for people"
    HALF = "the answer breaks off, and the line with it"
    HALF_QUIETLY = "half of an answer that pretends to be whole"
    TOO_MANY = "the shop wants to be asked later"


class Line:
    """Forwards to `target`, one fault per question as long as there are any; a fault may be None."""

    def __init__(self, target: str, *, certificate: Path | None = None) -> None:
        self.target = urlsplit(target)
        self.faults: deque[Fault | None] = deque()
        self.always: Fault | None = None
        self.asked = 0
        self.retry_after = "1"
        self.silence = 3.0
        self.passed: list[bytes] = []  # what went over the line, both ways
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.line = self  # type: ignore[attr-defined] # the handler finds its line by it
        self._server.daemon_threads = True
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
            self.scheme = "https"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self._server.server_address[1]}{self.target.path}".rstrip("/")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def next_fault(self) -> Fault | None:
        self.asked += 1
        return self.faults.popleft() if self.faults else self.always


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        line: Line = self.server.line  # type: ignore[attr-defined] # set by the line
        said = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = line.next_fault()
        if fault is Fault.SILENCE:
            self._hang(line)
        elif fault is Fault.ERROR:
            self._say(500, b"<html><title>Internal Server Error</title></html>", {"Content-Type": "text/html"})
        elif fault is Fault.TOO_MANY:
            self._say(429, b"", {"Retry-After": line.retry_after})
        elif fault is Fault.HTML_INSTEAD:
            page = b"<!doctype html><title>Down for maintenance</title><p>Back in an hour</p>"
            self._say(200, page, {"Content-Type": "text/html"})
        else:
            self._pass_on(line, said, fault)

    def _pass_on(self, line: Line, said: bytes, fault: Fault | None) -> None:
        status, headers, body = self._asked(line, said)
        if fault is Fault.LOST_ANSWER:
            self._hang(line)
        elif fault is Fault.ERROR_AFTER:
            self._say(500, b"", {})
        elif fault is Fault.HTML_AROUND:
            self._say(status, WARNING + body + b"\n" + WARNING, headers)
        elif fault is Fault.HALF:
            self._say(status, body[: len(body) // 2], headers, length=len(body) or 10)
            self.close_connection = True
        elif fault is Fault.HALF_QUIETLY:
            self._say(status, body[: len(body) // 2], headers)
        else:
            self._say(status, body, headers)

    def _asked(self, line: Line, said: bytes) -> tuple[int, dict[str, str], bytes]:
        there = http.client.HTTPConnection(line.target.hostname or "", line.target.port, timeout=20)
        kept = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        with closing(there):
            there.request(self.command, self.path, said or None, {**kept, "Accept-Encoding": "identity"})
            answer = there.getresponse()
            body = answer.read()
        line.passed += [self.path.encode(), said, body]
        dropped = {"connection", "transfer-encoding", "content-length"}
        return answer.status, {name: value for name, value in answer.getheaders() if name.lower() not in dropped}, body

    def _say(self, status: int, body: bytes, headers: dict[str, str], *, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in {"date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def _hang(self, line: Line) -> None:
        time.sleep(line.silence)
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - the names http.server calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in http.server
        pass

    def finish(self) -> None:
        with suppress(OSError):  # the caller has gone
            super().finish()

    def handle(self) -> None:
        with suppress(OSError, ValueError):  # the caller has gone
            super().handle()


def self_signed(folder: Path) -> Path:
    """A certificate that nobody has vouched for, with its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    path = folder / "self-signed.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
