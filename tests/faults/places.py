"""Where a house may stand: on one machine with either database, or on several hosts."""

import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tests.faults.disk import Disk, disk
from tests.faults.hosts import OFFICE_PORT, OFFICES, WORK, Hosts, hosts, lacking
from tests.faults.house import program
from tests.faults.line import Address, Line, line
from tests.faults.server import Server, server

Thing = TypeVar("Thing")
Enter = Callable[[AbstractContextManager[Thing]], Thing]

_READING, _TELLING = ("worker", "--only", "bank"), ("worker", "--only", "tell")


@dataclass(frozen=True, slots=True)
class Place:
    """What a house needs, and what of it may fail."""

    crew: Mapping[str, Sequence[str]]
    offices: Mapping[str, Address]  # those of the processes that answer, and where
    database: str = ""
    host: str = "127.0.0.1"  # at which the far side answers
    lines: Mapping[str, Line] = field(default_factory=dict)
    server: Server | None = None
    disk: Disk | None = None
    hosts: Hosts | None = None


def _embedded(home: Path, enter: Enter) -> Place:
    port = _free_port()
    return Place(_crew(port), {"office": ("127.0.0.1", port)}, disk=enter(disk(home / "disk")))


def _beside(home: Path, enter: Enter) -> Place:
    """PostgreSQL on the same machine and the same disk."""
    port, small = _free_port(), enter(disk(home / "disk"))
    kept = enter(server(home / "disk" / "postgresql"))
    between = enter(line(("127.0.0.1", kept.port)))
    address = f"postgresql://postgres@127.0.0.1:{between.at[1]}/postgres?connect_timeout=10"
    offices = {"office": ("127.0.0.1", port)}
    return Place(_crew(port), offices, address, lines={"database": between}, server=kept, disk=small)


def _apart(home: Path, enter: Enter) -> Place:
    """Offices, workers, pool and databases on hosts of their own."""
    if lacks := lacking():
        raise LookupError(f"For several hosts this machine lacks {', '.join(lacks)}.")
    made = enter(hosts(home / "hosts"))
    offices = {host: (made.at(host), OFFICE_PORT) for host in OFFICES}
    serve = {host: ("serve", "--no-worker", "--host", made.at(host), "--port", str(OFFICE_PORT)) for host in OFFICES}
    work = dict.fromkeys(WORK, ("worker", "--only", "bank", "--only", "tell"))
    crew = {host: [*made.on(host), *program(*words)] for host, words in {**serve, **work}.items()}
    return Place(crew, offices, made.database, host=f"{made.net}.1", hosts=made)


#: The places by their names.
PLACES: Mapping[str, Callable[[Path, Enter], Place]] = {
    "sqlite": _embedded,
    "postgresql": _beside,
    "hosts": _apart,
}


def _crew(port: int) -> dict[str, Sequence[str]]:
    return {
        "office": program("serve", "--no-worker", "--port", str(port)),
        "reader": program(*_READING),
        "teller": program(*_TELLING),
    }


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
