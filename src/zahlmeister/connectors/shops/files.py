"""Shops that give their open orders as files: in a folder, on an SFTP server, or at an address of the web.

The files that lie there are the list of what is open; what stands in several counts as the newest file says it. What
became of an order is laid down as a small file of its own, once, where the merchant wants it: its name tells the order,
so that an order with an answer lying there is not open any more.

A row that cannot be read stops the whole list: an order that is left out would be taken for gone.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from shutil import copyfileobj
from typing import Any, BinaryIO, ClassVar, Protocol, TypeVar
from urllib.parse import quote, unquote, urlsplit

from zahlmeister.connectors import web
from zahlmeister.connectors.banks import sftp
from zahlmeister.connectors.banks.folder import Folder
from zahlmeister.connectors.banks.place import Offered, Place
from zahlmeister.connectors.shops.contract import (
    About,
    Address,
    Answer,
    Choice,
    Credit,
    Heard,
    Reading,
    ShopOrder,
    Telling,
)
from zahlmeister.connectors.shops.told import split_name
from zahlmeister.formats.order_columns import Meant
from zahlmeister.formats.order_files import OrderTable, order_table, read_order_file
from zahlmeister.formats.orders_csv import OrderRow
from zahlmeister.refusals import Refused, Unreachable, Unreadable

#: What is taken for a file of orders, by the end of its name.
ENDINGS = (".csv", ".txt", ".tsv", ".xlsx", ".xls", ".ods", ".json", ".jsonl", ".ndjson")
#: The kinds of payment that are watched.
KINDS = frozenset({"prepayment", "invoice", "cod"})
#: So many orders are shown before a person says that it is right.
GLIMPSED = 8
_COLUMNS = "number;result;amount;currency;paid_on;transaction"


Found = TypeVar("Found")


class Answers(Protocol):
    """Where answers are laid down."""

    def lying(self) -> list[str]:
        """The names of what lies there."""

    def lay(self, name: str, content: bytes) -> None:
        """Lay a file down whole, under a name that nobody else uses."""


@contextmanager
def open_folder(settings: Mapping[str, Any], secret: Mapping[str, str]) -> Iterator["Files"]:
    """A folder of this machine: `folder`, and `answers` where answers are wanted.

    Raises:
        Refused: the operator has not allowed folders of this machine.
    """
    del secret
    if not web.private_is_allowed():
        raise Refused("The operator of this installation does not let merchants read folders of the machine.")
    answers = FolderAnswers(Path(settings["answers"])) if settings.get("answers") else None
    yield Files(Folder(Path(settings["folder"])), answers, meant_by(settings))


@contextmanager
def open_sftp(settings: Mapping[str, Any], secret: Mapping[str, str]) -> Iterator["Files"]:
    """A folder of an SFTP server: `host`, `port`, `user`, `fingerprint`, `folder`, `answers`; `password` or `key`."""
    access = sftp.Access(
        host=settings["host"],
        user=settings["user"],
        port=int(settings.get("port") or 22),
        password=secret.get("password", ""),
        key=secret.get("key", ""),
        folder=settings.get("folder") or ".",
        fingerprint=settings["fingerprint"],
        outbox=str(settings.get("answers") or ""),
    )
    with sftp.connected(access) as there:
        yield Files(there, SftpAnswers(there) if access.outbox else None, meant_by(settings))


@contextmanager
def open_url(settings: Mapping[str, Any], secret: Mapping[str, str]) -> Iterator["Files"]:
    """A file at an `address` of the web, with `user` and `password` where it wants them. Nothing is told there."""
    url = urlsplit(web.checked_address(settings["address"]))
    query = urlsplit(str(settings["address"])).query
    path = f"{url.path or '/'}?{query}" if query else url.path or "/"
    user, password = str(settings.get("user") or ""), secret.get("password", "")
    with web.site(f"{url.scheme}://{url.netloc}", auth=(user, password) if user else None) as site:
        yield Files(Url(site, path, user), None, meant_by(settings))


@dataclass(frozen=True, slots=True)
class Glimpse:
    """The beginning of a file: as it stands there, the orders that would be read, and why reading stops."""

    table: OrderTable
    orders: tuple[ShopOrder, ...]
    refusal: str


class Files:
    """An open place with files of orders."""

    def __init__(self, place: Place, answers: Answers | None, meant: Meant) -> None:
        self._place = place
        self._answers = answers
        self._meant = meant
        self._read: dict[str, ShopOrder] | None = None

    def about(self) -> About:
        """Who answers; a file of which nobody knows what its columns mean is for a person to look at, and no error."""
        unknown = [table.name for table in self._tables() if table.lacks(self._meant)]
        if unknown:
            why = f"What the columns of “{unknown[0][:80]}” mean is not known yet."
            return About("Files", warnings=(why,), needs_columns=True)
        is_empty = not self._all() and not self._offered()
        return About("Files", warnings=("No file of orders lies there.",) if is_empty else ())

    def glimpse(self) -> "Glimpse | None":
        """A file as a person looks at it who says what its columns mean: one that is not known, else the newest.

        Raises:
            Unreachable: it cannot be opened, or is no table at all.
        """
        newest_first = sorted(self._offered(), key=lambda one: (one.modified, one.name), reverse=True)
        tables = [(offered, self._table(offered)) for offered in newest_first]
        for offered, table in sorted(tables, key=lambda one: not one[1].lacks(self._meant)):
            return self._glimpse(offered, table)
        return None

    def _glimpse(self, offered: Offered, table: OrderTable) -> "Glimpse":
        if table.lacks(self._meant):
            return Glimpse(table, (), "Say which column has the order number, and which has the amount to pay.")
        found: list[ShopOrder] = []
        try:
            with self._copy(offered) as path:
                rows = read_order_file(path, name=offered.name, known=self._meant)
                found.extend(map(_order, islice(rows, GLIMPSED)))
        except Unreadable as bad:
            return Glimpse(table, tuple(found), str(bad))
        return Glimpse(table, tuple(found), "")

    def _tables(self) -> Iterator[OrderTable]:
        return map(self._table, self._offered())

    def _table(self, offered: Offered) -> OrderTable:
        try:
            with self._copy(offered) as path:
                return order_table(path, name=offered.name, known=self._meant)
        except Unreadable as bad:
            raise Unreachable(f"{bad} Nothing was taken from the files; mend or remove it.") from bad

    def methods(self) -> Sequence[Choice]:
        return ()

    def statuses(self) -> Sequence[Choice]:
        return ()

    # --- orders

    def open_keys(self, wanted: Reading) -> Sequence[str]:
        self._read = None
        told = self._told()
        return [
            key
            for key, order in self._all().items()
            if order.kind in KINDS
            and key not in told
            and not (wanted.since and order.ordered_on and order.ordered_on < wanted.since)
        ]

    def orders(self, keys: Sequence[str]) -> Iterator[ShopOrder]:
        found = self._all() if keys else {}
        yield from (found[key] for key in keys if key in found)

    def changed(self, wanted: Reading, since: datetime) -> Sequence[str]:
        """Everything: a file does not say what in it is new."""
        del since
        return self.open_keys(wanted)

    def find(self, number: str) -> ShopOrder | None:
        self._read = None
        return self._all().get(number)

    # --- telling

    def tell(self, tellings: Sequence[Telling]) -> Sequence[Answer]:
        if self._answers is None:
            return [Answer(Heard.LEFT, "Nothing is written back to files here.") for _ in tellings]
        self._read = None
        told, known = self._told(), self._all()
        return [
            self._tell(self._answers, telling)
            if telling.key in known or telling.key in told
            else Answer(Heard.LEFT, "The order stands in no file any more.")
            for telling in tellings
        ]

    def _tell(self, answers: Answers, telling: Telling) -> Answer:
        name = f"{telling.verdict.lower()}_{quote(telling.key, safe='')}_{telling.callback}.csv"
        if name in answers.lying():
            return Answer(Heard.ALREADY)
        amount = telling.amount
        said = (
            telling.number.replace(";", " "),
            str(telling.verdict),
            amount.text() if amount else "",
            amount.currency if amount else "",
            telling.paid_on.isoformat() if telling.paid_on else "",
            telling.callback,
        )
        answers.lay(name, f"{_COLUMNS}\r\n{';'.join(said)}\r\n".encode())
        return Answer(Heard.WRITTEN)

    def _told(self) -> set[str]:
        """The orders for which an answer lies there that nobody has taken away yet."""
        names = self._answers.lying() if self._answers else []
        return {unquote(name.split("_")[1]) for name in names if name.count("_") >= 2}

    # --- what files do not know

    def credits(self) -> Sequence[Credit]:
        return ()

    def answer_credit(self, key: str, status: str, callback: str) -> Answer:
        del key, status, callback
        return Answer(Heard.UNKNOWN)

    def invoice(self, order_key: str, invoice_number: str) -> bytes | None:
        del order_key, invoice_number
        return None

    # --- reading

    def _all(self) -> dict[str, ShopOrder]:
        if self._read is None:
            found: dict[str, ShopOrder] = {}
            for offered in sorted(self._offered(), key=lambda one: (one.modified, one.name)):
                found |= {order.key: order for order in self._orders_of(offered)}
            self._read = found
        return self._read

    def _offered(self) -> list[Offered]:
        return [one for one in self._place.offered() if one.name.lower().endswith(ENDINGS)]

    def _orders_of(self, offered: Offered) -> Iterator[ShopOrder]:
        with self._copy(offered) as path:
            try:
                yield from map(_order, read_order_file(path, name=offered.name, known=self._meant))
            except Unreadable as bad:
                raise Unreachable(f"{bad} Nothing was taken from the files; mend or remove it.") from bad

    @contextmanager
    def _copy(self, offered: Offered) -> Iterator[Path]:
        """The file on this machine."""
        with tempfile.NamedTemporaryFile(suffix=".orders") as copy, self._place.open(offered) as file:
            copyfileobj(file, copy)
            copy.flush()
            yield Path(copy.name)


class FolderAnswers:
    """Answers in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lying(self) -> list[str]:
        return self._done(lambda: sorted(path.name for path in self._folder.iterdir() if path.suffix == ".csv"))

    def lay(self, name: str, content: bytes) -> None:
        self._done(lambda: self._lay(name, content))

    def _lay(self, name: str, content: bytes) -> None:
        part = self._folder / f".{name}.part"
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / name)

    def _done(self, act: Callable[[], Found]) -> Found:
        try:
            return act()
        except OSError as error:
            raise Unreachable(f"The folder “{self._folder}” takes no answers: {error.strerror}.") from error


