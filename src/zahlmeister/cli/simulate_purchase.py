"""`zahlmeister simulate-purchase`: a year of an ERP's business with a guarantor, and what the books say of it."""

import os
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import click

from zahlmeister.cli.house import open_house

#: The first Monday of the played year.
BEGIN = date(2026, 1, 5)


@click.command("simulate-purchase")
@click.option("--seed", default=1, show_default=True, help="The same seed is the same year.")
@click.option("--days", default=365, show_default=True, type=click.IntRange(7, 3660), help="Days on which is ordered.")
@click.option("--orders", default=100, show_default=True, type=click.IntRange(1, 100_000), help="Orders in 100 days.")
def simulate_purchase(seed: int, days: int, orders: int) -> None:
    """Play a year of purchases on invoice in a database of its own, which is gone afterwards, and compare.

    Regular customers and new ones, partial and late shipments, returns, credit notes before and after payment, late
    payers, defaulters that go to an agency, disputes, claims that go back and direct payments go through the doors that
    real ones use, some twice and some in the wrong order.
    """
    with tempfile.TemporaryDirectory(prefix="zahlmeister-year-") as folder:
        os.environ["ZAHLMEISTER_HOME"] = folder
        os.environ.pop("ZAHLMEISTER_DATABASE", None)
        os.environ["ZAHLMEISTER_PRIVATE"] = "1"  # the played agency is on this machine
        open_house(migrate=True)
        from zahlmeister.sandbox.erp import SandboxErp
        from zahlmeister.sandbox.purchase_year import PurchaseYear

        erp = SandboxErp(seed, BEGIN, BEGIN + timedelta(days=days), orders)
        begun = time.monotonic()
        came = PurchaseYear(erp, Path(folder)).play(_show)
        took = time.monotonic() - begun
    for name in came.__dataclass_fields__:
        if name not in ("wrong", "reasons"):
            click.echo(f"{name.replace('_', ' '):<18}{getattr(came, name):>12}")
    for reason, count in sorted(came.reasons.items()):
        click.echo(f"  {reason:<16}{count:>12}")
    click.echo(f"{'seconds':<18}{took:>12.0f}")
    for sentence in came.wrong:
        click.echo(sentence, err=True)
    if came.wrong:
        raise SystemExit(1)
    click.echo("Books balance, and what was paid out is what the ERP's own books say.")


def _show(day: date) -> None:
    if day.day == 1:
        click.echo(f"{day:%B %Y} …", err=True)
