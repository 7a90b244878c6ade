"""`zahlmeister rotate-key`: another secret for the installation."""

from pathlib import Path

import click

from zahlmeister.cli.house import now, open_house
from zahlmeister.refusals import Refused

_SHUT = "“{path}” cannot be written: {error.strerror}. Name the file that may be in ZAHLMEISTER_SECRET."


@click.command("rotate-key")
@click.option("--prepare", "step", flag_value="prepare", help="Add a secret that is believed and makes nothing yet.")
@click.option("--finish", "step", flag_value="finish", help="Take the older secrets out of the key file.")
@click.option("--match-keys", "step", flag_value="match_keys", help="Find payments by numbers of another key.")
@click.option("--end-links", "ends_links", is_flag=True, help="With --finish: links in letters end, too.")
def rotate_key(step: str | None, *, ends_links: bool) -> None:
    """Let a new secret seal and sign, and seal with it whatever an older one has sealed.

    It can be stopped and done again at any time, while everything goes on. Older secrets still open what they sealed,
    until --finish.
    """
    open_house()
    from django.conf import settings
    from django.db import DatabaseError

    from zahlmeister.merchants.cells import is_fenced

    if ends_links and step != "finish":
        raise click.UsageError("--end-links goes with --finish.")
    path: Path = settings.SECRET_FILE
    try:
        {"prepare": _prepare, "finish": _finish, "match_keys": _match_keys}.get(step or "", _seal)(
            path, ends_links=ends_links
        )
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    except DatabaseError as error:
        if not is_fenced(error):
            raise
        raise click.ClickException(
            "A merchant is moving to another database; say it again in a few minutes."
        ) from error
    except OSError as error:
        raise click.ClickException(_SHUT.format(path=path, error=error)) from error


def _prepare(path: Path, *, ends_links: bool) -> None:
    del ends_links
    from zahlmeister.flows.rotate_key import prepare

    prepare(path)
    click.echo(
        f"“{path}” holds the next secret. Put that file on every host and restart its services, then run "
        "`zahlmeister rotate-key`."
    )


def _seal(path: Path, *, ends_links: bool) -> None:
    del ends_links
    from zahlmeister.flows.rotate_key import begin, seal_anew

    click.echo("A new secret seals and signs from now on." if begin(path) else "The change that is under way goes on.")
    found = seal_anew(lambda name, one: click.echo(f"{name}: {one.older}", err=True) if one.older else None)
    click.echo(f"{found.older} values were sealed anew.")
    if found.lost:
        click.echo(f"{found.lost} values are opened by no secret; what they are for has to be entered again.")
    if found.gone:
        click.echo(
            f"{found.gone} documents that merchants handed in are not in the files of this installation. "
            "Put them back from a copy and say it again, or ask the merchants for them anew."
        )
    click.echo("Restart the services, and `zahlmeister rotate-key --finish` when links of the old secret may end.")


def _match_keys(path: Path, *, ends_links: bool) -> None:
    del path, ends_links
    from zahlmeister.flows.match_keys import change_match_keys

    change_match_keys(lambda name, count: click.echo(f"{name}: {count} orders"))
    click.echo("Whoever has read the keys before cannot try out numbers of a copy that is made from now on.")


def _finish(path: Path, *, ends_links: bool) -> None:
    from zahlmeister.flows.rotate_key import finish

    finish(path, at=now(), ends_links=ends_links)
    click.echo("One secret is left. Copies of the installation that are older hold the secret they were made with.")
