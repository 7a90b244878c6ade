"""So many merchants, each with a few orders, and each hands in one statement that pays some of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.end_to_end.place import cpu_seconds

DAY = date(2026, 11, 20)  # a Friday
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def clock() -> datetime:
    """The Monday after, when reminders may leave."""
    return NOW


@dataclass(frozen=True, slots=True)
class Spent:
    """Processor time in seconds and bytes of the database that one step took for all merchants together."""

    step: str
    count: int
    cpu: float
    size: int


def fill(merchants: int, orders: int, payments: int) -> list[Spent]:
    """Make them, and tell what each step took."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    statement, rows = _statement(payments), _order_rows(orders)
    _operator()
    return [
        _measured("merchant", merchants, lambda: [_merchant(number) for number in range(merchants)]),
        _measured("order", merchants * orders, lambda: _each(lambda one: _import(one, rows))),
        _measured("statement handed in", merchants, lambda: _each(lambda one: _hand_in(one, statement))),
        _measured("payment", merchants * payments, _receive),
    ]


def size() -> int:
    """The bytes of the database now, without what is free in it."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute(
                "SELECT (page_count - freelist_count) * page_size FROM "
                "pragma_page_count, pragma_freelist_count, pragma_page_size"
            )
        else:
            cursor.execute("VACUUM")
            cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def _measured(step: str, count: int, work: Callable[[], object]) -> Spent:
    before, begin = size(), cpu_seconds()
    work()
    spent = cpu_seconds() - begin
    return Spent(step, count, spent, size() - before)


def _merchant(number: int) -> None:
    """As at registering, except for the password, whose hash takes time on purpose."""
    from django.db import transaction

    from zahlmeister.merchants.models import Membership, Merchant, Person, Role
    from zahlmeister.orders.record import shop_called

    with transaction.atomic():
        merchant = Merchant.objects.create(name=f"Merchant {number}", slug=f"merchant-{number}")
        person = Person.objects.create(email=f"owner{number}@many.example", name=f"Owner {number}")
        Membership.objects.create(merchant=merchant, person=person, role=Role.OWNER)
        shop_called(merchant.pk, "Shop")


def _operator() -> None:
    """The one who would write invoices, so that the look for months that are over is not left out."""
    from zahlmeister.merchants.models import Merchant
    from zahlmeister.plans.models import Billing

    runs = Merchant.objects.create(name="Operator", slug="operator", is_operator=True)
    Billing.objects.create(merchant=runs)


def _each(work: Callable[[object], object]) -> None:
    from zahlmeister.merchants.models import Merchant

    for merchant in Merchant.objects.filter(is_operator=False).order_by("pk"):
        work(merchant)


def _order_rows(orders: int) -> list[object]:
    from benchmarks.end_to_end.prepare import _row
    from zahlmeister.sandbox.volume import many_orders

    return [_row(order) for order in many_orders(1, orders, DAY)]


def _import(merchant: object, rows: list[object]) -> None:
    from zahlmeister.flows.import_orders import import_orders
    from zahlmeister.orders.record import shop_called

    import_orders(shop_called(merchant.pk, "Shop"), rows, by="benchmark", clock=clock)


def _statement(payments: int) -> bytes:
    from zahlmeister.sandbox.camt import write_camt053
    from zahlmeister.sandbox.volume import many_statements

    with TemporaryDirectory() as folder:
        path = Path(folder) / "day.xml"
        write_camt053(path, many_statements(1, payments, DAY))
        return path.read_bytes()


def _hand_in(merchant: object, content: bytes) -> None:
    from zahlmeister.flows.hand_in_statement import hand_in_statement

    hand_in_statement(merchant, BytesIO(content), "day.xml", by="benchmark", at=NOW)


def _receive() -> None:
    """As a worker does: one statement after the other, whoever's it is."""
    from zahlmeister.flows.receive_statement import receive_next

    while receive_next(clock=clock) is not None:
        pass
