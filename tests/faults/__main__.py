"""`python -m tests.faults --faults 1000 --seed 7 --on postgresql`: the long run."""

import os
import signal
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from tests.faults.harm import FAULTS
from tests.faults.places import PLACES


@click.command()
@click.option("--faults", default=1000, show_default=True, help="How many processes are killed or frozen.")
@click.option("--seed", default=1, show_default=True, help="The same seed, the same faults.")
@click.option("--on", default="sqlite", show_default=True, type=click.Choice(list(PLACES)))
@click.option("--kind", "kinds", multiple=True, type=click.Choice(list(FAULTS)), help="Only these; otherwise all.")
def main(faults: int, seed: int, on: str, kinds: tuple[str, ...]) -> None:
    """Harm office, workers and what is around them under load, and count at the far side."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zahlmeister.project.test_settings")
    over = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, partial(_stop, over))
    import django

    django.setup()
    from tests.faults.life import live

    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="zahlmeister-faults-") as home:
        wanted = kinds or tuple(FAULTS)
        told = asdict(live(Path(home), faults=faults, seed=seed, on=on, kinds=wanted, say=click.echo, over=over))
    wrong, done, alarms = told.pop("wrong"), told.pop("faults"), told.pop("alarms")
    told = {**{f"times {name}": count for name, count in done.items()}, **told}
    told |= {f"times {name} heard": count for name, count in alarms.items()}
    figures = ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in told.items())
    click.echo(f"{on}, seed {seed}, {time.monotonic() - began:.0f} s: {figures}")
    for each in wrong:
        click.echo(f"WRONG  {each}")
    click.echo("The verdict: " + (f"{len(wrong)} wrong" if wrong else "nothing was lost, nothing was doubled"))
    sys.exit(bool(wrong))


def _stop(over: threading.Event, *_: object) -> None:
    """The first time, ask for the verdict on what was; the second time, stop at once with all that was started."""
    if over.is_set():
        sys.exit(3)
    over.set()
    click.echo("No more faults; the verdict on those that were comes when what is left is done.")


if __name__ == "__main__":
    main()
