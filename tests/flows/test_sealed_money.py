"""What came in, who paid, where it goes back: the database tells no account number, and everything is still found."""

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from tests.stage import ACCOUNT, ANNA, BERND, CORA, Paid, Stage, order

from zahlmeister.banking.models import BankAccount, BankTransaction
from zahlmeister.flows import rotate_key as flow
from zahlmeister.flows.ask_refund import Asked, ask_refund
from zahlmeister.flows.assign_payment import assign, ignore
from zahlmeister.flows.rotate_numbers import sealed_columns
from zahlmeister.flows.verify_merchant import verify_merchant
from zahlmeister.merchants.key_file import made_keys
from zahlmeister.merchants.states import Verification
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import Order
from zahlmeister.receivables.models import IgnoredPayer, PayerAccount, Payment
from zahlmeister.receivables.states import PaymentState

BY = "brigitte@wollstube.example"
#: Where numbers of this story stand that nobody has sealed; docs/security/data.md says why.
OPEN = {"history_step.facts"}


@pytest.fixture(autouse=True)
def file(settings: Any, tmp_path: Path) -> Path:
    """A secret of this test alone."""
    settings.HOME = tmp_path
    settings.SECRET_FILE = tmp_path / "secret.key"
    made_keys(settings.SECRET_FILE)
    return settings.SECRET_FILE


def columns_with(*numbers: str) -> set[str]:
    """Every column of every table in which one of these texts stands, wherever in it."""
    found = set()
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        for field in model._meta.local_concrete_fields:
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT "{field.column}" FROM "{table}"')
                texts = [str(text) for (text,) in cursor.fetchall()]
            if any(number in text for number in numbers for text in texts):
                found.add(f"{table}.{field.column}")
    return found


def test_no_column_tells_a_number_but_those_that_are_known_to(stage: Stage) -> None:
    verify_merchant(stage.merchant, Verification.VERIFIED, why="seen", by="operator", at=stage.now)
    stage.orders(order("100012345", "24.98", iban=ANNA), order("100012346", "10.00", "Bernd Krause"))
    stage.pays(
        Paid(2498, "Bestellung 100012345"), Paid(1000, "danke", "Hanna Fremd", BERND), Paid(700, "Zins", iban=CORA)
    )
    _first, second, third = stage.payments()
    assign(stage.merchant, second.pk, [(stage.item("100012346").pk, 1000)], by=BY, at=stage.now, source="form-1")
    ignore(stage.merchant, third.pk, by=BY, at=stage.now, always=True)
    ask_refund(stage.merchant, stage.item("100012345").pk, Asked("1", Amount(500, "EUR")), by=BY, at=stage.now)
    assert columns_with(ANNA, BERND, CORA, ACCOUNT) == OPEN
    assert len(sealed_columns_used()) > 4
    assert set(BankTransaction.objects.values_list("counterparty_number", flat=True)) == {ANNA, BERND, CORA}
    assert BankAccount.objects.get().number == ACCOUNT
    assert PayerAccount.objects.get().number == BERND
    assert IgnoredPayer.objects.get().number == CORA
    assert Order.objects.get(iban=ANNA).number == "100012345"
    assert stage.books() == []


def sealed_columns_used() -> list[str]:
    """The columns in which something sealed stands."""
    return [name for name, column in sealed_columns() if any(column.rows("open"))]


def suggested(payment: Payment) -> set[str]:
    """The orders that a payment may be for, or is."""
    items = {share["item"] for candidate in payment.candidates for share in candidate["shares"]}
    items |= set(payment.allocations.values_list("item_id", flat=True))
    return set(Order.objects.filter(item__in=items).values_list("number", flat=True))


@pytest.mark.parametrize("moment", ["before", "meanwhile", "after"])
def test_a_buyer_is_known_by_the_account_while_the_secret_changes(stage: Stage, file: Path, moment: str) -> None:
    stage.orders(order("100012345", "24.98", iban=ANNA), order("100012346", "10.00", "Bernd Krause"))
    if moment != "before":
        flow.begin(file)
    if moment == "after":
        flow.seal_anew()
    stage.pays(Paid(2498, "danke", "Hanna Fremd", ANNA))
    assert suggested(stage.payment()) == {"100012345"}
    assert BankAccount.objects.count() == 1


def test_an_account_that_nobody_knows_points_to_no_order(stage: Stage) -> None:
    stage.orders(order("100012345", "24.99", iban=ANNA))
    stage.pays(Paid(2498, "danke", "Hanna Fremd", CORA))
    assert stage.payment().state == PaymentState.UNCLEAR
    assert suggested(stage.payment()) == set()


def test_a_statement_that_comes_again_while_the_secret_changes_is_the_same(stage: Stage, file: Path) -> None:
    stage.orders(order("100012345", "24.98"))
    said = stage.statement(Paid(2498, "danke", "Hanna Fremd", BERND))
    stage.receive(said)
    flow.begin(file)
    stage.receive(said.replace(b"<MsgId>", b"<MsgId>again"), "again.xml")
    assert (BankAccount.objects.count(), BankTransaction.objects.count()) == (1, 1)


def test_what_a_person_teaches_twice_is_one_row_though_the_secret_changed_between(stage: Stage, file: Path) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(1000, "danke", "Hanna Fremd", BERND), Paid(900, "nochmals", "Hanna Fremd", BERND))
    first, second = stage.payments()
    item = stage.item("100012345").pk
    assign(stage.merchant, first.pk, [(item, 1000)], by=BY, at=stage.now, source="form-1")
    flow.begin(file)
    assign(stage.merchant, second.pk, [(item, 900)], by=BY, at=stage.now, source="form-2")
    assert PayerAccount.objects.get().number == BERND
    assert stage.books() == []
