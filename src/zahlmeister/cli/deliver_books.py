"""`zahlmeister deliver-books`: say how the bookkeeper gets his files by themselves."""

from pathlib import Path

import click

from zahlmeister.cli.house import now, open_house, the_merchant, whoever
from zahlmeister.refusals import Refusal


@click.command("deliver-books")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="Lay them into this folder.")
@click.option("--mail", help="Send them to this address.")
@click.option("--sftp", help="Lay them onto this server: user@host:port/folder. The password is asked for.")
@click.option("--fingerprint", default="", help="Of the server's host key: SHA256:…")
@click.option("--day", default=5, show_default=True, help="Export last month on this day of the month.")
@click.option("--pull-key", is_flag=True, help="Make a key by which a program reads the batches, and nothing else.")
@click.option("--merchant", "slug", help="Which merchant; not needed when there is only one.")
def deliver_books(  # noqa: PLR0913 - the options of a command
    folder: Path | None,
    mail: str | None,
    sftp: str | None,
    fingerprint: str,
    day: int,
    slug: str | None,
    *,
    pull_key: bool,
) -> None:
    """Say where new batches go by themselves; the worker brings them there."""
    open_house()
    from zahlmeister.flows.deliver_books import make_book_key, set_delivery

    merchant = the_merchant(slug)
    if pull_key:
        click.echo(make_book_key(merchant, by=whoever(), at=now()))
        return
    chosen: list[tuple[str, dict[str, str | int]]] = []
    if folder:
        chosen.append(("folder", {"path": str(folder.resolve())}))
    if mail:
        chosen.append(("mail", {"address": mail}))
    if sftp:
        chosen.append(("sftp", _server(sftp, fingerprint)))
    if len(chosen) != 1:
        raise click.ClickException("Say one of --folder, --mail, --sftp and --pull-key.")
    [(way, told)] = chosen
    try:
        set_delivery(merchant, way, told, day=day, by=whoever(), at=now())
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"New batches are delivered by themselves; last month is exported on day {day}.")


def _server(text: str, fingerprint: str) -> dict[str, str | int]:
    """The parts of user@host:port/folder, with the password that somebody types."""
    user, at, rest = text.rpartition("@")
    host, _slash, folder = rest.partition("/")
    if not at or not host:
        raise click.ClickException(f"“{text}” is no server: user@host/folder is expected.")
    name, _colon, port = host.partition(":")
    password = click.prompt("Password", hide_input=True)
    where = {"host": name, "user": user, "outbox": folder or ".", "fingerprint": fingerprint, "password": password}
    return {**where, **({"port": int(port)} if port else {})}
