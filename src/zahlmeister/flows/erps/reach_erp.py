"""An ERP as the merchant connected it, open to be read and told."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from zahlmeister.connectors.agencies.files import Exchange, FolderExchange, SftpExchange
from zahlmeister.connectors.banks.sftp import Access, connected
from zahlmeister.connectors.erps.contract import Erp
from zahlmeister.connectors.erps.profile import Profile, profile, titles
from zahlmeister.connectors.erps.tryton import open_tryton
from zahlmeister.connectors.web import private_is_allowed
from zahlmeister.erps.connections import secret_of
from zahlmeister.erps.models import ErpConnection
from zahlmeister.erps.states import Way
from zahlmeister.refusals import Refused

#: What an SFTP connection's settings hold.
_ACCESS = ("host", "user", "port", "folder", "outbox", "fingerprint")


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
    told = erp.settings
    if erp.way == Way.SFTP:
        access = {name: told[name] for name in _ACCESS if told.get(name)}
        with connected(Access(**{**access, **secret_of(erp)})) as server:
            yield SftpExchange(server)
        return
    if not private_is_allowed():
        raise Refused("Folders of this machine are used only where the operator allows it; use SFTP.")
    yield FolderExchange(Path(_needed(told, "outbox")), Path(_needed(told, "folder")))


@contextmanager
def asked(erp: ErpConnection) -> Iterator[Erp]:
    """An ERP that is asked for its documents.

    Raises:
        Unreachable: it does not answer, or does not let us in.
        Refused: what we know of it is not enough.
    """
    for name in ("address", "user"):
        _needed(erp.settings, name)
    with open_tryton(erp.settings, secret_of(erp)) as there:
        yield there


def _also() -> Path:
    folder: Path = settings.HOME / "erps"
    return folder


def _needed(told: Mapping[str, str], name: str) -> str:
    if not told.get(name):
        raise Refused(f"For this ERP “{name}” is missing; fill it in on its page.")
    return str(told[name])
