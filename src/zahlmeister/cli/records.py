"""`zahlmeister records`: how the house works in writing, what it keeps of a person, and names whose time is over."""

from pathlib import Path

import click

from zahlmeister.cli.house import now, open_house, the_merchant, whoever
from zahlmeister.refusals import Refused

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("records")
@click.option("--procedure", type=_FILE, help="Write the documentation of the procedure into this file (Markdown).")
@click.option("--person", help="Write what is kept of whoever has this mail address.")
@click.option("--into", type=_FILE, help="The file for --person (JSON).")
@click.option("--forget", is_flag=True, help="Take out the names that need not be kept any more.")
@click.option("--merchant", "slug", help="Which merchant; not needed when there is only one.")
def records(procedure: Path | None, person: str | None, into: Path | None, slug: str | None, *, forget: bool) -> None:
    """Say in writing how this house works, give a person what is kept of them, or forget what is old."""
    open_house()
    from zahlmeister.flows.forget import forget_old
    from zahlmeister.flows.person_data import person_data
    from zahlmeister.flows.procedure import procedure as written

    merchant = the_merchant(slug)
    if procedure:
        procedure.write_text(written(merchant, at=now()), encoding="utf-8")
        click.echo(procedure.name)
    if person and into:
        try:
            into.write_bytes(person_data(merchant, person, by=whoever(), at=now()))
        except Refused as refusal:
            raise click.ClickException(str(refusal)) from refusal
        click.echo(into.name)
    if forget:
        counts = forget_old(merchant, by=whoever(), at=now())
        click.echo(", ".join(f"{count} {name}" for name, count in counts.items()))
    if not (procedure or (person and into) or forget):
        raise click.ClickException("Say one of --procedure, --person with --into, and --forget.")
