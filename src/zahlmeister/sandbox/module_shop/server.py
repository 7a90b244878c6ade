"""The stand-in shop on a port of this machine: a web page for people, and behind one address the module."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from zahlmeister.sandbox.module_shop import php
from zahlmeister.sandbox.module_shop.dialects import DIALECTS, Dialect
from zahlmeister.sandbox.module_shop.side import Fatal, Module

_PAGE = b"<!doctype html><html><head><title>Wollstube</title></head><body><h1>Willkommen</h1></body></html>"
_WARNING = (
    b'<br />\n<b>Warning</b>:  Undefined array key "tax" in <b>/var/www/shop/includes/application_top.php</b> '
    b"on line <b>12</b><br />\n"
)


class ModuleServer:
    """A shop with a module, reachable at `address`; what it knows outlives a restart."""

    def __init__(self, system: str, module: Module | None = None) -> None:
        self.module = module or Module(DIALECTS[system])
        self._port = 0
        self._start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def restart(self) -> None:
        """The machine starts anew at the same address."""
        self.close()
        self._start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    def _start(self) -> None:
        self._server = _Server(("127.0.0.1", self._port), _Handler)
        self._server.module = self.module
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    module: Module


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together
    server: _Server

    def _answer(self) -> None:
        module = self.server.module
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("latin-1")
        url = urlsplit(self.path)
        if module.switches.silent_seconds:
            time.sleep(module.switches.silent_seconds)
        if module.switches.broken:
            return self._say(500, b"")
        action, told = asked(module.dialect, url.path, url.query, body)
        if action is None:
            return self._say(200 if url.path == "/" else 404, _PAGE)
        try:
            said = module.answer(action, told).encode("latin-1")
        except Fatal:
            return self._say(500, b"")
        return self._say(200, _printed(module, said))

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", self.server.module.switches.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer  # noqa: N815 - the names http.server calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in http.server
        pass


def asked(dialect: Dialect, path: str, query: str, body: str) -> tuple[str | None, dict[str, str]]:
    """The action and its parameters as the module sees them; no action when the request is not for the module."""
    told = {**php.form(query), **php.form(body)}
    if dialect.action_in_path:
        home, _, action = path.rpartition("/")
        is_ours = home == dialect.path
    else:
        action = told.get("action", "")
        is_ours = path == dialect.path and all(told.get(name) == value for name, value in dialect.query)
    if not is_ours or not action:
        return None, {}
    return action, {name: _decoded(dialect, value) for name, value in told.items() if _passes(dialect, name)}


def _passes(dialect: Dialect, name: str) -> bool:
    return not dialect.only or name in dialect.only.split()


def _decoded(dialect: Dialect, value: str) -> str:
    if dialect.request_filter == "html":
        value = php.escaped(value)
    if dialect.request_filter == "cmd":
        value = php.cmd(value)
    return php.rawurldecode(value) if dialect.raw_decode else php.urldecode(value)


def _printed(module: Module, said: bytes) -> bytes:
    """The body with everything that the shop prints around it."""
    switches = module.switches
    if switches.half:
        said = said[: len(said) // 2]
    if module.dialect.wrapped:
        said = b"\n\n" + said + b"\n"
    before = _WARNING if switches.warning_before else b""
    return before + said + (_WARNING if switches.warning_after else b"")
