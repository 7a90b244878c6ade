"""PostgreSQL's own programs that write a database to a file and back."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from zahlmeister.refusals import Refused

#: How Django's settings of a database are called where the programs look for them.
_ENVIRONMENT = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"

Settings = Mapping[str, Any]
Opened = psycopg.Connection[tuple[Any, ...]]


def dump(database: Settings, into: Path) -> dict[str, int]:
    """Write a database to a file as it is at one moment; the rows of each table at the same moment.

    Raises:
        Refused: `pg_dump` is not there, or has failed.
    """
    with opened(database) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        (snapshot,) = _one(connection, "SELECT pg_export_snapshot()")
        _run("pg_dump", database, "--format=custom", f"--snapshot={snapshot}", f"--file={into}")
        into.chmod(0o600)
        return _counted(connection)


def restore(file: Path, database: Settings) -> None:
    """Put a dump into an empty database, all of it or nothing.

    Raises:
        Refused: the database is not empty, or `pg_restore` is not there, or has failed.
    """
    if rows(database):
        raise Refused("The database is not empty; nothing is written over. Name an empty one.")
    name = f"--dbname={database['NAME']}"
    _run("pg_restore", database, name, "--exit-on-error", "--no-owner", "--single-transaction", str(file))


def rows(database: Settings) -> dict[str, int]:
    """How many rows each table has."""
    with opened(database) as connection:
        return _counted(connection)


def opened(database: Settings) -> Opened:
    """A connection of our own, beside Django's.

    Raises:
        Refused: the database does not answer.
    """
    told = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    known = {key: database[name] for key, name in told.items() if database.get(name)}
    try:
        return psycopg.connect(**known, **database.get("OPTIONS", {}))
    except psycopg.OperationalError as error:
        raise Refused(f"The database does not answer: {error}") from error


def _counted(connection: Opened) -> dict[str, int]:
    names = [name for (name,) in connection.execute(_TABLES)]
    count = sql.SQL("SELECT count(*) FROM {}")
    return {name: _one(connection, count.format(sql.Identifier(name)))[0] for name in names}


def _one(connection: Opened, query: sql.Composed | str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row


def _run(program: str, database: Settings, *arguments: str) -> None:
    """Run one of the programs; the password goes by the environment, where nobody else reads it."""
    found = shutil.which(program)
    if found is None:
        raise Refused(f"`{program}` is not installed here; Debian has it in postgresql-client.")
    environment = os.environ | {key: str(database[name]) for key, name in _ENVIRONMENT.items() if database.get(name)}
    done = subprocess.run(  # noqa: S603 - one of PostgreSQL's programs, without a shell
        [found, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refused(f"`{program}` has failed: {done.stderr.strip()[-400:]}")
