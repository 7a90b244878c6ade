"""`zahlmeister send-again`: a house that was put back from a copy sends nothing until its operator says so."""

from typing import TYPE_CHECKING

import click

from zahlmeister.cli.house import now, open_house, whoever
from zahlmeister.refusals import Refused

if TYPE_CHECKING:
    from zahlmeister.outbox.hold import Hold


@click.command("send-again")
@click.option("--send", multiple=True, help="A channel whose waiting messages go out; several times if needed.")
@click.option("--drop", multiple=True, help="A channel whose waiting messages are let go; several times if needed.")
@click.option("--yes", is_flag=True, help="Do it; without it this command only says what is held.")
def send_again(send: tuple[str, ...], drop: tuple[str, ...], *, yes: bool) -> None:
    """Say what is held since a copy was put back; with --yes let it leave.

    The copy knows nothing of what was told and paid after it was made. Let the worker read the statements up to today
    first, look at what left the accounts meanwhile, and decide for each channel whether what waits is sent or let go.
    """
    open_house()
    from django.conf import settings

    from zahlmeister.flows.lift_hold import lift_hold
    from zahlmeister.outbox.hold import held

    hold = held(settings.HOME)
    if hold is None:
        click.echo("Nothing is held here; what is due leaves.")
        return
    if not yes:
        _say(hold)
        return
    try:
        dropped = lift_hold(settings.HOME, send=send, drop=drop, by=whoever(), at=now())
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"{dropped} messages were let go; everything else that is due leaves from now on.")


def _say(hold: "Hold") -> None:
    from zahlmeister.flows.lift_hold import accounts, refunds_to_leave, waiting
    from zahlmeister.money.amount import minor_text

    click.echo(f"{hold.why} Nothing has left since. What was done after {hold.since:%Y-%m-%d %H:%M} UTC is not known.")
    for each in waiting():
        click.echo(
            f"  {each.channel}: {each.count} messages wait, written {each.oldest:%Y-%m-%d} to {each.newest:%Y-%m-%d}."
        )
    click.echo(f"  {refunds_to_leave()} refunds would be executed.")
    for account in accounts(hold):
        unknown = minor_text(account.unknown_minor, account.currency)
        click.echo(
            f"  {account.name}: read until {account.known_until or 'never'}; since the copy {account.unknown_count} "
            f"entries of {unknown} left that belong to no transfer of ours."
        )
    click.echo("When every account is read until today: `zahlmeister send-again --yes --send … --drop …`.")