class SftpAnswers:
    """Answers in a folder of an SFTP server."""

    def __init__(self, there: sftp.Sftp) -> None:
        self._there = there

    def lying(self) -> list[str]:
        return [name for name in self._there.lying() if name.endswith(".csv")]

    def lay(self, name: str, content: bytes) -> None:
        self._there.put(name, content)
        self._there.release(name)


class Url:
    """One file at an address of the web; what has not changed since is not sent again."""

    #: What was read last at an address, with the mark by which the server knows it.
    _kept: ClassVar[dict[tuple[str, str, str], tuple[str, bytes]]] = {}
    _MOST_KEPT = 8

    def __init__(self, site: web.Site, path: str, user: str) -> None:
        self._site = site
        self._path = path
        self._key = (site.host, path, user)
        self._content = b""

    def offered(self) -> Iterator[Offered]:
        self._content = self._fetched()
        name = urlsplit(self._path).path.rpartition("/")[2] or "orders"
        yield Offered(name if name.lower().endswith(ENDINGS) else f"{name}.csv", len(self._content), 0)

    def open(self, offered: Offered) -> AbstractContextManager[BinaryIO]:
        del offered
        return BytesIO(self._content)

    def _fetched(self) -> bytes:
        mark, content = self._kept.get(self._key, ("", b""))
        headers = {"If-None-Match": mark} if mark else {}
        reply = self._site.ask(web.Question("GET", self._path, headers=headers), accepted={*web.SUCCESS, 304})
        if reply.status == 304:
            return content
        if reply.content.lstrip()[:1] == b"<":
            raise Unreachable(f"{self._site.host} answers with a web page instead of a file of orders.")
        if reply.headers.get("etag"):
            self._remember(reply.headers["etag"], reply.content)
        return reply.content

    def _remember(self, mark: str, content: bytes) -> None:
        while len(self._kept) >= self._MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[self._key] = (mark, content)


def meant_by(settings: Mapping[str, Any]) -> Meant:
    """What people have told of the files, as it is kept with the settings."""
    kept = settings.get("meant") or {}
    return Meant(dict(kept.get("columns", {})), dict(kept.get("kinds", {})))


def _order(row: OrderRow) -> ShopOrder:
    first, last = split_name(row.name or "")
    return ShopOrder(
        key=row.number,
        number=row.number,
        amount=row.amount,
        ordered_on=row.ordered_on,
        due_on=row.due_on,
        kind=row.payment_kind,
        payment_method=row.payment_kind,
        email=row.email or "",
        customer_number=row.customer_number or "",
        customer_group=row.customer_group or "",
        language=row.language or "",
        dunning_level=row.dunning_level,
        billing=Address(
            first, last, row.company or "", row.street or "", row.postcode or "", row.city or "", row.country or ""
        ),
        invoice_numbers=(row.invoice_number,) if row.invoice_number else (),
        tracking_numbers=row.tracking_numbers,
        shipping=row.shipping,
        reference=row.reference or "",
        iban=row.iban or "",
        discount=row.discount,
        discount_until=row.discount_until,
    )
