"""Words are looked for in an index, whatever the database."""

from pathlib import Path

import pytest
from django.db import ConnectionHandler, connection

from zahlmeister.banking.models import BankTransaction
from zahlmeister.correspondence.models import SentLetter
from zahlmeister.merchants.text_index import make_text_indexes, missing_text_indexes
from zahlmeister.orders.models import Customer, Order
from zahlmeister.orders.queries import Sought
from zahlmeister.project.database import database

pytestmark = pytest.mark.django_db

TEXTS = {
    Order: ("order_texts", ("name", "company", "email")),
    Customer: ("customer_texts", ("name", "company", "email")),
    SentLetter: ("letter_texts", ("reader", "subject")),
    BankTransaction: ("transaction_texts", ("counterparty", "remittance", "end_to_end_id")),
}


def test_on_sqlite_the_texts_are_read_from_their_index_alone(tmp_path: Path) -> None:
    house = ConnectionHandler({"default": database(f"sqlite:{tmp_path / 'house'}", tmp_path)})["default"]
    with house.schema_editor() as editor:
        for model in TEXTS:
            editor.create_model(model)
    for model, (index, fields) in TEXTS.items():
        rows = model.objects.filter(Sought(text="nobody").said_in(*fields), merchant_id=7).order_by()
        said, facts = rows.values_list("pk").query.get_compiler(connection=house).as_sql()
        with house.cursor() as cursor:
            [step] = cursor.execute(f"EXPLAIN QUERY PLAN {said}", facts).fetchall()
        assert f"COVERING INDEX {index} " in step[-1]
    house.close()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL needs an extension")
def test_on_postgresql_they_are_made_where_the_extension_can_be_had_and_nothing_breaks_elsewhere() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'")
        can_be_had = cursor.fetchone() == (1,)
        if can_be_had:
            cursor.execute("DROP EXTENSION pg_trgm CASCADE")
    assert set(missing_text_indexes()) == {index for index, _fields in TEXTS.values()}
    make_text_indexes()
    make_text_indexes()
    assert (missing_text_indexes() == []) == can_be_had
