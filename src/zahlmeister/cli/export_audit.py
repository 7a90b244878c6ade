"""`zahlmeister export-audit`: everything that is kept of a merchant, with a description, for a tax audit."""

from pathlib import Path

import click

from zahlmeister.cli.house import now, open_house, the_merchant, whoever
from zahlmeister.refusals import Refused


@click.command("export-audit")
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--merchant", "slug", help="Which merchant; not needed when there is only one.")
def export_audit(target: Path, slug: str | None) -> None:
    """Write every table as CSV with an index.xml that audit programs import, as one ZIP file."""
    open_house()
    from zahlmeister.flows.export_audit import export_audit as run

    try:
        count = run(the_merchant(slug), target, by=whoever(), at=now())
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"{target}: {count} tables.")
