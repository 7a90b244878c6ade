"""`zahlmeister update-rates`: new base rates for default interest, as the central banks publish them twice a year."""

from pathlib import Path

import click

from zahlmeister.cli.house import open_house
from zahlmeister.refusals import Refusal


@click.command("update-rates")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def update_rates(file: Path) -> None:
    """Keep the base rates of a CSV file with the columns country, valid_from and percent.

    Notices that were sent stay as they are; the next ones are reckoned with the new rates.
    """
    open_house()
    from zahlmeister.dunning.law import add_rates

    try:
        news = add_rates(file)
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal
    for rate in news:
        click.echo(f"{rate.first}: {rate.percent} percent")
    click.echo(f"{len(news)} new base rates." if news else "Nothing new.")
