"""Every table of a merchant's rows can be divided by merchant: what is unique and what refers carries the merchant.

PostgreSQL refuses a unique index on a table divided by `merchant_id` that does not hold it; one that holds a row of one
merchant only is given it here. Every such table is made anew, divided in two; each key that points to another of them
points to (merchant, row), so that a row of another merchant cannot be meant. Then merchants do a day's work on these
tables, as if each lived on a node of his own.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.flows.assign_payment import unassign
from zahlmeister.ledger.queries import balances
from zahlmeister.merchants.models import Merchant
from zahlmeister.receivables.models import Allocation, OpenItem

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite divides no tables"),
]

_UNIQUE = """
SELECT pg_get_indexdef(i.indexrelid), i.indisprimary,
       EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
               AND a.attname = 'merchant_id')
FROM pg_index i WHERE i.indrelid = %s::regclass AND i.indisunique
"""
"""The definition of each unique index of a table, whether it is the table's key, and whether it holds the merchant."""


def owned() -> dict[str, list[tuple[str, str, str]]]:
    """The tables whose rows belong to a merchant, with (column, table, column) of what they refer to."""
    told = {model._meta.db_table: model._meta for model in apps.get_models()}
    tables = {name: meta for name, meta in told.items() if any(f.column == "merchant_id" for f in meta.concrete_fields)}
    return {
        name: [
            (field.column, field.related_model._meta.db_table, field.target_field.column)
            for field in meta.concrete_fields
            if field.is_relation
        ]
        for name, meta in tables.items()
    }


@pytest.fixture
def _divided() -> None:
    """Divide every table by its merchants, inside the test's transaction."""
    tables = owned()
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA divided")
        for name in tables:
            cursor.execute(
                f"CREATE TABLE divided.{name} (LIKE public.{name} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
                " PARTITION BY HASH (merchant_id)"
            )
            for part in range(2):
                cursor.execute(
                    f"CREATE TABLE divided.{name}_{part} PARTITION OF divided.{name}"
                    f" FOR VALUES WITH (MODULUS 2, REMAINDER {part})"
                )
            cursor.execute(_UNIQUE, [f"public.{name}"])
            for definition, is_key, holds_it in cursor.fetchall():
                there = definition.replace(f"ON public.{name} ", f"ON divided.{name} ")
                assert (
                    holds_it
                    or is_key
                    or says_whose(definition, {column for column, other, _ in tables[name] if other in tables})
                ), f"{definition} holds no merchant"
                cursor.execute(there if holds_it else there.replace(" (", " (merchant_id, ", 1))
        for name, references in tables.items():
            for column, other, target in references:
                here, there = column, f"public.{other} ({target})"
                if other in tables:
                    here, there = f"merchant_id, {column}", f"divided.{other} (merchant_id, {target})"
                cursor.execute(
                    f"ALTER TABLE divided.{name} ADD FOREIGN KEY ({here}) REFERENCES {there}"
                    " DEFERRABLE INITIALLY DEFERRED"
                )
        cursor.execute("SET LOCAL search_path TO divided, public")


def says_whose(definition: str, references: set[str]) -> bool:
    """Whether a unique index holds a row that has one merchant only, or a secret that nobody has twice."""
    columns = set(re.search(r"\(([^()]+)\)", definition)[1].split(", "))  # type: ignore[index] - there are columns
    return columns <= {"hashed"} or bool(columns & references)


def rows(table: str) -> list[int]:
    """How many rows are in each part, and in the table that is not divided."""
    with connection.cursor() as cursor:
        counted = []
        for name in (f"divided.{table}_0", f"divided.{table}_1", f"public.{table}"):
            cursor.execute(f"SELECT count(*) FROM {name}")
            counted.append(cursor.fetchone()[0])
    return counted


@pytest.mark.usefixtures("_divided")
def test_merchants_work_on_divided_tables_and_no_row_points_to_another_merchants(tmp_path: Path) -> None:
    merchants = [Merchant.objects.create(name=f"Shop {number}", slug=f"shop-{number}") for number in range(8)]
    for merchant in merchants:
        stage = Stage(merchant, tmp_path, datetime(2026, 11, 20, 8, 0, tzinfo=UTC))
        stage.orders(order("100012345", "24.98", "Anna Weber"), order("100012346", "50.00", "Bernd Blau"))
        stage.pays(Paid(2498, "100012345"), Paid(5000, "100012346", "Bernd Blau", BERND))
        assert stage.item("100012345").state == stage.item("100012346").state == "paid"
        unassign(merchant, stage.payments()[0].pk, by="brigitte", at=stage.now)
        assert stage.item("100012345").open_minor == 2498
        assert stage.books() == []
        assert balances(merchant.pk)
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # every key has been followed to its own merchant's row
    for table in ("receivables_payment", "ledger_posting", "history_step", "orders_order"):
        *parts, elsewhere = rows(table)
        assert all(parts), table
        assert elsewhere == 0
    item = OpenItem.objects.filter(merchant=merchants[1]).first()
    with pytest.raises(IntegrityError, match="foreign key"), transaction.atomic():
        Allocation.objects.filter(merchant=merchants[0]).update(item=item)
