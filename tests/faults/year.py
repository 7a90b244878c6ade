"""`python -m tests.faults.year --days 400 --seed 7`: a long life of a merchant; prints the seed and what is wrong."""

import os
import sys
import tempfile
import time
from pathlib import Path

import click

from tests.connectors.mail_server import mail_server
from tests.faults.far_side import program


@click.command()
@click.option("--days", default=400, show_default=True, help="How many days are lived.")
@click.option("--seed", default=1, show_default=True, help="The same seed, the same life.")
@click.option("--a-day", default=4, show_default=True, help="Orders a day, about.")
def main(days: int, seed: int, a_day: int) -> None:
    """Live day by day while things go wrong, and count at the far side."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="zahlmeister-life-") as home, program(seed) as heard, mail_server() as post:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "zahlmeister.project.settings",
            "ZAHLMEISTER_HOME": home,
            "ZAHLMEISTER_PRIVATE": "1",
            "ZAHLMEISTER_MAIL": f"smtp+plain://127.0.0.1:{post.port}",
        }
        from zahlmeister.cli.house import open_house

        open_house(migrate=True)
        from tests.faults.long_life import live

        lived = live(Path(home), heard, post, days=days, seed=seed, a_day=a_day)
    seconds = time.monotonic() - began
    gone = ", ".join(f"{count} times {what}" for what, count in lived.went_wrong.items())
    click.echo(
        f"seed {seed}, {lived.days} days, {seconds:.0f} s: {lived.orders} orders, {lived.lines} lines, "
        f"{lived.letters} letters, {lived.calls} calls; {gone}"
    )
    for each in lived.wrong:
        click.echo(f"WRONG  {each}")
    sys.exit(bool(lived.wrong))


if __name__ == "__main__":
    main()
