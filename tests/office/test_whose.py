"""“Is this your account?” is asked on Today, among the statements and on the account's page, and answered there."""

import pytest
from django.test import Client
from tests.office.conftest import signed_in
from tests.stage import ACCOUNT, Paid, Stage, camt, order

from zahlmeister.banking import queries
from zahlmeister.banking.models import BankAccount
from zahlmeister.flows.confirm_account import line_up_left_out
from zahlmeister.flows.receive_statement import receive_next
from zahlmeister.history.queries import steps_of
from zahlmeister.merchants.models import Person
from zahlmeister.receivables.states import ItemState

OTHER = "DE68210501700012345678"
QUESTION = "Is this your account?"


@pytest.fixture
def strange(stage: Stage) -> BankAccount:
    stage.pays(Paid(-500, "fee"))
    stage.orders(order("4711", "49.90"))
    stage.receive(camt([Paid(4990, "order 4711")], number=7).replace(ACCOUNT.encode(), OTHER.encode()), "other.xml")
    [account] = queries.asked_accounts(stage.merchant.pk)
    return account


def page(office: Client, address: str) -> str:
    return office.get(address, follow=True).content.decode()


def test_the_question_stands_where_one_looks(office: Client, strange: BankAccount) -> None:
    assert "A statement names an account: is it yours?" in page(office, "/")
    assert QUESTION in page(office, "/statements/")
    assert f"/accounts/{strange.pk}/" in page(office, "/statements/")

    asked = page(office, f"/accounts/{strange.pk}/")
    assert QUESTION in asked
    assert "other.xml" in asked
    assert "order 4711" in asked


def test_in_german(brigitte: Person, strange: BankAccount) -> None:
    german = signed_in(brigitte, "de")

    assert "Ist es Ihres?" in page(german, "/")
    assert "noch niemand hat gesagt" in page(german, f"/statements/{strange.statements.get().statement_import_id}/")


def test_a_yes_lets_it_be_read(stage: Stage, office: Client, strange: BankAccount) -> None:
    assert office.post(f"/accounts/{strange.pk}/whose", {"answer": "yes"}).status_code == 302
    assert line_up_left_out(clock=stage.clock)
    receive_next(clock=stage.clock)

    assert stage.item("4711").state == ItemState.PAID
    assert "is it yours?" not in page(office, "/")
    assert [step.verb for step in steps_of(stage.merchant.pk, "account", strange.pk)] == ["confirmed"]


def test_a_no_asks_no_more(stage: Stage, office: Client, strange: BankAccount) -> None:
    office.post(f"/accounts/{strange.pk}/whose", {"answer": "no"})

    assert "is it yours?" not in page(office, "/")
    assert "Not your account" in page(office, f"/accounts/{strange.pk}/")
    assert "Not your accounts:" in page(office, "/statements/")
    assert line_up_left_out(clock=stage.clock) is None


def test_an_export_with_the_banks_name_offers_the_account_at_that_bank(stage: Stage, office: Client) -> None:
    iban = "DE10100110012620778711"  # at N26
    stage.receive(camt([Paid(-500, "fee")], number=7).replace(ACCOUNT.encode(), iban.encode()), "camt.xml")
    known = BankAccount.objects.get()
    head = "Booking Date,Value Date,Partner Name,Partner Iban,Type,Payment Reference,Account Name,Amount (EUR),"
    row = "2026-11-20,2026-11-20,Anna Weber,,Credit Transfer,order 4711,Main Account,49.90,,,\n"
    stage.receive((head + "Original Amount,Original Currency,Exchange Rate\n" + row).encode(), "n26.csv")
    [named] = queries.asked_accounts(stage.merchant.pk)

    assert f'<option value="{known.pk}" selected>' in " ".join(page(office, f"/accounts/{named.pk}/").split())
    office.post(f"/accounts/{named.pk}/whose", {"answer": "yes", "same_as": known.pk})
    assert office.get(f"/accounts/{named.pk}/").headers["Location"] == f"/accounts/{known.pk}/"


def test_a_bookkeeper_only_reads(bookkeeper: Client, strange: BankAccount) -> None:
    assert "Yes, it is mine" not in page(bookkeeper, f"/accounts/{strange.pk}/")
    assert bookkeeper.post(f"/accounts/{strange.pk}/whose", {"answer": "yes"}).status_code == 403
