"""The line to a module: one action after another, each a form sent to the address at which the module listens."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from zahlmeister.connectors.shops.module.profiles import Oddity, Profile
from zahlmeister.connectors.shops.module.wire import form
from zahlmeister.connectors.web import Question, Site

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Line:
    """A module that is asked. `path` is where it listens, if that is not where its system usually has it."""

    def __init__(self, site: Site, profile: Profile, path: str = "") -> None:
        self._site = site
        self._profile = profile
        self._path, _, query = (path or profile.path).partition("?")
        self._query = dict(parse_qsl(query))

    @property
    def host(self) -> str:
        return self._site.host

    def ask(self, action: str, fields: Mapping[str, str]) -> bytes:
        """The body of the reply, as it came.

        Raises:
            Unreachable: there was none, or the shop reports an error.
        """
        in_path = Oddity.ACTION_IN_PATH in self._profile.odd
        sent = dict(fields) if in_path else {"action": action, **fields}
        path = f"{self._path}/{action}" if in_path else self._path
        body = form(sent, times=self._profile.encoded)
        return self._site.ask(Question("POST", path, self._query, content=body, headers=_FORM)).content


def may_be_plain(settings: Mapping[str, Any]) -> bool:
    """Whether this shop may do without an encryption of its own: the merchant allows it, and nobody can listen."""
    is_allowed = str(settings.get("allow_plain", "")).lower() in {"true", "1", "on", "yes"}
    return is_allowed and _is_private(str(settings.get("address", "")))


def _is_private(address: str) -> bool:
    """HTTPS, or this very machine."""
    url = urlsplit(address if "://" in address else f"https://{address}")
    try:
        return url.scheme == "https" or ip_address(url.hostname or "").is_loopback
    except ValueError:
        return url.hostname == "localhost"
