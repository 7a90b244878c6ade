"""From a camt file to decisions committed with their postings, beside the bare limit, in one run.

    python -m benchmarks.end_to_end --orders 20000 --payments 20000
    python -m benchmarks.end_to_end --orders 10000,100000,1000000 --payments 20000 --keep var/bench
    python -m benchmarks.end_to_end --orders 1000000 --merchants 10000 --payments 20000
    python scripts/with_postgresql.py python -m benchmarks.end_to_end --orders 1000000

The floor (see `floor.py`) does the least that any program must: parse the file, look every number up in the same key
table, and write the same rows into the same tables in the same batches, without thinking. House and floor run in
processes of their own, in turns, each on a fresh copy of the same database; the best of the rounds counts. On a shared
machine the ratio says more than the rates. CPU is that of all processes, the database server's included; memory is the
largest that each process ever had.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.end_to_end.place import Place

ROOT = Path(__file__).parents[2]


def main() -> None:
    options = _options()
    if options.role:
        print(json.dumps(_work(options)))
        return
    with tempfile.TemporaryDirectory(prefix="zahlmeister-bench-") as thrown_away:
        folder = Path(options.keep or thrown_away).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        print(f"database: {'PostgreSQL' if _is_postgresql() else 'SQLite, synchronous FULL'}; {os.cpu_count()} cores\n")
        print(
            f"{'':24}{'payments/s':>12}{'CPU µs each':>13}{'of floor':>10}{'peak MB':>16}{'settled':>10}{'sweep s':>9}"
        )
        wanted = options.payments
        for orders in map(int, str(options.orders).split(",")):
            options.payments = min(wanted, orders)  # each pays another order
            _one_size(options, folder, orders)


def _one_size(options: argparse.Namespace, folder: Path, orders: int) -> None:
    prepared = _child("prepare", options, folder, orders)
    if "orders_a_second" in prepared:
        print(
            f"{prepared['orders_a_second']:,.0f} orders a second imported by the house, "
            f"{prepared['order_cpu']:,.0f} µs of CPU each"
        )
    if options.prepare:
        return
    rounds = [
        (_child("floor", options, folder, orders), _child("house", options, folder, orders))
        for _ in range(options.rounds)
    ]
    floor = min((one for one, _ in rounds), key=lambda found: found["seconds"])
    house = min((two for _, two in rounds), key=lambda found: found["seconds"])
    for name, found in (("floor", floor), ("house", house)):
        rate = options.payments / found["seconds"]
        cpu = found["cpu"] / options.payments * 1e6
        peak = " + ".join(f"{one:,.0f}" for one in found["peak_mb"])
        line = f"{name + f' at {orders:,}':24}{rate:12,.0f}{cpu:13,.0f}{floor['seconds'] / found['seconds']:10.2f}"
        print(f"{line}{peak:>16}{found.get('settled', 0):10,}{found.get('sweep', 0):9.1f}", flush=True)
    if options.singles:
        waits = _child("singles", options, folder, orders)
        print(
            f"{waits['count']:.0f} payments arriving alone while the import ran: committed after "
            f"{waits['p50']:.0f} ms (p50), {waits['p99']:.0f} ms (p99), {waits['most']:.0f} ms at most"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", default="20000", help="open items of the merchant; several sizes with commas")
    parser.add_argument("--payments", type=int, default=20_000)
    parser.add_argument(
        "--merchants", type=int, default=1, help="so many merchants; at least three; the others have 20 orders each"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--singles", type=int, default=0, help="payments arriving alone during an import")
    parser.add_argument("--keep", help="a folder in which prepared databases are kept for the next time")
    parser.add_argument("--prepare", action="store_true", help="only prepare the databases, to be kept")
    parser.add_argument("--profile", action="store_true", help="print where the house spends its time")
    parser.add_argument("--role", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def _child(role: str, options: argparse.Namespace, folder: Path, orders: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.end_to_end", "--role", role, "--folder", str(folder)]
    command += ["--orders", str(orders), "--payments", str(options.payments), "--merchants", str(options.merchants)]
    command += ["--singles", str(options.singles)]
    command += ["--profile"] if options.profile else []
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "zahlmeister.project.settings"}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def _work(options: argparse.Namespace) -> dict[str, float]:
    place = Place(Path(options.folder), int(options.orders), options.payments, options.merchants)
    if options.role == "prepare":
        from benchmarks.end_to_end.prepare import prepare

        return prepare(place)
    if options.role == "floor":
        from benchmarks.end_to_end.floor import floor

        return floor(place)
    from benchmarks.end_to_end.house import house, singles

    return singles(place, options.singles) if options.role == "singles" else house(place, profile=options.profile)


def _is_postgresql() -> bool:
    return os.environ.get("ZAHLMEISTER_DATABASE", "").startswith("postgres")


if __name__ == "__main__":
    main()
