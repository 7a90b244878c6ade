"""What an import asks of PostgreSQL besides writing: who waits for it, and whether young tables have been counted."""

import time
from threading import Thread

import pytest
from django.db import connection, transaction
from tests.stage import Paid, Stage, order

from zahlmeister.merchants.lock import lock, somebody_waits
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.young_tables import YoungTables

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite's line and plans are tested elsewhere"),
]


class Beside(Thread):
    """Another worker that writes something for a merchant."""

    def __init__(self, merchant: Merchant) -> None:
        super().__init__()
        self.merchant = merchant
        self.start()

    def run(self) -> None:
        try:
            with transaction.atomic():
                lock(self.merchant.pk)
        finally:
            connection.close()

    def has_ended(self) -> bool:
        self.join(timeout=60)
        return not self.is_alive()


def test_who_writes_sees_that_somebody_waits(transactional_db: None, stage: Stage) -> None:
    with transaction.atomic():
        lock(stage.merchant.pk)
        assert not somebody_waits()
        other = Beside(stage.merchant)
        end = time.monotonic() + 30
        while not (waits := somebody_waits()) and time.monotonic() < end:
            time.sleep(0.01)
    assert waits
    assert other.has_ended()


def test_who_writes_for_another_merchant_does_not_wait(transactional_db: None, stage: Stage) -> None:
    neighbour = Merchant.objects.create(name="Neighbour", slug="neighbour", country="DE", currency="EUR")
    with transaction.atomic():
        lock(stage.merchant.pk)
        assert Beside(neighbour).has_ended()
        assert not somebody_waits()


def test_the_first_statement_has_its_tables_counted(transactional_db: None, stage: Stage) -> None:
    stage.orders(*(order(f"1000123{n:02d}", "24.98", f"Name{n} Weber") for n in range(20)))
    assert stage.pays(*(Paid(2498, f"Bestellung 1000123{n:02d}", f"Name{n} Weber") for n in range(20))).settled == 20
    assert counted("receivables_payment") == counted("banking_banktransaction") == 20


def test_a_table_is_counted_while_it_is_young_and_not_each_time(transactional_db: None, stage: Stage) -> None:
    young = YoungTables("merchants_merchant")
    young.grew(20)
    assert counted("merchants_merchant") == 1
    Merchant.objects.create(name="Neighbour", slug="neighbour", country="DE", currency="EUR")
    young.grew(100)  # too few more to count again
    assert counted("merchants_merchant") == 1
    young.grew(100)
    assert counted("merchants_merchant") == 2


def test_a_table_that_has_grown_is_left_to_the_server(transactional_db: None, stage: Stage) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_class SET reltuples = 50000 WHERE relname = 'merchants_merchant'")
    YoungTables("merchants_merchant").grew(1_000_000)
    assert counted("merchants_merchant") == 50_000


def counted(table: str) -> float:
    """How many rows PostgreSQL plans with; -1 when it never looked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        [rows] = cursor.fetchone()
    return rows
