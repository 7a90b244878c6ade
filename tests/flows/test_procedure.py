"""The procedure in writing, how long things are kept, what is forgotten, and what a person is given of themselves."""

import json
from datetime import UTC, date, datetime

import pytest
from tests.stage import Paid, Stage, order

from zahlmeister.accounting.models import BookkeeperSettings
from zahlmeister.accounting.retention import COUNTRIES, retention_classes, retention_of
from zahlmeister.banking.models import BankTransaction
from zahlmeister.flows.close_month import close_month
from zahlmeister.flows.export_audit import house_tables
from zahlmeister.flows.forget import forget_old
from zahlmeister.flows.person_data import person_data
from zahlmeister.flows.procedure import procedure
from zahlmeister.ledger.queries import balances
from zahlmeister.merchants.models import Person
from zahlmeister.orders.models import Customer, Order
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paid(stage: Stage) -> Stage:
    """Anna has paid, Cora owes, and somebody unknown has paid something."""
    stage.orders(order("100012345", "24.98"), order("100012347", "10.00", "Cora Lindner"))
    stage.pays(Paid(2498, "100012345"), Paid(3333, "danke", "Unbekannt Verzogen"))
    return stage


def test_the_documentation_says_what_the_program_does(paid: Stage, brigitte: Person) -> None:
    BookkeeperSettings.objects.create(
        merchant=paid.merchant, consultant=1001, client=456, begins_on=date(2026, 11, 1), chart="04"
    )
    paid.later(days=14)
    closing = close_month(paid.merchant, date(2026, 11, 1), by=brigitte, at=paid.now)
    said = procedure(paid.merchant, at=paid.now)
    for words in (
        "| payment_allocated | unclear | receivables | Zahlung |",
        "| bank |  | 1800 |",
        "| ledger_posting | books |",
        "posting_once_per_source",
        "| brigitte@wollstube.example | may do everything | yes |",
        closing.digest,
        "Transfers above 1000.00 EUR need two people",
    ):
        assert words in said, words
    assert all(table._meta.db_table in said for table in house_tables())


def test_every_class_has_its_years_and_an_unknown_table_is_kept_longest() -> None:
    assert {each.name: tuple(each.years.values()) for each in retention_classes()} == {
        "books": (10, 7, 10), "vouchers": (8, 7, 10), "letters": (6, 7, 10), "settings": (0, 0, 0),
    }  # fmt: skip
    assert retention_of("something new").name == "books"
    assert retention_of("orders").ended_before("DE", date(2035, 3, 1)) == date(2027, 1, 1)
    assert retention_of("orders").ended_before("FR", date(2037, 3, 1)) == date(2027, 1, 1)
    assert COUNTRIES == ("DE", "AT", "CH")


def test_after_its_time_nobodys_name_is_kept_and_the_books_stay(paid: Stage) -> None:
    before = balances(paid.merchant.pk)
    assert forget_old(paid.merchant, by="house", at=paid.now) == {"orders": 0, "lines": 0, "customers": 0}
    almost = datetime(2034, 12, 31, 12, tzinfo=UTC)
    assert not any(forget_old(paid.merchant, by="house", at=almost).values())
    later = datetime(2035, 1, 2, tzinfo=UTC)
    assert forget_old(paid.merchant, by="house", at=later) == {"orders": 1, "lines": 1, "customers": 1}
    assert not any(forget_old(paid.merchant, by="house", at=later).values())
    anna, cora = Order.objects.order_by("number")
    assert (anna.name, anna.email, cora.name) == ("", "", "Cora Lindner")  # what is owed is not forgotten
    assert sorted(BankTransaction.objects.values_list("counterparty", flat=True)) == ["", "Unbekannt Verzogen"]
    assert Customer.objects.filter(identity__startswith="forgotten:").count() == 1
    assert balances(paid.merchant.pk) == before
    assert paid.books() == []
    again = paid.receive(paid.statement(Paid(2498, "100012345")), "again.xml")
    assert (again.recorded, again.known) == (0, 1)  # the same line is still known


def test_a_person_is_given_what_is_kept_of_them_and_of_nobody_else(paid: Stage) -> None:
    told = json.loads(person_data(paid.merchant, "Anna@post.example", by="brigitte", at=paid.now))
    assert [row["number"] for row in told["orders"]] == ["100012345"]
    assert [(row["amount_minor"], row["from"]) for row in told["payments"]] == [(2498, "Anna Weber")]
    assert "Cora" not in json.dumps(told)
    with pytest.raises(Refused, match="Nothing is kept"):
        person_data(paid.merchant, "eva@post.example", by="brigitte", at=paid.now)
