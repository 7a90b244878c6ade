"""`zahlmeister program-key`: a merchant's own program may speak for a shop."""

import click

from zahlmeister.cli.house import now, open_house, the_merchant, whoever
from zahlmeister.refusals import Refusal


@click.command("program-key")
@click.argument("shop")
@click.option("--call", "address", help="Where to call when what we know of an order's money changes; https only.")
@click.option("--code", default="", help="What is sent along with a call, so that your program knows us.")
@click.option("--no-calls", is_flag=True, help="Call nobody any more; no key is made.")
@click.option("--revoke", is_flag=True, help="Make all keys of this shop invalid; no key is made.")
@click.option("--merchant", help="Which merchant (its short name); not needed when there is only one.")
def program_key(shop: str, address: str | None, code: str, merchant: str | None, **switches: bool) -> None:
    """Let a program hand in the orders of SHOP. The key is printed once and not kept; keys made before stay valid.

    With --call, --no-calls or --revoke no key is made; what these say is done.
    """
    open_house()
    from zahlmeister.flows import let_program_in as flows

    mine, by, at = the_merchant(merchant), whoever(), now()
    try:
        if switches["revoke"]:
            count = flows.shut_programs_out(mine, shop, by=by, at=at)
            click.echo(f"{count} keys of “{shop}” are invalid now.")
        elif switches["no_calls"]:
            flows.stop_calling(mine, shop, by=by, at=at)
            click.echo(f"The program of “{shop}” is not called any more.")
        elif address:
            flows.call_program_at(mine, shop, address, code, by=by, at=at)
            click.echo(f"The program of “{shop}” is called at {address}.")
        else:
            click.echo(flows.let_program_in(mine, shop, by=by, at=at))
            click.echo("This key is not shown again.", err=True)
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal
