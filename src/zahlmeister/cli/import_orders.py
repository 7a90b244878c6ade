"""`zahlmeister import-orders`: orders from files into the database."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from zahlmeister.cli.given import called, lasting
from zahlmeister.cli.house import now, open_house, the_merchant, whoever
from zahlmeister.cli.progress import Bar, progress, show
from zahlmeister.formats.order_columns import COLUMNS, Meant
from zahlmeister.refusals import Unreadable

if TYPE_CHECKING:
    from zahlmeister.flows.import_orders import OrdersImported
    from zahlmeister.orders.models import Shop


@click.command("import-orders")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--merchant", help="Which merchant (its short name); not needed when there is only one.")
@click.option("--shop", default="File", show_default=True, help="The sales channel these orders come from.")
@click.option("--column", "columns", multiple=True, metavar="HEADER=COLUMN", help="What a header means; several times.")
def import_orders(files: tuple[Path, ...], merchant: str | None, shop: str, columns: tuple[str, ...]) -> None:
    """Import orders from CSV, Excel or JSON files (see `zahlmeister match --help` for the columns).

    The same file again changes nothing; changed orders are followed. A row that cannot be read is told and passed over.
    A file called - is read from standard input. Payments that still wait are then looked at again, because money may
    come before its order.
    """
    open_house()
    from zahlmeister.flows.settle_payments import settle_waiting
    from zahlmeister.orders.record import shop_called

    known = Meant(dict(_meant(column) for column in columns))
    whose, table, is_broken = the_merchant(merchant), _table(), False
    channel = shop_called(whose.pk, shop)
    for file in files:
        imported = _one(channel, file, known)
        for sentence in imported.refused:
            click.echo(sentence if called(file) in sentence else f"{called(file)}: {sentence}", err=True)
        figures = (imported.new, imported.changed, imported.same, len(imported.refused))
        table.add_row(called(file), *(f"{figure:,}" for figure in figures))
        is_broken = is_broken or bool(imported.refused)
    settled = settle_waiting(whose, at=now())
    show(table)
    if settled["settled"]:
        click.echo(f"{settled['settled']} payments that were waiting have found their orders.")
    sys.exit(2 if is_broken else 0)


def _one(channel: "Shop", file: Path, known: Meant) -> "OrdersImported":
    """Read one file to its end, or to where it cannot be read on, and keep what became of it."""
    from zahlmeister.flows.import_orders import OrdersImported, import_orders
    from zahlmeister.flows.note_import import Noting
    from zahlmeister.formats.order_files import read_order_file
    from zahlmeister.orders.states import ImportKind

    imported, error, name = OrdersImported(), "", called(file)
    noting = Noting(channel, ImportKind.FILE, name, whoever(), imported)
    with progress(f"Orders from {name}") as bar:
        try:
            with lasting(file) as there:
                orders = read_order_file(there, name=name, refused=imported.refused.append, known=known)
                import_orders(channel, orders, noting, by=whoever(), clock=now, watch=partial(_show, bar))
        except Unreadable as stop:
            error = str(stop)
    noting.end(now(), error)
    imported.refused += [error] if error else []
    return imported


def _meant(told: str) -> tuple[str, str]:
    header, _, column = told.rpartition("=")
    if not header.strip() or column not in COLUMNS:
        raise click.BadParameter(f"“{told}” is not HEADER=COLUMN with one of the columns {', '.join(COLUMNS)}.")
    return header, column


def _show(bar: Bar, imported: "OrdersImported") -> None:
    bar(imported.seen, None)


def _table() -> Table:
    table = Table(title="Orders imported")
    table.add_column("File", no_wrap=True)
    for name in ("new", "changed", "as before", "refused"):
        table.add_column(name, justify="right")
    return table
