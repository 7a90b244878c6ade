"""From a camt file to decisions committed with their postings, beside the bare limit, in one run.

    python -m benchmarks.end_to_end --orders 20000 --payments 20000

The floor is a hundred lines that do the least that any program must: parse the file, look every number up in a key
table of the same size, and write the same number of rows in the same batches, without thinking. Both run in a process
of their own, in turns; the best of the rounds counts. On a shared machine the ratio says more than the rates.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
TODAY = date(2026, 11, 20)


def main() -> None:
    options = _options()
    if options.role:
        print(json.dumps(_ROLES[options.role](options)))
        return
    with tempfile.TemporaryDirectory() as folder:
        options.folder = folder
        _child("prepare", options)
        rounds = [(_child("floor", options), _child("house", options)) for _ in range(options.rounds)]
    floor = min((one for one, _ in rounds), key=lambda found: found["seconds"])
    house = min((two for _, two in rounds), key=lambda found: found["seconds"])
    print(f"{options.payments:,} payments against {options.orders:,} open items, best of {options.rounds}\n")
    print(f"{'':10}{'payments/s':>12}{'CPU µs each':>14}{'peak MB':>10}{'settled':>10}")
    for name, found in (("floor", floor), ("house", house)):
        rate = options.payments / found["seconds"]
        cpu = found["cpu"] / options.payments * 1e6
        print(f"{name:10}{rate:12,.0f}{cpu:14,.0f}{found['peak_mb']:10,.0f}{found.get('settled', 0):10,}")
    print(f"\nhouse / floor = {floor['seconds'] / house['seconds']:.2f}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--payments", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="print where the house spends its time")
    parser.add_argument("--role", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def _child(role: str, options: argparse.Namespace) -> dict[str, float]:
    folder = Path(options.folder)
    home = folder / ("house" if role != "floor" else "floor")
    command = [sys.executable, "-m", "benchmarks.end_to_end", "--role", role, "--folder", str(folder)]
    command += ["--orders", str(options.orders), "--payments", str(options.payments)]
    command += ["--profile"] if options.profile else []
    environment = {
        **os.environ,
        "ZAHLMEISTER_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "zahlmeister.project.settings",
    }
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def _prepare(options: argparse.Namespace) -> dict[str, float]:
    """The order and statement files, and a database with the orders in it."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from zahlmeister.flows.import_orders import import_orders
    from zahlmeister.flows.new_merchant import new_merchant
    from zahlmeister.orders.record import shop_called
    from zahlmeister.sandbox.camt import write_camt053
    from zahlmeister.sandbox.volume import many_orders, many_statements

    merchant = new_merchant("Volume", email="v@volume.example", password="volume-volume", person_name="V")
    rows = map(_row, many_orders(1, options.orders, TODAY))
    started = time.perf_counter()
    import_orders(shop_called(merchant.pk, "Shop"), rows, by="benchmark", clock=_clock)
    orders_seconds = time.perf_counter() - started
    print(f"{options.orders / orders_seconds:,.0f} orders imported a second", file=sys.stderr)
    write_camt053(Path(options.folder) / "day.xml", many_statements(1, options.payments, TODAY))
    _fold(merchant.pk)
    return {}


def _row(order: object) -> object:
    from zahlmeister.formats.orders_csv import OrderRow

    return OrderRow(
        line=0,
        number=order.number,
        amount=order.amount,
        ordered_on=order.date,
        customer_number=order.customer_number,
        invoice_number=order.invoice_number,
        payment_kind=order.payment_kind,
        name=order.name,
        company=order.company,
        email=order.email,
        postcode=order.postcode,
        city=order.city,
        shipping=order.shipping_cost,
    )


