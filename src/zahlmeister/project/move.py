"""`zahlmeister move-database`: from the embedded database to PostgreSQL, with one command.

The old database is held for writing from the first row that is read until it is closed, so that nothing comes between.
It is closed by triggers: whoever still writes to it is told where the books are, and nothing is written to the wrong
place.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from django.core.exceptions import ImproperlyConfigured

from zahlmeister.cli.house import open_house
from zahlmeister.cli.progress import Bar, progress
from zahlmeister.project.database import database
from zahlmeister.refusals import Refused

#: The other database's name while both are open.
THERE = "there"
#: What whoever still writes to the old database is told. It stands inside of SQL: no quotes.
MOVED = "The books have moved to another database. Set ZAHLMEISTER_DATABASE to it and start again."
_WRITING = ("INSERT", "UPDATE", "DELETE")
_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Table:
    """A table of ours, as Django knows it."""

    name: str
    fields: Sequence[Any]
    rows: Any  # the manager of all its rows

    def read(self, alias: str) -> Iterator[tuple[Any, ...]]:
        """Every row, in no order, as Python knows its values."""
        names = [field.attname for field in self.fields]
        rows = self.rows.using(alias).order_by().values_list(*names)
        yield from rows.iterator(chunk_size=_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Sum:
    """So many rows, and a number that another set of rows does not have; their order does not matter."""

    rows: int = 0
    digest: int = 0

    def with_row(self, values: Iterable[object]) -> "Sum":
        told = json.dumps([_plain(value) for value in values], sort_keys=True, default=str)
        digest = int.from_bytes(hashlib.blake2b(told.encode(), digest_size=16).digest())
        return Sum(self.rows + 1, (self.digest + digest) % 2**128)


@click.command("move-database")
@click.argument("address", required=False)
@click.option("--undo", is_flag=True, help="Open the old database for writing again; the new one is not touched.")
def move_database(address: str | None, *, undo: bool) -> None:
    """Move everything from the embedded database to the empty PostgreSQL database at ADDRESS.

    Pages can be read meanwhile; whoever wants to write waits. Afterwards the old database takes nothing any more and
    says so. Set ZAHLMEISTER_DATABASE to ADDRESS, then start office and workers again.
    """
    if undo == bool(address):
        raise click.UsageError("Name the address of the new database, or say --undo.")
    open_house()
    try:
        _only_from_sqlite()
        if undo:
            _open_for_writing()
            click.echo("The old database takes what is written to it again.")
            return
        with progress("Moving") as bar:
            tables, rows = move(str(address), bar)
    except (Refused, ImproperlyConfigured) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"{rows} rows of {tables} tables have moved, each was compared, and every merchant's books add up.")
    click.echo("Set ZAHLMEISTER_DATABASE to the new address, then start office and workers again.")


def move(address: str, bar: Bar) -> tuple[int, int]:
    """Move everything: all of it or nothing.

    Returns:
        How many tables and rows.

    Raises:
        Refused: there is something in the other database, or what arrived is not what left.
        ImproperlyConfigured: the address is none.
    """
    from django.db import transaction

    with _there(address):
        _there_alone(address, "migrate")  # whose steps know of one database only
        with transaction.atomic(durable=True):  # from here on nobody else writes
            with transaction.atomic(using=THERE, durable=True):
                sums = _copy(bar)
            _compare(sums)
            _there_alone(address, "check-books", "--all")
            _close_for_writing()
    return len(sums), sum(each.rows for each in sums.values())


@contextmanager
def _there(address: str) -> Iterator[None]:
    """The other database, open beside ours.

    Raises:
        Refused: it is none of PostgreSQL, is not empty, or does not answer.
    """
    from django.db import OperationalError, connections

    told = database(address, Path())
    if "postgresql" not in told["ENGINE"]:
        raise Refused("Name a PostgreSQL database: postgresql://user:password@host/name.")
    connections.settings[THERE] = connections.configure_settings({"default": told})["default"]
    try:
        with connections[THERE].cursor() as cursor:
            if connections[THERE].introspection.table_names(cursor):
                raise Refused("The database is not empty; nothing is written over. Name an empty one.")
        yield
    except OperationalError as error:
        raise Refused(f"The database does not answer: {error}") from error
    finally:
        connections[THERE].close()
        del connections[THERE], connections.settings[THERE]


def _copy(bar: Bar) -> dict[str, Sum]:
    """Every row of every table; the sums of what left."""
    from django.apps import apps
    from django.core.management.color import no_style
    from django.db import connections

    there, tables = connections[THERE], _tables()
    with there.cursor() as cursor:
        cursor.execute("TRUNCATE " + ", ".join(table.name for table in tables))  # what migrations wrote
        sums = {}
        for number, table in enumerate(tables, start=1):
            sums[table.name] = _copy_table(table, cursor)
            bar(number, len(tables))
        for statement in there.ops.sequence_reset_sql(no_style(), apps.get_models(include_auto_created=True)):
            cursor.execute(statement)
    return sums


def _copy_table(table: Table, cursor: Any) -> Sum:
    from django.db import connections

    there = connections[THERE]
    columns = ", ".join(_quoted(field.column) for field in table.fields)
    left = Sum()
    with cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
        for values in table.read("default"):
            told = zip(table.fields, values, strict=True)
            copy.write_row([field.get_db_prep_save(value, there) for field, value in told])
            left = left.with_row(values)
    return left


def _compare(sums: Mapping[str, Sum]) -> None:
    """Read everything again where it has arrived."""
    for table in _tables():
        arrived = Sum()
        for values in table.read(THERE):
            arrived = arrived.with_row(values)
        if arrived != sums[table.name]:
            raise Refused(f"What arrived in {table.name} is not what left; nothing was changed here.")


def _there_alone(address: str, *command: str) -> None:
    """Have a command done by a process that knows the new database only."""
    environment = os.environ | {"ZAHLMEISTER_DATABASE": address}
    call = [sys.executable, "-m", "zahlmeister", *command]
    done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode:
        said = f"{done.stdout}{done.stderr}"
        raise Refused(f"`zahlmeister {' '.join(command)}` has failed there; nothing was changed here: {said}")


def _close_for_writing() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for table, kind, name in _triggers():
            body = f"BEGIN SELECT RAISE(ABORT, '{MOVED}'); END"
            cursor.execute(f"CREATE TRIGGER {name} BEFORE {kind} ON {table} {body}")


def _open_for_writing() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for _table, _kind, name in _triggers():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def _triggers() -> Iterator[tuple[str, str, str]]:
    for table in _tables():
        bare = table.name.strip('"')
        yield from ((table.name, kind, _quoted(f"moved_{bare}_{kind.lower()}")) for kind in _WRITING)


def _tables() -> list[Table]:
    from django.apps import apps

    models = apps.get_models(include_auto_created=True)
    # what a model says of its table is told by nothing else
    told = [(model._meta, model._base_manager) for model in models]  # noqa: SLF001 - see above
    return [Table(_quoted(meta.db_table), meta.local_concrete_fields, rows) for meta, rows in told if meta.managed]


def _plain(value: object) -> object:
    """The same value reads the same from both databases."""
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else value


def _quoted(name: str) -> str:
    """A name of a table or column; both databases quote alike."""
    return f'"{name}"'


def _only_from_sqlite() -> None:
    from django.db import connection

    if connection.vendor != "sqlite":
        raise Refused("Only the embedded database is moved; this installation has PostgreSQL already.")
