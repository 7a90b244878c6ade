"""`zahlmeister export-books`: what the bookkeeper was not given yet, as files for his program."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zahlmeister.cli.house import now, open_house, the_merchant, whoever
from zahlmeister.refusals import Refused

if TYPE_CHECKING:
    from zahlmeister.merchants.models import Merchant

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("export-books")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day; the last day of last month if not said."
)
@click.option("--into", type=_FOLDER, default=".", help="The folder for the files.")
@click.option("--again", type=int, help="Write the file of an earlier batch again, the same to the byte.")
@click.option("--debtors", is_flag=True, help="Write the master data of the debtors instead.")
@click.option("--merchant", "slug", help="Which merchant; not needed when there is only one.")
def export_books(until: datetime | None, into: Path, again: int | None, slug: str | None, *, debtors: bool) -> None:
    """Write a file per month with every posting up to a day that was not exported yet."""
    open_house()
    merchant = the_merchant(slug)
    try:
        if debtors:
            _debtors(merchant, into)
        elif again is not None:
            _again(merchant, into, again)
        else:
            _news(merchant, into, until.date() if until else now().date().replace(day=1) - timedelta(days=1))
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal


def _news(merchant: "Merchant", into: Path, until: date) -> None:
    from zahlmeister.flows.export_books import batch_file
    from zahlmeister.flows.export_books import export_books as run

    batches = run(merchant, until, by=whoever(), at=now())
    for batch in batches:
        _write(into / batch.name, batch_file(batch))
        for change in batch.changes:
            click.echo(f"{batch.name}: {change}", err=True)
    click.echo(f"{len(batches)} files." if batches else "Nothing is new since the last export.")


def _again(merchant: "Merchant", into: Path, number: int) -> None:
    from zahlmeister.accounting.models import Batch
    from zahlmeister.flows.export_books import batch_file

    batch = Batch.objects.filter(merchant=merchant, number=number).first()
    if batch is None:
        raise Refused(f"There is no batch {number}.")
    _write(into / batch.name, batch_file(batch))


def _debtors(merchant: "Merchant", into: Path) -> None:
    from zahlmeister.flows.export_books import export_debtors

    at = now()
    file = export_debtors(merchant, at=at)
    _write(into / f"EXTF_Debitoren_{at:%Y-%m-%d}.csv", file.content)
    for change in file.changes:
        click.echo(str(change), err=True)


def _write(path: Path, content: bytes) -> None:
    """Write a file that is not there yet; a batch is kept, so that `--again` writes it elsewhere."""
    try:
        with path.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise Refused(
            f"“{path}” cannot be written ({error.strerror}); --again writes it into another folder."
        ) from error
    click.echo(path.name)
