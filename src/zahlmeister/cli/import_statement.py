"""`zahlmeister import-statement`: bank statements into the database, settled at once."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from zahlmeister.cli.given import called, lasting
from zahlmeister.cli.house import now, open_house, the_merchant, whoever
from zahlmeister.cli.progress import progress, show
from zahlmeister.refusals import Refused, Unreadable

if TYPE_CHECKING:
    from zahlmeister.banking.models import StatementImport
    from zahlmeister.flows.unpack import Handed
    from zahlmeister.merchants.models import Merchant


@click.command("import-statement")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--merchant", help="Which merchant (its short name); not needed when there is only one.")
def import_statement(files: tuple[Path, ...], merchant: str | None) -> None:
    """Import bank statements in any format that can be read, plain or in a zip archive.

    Every entry is recorded once, in however many files and formats it comes. What is certain is assigned, the rest
    waits in the office. A file called - is read from standard input. An interrupted import is taken up where it
    stopped by giving the command again.
    """
    open_house()
    from zahlmeister.flows.learn import learn_from_settled
    from zahlmeister.flows.many_rows import expect_many_rows

    expect_many_rows()
    whose, table, is_broken = the_merchant(merchant), _table(), False
    for done in _received(whose, files):
        if done is None:
            is_broken = True
            continue
        for sentence in done.warnings:
            click.echo(f"Warning: {sentence}", err=True)
        if done.error:
            is_broken = True
            click.echo(done.error, err=True)
        figures = (done.recorded, done.known, done.settled, done.suggested, done.unclear, done.ignored, done.outgoing)
        table.add_row(done.name, *(f"{figure:,}" for figure in figures))
    show(table)
    _tidy(whose)
    learn_from_settled(whose, at=now())
    sys.exit(2 if is_broken else 0)


def _received(merchant: "Merchant", files: Iterable[Path]) -> "Iterator[StatementImport | None]":
    """Hand in and read each file, those inside archives one by one; None for each that is refused."""
    from zahlmeister.flows.unpack import Handed, unpacked

    for path in files:
        name = called(path)
        try:
            with lasting(path) as there, there.open("rb") as stream:
                for handed in unpacked([Handed(name, stream)]):
                    yield _receive(merchant, handed)
        except (Refused, Unreadable) as refusal:
            _tell(name, refusal)
            yield None


def _receive(merchant: "Merchant", handed: "Handed") -> "StatementImport | None":
    """Hand the file in and read it here and now; None when that is refused."""
    from zahlmeister.banking.claim import claim
    from zahlmeister.banking.states import ImportState
    from zahlmeister.flows.hand_in_statement import hand_in_statement, retry_import
    from zahlmeister.flows.receive_statement import receive_statement
    from zahlmeister.merchants.lock import going_first

    try:
        with going_first():
            handed_in = hand_in_statement(merchant, handed.file, handed.name, by=whoever(), at=now())
            statement_import = handed_in.statement_import
            if statement_import.state == ImportState.BROKEN:
                retry_import(statement_import, by=whoever(), at=now())
            work = claim(now(), only=statement_import.pk)
        if work is None:
            statement_import.refresh_from_db()
            return _already_there(statement_import)
        with progress(handed.name) as bar:
            return receive_statement(work, clock=now, watch=lambda seen: bar(seen.entries_done, seen.expected or None))
    except Refused as refusal:
        _tell(handed.name, refusal)
        return None


def _tell(name: str, refusal: Exception) -> None:
    """Why a file was not taken; some refusals name it themselves."""
    click.echo(str(refusal) if name in str(refusal) else f"{name}: {refusal}", err=True)


def _tidy(merchant: "Merchant") -> None:
    from zahlmeister.flows.sweep_keys import sweep_keys

    sweep_keys(merchant)


def _already_there(statement_import: "StatementImport") -> "StatementImport":
    from zahlmeister.banking.states import ImportState

    if statement_import.state == ImportState.RUNNING:
        raise Refused("a worker is reading this very file at the moment.")
    click.echo(f"{statement_import.name}: these bytes were imported before; nothing to do.", err=True)
    for count in ("recorded", "settled", "suggested", "unclear", "ignored", "outgoing"):
        setattr(statement_import, count, 0)  # for the summary of this run only
    statement_import.known = statement_import.entries_done
    return statement_import


def _table() -> Table:
    table = Table(title="Statements imported")
    table.add_column("File", no_wrap=True)
    for name in ("recorded", "known", "settled", "suggested", "unclear", "ignored", "outgoing"):
        table.add_column(name, justify="right")
    return table
