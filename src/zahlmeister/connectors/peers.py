"""Whom a name that a merchant typed leads to: looked at before anybody is called, and on the open line once more.

The address that answered counts in the end, and not what the name stood for a moment earlier.
"""

import socket

from zahlmeister.connectors.names import PRIVATE, addresses_of, check_allowed, is_public
from zahlmeister.connectors.web import private_is_allowed
from zahlmeister.refusals import Unreachable


def open_line(host: str, port: int, *, seconds: float | None, is_trusted: bool = False) -> socket.socket:
    """A line to a server, over which nothing was said yet.

    Args:
        host: as it was typed.
        port: its port.
        seconds: how long it may be silent.
        is_trusted: whether the operator named it, who may name his own networks.

    Raises:
        OSError: nobody answers, or there is no such name.
        Unreachable: it leads into a private network, or to a host, that the operator does not allow.
    """
    if not is_trusted:
        check_allowed(host)
    is_free = is_trusted or private_is_allowed()
    if not is_free and not all(is_public(one) for one in addresses_of(host, port)):
        raise Unreachable(PRIVATE, permanent=True)
    line = socket.create_connection((host, port), timeout=seconds)
    if is_free or is_public(str(line.getpeername()[0])):
        return line
    line.close()
    raise Unreachable(PRIVATE, permanent=True)
