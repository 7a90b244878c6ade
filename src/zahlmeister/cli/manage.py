"""`migrate`, `new-merchant`, `set-password`, `take-factor` and `check-books`: setting up, and making sure."""

import secrets
import sys
from collections.abc import Callable

import click

from zahlmeister.cli.house import cells_of_person, now, open_house, the_merchant, whoever
from zahlmeister.refusals import Refused


@click.command("migrate")
def migrate() -> None:
    """Make the tables, or bring them up to date with this version."""
    open_house(migrate=True)
    click.echo("The database is up to date.")


@click.command("new-merchant")
@click.argument("name")
@click.option("--email", required=True, help="Who may sign in, with all rights.")
@click.option("--password", help="Their password; one is made and printed when it is left out.")
@click.option("--person", "person_name", help="Their name.")
def new_merchant(name: str, email: str, password: str | None, person_name: str | None) -> None:
    """Take in a merchant and the first person who works for them."""
    open_house()
    from django.utils.translation import override

    from zahlmeister.flows.new_merchant import new_merchant as run

    chosen = password or secrets.token_urlsafe(12)
    try:
        with override("en"):  # a refusal's words, at a terminal that speaks English
            merchant = run(name, email=email, password=chosen, person_name=person_name or email)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(
        f"Merchant “{merchant.name}” ({merchant.slug}); sign in as {email}" + ("" if password else f" with {chosen}")
    )


@click.command("set-password")
@click.argument("email")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when left out.")
def set_password(email: str, password: str) -> None:
    """Give the person EMAIL another password, in every cell. They are signed out; a second factor stays as it is."""
    open_house()
    from axes.handlers.proxy import AxesProxyHandler
    from django.utils.translation import override

    from zahlmeister.flows.people.own_access import set_password as run
    from zahlmeister.merchants.models import Person

    email = email.strip().lower()

    def give() -> None:
        with override("en"):
            run(Person.objects.get(email=email), password, at=now(), by=whoever())
        AxesProxyHandler.reset_attempts(username=email)

    for name in (cells := cells_of_person(email)):
        _in_cell(name, give)
    click.echo(f"{email} has another password{_where(cells)}, and is signed out everywhere.")


@click.command("take-factor")
@click.argument("email")
@click.option("--why", required=True, help="How it was made sure that it is this person who asks; they read it.")
def take_factor(email: str, why: str) -> None:
    """Take away the second factor that the person EMAIL has lost, and the password; a mail brings a new one."""
    open_house()
    from zahlmeister.flows.people.lost_factor import has_factor, take_at_terminal
    from zahlmeister.merchants.cells import in_cell
    from zahlmeister.merchants.models import Person

    email = email.strip().lower()

    def take() -> None:
        take_at_terminal(Person.objects.get(email=email), why, by=whoever(), at=now())

    cells = cells_of_person(email)
    guarded = []
    for name in cells:
        with in_cell(name):
            if has_factor(Person.objects.get(email=email)):
                guarded.append(name)
    for name in guarded or cells[:1]:  # where there is none, the refusal says so
        _in_cell(name, take)
    where = _where(guarded)
    click.echo(f"{email} has no second factor and no password any more{where}; a mail with a link is on its way.")


@click.command("check-books")
@click.option("--merchant", help="Which merchant (its short name); not needed when there is only one.")
@click.option("--all", "is_all", is_flag=True, help="The books of every merchant.")
def check_books(merchant: str | None, *, is_all: bool) -> None:
    """Derive every balance anew, and verify the chains of the history. Exit status 1 when something differs."""
    open_house()
    from zahlmeister.flows.check_books import check_books as run
    from zahlmeister.merchants.models import Merchant

    merchants = Merchant.objects.order_by("slug") if is_all else [the_merchant(merchant)]
    findings = [f"{one.slug}: {sentence}" if is_all else sentence for one in merchants for sentence in run(one)]
    for sentence in findings:
        click.echo(sentence)
    if not findings:
        click.echo("Every balance is the sum of its postings, every debt is in the books, and no history was changed.")
    sys.exit(1 if findings else 0)


def _in_cell(name: str, do: Callable[[], None]) -> None:
    """Do something for a person in one cell; what was done in others stays, and the same command does the rest.

    Raises:
        click.ClickException: it is refused there, or somebody they work for is moving.
    """
    from django.db import DatabaseError

    from zahlmeister.merchants.cells import MOVING, in_cell, is_fenced

    try:
        with in_cell(name):
            do()
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    except DatabaseError as trouble:
        if not is_fenced(trouble):
            raise
        raise click.ClickException(f"In “{name}”: {MOVING}") from trouble


def _where(cells: list[str]) -> str:
    """Which cells it was, where somebody could ask."""
    return "" if cells == ["home"] else f" in {', '.join(cells)}"
