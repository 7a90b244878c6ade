"""What the commands that work on the database share: opening it, and finding the merchant."""

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from zahlmeister.merchants.models import Merchant

SETTINGS = "zahlmeister.project.settings"


def open_house(*, migrate: bool = False) -> None:
    """Make the database usable in this process.

    Args:
        migrate: bring its tables up to date; otherwise a database that is behind is refused in a sentence.

    Raises:
        click.ClickException: the tables are not those of this version.
    """
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import call_command
    from django.db import OperationalError, connection
    from django.db.migrations.executor import MigrationExecutor

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    try:
        django.setup()
        if migrate:
            from zahlmeister.cli.tables import make_tables

            make_tables()
            call_command("migrate", verbosity=0, interactive=False)
            from zahlmeister.flows.match_keys import write_missing_keys
            from zahlmeister.merchants.text_index import make_text_indexes

            write_missing_keys()
            make_text_indexes()
            return
        executor = MigrationExecutor(connection)
        is_behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except PermissionError as error:
        raise click.ClickException(
            f"“{error.filename}” may not be used by this user; run as the user it belongs to, or let ZAHLMEISTER_HOME "
            "name another folder."
        ) from error
    except ImproperlyConfigured as error:
        raise click.ClickException(str(error)) from error
    except OperationalError as error:
        raise click.ClickException(f"The database does not answer: {error}") from error
    if is_behind:
        raise click.ClickException("The database is new or older than this version; run `zahlmeister migrate` first.")


def the_merchant(slug: str | None) -> "Merchant":
    """The merchant of this name, or the only one there is besides the operator.

    The rest of the command works where he lives; see `merchants.cells`.

    Raises:
        click.ClickException: there is none, or more than one and no name was given.
    """
    from zahlmeister.merchants.cells import cell_of_merchant, go_to
    from zahlmeister.merchants.models import Merchant

    if slug:
        go_to(cell_of_merchant(slug))
    others = Merchant.objects.filter(is_operator=False).order_by("slug")[:50]
    merchants = list(Merchant.objects.filter(slug=slug) if slug else others)
    if len(merchants) == 1:
        return merchants[0]
    if slug:
        raise click.ClickException(f"There is no merchant “{slug}”; `zahlmeister new-merchant` makes one.")
    if not merchants:
        raise click.ClickException("There is no merchant yet; `zahlmeister new-merchant` makes one.")
    names = ", ".join(merchant.slug for merchant in merchants)
    raise click.ClickException(f"There are several merchants ({names}); say which with --merchant.")


def cells_of_person(email: str) -> list[str]:
    """In which cells somebody signs in with this mail address: each has a password and second factor of its own.

    Raises:
        click.ClickException: in none.
    """
    from zahlmeister.merchants.cells import cell_names, in_cell
    from zahlmeister.merchants.models import Membership, Person

    known, works = [], []
    for name in cell_names(fresh=True):
        with in_cell(name):
            if Person.objects.filter(email=email).exists():
                known.append(name)
            if Membership.objects.filter(person__email=email).exists():
                works.append(name)
    if not known:
        raise click.ClickException(f"Nobody signs in as {email}.")
    return works or known[:1]  # elsewhere rows only name them


def now() -> datetime:
    """The clock of the commands."""
    return datetime.now(UTC)


def whoever() -> str:
    """Who gives the command, for the history."""
    return f"{os.environ.get('USER') or os.environ.get('LOGNAME') or 'somebody'} (terminal)"
