"""An agency that exchanges files: claims and tellings are laid down, status files are fetched, by its profile."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol

from zahlmeister.connectors.agencies.as_file import read, written
from zahlmeister.connectors.agencies.contract import Document, Invoice, News, Page
from zahlmeister.connectors.agencies.profile import Export, Profile
from zahlmeister.connectors.agencies.read_news import read as read_news
from zahlmeister.connectors.banks.folder import Folder
from zahlmeister.connectors.banks.place import Offered
from zahlmeister.connectors.banks.sftp import Sftp, Whereabouts
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreachable, Unreadable


class Exchange(Protocol):
    """Where files lie. A file appears whole or not at all; the same name again is the same file."""

    def offered(self) -> Iterator[Offered]:
        """The status files that lie there."""

    def open(self, offered: Offered) -> AbstractContextManager[BinaryIO]:
        """One of them."""

    def lay_down(self, name: str, content: bytes) -> None:
        """Lay a file down for the agency."""


class FolderExchange:
    """Two folders of this machine: `out` for the agency, `back` from it."""

    def __init__(self, out: Path, back: Path) -> None:
        self._out, self._back = out, Folder(back)

    def offered(self) -> Iterator[Offered]:
        return self._back.offered()

    def open(self, offered: Offered) -> AbstractContextManager[BinaryIO]:
        return self._back.open(offered)

    def lay_down(self, name: str, content: bytes) -> None:
        half = self._out / f".{name}.part"
        try:
            half.write_bytes(content)
            half.replace(self._out / name)
        except OSError as error:
            raise Unreachable(f"The folder “{self._out}” takes no file: {error.strerror}.") from error


class SftpExchange:
    """A server with one folder to read and one to lay files into."""

    def __init__(self, server: Sftp) -> None:
        self._server = server

    def offered(self) -> Iterator[Offered]:
        return self._server.offered()

    def open(self, offered: Offered) -> AbstractContextManager[BinaryIO]:
        return self._server.open(offered)

    def lay_down(self, name: str, content: bytes) -> None:
        if self._server.whereabouts(name) is Whereabouts.RELEASED:
            return
        self._server.put(name, content)
        self._server.release(name)


class FileAgency:
    """See `contract.Agency`. The place to go on from is the second of the newest file read."""

    def __init__(self, profile: Profile, exchange: Exchange, currency: str) -> None:
        self._profile, self._exchange, self._currency = profile, exchange, currency

    def submit(self, claim: Document, invoice: Invoice | None, key: str) -> str:
        export = self._profile.export
        assert export is not None, f"{self._profile.name} says how a claim is written"
        name = _file_name(export, claim["reference"], key)
        document = {**claim, "key": key, "invoice_file": ""}
        if invoice is not None:
            document["invoice_file"] = f"{name.rpartition('.')[0]}.pdf"
            self._exchange.lay_down(document["invoice_file"], invoice.content)
        self._exchange.lay_down(name, written(export, document, self._profile.words))
        return ""

    def tell(self, telling: Document, key: str) -> None:
        export = self._profile.telling
        if export is None:
            raise Unreachable(f"{self._profile.title} takes only new claims by file; tell it yourself.", permanent=True)
        name = _file_name(export, telling["reference"], key)
        self._exchange.lay_down(name, written(export, {**telling, "key": key}, self._profile.words))

    def news(self, after: str) -> Page:
        since = int(after or 0)
        offered = sorted(
            (one for one in self._exchange.offered() if one.modified >= since), key=lambda one: (one.modified, one.name)
        )
        news: list[News] = []
        broken: list[str] = []
        for one in offered:
            found, unread = self._read(one)
            news += found
            broken += [f"{one.name}: {sentence}" for sentence in unread]
        return Page(news, str(offered[-1].modified) if offered else after, broken)

    def cost_of_cancelling(self, case: str) -> Amount | None:  # noqa: ARG002 - no file answers a question
        return None

    def _read(self, offered: Offered) -> tuple[list[News], list[str]]:
        with self._exchange.open(offered) as file:
            content = file.read()
        delimiter = self._profile.export.delimiter if self._profile.export else ";"
        try:
            return read_news(self._profile, read(content, delimiter=delimiter), currency=self._currency)
        except Unreadable as error:
            return [], [str(error)]


def _file_name(export: Export, reference: str, key: str) -> str:
    """The same thing has the same name, so that laying it down twice is laying it down once."""
    safe = "".join(sign if sign.isalnum() else "-" for sign in f"{reference}-{key}")
    return export.name.replace("{key}", safe)
