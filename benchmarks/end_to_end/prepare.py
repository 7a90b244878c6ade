"""A merchant with very many open orders, written in bulk: what the house would have written batch by batch."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice

from benchmarks.end_to_end.place import Place, server

TODAY = date(2026, 11, 20)
AT = datetime(2026, 11, 19, 8, tzinfo=UTC)
BULK = 10_000
#: The others' orders, each.
OTHERS = 100
#: So many orders are imported by the house itself, to measure that.
IMPORTED = 20_000


def prepare(place: Place) -> dict[str, float]:
    """Make the statement file and the database, unless they are there from the last time."""
    from zahlmeister.sandbox.camt import write_camt053
    from zahlmeister.sandbox.volume import many_statements

    done = place.base / "done"
    if not place.statement.exists():
        write_camt053(place.statement, many_statements(1, place.payments, TODAY))
    place.open_base()
    _migrate()  # what was kept may be of an older version
    if done.exists() and not server():
        return {}
    found = _fill(place)
    done.touch()
    return found


def _migrate() -> None:
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _fill(place: Place) -> dict[str, float]:
    from django.db import connection

    from zahlmeister.flows.import_orders import import_orders
    from zahlmeister.flows.new_merchant import new_merchant
    from zahlmeister.orders.record import shop_called
    from zahlmeister.sandbox.volume import many_orders

    merchant = new_merchant("Volume", email="v@volume.example", password="volume-volume", person_name="V")
    rows = map(_row, many_orders(1, place.orders, TODAY))
    shop = shop_called(merchant.pk, "Shop")
    by_house = min(IMPORTED, place.orders)
    started = time.perf_counter()
    import_orders(shop, islice(rows, by_house), by="benchmark", clock=lambda: AT)
    rate = by_house / (time.perf_counter() - started)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous=OFF")
        cursor.execute("CREATE TEMP TABLE wanted (merchant_id bigint, digest bigint, item_id bigint)")
    for some in _chunks(rows):
        _write(shop, some)
    _others(place)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO receivables_matchkey (merchant_id, digest, item_id) "
            "SELECT merchant_id, digest, item_id FROM wanted ORDER BY merchant_id, digest, item_id"
        )
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("ANALYZE")
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
            cursor.execute("CHECKPOINT")
    connection.close()
    return {"orders_a_second": rate}


def _others(place: Place) -> None:
    from zahlmeister.merchants.models import Merchant
    from zahlmeister.orders.record import shop_called
    from zahlmeister.sandbox.volume import many_orders

    for number in range(1, place.merchants):
        other = Merchant.objects.create(name=f"Other {number}", slug=f"other-{number}")
        _write(shop_called(other.pk, "Shop"), list(map(_row, many_orders(1, OTHERS, TODAY))))


def _write(shop: object, rows: list[object]) -> None:
    """What `import_orders` writes, except that the keys wait for the others to be written in one go."""
    from django.db import connection, transaction

    from zahlmeister.matching.keys import digest, item_keys
    from zahlmeister.merchants.lock import lock
    from zahlmeister.orders.record import record_orders
    from zahlmeister.receivables import open as opening
    from zahlmeister.receivables.facts import item_facts

    def collect(merchant_id: int, items: list[object]) -> None:
        keys = [(merchant_id, digest(key), item.pk) for item in items for key in item_keys(item_facts(item))]
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.executemany("INSERT INTO wanted VALUES (%s, %s, %s)", keys)
            else:
                with cursor.copy("COPY wanted FROM STDIN") as copy:
                    for key in keys:
                        copy.write_row(key)

    opening.write_keys = collect
    with transaction.atomic():
        lock(shop.merchant_id, len(rows))
        recorded = record_orders(shop, rows, at=AT)
        opening.open_items(shop.merchant_id, recorded.new, by="benchmark", at=AT)


def _chunks(rows: Iterator[object]) -> Iterator[list[object]]:
    while some := list(islice(rows, BULK)):
        yield some


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
