"""`zahlmeister demo`: a month of Brigitte's shop, to look at and to play with."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from zahlmeister.cli.house import now, open_house
from zahlmeister.cli.progress import show, stages
from zahlmeister.cli.serve import refuse_taken, run

if TYPE_CHECKING:
    from zahlmeister.banking.models import StatementImport

HOME = "var/demo"


@click.command("demo")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--serve/--no-serve", "with_office", default=True, help="Open the office afterwards.")
def demo(host: str, port: int, *, with_office: bool) -> None:
    """Load a demo merchant with a few hundred orders and a month of statements, settle them and open the office."""
    if with_office:
        refuse_taken(host, port)
    home = Path(os.environ.setdefault("ZAHLMEISTER_HOME", HOME)).resolve()
    os.environ.setdefault("ZAHLMEISTER_MAIL", f"maildir:{home / 'sandbox' / 'post'}")
    os.environ.setdefault("ZAHLMEISTER_ADDRESS", f"http://{host}:{port}")
    open_house(migrate=True)
    from zahlmeister.prepaid.links import address as centre_address
    from zahlmeister.sandbox.demo import EMAIL, PASSWORD, Watch, load_demo
    from zahlmeister.sandbox.demo_collection import open_demo_agency
    from zahlmeister.sandbox.demo_providers import open_demo_providers
    from zahlmeister.sandbox.demo_shop import open_demo_shop

    with stages("orders", "payments") as (orders, payments):
        watch = Watch(
            orders=lambda seen: orders(seen.seen, None),
            statement=lambda seen: payments(seen.entries_done, seen.expected or None),
        )
        shown = load_demo(home / "sandbox", clock=now, watch=watch)
    if shown.imports:
        show(_table(shown.imports))
    for file in shown.left_to_upload:
        click.echo(f"To try an upload: {file}")
    click.echo(f"Sign in as {EMAIL} with the password {PASSWORD}")
    if with_office:
        os.environ.setdefault("ZAHLMEISTER_PRIVATE", "1")  # the demo's second shop is on this machine
        shop = open_demo_shop(shown.merchant, clock=now)
        click.echo(f"A second shop plays a WooCommerce at {shop.address}")
        open_demo_agency(shown.merchant, clock=now)
        open_demo_providers(shown.merchant, clock=now)
        click.echo(f"Customers of the demo sign in at {centre_address(shown.merchant)}, Lena as lena@post.example")
        run(host, port, threads=8)


def _table(imports: "list[StatementImport]") -> Table:
    table = Table(title="A month of Brigitte's shop")
    table.add_column("Statement", no_wrap=True)
    for name in ("recorded", "settled by itself", "suggested", "unclear", "not for an order", "outgoing"):
        table.add_column(name, justify="right")
    for done in imports:
        figures = (done.recorded, done.settled, done.suggested, done.unclear, done.ignored, done.outgoing)
        table.add_row(done.name, *(f"{figure:,}" for figure in figures))
    return table
