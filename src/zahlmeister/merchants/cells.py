"""Cells: databases of the same tables, each with merchants of its own, in one installation.

Home is the database that the settings name. Whoever works for a merchant does so inside `in_cell(name)`: in that
thread every question to the database then goes to his cell, and nothing in the house needs to know of cells.
Numbers of rows are unique over all of them (`merchants.ids`), so that a merchant keeps his when he moves.
"""

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

from zahlmeister.merchants.models import Cell, Merchant, Residence
from zahlmeister.merchants.seal import opened, seal
from zahlmeister.refusals import Refused

HOME = "home"
#: What the database says to whoever writes for a merchant that is moving. It stands inside of SQL: no quotes.
MOVING = "This merchant is moving to another database. Try again in a few minutes; until then you can only read."
#: A new cell is known to every process after so many seconds.
KNOWN_FOR = 10


class _Mine(threading.local):
    """What a thread has: where it is, and its lines to the cells it has been in."""

    def __init__(self) -> None:
        self.here = HOME
        self.lines: dict[str, BaseDatabaseWrapper] = {}


_mine = _Mine()
_known: tuple[float, tuple[str, ...]] = (float("-inf"), ())


def here() -> str:
    """The cell that this thread works in."""
    return _mine.here


def cell_names(*, fresh: bool = False) -> tuple[str, ...]:
    """Every cell there is, home first. `fresh` asks the database, otherwise it may be seconds ago.

    While the database is away they are those that there were.
    """
    global _known  # noqa: PLW0603 - the one memory of the process
    asked_at, names = _known
    if names and not fresh and time.monotonic() - asked_at < KNOWN_FOR:
        return names
    try:
        with in_cell(HOME):
            names = (HOME, *Cell.objects.order_by("name").values_list("name", flat=True))
    except OperationalError:
        if fresh or not names:
            raise
    _known = (time.monotonic(), names)
    return names


def add_cell(name: str, address: str, *, at: datetime) -> Cell:
    """Keep a database as a cell; its tables are there already.

    Raises:
        Refused: there is a cell of that name.
    """
    with in_cell(HOME):
        cell, is_new = Cell.objects.get_or_create(
            name=name, defaults={"sealed": seal({"address": address}, f"cell:{name}"), "added_at": at}
        )
    if name == HOME or not is_new:
        raise Refused(f"There is a cell “{name}” already; choose another name.")
    cell_names(fresh=True)
    return cell


def address_of(name: str) -> str:
    """The address of a cell's database, with its password.

    Raises:
        Refused: there is no such cell.
    """
    with in_cell(HOME):
        cell = Cell.objects.filter(name=name).first()
    if cell is None:
        raise Refused(f"There is no cell “{name}”; `zahlmeister cells` lists those there are.")
    return opened(bytes(cell.sealed), f"cell:{name}")["address"]


@contextmanager
def in_cell(name: str, *, is_reading_on: bool = False) -> Iterator[None]:
    """Work in a cell: whatever this thread asks the database goes there. May be nested.

    Args:
        name: the cell.
        is_reading_on: rows are being read there bit by bit, so its line stays open however old it is.

    Raises:
        Refused: there is no such cell.
    """
    before = _mine.here
    if name == before:
        yield
        return
    _mine.lines[before] = connections["default"]
    line = _mine.lines.get(name) or _line_to(name)
    if not line.in_atomic_block and not is_reading_on:
        line.close_if_unusable_or_obsolete()
    _go(name, line)
    try:
        yield
    finally:
        _mine.lines[name] = connections["default"]
        _go(before, _mine.lines[before])


def go_to(name: str) -> None:
    """Work in a cell from now on and to the end of the process; for commands about one merchant.

    Raises:
        Refused: there is no such cell.
    """
    _mine.lines[_mine.here] = connections["default"]
    _go(name, _mine.lines.get(name) or _line_to(name))


def cell_of_merchant(slug: str) -> str:
    """Where a merchant lives; home when he has never moved."""
    with in_cell(HOME):
        return Residence.objects.filter(slug=slug).values_list("cell", flat=True).first() or HOME


def is_taken(slug: str) -> bool:
    """Whether a merchant here, or one who has moved away from home, has this short name."""
    return Merchant.objects.filter(slug=slug).exists() or cell_of_merchant(slug) != HOME


def who_is_away() -> str:
    """The first merchant by name who lives away from home or is on the way; empty when all are at home."""
    with in_cell(HOME):
        rows = Residence.objects.exclude(cell=HOME, going_to="").order_by("slug")
        return rows.values_list("slug", flat=True).first() or ""


def surroundings() -> dict[str, str]:
    """What the environment of another process needs, so that it works where this thread does."""
    return {} if _mine.here == HOME else {"ZAHLMEISTER_DATABASE": address_of(_mine.here)}


def hang_up() -> None:
    """Close every line of this thread; they are opened anew when they are needed."""
    for line in _mine.lines.values():
        line.close()
    connections.close_all()


@contextmanager
def at_work(name: str) -> Iterator[None]:
    """Hold a cell while a worker's turn lasts, so that nobody lays a fence in the middle; turns hold it together."""
    turn = ExitStack()
    with _file(name, "door", fcntl.LOCK_SH):  # shut while somebody waits for the turns to end
        turn.enter_context(_file(name, "turns", fcntl.LOCK_SH))
    with turn:
        yield


@contextmanager
def at_rest(name: str, patience: float = 60) -> Iterator[None]:
    """Wait until every worker's turn in a cell is over, and let none begin.

    Raises:
        Refused: a turn lasts longer than `patience` seconds.
    """
    with _file(name, "door", fcntl.LOCK_EX, patience), _file(name, "turns", fcntl.LOCK_EX, patience):
        yield


@contextmanager
def one_move() -> Iterator[None]:
    """One merchant moves at a time.

    Raises:
        Refused: another one does.
    """
    with _file("all", "moves", fcntl.LOCK_EX, patience=0):
        yield


def is_fenced(trouble: BaseException) -> bool:
    """Whether somebody was kept from writing because the merchant is moving."""
    return isinstance(trouble, DatabaseError) and MOVING in str(trouble)


@contextmanager
def unless_fenced() -> Iterator[None]:
    """Write what is only nice to know, or leave it while the merchant moves: who only reads is not sent away for it."""
    try:
        yield
    except DatabaseError as trouble:
        if not is_fenced(trouble):
            raise


def _go(name: str, line: BaseDatabaseWrapper) -> None:
    connections["default"] = line
    _mine.here = name


def _line_to(name: str) -> BaseDatabaseWrapper:
    told: dict[str, Any] = connections.configure_settings({"default": settings.DATABASE_AT(address_of(name))})
    line: BaseDatabaseWrapper = load_backend(told["default"]["ENGINE"]).DatabaseWrapper(told["default"], "default")
    return line


@contextmanager
def _file(name: str, what: str, kind: int, patience: float | None = None) -> Iterator[None]:
    """Hold a lock on a file of the installation's folder, which all of its hosts share."""
    folder = Path(settings.HOME) / "cells"
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.{what}").open("w") as file:
        _taken(file.fileno(), kind, patience)
        yield  # closing the file gives it back


def _taken(file: int, kind: int, patience: float | None) -> None:
    if patience is None:
        fcntl.flock(file, kind)
        return
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise Refused("Somebody is in the middle of something there; nothing was changed. Try again.") from None
            time.sleep(0.05)
        else:
            return
