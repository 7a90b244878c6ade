"""The server's first look at a request: what is larger than its door allows is not taken in."""

from copy import copy
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer

from zahlmeister.office.bodies import OF_STRANGERS, largest


class Request(HTTPRequestParser):  # type: ignore[misc] # the library has no types
    """A request whose body has the bound of its door, said beforehand or counted while it comes."""

    adj: Any

    def parse_header(self, header_plus: bytes) -> None:
        """Read what stands above the body; the body comes afterwards."""
        super().parse_header(header_plus)
        if self.body_rcv is None:
            return
        is_small = not self.chunked and self.content_length <= OF_STRANGERS
        known = not is_small and _is_signed_in(self.headers.get("COOKIE", ""))
        bounds: Any = copy(self.adj)
        bounds.max_request_body_size = largest(self.path, is_signed_in=known) + 1
        self.adj = bounds
        if (
            not self.chunked
            and self.content_length >= bounds.max_request_body_size
            and not self.path.startswith("/api/")
        ):
            self._go_in_without_body()

    def _go_in_without_body(self) -> None:
        """Let the pages say why (`office.middleware.Bodies`), in the reader's language; nothing more is read here."""
        self.body_rcv, self.content_length, self.expect_continue = None, 0, False
        self.headers["CONNECTION"] = "close"  # what is still on the line is no request


class Channel(HTTPChannel):  # type: ignore[misc] # the library has no types
    """A line on which requests come."""

    parser_class = Request


def guard(listening: dict[int, Any]) -> None:
    """Let each of these listeners look first; it is called before the first line is opened."""
    for each in listening.values():
        if isinstance(each, TcpWSGIServer):
            each.channel_class = Channel


def _is_signed_in(cookies: str) -> bool:
    """Whether somebody who works here sends this; asked only of large requests, which are rare."""
    from django.conf import settings
    from django.db import DatabaseError

    from zahlmeister.merchants.cells import cell_names

    try:
        cookie = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return False
    if cookie is None:
        return False
    try:
        return any(_has_session(cookie.value, cell) for cell in cell_names())
    except DatabaseError:
        return False  # nobody can be let in now


def _has_session(key: str, cell: str) -> bool:
    """Whether it is the session of somebody signed in who works in this cell."""
    from django.conf import settings
    from django.contrib.auth import SESSION_KEY
    from django.db import connection

    from zahlmeister.merchants.cells import in_cell

    with in_cell(cell):
        try:
            return SESSION_KEY in import_module(settings.SESSION_ENGINE).SessionStore(key)
        finally:
            connection.close()  # the listener has no end of a request at which it would be closed
