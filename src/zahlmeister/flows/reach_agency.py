"""An agency as the merchant set it up, open to be spoken to."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from zahlmeister.collection.agencies import secrets_of
from zahlmeister.collection.models import Agency
from zahlmeister.connectors.agencies import rest
from zahlmeister.connectors.agencies.contract import Agency as Spoken
from zahlmeister.connectors.agencies.files import FileAgency, FolderExchange, SftpExchange
from zahlmeister.connectors.agencies.profile import Profile, names, profile
from zahlmeister.connectors.banks.sftp import Access, connected
from zahlmeister.connectors.web import private_is_allowed
from zahlmeister.refusals import Refused

#: What `Agency.settings` may hold, besides those of an SFTP access, and what is sealed.
FOLDERS = ("out", "back")


def profiles() -> list[Profile]:
    """Every interface this installation knows: the house's own and those laid into its folder `agencies`."""
    return [profile(name, also=_also()) for name in names(also=_also())]


def profile_of(agency: Agency) -> Profile:
    """How an agency is spoken to.

    Raises:
        Unreadable: its profile is gone or broken.
    """
    return profile(agency.profile, also=_also())


@contextmanager
def spoken_to(agency: Agency) -> Iterator[Spoken]:
    """The agency, open.

    Raises:
        Unreachable: it does not answer.
        Refused: what we know of it is not enough to reach it.
    """
    way, told, secrets = profile_of(agency), agency.settings, secrets_of(agency)
    if way.way == "rest":
        with rest.opened(way, address=_needed(told, "address"), secrets=secrets, currency=agency.currency) as open_one:
            yield open_one
    elif "host" in told:
        with connected(Access(**{**told, **secrets})) as server:
            yield FileAgency(way, SftpExchange(server), agency.currency)
    else:
        _refuse_folders()
        exchange = FolderExchange(*(Path(_needed(told, name)) for name in FOLDERS))
        yield FileAgency(way, exchange, agency.currency)


def _also() -> Path:
    folder: Path = settings.HOME / "agencies"
    return folder


def _needed(told: Mapping[str, str], name: str) -> str:
    if not told.get(name):
        raise Refused(f"For this agency “{name}” is missing; fill it in on its page.")
    return str(told[name])


def _refuse_folders() -> None:
    if not private_is_allowed():
        raise Refused("Folders of this machine are used only where the operator allows it; use SFTP.")
