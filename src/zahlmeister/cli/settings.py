"""`zahlmeister settings`: a merchant's settings written into a file, read from one, and described."""

import os
from pathlib import Path

import click

from zahlmeister.cli.house import SETTINGS, now, open_house, the_merchant, whoever
from zahlmeister.refusals import Refusal

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("settings")
@click.argument("what", type=click.Choice(["export", "import", "describe"]))
@click.argument("file", type=_FILE, required=False)
@click.option("--preview", is_flag=True, help="Say what an import would change, and change nothing.")
@click.option("--merchant", "slug", help="Which merchant (its short name); not needed when there is only one.")
def settings(what: str, file: Path | None, slug: str | None, *, preview: bool) -> None:
    """Export a merchant's settings into FILE, import them from it, all or none, or describe every setting there is."""
    if what == "describe":
        _describe()
        return
    open_house()
    if what == "export":
        _export(file, slug)
    elif file is None:
        raise click.UsageError("Say from which FILE.")
    else:
        _import(file, slug, is_preview=preview)


def _describe() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    django.setup()
    from zahlmeister.flows.settings.describe import description

    click.echo(description(), nl=False)


def _export(file: Path | None, slug: str | None) -> None:
    from zahlmeister.flows.settings.file import write_file

    text = write_file(the_merchant(slug))
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")
        click.echo(file.name)


def _import(file: Path, slug: str | None, *, is_preview: bool) -> None:
    from zahlmeister.flows.settings import change as flow
    from zahlmeister.flows.settings.file import as_written, read_file
    from zahlmeister.orders.queries import shops

    merchant, author = the_merchant(slug), flow.Author(whoever())
    try:
        found = read_file(merchant, file.read_bytes())
    except FileNotFoundError:
        raise click.ClickException(f"There is no file “{file}”.") from None
    except Refusal as refusal:
        raise click.ClickException(f"{file.name}: {refusal}") from refusal
    run = flow.preview if is_preview or found.refused else flow.change
    outcome = run(merchant, found.wanted, author, at=now())
    names = {shop.pk: f" ({shop.name})" for shop in shops(merchant.pk)}
    for place, pair in sorted(outcome.changed.items()):
        before, after = (as_written(merchant, place, value) for value in pair)
        click.echo(f"{place.key}{names.get(place.about, '')}: {before} → {after}")
    refused = [*found.refused, *(sentence for _place, sentence in outcome.refused)]
    for sentence in refused:
        click.echo(sentence, err=True)
    if refused:
        raise click.ClickException(f"{len(refused)} lines are refused, so that nothing is changed.")
    click.echo(f"{len(outcome.changed)} {'would be' if is_preview else 'are'} changed.", err=True)
