"""A worker dies in the middle, and the next one goes on: nothing is lost, nothing comes twice.

The worker is a process of its own that is killed with SIGKILL at places drawn by chance; then the reading goes on in
this process. What is there in the end must be exactly what an undisturbed reading leaves.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from tests.stage import ANNA, Paid, camt

ROOT = Path(__file__).parents[2]
PAYMENTS = 1600
#: Seconds after which a command hangs; a busy machine takes minutes for what is done in seconds.
HANGS = 900

_SUMMARY = """
import django; django.setup()
from collections import Counter
from zahlmeister.banking.models import BankTransaction, Sighting, StatementImport
from zahlmeister.flows.check_books import check_books
from zahlmeister.merchants.models import Merchant
from zahlmeister.receivables.models import Allocation, OpenItem, Payment
done = StatementImport.objects.get()
merchant = Merchant.objects.get()
print(done.state, done.error, done.recorded, done.settled + done.suggested + done.unclear + done.ignored)
print(BankTransaction.objects.count(), Sighting.objects.count(), Payment.objects.count(), Allocation.objects.count())
print(sorted(Counter(Payment.objects.values_list("state", flat=True)).items()))
print(sorted(Counter(OpenItem.objects.values_list("state", flat=True)).items()))
print(check_books(merchant))
"""


@pytest.mark.slow
def test_killed_at_any_moment_the_result_is_the_same(tmp_path: Path) -> None:
    roll = random.Random(20261120)
    written = files(tmp_path)
    undisturbed = House(tmp_path / "undisturbed")
    undisturbed.prepare(*written)
    undisturbed.run("worker", "--once")
    expected = undisturbed.summary()
    assert expected.endswith("[]\n")

    disturbed = House(tmp_path / "disturbed")
    disturbed.prepare(*written)
    kills = sum(disturbed.kill_behind(entries) for entries in sorted(roll.sample(range(PAYMENTS - 600), 3)))
    disturbed.give_up_leases()
    disturbed.run("worker", "--once")
    assert disturbed.summary() == expected
    assert kills >= 1


class House:
    """An installation of its own in a folder, driven through the command line."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            **os.environ,
            "ZAHLMEISTER_HOME": str(home),
            "ZAHLMEISTER_DATABASE": "",
            "DJANGO_SETTINGS_MODULE": "zahlmeister.project.settings",
            "PYTHONPATH": str(ROOT / "src"),
        }

    def prepare(self, orders: Path, statement: Path) -> None:
        self.run("migrate")
        self.run("new-merchant", "Wollstube", "--email", "b@wollstube.example", "--password", "sehr-geheim-2026")
        self.run("import-orders", str(orders))
        self.python(
            "import django; django.setup()\n"
            "from datetime import UTC, datetime\n"
            "from zahlmeister.flows.hand_in_statement import hand_in_statement\n"
            "from zahlmeister.merchants.models import Merchant\n"
            f"with open({str(statement)!r}, 'rb') as file:\n"
            "    hand_in_statement(Merchant.objects.get(), file, 'day.xml', by='test', at=datetime.now(UTC))\n"
        )

    def run(self, *command: str) -> None:
        subprocess.run([sys.executable, "-m", "zahlmeister", *command], env=self.environment, check=True, timeout=HANGS)

    def python(self, code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=self.environment,
            check=True,
            timeout=HANGS,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def kill_behind(self, entries: int) -> bool:
        """Start a worker, kill it without warning once it has read so many; True when it was still at work."""
        self.give_up_leases()
        process = subprocess.Popen([sys.executable, "-m", "zahlmeister", "worker", "--once"], env=self.environment)
        while process.poll() is None and self.entries_done() <= entries:
            time.sleep(0.005)
        was_running = process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
        return was_running

    def entries_done(self) -> int:
        with closing(sqlite3.connect(f"file:{self.home}/zahlmeister.sqlite3?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT entries_done FROM banking_statementimport").fetchone()[0])

    def give_up_leases(self) -> None:
        """A minute passes: the leases of the dead have ended."""
        self.python(
            "import django; django.setup()\n"
            "from datetime import UTC, datetime\n"
            "from zahlmeister.banking.models import StatementImport\n"
            "StatementImport.objects.filter(state='running').update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))\n"
        )

    def summary(self) -> str:
        return self.python(_SUMMARY)


def files(folder: Path) -> tuple[Path, Path]:
    orders = folder / "orders.csv"
    rows = [f"{100012000 + n},{19 + n % 7}.9{n % 10},Anna {n} Weber{n % 41}\n" for n in range(PAYMENTS)]
    orders.write_text("number,amount,name\n" + "".join(rows))
    paid = [
        Paid(1900 + (n % 7) * 100 + 90 + n % 10, f"Bestellung {100012000 + n}", f"Anna {n} Weber{n % 41}", ANNA)
        for n in range(PAYMENTS)
    ]
    statement = folder / "day.xml"
    statement.write_bytes(camt(paid, number=1))
    return orders, statement
