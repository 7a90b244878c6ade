"""`zahlmeister cells` and `move-merchant`: further databases, and merchants who move between them."""

import os
import subprocess
import sys

import click

from zahlmeister.cli.house import now, open_house, whoever
from zahlmeister.cli.progress import progress
from zahlmeister.refusals import Refused


@click.group("cells", invoke_without_command=True)
@click.pass_context
def cells(context: click.Context) -> None:
    """Say which cells there are and which merchants have moved where; or add a cell."""
    if context.invoked_subcommand:
        return
    open_house()
    from zahlmeister.merchants.cells import cell_names, in_cell
    from zahlmeister.merchants.models import Merchant, Residence

    for name in cell_names(fresh=True):
        with in_cell(name):
            count = Merchant.objects.count()
        click.echo(f"{name}\t{count} merchants")
    for residence in Residence.objects.order_by("slug"):
        way = f", moving to {residence.going_to}" if residence.going_to else ""
        click.echo(f"{residence.slug}\tin {residence.cell}{way}")


@cells.command("add")
@click.argument("name")
@click.argument("address")
def add(name: str, address: str) -> None:
    """Make the tables in the empty database at ADDRESS, and keep it as the cell NAME."""
    open_house()
    from zahlmeister.merchants.cells import add_cell

    try:
        _migrate(name, address)
        add_cell(name, address, at=now())
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"Merchants can move to {name}: `zahlmeister move-merchant MERCHANT {name}`.")


@cells.command("migrate")
def migrate() -> None:
    """Bring the tables of every cell up to date with this version; home is brought there by `zahlmeister migrate`."""
    open_house()
    from zahlmeister.merchants.cells import HOME, address_of, cell_names

    try:
        for name in cell_names(fresh=True):
            if name != HOME:
                _migrate(name, address_of(name))
                click.echo(f"{name} is up to date.")
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal


@click.command("move-merchant")
@click.argument("slug")
@click.argument("cell", required=False)
@click.option("--call-back", "is_back", is_flag=True, help="Let a merchant whose move was broken off stay.")
def move_merchant(slug: str, cell: str | None, *, is_back: bool) -> None:
    """Move the merchant SLUG to CELL (`home` for back) while everybody works; he himself can only read meanwhile.

    Every row is compared, his books are looked at there, and then he is deleted here. A move that was broken off goes
    on with the same command.
    """
    if is_back == bool(cell):
        raise click.UsageError("Name the cell, or say --call-back.")
    open_house()
    from zahlmeister.cells import move

    try:
        if is_back or cell is None:
            move.call_back(slug)
            click.echo(f"“{slug}” stays where it is, and writes again.")
            return
        with progress("Moving") as bar:
            moved = move.move_merchant(slug, cell, at=now(), by=whoever(), watch=bar)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(
        f"“{slug}” lives in {cell}. {moved.rows} rows of {moved.tables} tables have moved, each was compared, and the "
        f"books add up; it could only read for {moved.seconds:.1f} seconds."
    )


def _migrate(name: str, address: str) -> None:
    """Have the tables made by a process that knows this database only."""
    environment = os.environ | {"ZAHLMEISTER_DATABASE": address}
    call = [sys.executable, "-m", "zahlmeister", "migrate"]
    done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode:
        raise Refused(f"The tables of {name} cannot be made: {done.stdout}{done.stderr}")
