"""`zahlmeister move-database`: from the embedded database to PostgreSQL, with one command.

The old database is held for writing from the first row that is read until it is closed, so that nothing comes between.
It is closed by triggers: whoever still writes to it is told where the books are, and nothing is written to the wrong
place.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
from django.core.exceptions import ImproperlyConfigured

from zahlmeister.cells.tables import Sum, every_table, quoted
from zahlmeister.cli.house import now, open_house
from zahlmeister.cli.progress import Bar, progress
from zahlmeister.outbox.hold import Hold, hold
from zahlmeister.project.database import database
from zahlmeister.refusals import Refused

#: The other database's name while both are open.
THERE = "there"
#: What whoever still writes to the old database is told. It stands inside of SQL: no quotes.
MOVED = "The books have moved to another database. Set ZAHLMEISTER_DATABASE to it and start again."
_WRITING = ("INSERT", "UPDATE", "DELETE")


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
            _hold()
            _open_for_writing()
            click.echo(
                "The old database takes what is written to it again, and sends nothing: `zahlmeister send-again`."
            )
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

    there, tables = connections[THERE], every_table()
    with there.cursor() as cursor:
        cursor.execute("TRUNCATE " + ", ".join(table.name for table in tables))  # what migrations wrote
        sums = {}
        for number, table in enumerate(tables, start=1):
            sums[table.name] = table.write(table.read(), THERE)
            bar(number, len(tables))
        for statement in there.ops.sequence_reset_sql(no_style(), apps.get_models(include_auto_created=True)):
            cursor.execute(statement)
    return sums


def _compare(sums: Mapping[str, Sum]) -> None:
    """Read everything again where it has arrived."""
    for table in every_table():
        if table.sum(THERE) != sums[table.name]:
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


def _hold() -> None:
    """What was done in the other database is not known here: nothing leaves until the operator has looked."""
    from django.conf import settings
    from django.db.models import Max

    from zahlmeister.history.models import Step

    until = Step.objects.aggregate(until=Max("at"))["until"] or now()
    hold(settings.HOME, Hold(until, "The books had moved to another database, and this old one was opened again."))


def _open_for_writing() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for _table, _kind, name in _triggers():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def _triggers() -> Iterator[tuple[str, str, str]]:
    for table in every_table():
        bare = table.name.strip('"')
        yield from ((table.name, kind, quoted(f"moved_{bare}_{kind.lower()}")) for kind in _WRITING)


def _only_from_sqlite() -> None:
    from django.db import connection

    if connection.vendor != "sqlite":
        raise Refused("Only the embedded database is moved; this installation has PostgreSQL already.")
