"""Three worker processes read overlapping files of one merchant on PostgreSQL, and one of them is killed.

Each entry is there once whatever file told it first, and each payment is decided on once.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from django.db import connection
from tests.flows.test_killed import PAYMENTS, House, files
from tests.stage import ANNA, Paid, camt

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer at a time into the file"),
]

_COUNTED = """
import django; django.setup()
from zahlmeister.banking.models import BankTransaction, Sighting, StatementImport
from zahlmeister.flows.check_books import check_books
from zahlmeister.merchants.models import Merchant
from zahlmeister.receivables.models import Allocation, OpenItem, Payment
print(sorted(StatementImport.objects.values_list("state", "error", "entries_done")))
print(BankTransaction.objects.count(), Sighting.objects.count(), Payment.objects.count())
print(Payment.objects.filter(state="new").count(), check_books(Merchant.objects.get()))
assigned = Payment.objects.filter(state="assigned").count()
print(assigned, Allocation.objects.count(), OpenItem.objects.filter(state="paid").count())
"""

_HELD = "SELECT array_agg(id) FROM banking_statementimport WHERE state = 'running'"
_SO_FAR = """
SELECT (SELECT count(*) FROM banking_statementimport WHERE state = 'done'),
       (SELECT coalesce(sum(entries_done), 0) FROM banking_statementimport),
       (SELECT count(*) FROM banking_sighting),
       (SELECT count(*) FROM receivables_payment WHERE state <> 'new')
"""
#: Where nothing has changed for so many seconds, it is no longer the machine.
STANDS_STILL = 240


class Counted(NamedTuple):
    """How far the workers are: files read to their end, entries done with, entries seen, payments decided on."""

    done: int
    entries_done: int
    entries: int
    decided: int


class Shared(House):
    """A house on PostgreSQL that several workers share."""

    def __init__(self, home: Path, address: str) -> None:
        super().__init__(home)
        self.address = self.environment["ZAHLMEISTER_DATABASE"] = address

    def hand_in(self, *statements: Path) -> None:
        self.python(
            "import django; django.setup()\n"
            "from datetime import UTC, datetime\n"
            "from zahlmeister.flows.hand_in_statement import hand_in_statement\n"
            "from zahlmeister.merchants.models import Merchant\n"
            f"for path in {[str(one) for one in statements]!r}:\n"
            "    with open(path, 'rb') as file:\n"
            "        hand_in_statement(Merchant.objects.get(), file, path, by='test', at=datetime.now(UTC))\n"
        )

    def worker(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "zahlmeister", "worker", "--only", "bank"]
        return subprocess.Popen(command, env=self.environment)

    def asked(self, question: str) -> tuple[Any, ...]:
        with psycopg.connect(self.address) as line:
            row = line.execute(question).fetchone()  # type: ignore[arg-type]
        assert row is not None
        return row

    def until(self, is_there: Callable[[Counted], bool], every: float, *workers: subprocess.Popen[bytes]) -> None:
        """Wait as long as the workers live and get on, however slowly: what hangs is found, a busy machine is not."""
        before, moved_at = None, time.monotonic()
        while not is_there(now := Counted(*self.asked(_SO_FAR))):
            if now != before:
                before, moved_at = now, time.monotonic()
            assert all(worker.poll() is None for worker in workers), f"a worker has ended by itself: {now}"
            assert time.monotonic() - moved_at < STANDS_STILL, f"nobody gets on: {now}"
            time.sleep(every)

    def give_up_leases_of(self, numbers: Collection[int]) -> None:
        """A minute passes for what a dead worker was reading, and for nobody who is alive."""
        with psycopg.connect(self.address) as line:
            ended = "UPDATE banking_statementimport SET lease_until = '2020-01-01Z' WHERE id = ANY(%s)"
            line.execute(ended, [list(numbers)])


@pytest.fixture
def address(transactional_db: None) -> Iterator[str]:
    """An empty database on the test's own server."""
    told = connection.settings_dict
    name = f"{told['NAME']}_three"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')
    yield f"postgresql://{told['USER']}:{told['PASSWORD']}@/{name}?host={told['HOST']}"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_three_workers_share_the_files_of_a_merchant_and_one_is_killed(tmp_path: Path, address: str) -> None:
    house, (orders, whole) = Shared(tmp_path / "house", address), files(tmp_path)
    house.prepare(orders, whole)
    house.hand_in(*halves(tmp_path))
    first = house.worker()
    others: list[subprocess.Popen[bytes]] = []
    try:
        house.until(lambda so_far: so_far.entries > 0, 0.02, first)
        held = house.asked(_HELD)[0]  # it alone has been reading so far
        others += [house.worker(), house.worker()]
        first.send_signal(signal.SIGKILL)
        first.wait(timeout=60)
        assert held
        house.give_up_leases_of(held)
        house.until(lambda so_far: so_far.done == 3, 0.2, *others)
    finally:
        for each in (first, *others):
            each.kill()
            each.wait(timeout=60)
    states, rows, undecided, settled = house.python(_COUNTED).splitlines()
    done = [("done", "", PAYMENTS // 2)] * 2 + [("done", "", PAYMENTS)]
    assert states == str(done)
    assert rows == f"{PAYMENTS} {2 * PAYMENTS} {PAYMENTS}"
    assert undecided == "0 []"
    assigned, shares, paid = map(int, settled.split())  # how many are certain, the matcher's own tests ask
    assert assigned == shares == paid > 0


def halves(folder: Path) -> list[Path]:
    """The same day as `test_killed.files` tells it, in two files of half of the entries each."""
    paid = [
        Paid(1900 + (n % 7) * 100 + 90 + n % 10, f"Bestellung {100012000 + n}", f"Anna {n} Weber{n % 41}", ANNA)
        for n in range(PAYMENTS)
    ]
    made = [folder / "morning.xml", folder / "evening.xml"]
    for at, path in enumerate(made):
        path.write_bytes(camt(paid[at * PAYMENTS // 2 : (at + 1) * PAYMENTS // 2], number=2 + at))
    return made


def test_a_second_process_thinks_ahead_and_it_comes_to_the_same(tmp_path: Path, address: str) -> None:
    """On PostgreSQL the process that reads ahead thinks out what is written, too."""
    orders, whole = files(tmp_path)
    house = Shared(tmp_path / "house", address)
    house.environment["ZAHLMEISTER_AHEAD"] = "1"
    house.prepare(orders, whole)
    house.run("worker", "--only", "bank", "--once")
    states, rows, undecided, settled = house.python(_COUNTED).splitlines()
    assert states == str([("done", "", PAYMENTS)])
    assert rows == f"{PAYMENTS} {PAYMENTS} {PAYMENTS}"
    assert undecided == "0 []"
    assigned, shares, paid = map(int, settled.split())
    assert assigned == shares == paid > 0
