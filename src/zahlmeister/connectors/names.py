"""What a name that somebody typed stands for, found out before anybody is called.

Who would be told “refused” here and “no answer” there could count the doors of our own network. So nobody inside is
called at all, and every name that leads inside is the same from outside.
"""

import os
import re
import socket
from functools import lru_cache
from ipaddress import ip_address

from zahlmeister.refusals import Unreachable

PRIVATE = "The address leads into a private network, which the operator of this installation has not allowed."
_HOST = re.compile(r"\.?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.ASCII)


def check_allowed(host: str) -> None:
    """Make sure that the operator lets this host be called: all may be, unless he has named some (`ZAHLMEISTER_CALLS`).

    Args:
        host: a name as it is asked of the resolver, or an address.

    Raises:
        Unreachable: it is none of those he has named, nor below one that begins with a dot.
    """
    allowed = _named(os.environ.get("ZAHLMEISTER_CALLS", ""))
    name = host.rstrip(".").lower()
    if allowed and name not in allowed and not any(one.startswith(".") and name.endswith(one) for one in allowed):
        raise Unreachable(
            f"{host} is none of the hosts that the operator of this installation lets be called; ask him to name it.",
            permanent=True,
        )


def wrong_hosts() -> list[str]:
    """What stands in that list and can never be a host as a resolver knows it, nor an IP address."""
    return sorted(one for one in _named(os.environ.get("ZAHLMEISTER_CALLS", "")) if not _is_host(one))


def _is_host(told: str) -> bool:
    if _HOST.fullmatch(told):
        return True
    try:
        ip_address(told)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4)
def _named(told: str) -> frozenset[str]:
    return frozenset(
        one.strip().removeprefix("*").strip("[]").rstrip(".").lower() for one in told.split(",") if one.strip()
    )


def addresses_of(host: str, port: int) -> list[str]:
    """All that a name stands for now.

    Raises:
        OSError: there is no such name.
    """
    try:
        return [str(told[4][0]) for told in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except UnicodeError as error:
        raise OSError("there is no such name") from error


def check_public(host: str, port: int) -> None:
    """Make sure that a name leads to the public Internet, and nowhere else as well.

    Raises:
        Unreachable: it does not, or there is no such name.
    """
    try:
        found = addresses_of(host, port)
    except OSError as error:
        raise Unreachable(f"{host} cannot be reached: there is no such name.") from error
    if not all(is_public(one) for one in found):
        raise Unreachable(PRIVATE, permanent=True)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet; a zone behind a percent sign is passed over."""
    return ip_address(address.partition("%")[0]).is_global
