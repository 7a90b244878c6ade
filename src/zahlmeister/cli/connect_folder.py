"""`zahlmeister connect-folder`: statements that a bank program leaves in a folder come in by themselves."""

from pathlib import Path

import click

from zahlmeister.cli.house import now, open_house, the_merchant, whoever
from zahlmeister.refusals import Refusal


@click.command("connect-folder")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--name", help="What the connection is called in the office; the folder's name when it is left out.")
@click.option("--every", default=5, show_default=True, type=click.IntRange(1, 1440), help="Minutes between two looks.")
@click.option("--merchant", help="Which merchant (its short name); not needed when there is only one.")
def connect_folder(folder: Path, name: str | None, every: int, merchant: str | None) -> None:
    """Watch a folder for bank statements. Files are read when they have stopped growing, and left where they are.

    The worker does the watching; it must be allowed to read the folder.
    """
    open_house()
    from zahlmeister.flows.connect_bank import connect_folder as run

    try:
        made = run(
            the_merchant(merchant),
            folder,
            name=name or folder.resolve().name,
            every_minutes=every,
            by=whoever(),
            at=now(),
        )
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"“{made.name}” is looked at every {every} minutes by the worker.")
