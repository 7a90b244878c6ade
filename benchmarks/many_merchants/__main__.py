"""What many small merchants cost, each step by itself.

    python -m benchmarks.many_merchants --merchants 1000 --orders 20 --payments 10
    python scripts/with_postgresql.py python -m benchmarks.many_merchants --merchants 300,3000

Processor time is that of all processes, the database server's included. A turn that found work for every merchant is
told per merchant; `nothing due` is what one look of a turn takes when there is none. What grows faster than the
merchants is seen by comparing two sizes.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.end_to_end.place import Place, server


def main() -> None:
    options = _options()
    if options.folder:
        _one(options, int(options.merchants))
        return
    print(f"{'PostgreSQL' if server() else 'SQLite, synchronous FULL'}; {os.cpu_count()} cores")
    for merchants in options.merchants.split(","):
        with tempfile.TemporaryDirectory(prefix="zahlmeister-bench-") as folder:
            told = ["--orders", str(options.orders), "--payments", str(options.payments), "--folder", folder]
            command = [sys.executable, "-m", "benchmarks.many_merchants", "--merchants", merchants, *told]
            environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "zahlmeister.project.settings"}
            subprocess.run(command, cwd=Path(__file__).parents[2], env=environment, check=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--merchants", default="1000", help="several sizes with commas")
    parser.add_argument("--orders", type=int, default=20, help="of each merchant")
    parser.add_argument("--payments", type=int, default=10, help="on the statement of each merchant")
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def _one(options: argparse.Namespace, merchants: int) -> None:
    Place(Path(options.folder), options.orders, options.payments, merchants).open_base()
    from benchmarks.many_merchants.fill import fill, size
    from benchmarks.many_merchants.rounds import back_up, look_ups, work_off
    from zahlmeister.receivables.models import Payment

    print(f"\n{merchants:,} merchants, each with {options.orders} orders and {options.payments} payments")
    print(f"{'':32}{'CPU µs each':>14}{'bytes each':>12}")
    for spent in fill(merchants, options.orders, options.payments):
        print(f"{spent.step:32}{spent.cpu / spent.count * 1e6:14,.0f}{spent.size / spent.count:12,.0f}", flush=True)
    assigned = Payment.objects.filter(state="assigned").count()
    print(f"{assigned:,} of {merchants * options.payments:,} payments assigned; {size() / 1e6:,.1f} MB in all\n")
    print(f"{'a turn':46}{'done':>8}{'CPU ms each':>13}{'nothing due, ms':>17}")
    took = work_off()
    for one in sorted(took, key=lambda one: -one.idle):
        if one.done or one.idle > 0.002 or one.trouble:
            each = one.cpu / one.done * 1000 if one.done else 0
            print(f"{one.turn:46}{one.done:8,}{each:13,.2f}{one.idle * 1000:17,.2f}  {one.trouble}")
    print(f"{'all turns, nothing due':67}{sum(one.idle for one in took) * 1000:17,.1f}\n")
    print("the door:", json.dumps({what: f"{found * 1e6:,.0f} µs" for what, found in look_ups(merchants).items()}))
    copied, proven, written = back_up()
    print(f"a copy: {copied:,.1f} s of CPU, {written / 1e6:,.1f} MB; proving it: {proven:,.1f} s of CPU", flush=True)


if __name__ == "__main__":
    main()
