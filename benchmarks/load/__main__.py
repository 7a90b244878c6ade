"""Clerks browse, shops push orders and a statement is read, over real HTTP, beside the bare framework doing nothing.

    python -m benchmarks.load                              # 100,000 entries, 50 clerks, 100 orders a second; SQLite
    python scripts/with_postgresql.py python -m benchmarks.load
    python -m benchmarks.load --entries 2000 --clerks 10 --orders 20 --calm 5

Three times the same clients do the same: to a bare Django that answers “ok” to everything, to the house, and to the
house while a worker reads the statement that a clerk has handed in. Each clerk reads a page and thinks; an order
counts from the moment in which it was due, not from when it could be sent. Clients, office, worker and database share
the machine, and what the clients used is told, too. In the end the house is counted: every order that was acknowledged
is there once, every entry is there once, and the books are in order.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.end_to_end.place import Place
from benchmarks.load import house
from benchmarks.load.clients import Load, Told, play

#: The longest that a statement is waited for, in seconds.
LONGEST = 3600


@dataclass(slots=True)
class Round:
    """What was measured in one of the three."""

    name: str
    told: Told
    used: dict[str, tuple[float, float]] = field(default_factory=dict)
    entries: int = 0


def main() -> None:
    """Prepare, play, count, print."""
    options = _options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zahlmeister.project.settings")
    on = "PostgreSQL" if os.environ.get("ZAHLMEISTER_DATABASE", "").startswith("postgres") else "SQLite"
    print(
        f"{on}, {os.cpu_count()} cores, {options.offices} office(s) of {options.threads} threads: {options.clerks} "
        f"clerks, {options.orders:g} orders a second, a statement of {options.entries:,} entries\n",
        flush=True,
    )
    rounds, wrong = run(options)
    for one in rounds:
        show(one)
    for each in wrong:
        print(f"WRONG  {each}")
    sys.exit(bool(wrong))


def run(options: argparse.Namespace) -> tuple[list[Round], list[str]]:
    """Play the three rounds; what is wrong in the end."""
    with tempfile.TemporaryDirectory(prefix="zahlmeister-load-") as thrown_away:
        folder = Path(options.keep or thrown_away).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        size = str(options.entries)
        command = [sys.executable, "-m", "benchmarks.end_to_end", "--orders", size, "--payments", size]
        # in a process of its own: here the settings are read once, for the copy
        subprocess.run([*command, "--prepare", "--keep", str(folder)], cwd=house.ROOT, check=True)
        place = Place(folder, options.entries, options.entries, 1)
        with place.fresh_copy() as home:
            return _rounds(options, place, home)


def _rounds(options: argparse.Namespace, place: Place, home: Path) -> tuple[list[Round], list[str]]:
    ports = [house.free_port() for _ in range(options.offices)]
    load = Load(
        [f"http://127.0.0.1:{port}" for port in ports],
        house.clerks(options.clerks),
        house.pages(),
        house.shops(options.shops),
        options.orders,
        options.think,
        f"{datetime.now(UTC):%Y-%m-%d}",
        options.lot,
    )
    _let_go()
    with house.processes() as bare:
        for number, port in enumerate(ports):
            bare.start(f"bare{number}", "benchmarks.load.bare", str(port), str(options.threads), home=home)
            house.wait_for(load.bases[number])
        nothing = _played("bare framework", load, "N", _after(options.calm), bare, is_house=False)
    with house.processes() as there:
        for number, port in enumerate(ports):
            words = ("zahlmeister", "serve", "--no-worker", "--port", str(port), "--threads", str(options.threads))
            there.start(f"office{number}", *words, home=home)
            house.wait_for(load.bases[number])
        there.start("worker", "zahlmeister", "worker", home=home)
        calm = _played("the house", load, "C", _after(options.calm), there)
        house.hand_in(load.bases[0], load.clerks[0], place.statement)
        busy = _played("… and an import", load, "I", _until_read(), there)
    busy.entries = options.entries
    return [nothing, calm, busy], _wrong(options, [calm, busy])


def _played(
    name: str, load: Load, begins: str, is_over: Callable[[], bool], there: house.Processes, *, is_house: bool = True
) -> Round:
    before, own = there.used(), _own()
    told = play(load, begins, is_over, is_house=is_house)
    used = {who: (cpu - before[who][0], most) for who, (cpu, most) in there.used().items()}
    return Round(name, told, {**used, "clients": (_own() - own, 0)})


def _wrong(options: argparse.Namespace, rounds: list[Round]) -> list[str]:
    """What does not add up in the end."""
    held, told = house.held(("C-", "I-")), set[str]()
    for one in rounds:
        told |= set(one.told.orders)
    wrong = [f"order {number} is there {count} times" for number, count in held["orders"].items() if count > 1]
    if lost := told - set(held["orders"]):
        wrong.append(f"{len(lost)} acknowledged orders are not there")
    if held["lines"] != options.entries:
        wrong.append(f"{held['lines']} entries are there")
    return wrong + held["findings"]


def show(one: Round) -> None:
    """Print a round."""
    print(f"{one.name}: {one.told.seconds:.1f} s")
    for kind, taken in one.told.milliseconds.items():
        taken.sort()
        if taken:
            parts = ", ".join(f"{name} {taken[min(int(len(taken) * at), len(taken) - 1)]:,.0f}" for name, at in _PARTS)
            rate = len(taken) / one.told.seconds
            print(f"  {kind:8} {rate:7.1f} a second; ms: {parts}, most {taken[-1]:,.0f}")
    print("  answers: " + ", ".join(f"{what} × {count:,}" for what, count in sorted(one.told.answers.items())))
    if one.entries:
        print(f"  {one.entries:,} entries: {one.entries / one.told.seconds:,.0f} a second")
    used = (f"{who} {cpu:.1f} s" + (f" {most:,.0f} MB" if most else "") for who, (cpu, most) in one.used.items())
    print("  processor and most memory: " + ", ".join(used) + "\n", flush=True)


_PARTS = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


def _after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def _until_read() -> Callable[[], bool]:
    """Once the statement is read; it is looked at now and then, because looking is a client, too."""
    end, looked = time.monotonic() + LONGEST, [0.0]

    def is_over() -> bool:
        now = time.monotonic()
        if now > end:
            raise SystemExit(f"the statement was not read within {LONGEST} s")
        if now - looked[0] < 1:
            return False
        looked[0] = now
        return house.is_read()

    return is_over


def _own() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _let_go() -> None:
    from django.db import connection

    connection.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=100_000, help="of the statement; and so many orders are open")
    parser.add_argument("--clerks", type=int, default=50)
    parser.add_argument("--think", type=float, default=5, help="seconds between a clerk's pages, in the mean")
    parser.add_argument("--orders", type=float, default=100, help="that shops push in a second")
    parser.add_argument("--lot", type=int, default=1, help="orders that a shop hands in with one call")
    parser.add_argument("--shops", type=int, default=20, help="that push them, each with a key and an address")
    parser.add_argument("--calm", type=float, default=30, help="seconds of the rounds without a statement")
    parser.add_argument("--offices", type=int, default=1, help="processes that serve pages and calls")
    parser.add_argument("--threads", type=int, default=8, help="of each")
    parser.add_argument("--keep", help="a folder in which the prepared database is kept for the next time")
    return parser.parse_args()


if __name__ == "__main__":
    main()
