"""Where the prepared database and the statement file lie, and a fresh copy of them for each run."""

import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit


@dataclass(frozen=True, slots=True)
class Place:
    """One size of the benchmark in a folder."""

    folder: Path
    orders: int
    payments: int
    merchants: int

    @property
    def name(self) -> str:
        return f"orders{self.orders}x{self.merchants}"

    @property
    def statement(self) -> Path:
        return self.folder / f"day{self.payments}.xml"

    @property
    def base(self) -> Path:
        """The folder of the prepared installation."""
        return self.folder / self.name

    def open_base(self) -> None:
        """Use the prepared installation in this process."""
        self.base.mkdir(exist_ok=True)
        os.environ["ZAHLMEISTER_HOME"] = str(self.base)
        if server():
            run_sql(f'CREATE DATABASE "{self.name}"', unless=f"SELECT 1 FROM pg_database WHERE datname = '{self.name}'")
            os.environ["ZAHLMEISTER_DATABASE"] = database(self.name)
        _set_up()

    @contextmanager
    def fresh_copy(self) -> Iterator[Path]:
        """Use a copy of the prepared installation in this process; it is thrown away afterwards."""
        with tempfile.TemporaryDirectory(dir=self.folder) as home:
            os.environ["ZAHLMEISTER_HOME"] = home
            shutil.copyfile(self.base / "secret.key", Path(home) / "secret.key")  # its keys are made with it
            if server():
                run_sql('DROP DATABASE IF EXISTS "run" WITH (FORCE)')
                run_sql(f'CREATE DATABASE "run" TEMPLATE "{self.name}"')
                run_sql("CHECKPOINT")  # writing the copy is nobody's work
                os.environ["ZAHLMEISTER_DATABASE"] = database("run")
            else:
                shutil.copyfile(self.base / "zahlmeister.sqlite3", Path(home) / "zahlmeister.sqlite3")
            os.sync()
            _set_up()
            yield Path(home)


def server() -> str:
    """The address of the PostgreSQL server, or nothing."""
    address = os.environ.get("ZAHLMEISTER_DATABASE", "")
    return address if address.startswith("postgres") else ""


def cpu_seconds() -> float:
    """Of this process, its children, and the database server."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    return spent + (_server_seconds() if server() else 0)


def peaks() -> list[float]:
    """The largest memory of this process and of its largest child, in MB."""
    each = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return [one for one in each if one]


def _server_seconds() -> float:
    """What the processes of our PostgreSQL have used, those that have ended included (their parent counts them)."""
    master, ticks = _postmaster(), 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        if master in (int(stat.parent.name), int(fields[1])):
            ticks += int(fields[11]) + int(fields[12])
        if master == int(stat.parent.name):
            ticks += int(fields[13]) + int(fields[14])
    return ticks / os.sysconf("SC_CLK_TCK")


@lru_cache(maxsize=1)
def _postmaster() -> int:
    """The process whose children serve us; others may run a PostgreSQL on this machine, too."""
    import psycopg

    with psycopg.connect(database("postgres"), autocommit=True) as line:
        [mine] = line.execute("SELECT pg_backend_pid()").fetchone()
        return int(Path(f"/proc/{mine}/stat").read_text().rpartition(") ")[2].split()[1])


def _set_up() -> None:
    import django

    django.setup()


def database(name: str) -> str:
    parts = urlsplit(server())
    return urlunsplit(parts._replace(path=f"/{name}"))


def run_sql(statement: str, *, unless: str = "") -> None:
    import psycopg

    with psycopg.connect(database("postgres"), autocommit=True) as line:
        if not unless or line.execute(unless).fetchone() is None:
            line.execute(statement)