def _fold(merchant_id: int) -> None:
    """Write the log into the database file, so that every round begins with the same copy."""
    from django.db import connection

    del merchant_id
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _house(options: argparse.Namespace) -> dict[str, float]:
    import django

    source = Path(os.environ["ZAHLMEISTER_HOME"])
    with tempfile.TemporaryDirectory(dir=options.folder) as home:
        (Path(home) / "zahlmeister.sqlite3").write_bytes((source / "zahlmeister.sqlite3").read_bytes())
        os.environ["ZAHLMEISTER_HOME"] = home
        django.setup()
        from zahlmeister.banking.claim import claim
        from zahlmeister.flows.hand_in_statement import hand_in_statement
        from zahlmeister.flows.receive_statement import receive_statement
        from zahlmeister.merchants.models import Merchant

        with (Path(options.folder) / "day.xml").open("rb") as file:
            handed_in = hand_in_statement(Merchant.objects.get(), file, "day.xml", by="benchmark", at=_clock())
        work = claim(_clock(), only=handed_in.statement_import.pk)
        profiler = _profiler() if options.profile else None
        begin, cpu = time.perf_counter(), time.process_time()
        done = receive_statement(work, clock=_clock)
        seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
        if profiler:
            _show(profiler)
        if done.error or done.recorded < options.payments:
            raise SystemExit(f"{done.recorded} recorded: {done.error}")
        return {"seconds": seconds, "cpu": cpu, "peak_mb": _peak(), "settled": done.settled}


def _floor(options: argparse.Namespace) -> dict[str, float]:
    """Parse, look up, write: the same number of rows in the same batches, and nothing else."""
    import sqlite3

    from lxml import etree

    path = Path(options.folder) / f"floor-{os.getpid()}.sqlite3"
    base = sqlite3.connect(path, isolation_level=None)
    base.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE key (merchant INT, digest INT, item INT, PRIMARY KEY (merchant, digest, item)) WITHOUT ROWID;"
        "CREATE TABLE row (id INTEGER PRIMARY KEY, kind INT, a INT, b INT, c TEXT, d TEXT);"
        "CREATE INDEX row_by_a ON row (kind, a);"
    )
    base.execute("BEGIN")
    keys = ((1, hash((item, n)), item) for item in range(options.orders) for n in range(15))
    base.executemany("INSERT OR IGNORE INTO key VALUES (?, ?, ?)", keys)
    base.execute("COMMIT")
    begin, cpu = time.perf_counter(), time.process_time()
    batch: list[tuple[str, str, str]] = []
    for _, entry in etree.iterparse(Path(options.folder) / "day.xml", tag="{*}Ntry"):
        found = {node.tag.rpartition("}")[2]: node.text for node in entry.iter() if node.text}
        batch.append((found["Amt"], found.get("Ustrd", ""), found.get("IBAN", "")))
        entry.clear()
        while entry.getprevious() is not None:
            del entry.getparent()[0]
        if len(batch) == 500:
            _write_floor(base, batch)
            batch = []
    _write_floor(base, batch)
    return {"seconds": time.perf_counter() - begin, "cpu": time.process_time() - cpu, "peak_mb": _peak()}


#: Rows that one settled payment leaves: transaction, sighting, payment, allocation, 2 postings, 3 steps.
ROWS = 9


def _write_floor(base: object, batch: list[tuple[str, str, str]]) -> None:
    digests = [hash((hash(text) % 1000, 0)) for _, text, _ in batch]
    sql = "SELECT w.value, k.item FROM json_each(?) w CROSS JOIN key k ON k.merchant = 1 AND k.digest = w.value"
    base.execute(sql, [json.dumps(digests)]).fetchall()
    base.execute("BEGIN IMMEDIATE")
    rows = [(kind, index, 0, text, iban) for index, (_, text, iban) in enumerate(batch) for kind in range(ROWS)]
    base.executemany("INSERT INTO row (kind, a, b, c, d) VALUES (?, ?, ?, ?, ?)", rows)
    base.execute("COMMIT")


def _clock() -> datetime:
    return datetime.now(UTC)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _profiler() -> object:
    import cProfile

    profiler = cProfile.Profile()
    profiler.enable()
    return profiler


def _show(profiler: object) -> None:
    import pstats

    profiler.disable()
    pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(40)


_ROLES = {"prepare": _prepare, "floor": _floor, "house": _house}

if __name__ == "__main__":
    main()
