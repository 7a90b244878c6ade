"""A stand-in shop on this machine: what is asked of it, what it says, and who listens."""

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Asked:
    """One question. `headers` are by their names in small letters; of a repeated query parameter the last counts."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """The body as data; an empty one is an empty object."""
        return json.loads(self.content or b"{}", parse_float=Decimal)


@dataclass(frozen=True, slots=True)
class Said:
    """One answer."""

    status: int
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def said(data: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Said:
    """An answer as JSON; decimals are numbers with just their digits."""
    text = re.sub(r'"\\u0000([^"]*)\\u0000"', r"\1", json.dumps(data, ensure_ascii=False, default=_exact))
    return Said(status, text.encode(), {"Content-Type": "application/json", **(headers or {})})


class Served:
    """A stand-in that listens until it is closed; what it knows survives a restart."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._lock = threading.Lock()
        self._server = self._listen(0)

    def answer(self, asked: Asked) -> Said:
        """What is said to a question; one question at a time."""
        raise NotImplementedError

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def restart(self) -> None:
        """Stop, and listen again at the same address."""
        port = self._server.server_address[1]
        self.close()
        self._server = self._listen(port)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def hear(self, asked: Asked) -> Said:
        """Remember the question and answer it."""
        with self._lock:
            self.asked.append(asked)
            return self.answer(asked)

    def _listen(self, port: int) -> ThreadingHTTPServer:
        handler = type("Handler", (_Handler,), {"served": self})
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served: Served

    def _turn(self) -> None:
        url = urlsplit(self.path)
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = {name: values[-1] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.served.hear(Asked(self.command, url.path, query, headers, content))
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _turn  # noqa: N815 - the names http.server calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in http.server
        """Say nothing."""


def _exact(value: object) -> str:
    """A decimal, marked so that it becomes a number with just these digits."""
    if isinstance(value, Decimal):
        return f"\0{value}\0"
    raise TypeError(type(value).__name__)
