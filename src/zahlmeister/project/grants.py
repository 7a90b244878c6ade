"""`zahlmeister grants`: what the database role of offices and workers may do, as statements for PostgreSQL.

The role that makes the tables owns them and can do anything to them. Offices and workers need less: they make no
tables, and what was once booked they can neither change nor take away, whatever happens to them.
"""

from collections.abc import Iterator

import click

from zahlmeister.cli.house import open_house
from zahlmeister.refusals import Refused

#: Tables whose rows are only ever added, and the columns of them that are still given a value: a step is sealed by a
#: month's closing, and loses its words when they have been kept long enough.
APPEND_ONLY: dict[str, tuple[str, ...]] = {
    "ledger_posting": (),
    "history_step": ("actor", "reason", "facts", "closing"),
}


@click.command("grants")
@click.argument("role")
def grants(role: str) -> None:
    """Print the statements that give ROLE just what offices and workers need; the tables' owner runs them."""
    open_house()
    try:
        click.echo("\n".join(f"{statement};" for statement in statements(role)))
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal


def statements(role: str) -> Iterator[str]:
    """The statements, to be run by the owner of the tables, again after each new version.

    Raises:
        Refused: the database is not PostgreSQL.
    """
    from django.db import connection

    if connection.vendor != "postgresql":
        raise Refused("The embedded database has no roles; guard its file. See zahlmeister move-database.")
    quoted = connection.ops.quote_name
    who = quoted(role)
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {who}"
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    yield f"GRANT USAGE ON SCHEMA public TO {who}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {who}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {who}"
    for table, columns in APPEND_ONLY.items():
        yield f"REVOKE UPDATE, DELETE ON {quoted(table)} FROM {who}"
        if columns:
            yield f"GRANT UPDATE ({', '.join(map(quoted, columns))}) ON {quoted(table)} TO {who}"
