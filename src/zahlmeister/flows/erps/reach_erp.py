"""An ERP as the merchant connected it, open to be read and told."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from zahlmeister.connectors.agencies.files import Exchange, FolderExchange, SftpExchange
from zahlmeister.connectors.banks.sftp import Access, connected
from zahlmeister.connectors.erps.contract import Erp
from zahlmeister.connectors.erps.odoo import open_odoo
from zahlmeister.connectors.erps.profile import Profile, profile, titles
from zahlmeister.connectors.erps.tryton import open_tryton
from zahlmeister.connectors.web import private_is_allowed
from zahlmeister.erps.connections import secret_of
from zahlmeister.erps.models import ErpConnection
from zahlmeister.erps.states import Way
from zahlmeister.refusals import Refused

#: What an SFTP connection's settings hold.
_ACCESS = ("host", "user", "port", "folder", "outbox", "fingerprint")
#: What has to be known of an ERP, by the way its documents come.
NEEDED: Mapping[Way, tuple[str, ...]] = {
    Way.PROGRAM: (),
    Way.FOLDER: ("folder", "outbox"),
    Way.SFTP: ("host", "user", "folder", "outbox"),
    Way.TRYTON: ("address", "user", "terms"),
    Way.ODOO: ("address", "database", "user", "terms"),
}
#: What else may be known of it.
_MORE: Mapping[Way, tuple[str, ...]] = {
    Way.SFTP: ("port", "fingerprint"),
    Way.TRYTON: ("journals", "since"),
    Way.ODOO: ("journals", "since"),
}
_OPEN: Mapping[Way, Callable[[Mapping[str, Any], Mapping[str, str]], AbstractContextManager[Erp]]] = {
    Way.TRYTON: open_tryton,
    Way.ODOO: open_odoo,
}


def layouts() -> dict[str, str]:
    """Every layout of files this installation knows, with its title: the house's own and those in its folder `erps`."""
    return titles(also=_also())


def layout_of(erp: ErpConnection) -> Profile:
    """How an ERP writes its files.

    Raises:
        Unreadable: its profile is gone or broken.
    """
    return profile(erp.profile or "table", also=_also())


@contextmanager
def exchange_of(erp: ErpConnection) -> Iterator[Exchange]:
    """The folders of an ERP that exchanges files.

    Raises:
        Unreachable: they cannot be reached.
        Refused: what we know of them is not enough, or the operator allows no folders of this machine.
    """
    _check(erp)
    told = erp.settings
    if erp.way == Way.SFTP:
        access = {name: told[name] for name in _ACCESS if told.get(name)}
        port = str(told.get("port") or 22)
        if not port.isdecimal():
            raise Refused(f"“{port}” is no port; it is a number such as 22.")
        with connected(Access(**{**access, **secret_of(erp), "port": int(port)})) as server:
            yield SftpExchange(server)
        return
    if not private_is_allowed():
        raise Refused("Folders of this machine are used only where the operator allows it; use SFTP.")
    yield FolderExchange(Path(told["outbox"]), Path(told["folder"]))


@contextmanager
def asked(erp: ErpConnection) -> Iterator[Erp]:
    """An ERP that is asked for its documents.

    Raises:
        Unreachable: it does not answer, or does not let us in.
        Refused: what we know of it is not enough.
    """
    _check(erp)
    with _OPEN[Way(erp.way)](erp.settings, secret_of(erp)) as there:
        yield there


def _also() -> Path:
    folder: Path = settings.HOME / "erps"
    return folder


def check_names(way: Way, settings: Mapping[str, Any]) -> None:
    """Whether every setting is one that an ERP of this way has.

    Raises:
        Refused: one is not; it may be mistyped.
    """
    known = (*NEEDED[way], *_MORE.get(way, ()))
    for name in settings:
        if name not in known:
            has = ", ".join(known) or "-"
            raise Refused(f"“{name}” is nothing that has to be known of such an ERP; these are: {has}.")


def _check(erp: ErpConnection) -> None:
    for name in NEEDED[Way(erp.way)]:
        if not erp.settings.get(name):
            raise Refused(f"For this ERP “{name}” is missing; fill it in on its page.")
