"""Where answers about our mails come back to: a mail folder (Maildir) that a mail server delivers into."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from zahlmeister.refusals import Refused, Unreachable


class Inbox(Protocol):
    """A place that mails arrive at."""

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """The mails nobody has read, each with the name it is known by there.

        Raises:
            Unreachable: the place cannot be read.
        """
        ...

    def read(self, name: str) -> None:
        """Note that a mail has been read. It stays where it is."""
        ...


@dataclass(frozen=True, slots=True)
class InboxFolder:
    """A Maildir on this machine: what is unread lies in `new`, what was read goes to `cur`."""

    path: str

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """See `Inbox.unread`."""
        try:
            for file in sorted(Path(self.path, "new").iterdir()):
                with suppress(FileNotFoundError):  # another worker has read it meanwhile
                    yield file.name, file.read_bytes()
        except OSError as error:
            raise Unreachable(f"The mail folder {self.path} cannot be read: {error}.") from error

    def read(self, name: str) -> None:
        """See `Inbox.read`."""
        there = Path(self.path, "cur")
        there.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):  # another worker has noted it already
            Path(self.path, "new", name).rename(there / f"{name.partition(':')[0]}:2,S")


def inbox(address: str) -> Inbox | None:
    """The place that an address such as `maildir:/folder` names; None when empty.

    Raises:
        Refused: it names none.
    """
    if not address:
        return None
    parts = urlsplit(address)
    if parts.scheme != "maildir" or not parts.path:
        raise Refused(f"Mails that came back are read from maildir:/folder; “{parts.scheme}:” is not that.")
    return InboxFolder(parts.path)
