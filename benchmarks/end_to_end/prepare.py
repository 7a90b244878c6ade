"""A merchant with very many open orders, written in bulk: what the house would have written batch by batch."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice

from benchmarks.end_to_end.place import Place, cpu_seconds, server

TODAY = date(2026, 11, 20)
AT = datetime(2026, 11, 19, 8, tzinfo=UTC)
BULK = 10_000
#: The others' orders, each.
OTHERS = 20
#: So many orders are imported by the house itself, to measure that.
IMPORTED = 10_000


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
    started, cpu = time.perf_counter(), cpu_seconds()
    import_orders(shop, islice(rows, by_house), by="benchmark", clock=lambda: AT)
    rate = by_house / (time.perf_counter() - started)
    cpu = (cpu_seconds() - cpu) / by_house * 1e6
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
    return {"orders_a_second": rate, "order_cpu": cpu}


def _others(place: Place) -> None:
    """The other merchants are copies of one: the same orders under row numbers of their own."""
    from zahlmeister.history.models import Step
    from zahlmeister.ledger.models import Account, Posting
    from zahlmeister.merchants.models import Merchant
    from zahlmeister.orders.models import Customer, Order, Shop
    from zahlmeister.orders.record import shop_called
    from zahlmeister.receivables.models import OpenItem
    from zahlmeister.sandbox.volume import many_orders

    if place.merchants < 3:
        return
    other = Merchant.objects.create(name="Other", slug="other-1")
    _write(shop_called(other.pk, "Shop"), list(map(_row, many_orders(1, OTHERS, TODAY))))
    tables = (Merchant, Shop, Customer, Order, OpenItem, Account, Posting, Step)
    for model in tables:
        whose = "id" if model is Merchant else "merchant_id"
        options = model._meta  # noqa: SLF001 - Django's documented model API
        _copy(
            options.db_table,
            [_copied(field, tables) for field in options.concrete_fields],
            whose,
            place,
            other.pk,
        )
    keys = [
        ("merchant_id", f"merchant_id + n * {_APART}"),
        ("digest", "digest"),
        ("item_id", f"item_id + n * {_APART}"),
    ]
    _copy("wanted", keys, "merchant_id", place, other.pk)


#: The row numbers of one copy and the next are so far apart: four minutes of the clock they are made by.
_APART = 1 << 40


def _copied(field: object, tables: tuple[type, ...]) -> tuple[str, str]:
    """A column, and what stands in it for the n-th copy."""
    column = field.column
    if column == "slug":
        return column, "'other-' || (n + 1)"
    is_number = field.primary_key or (field.is_relation and field.related_model in tables)
    return column, f"{column} + n * {_APART}" if is_number else f'"{column}"'


def _copy(table: str, columns: list[tuple[str, str]], whose: str, place: Place, merchant_id: int) -> None:
    from django.db import connection

    names, values = (", ".join(each) for each in zip(*((f'"{name}"', value) for name, value in columns), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE copies(n) AS ("
            f"SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < {place.merchants - 2}) "
            f"INSERT INTO {table} ({names}) SELECT {values} FROM copies CROSS JOIN {table} WHERE {whose} = %s",
            [merchant_id],
        )


def _write(shop: object, rows: list[object]) -> None:
    """What `import_orders` writes, except that the keys wait for the others to be written in one go."""
    from django.db import connection, transaction

    from zahlmeister.matching.keys import item_keys
    from zahlmeister.merchants.lock import lock
    from zahlmeister.orders.record import record_orders
    from zahlmeister.receivables import open as opening
    from zahlmeister.receivables.digests import digest_to_keep
    from zahlmeister.receivables.facts import item_facts

    def collect(merchant_id: int, items: list[object]) -> None:
        digest = digest_to_keep(merchant_id)
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
