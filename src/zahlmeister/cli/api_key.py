"""`zahlmeister api-key` and `zahlmeister openapi`: a program may use the interface, and what that is."""

import json
import os

import click

from zahlmeister.cli.house import SETTINGS, now, open_house, the_merchant, whoever
from zahlmeister.refusals import Refusal


@click.command("api-key")
@click.argument("name", required=False, default="")
@click.option("--scope", "scopes", multiple=True, help="What it may do, such as orders:read; several times for more.")
@click.option("--shop", default="", help="The only shop it is for; without it, all of the merchant's.")
@click.option("--revoke", metavar="ENDING", help="Make the key with these last four characters invalid instead.")
@click.option("--merchant", help="Which merchant (its short name); not needed when there is only one.")
def api_key(name: str, scopes: tuple[str, ...], shop: str, revoke: str | None, merchant: str | None) -> None:
    """Make a key called NAME for the interface /api/v1. It is printed once and not kept."""
    open_house()
    from zahlmeister.flows import let_program_in as flows

    mine, by, at = the_merchant(merchant), whoever(), now()
    try:
        if revoke:
            flows.revoke_program_key(mine, revoke, by=by, at=at)
            click.echo("The key is invalid now.")
        else:
            click.echo(flows.make_program_key(mine, flows.WantedKey(name, scopes, shop), by=by, at=at))
            click.echo("This key is not shown again.", err=True)
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal


@click.command("openapi")
def openapi() -> None:
    """Print the description of the interface /api/v1 as JSON (OpenAPI 3.1). It needs no database."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    django.setup()
    from zahlmeister.api.v1.document import document

    click.echo(json.dumps(document(), indent=2, ensure_ascii=False))
