"""An account's page says what is missing and what is doubtful, and lets its name be changed."""

from datetime import date, timedelta

from django.test import Client
from tests.stage import Paid, Stage, camt, order

from zahlmeister.banking.models import BankAccount
from zahlmeister.flows.start_account import settle_started
from zahlmeister.history.queries import steps_of

MONDAY = date(2026, 11, 16)


def receive_day(stage: Stage, number: int, opening: int) -> None:
    line = Paid(1000, f"order {number}", on=MONDAY + timedelta(days=number))
    stage.receive(camt([line], number=number, opening=opening), f"day-{number}.xml")


def page_of_the_account(office: Client) -> str:
    return office.get(f"/accounts/{BankAccount.objects.get().pk}/").content.decode()


def test_a_missing_statement_is_named_until_it_is_handed_in(stage: Stage, office: Client) -> None:
    receive_day(stage, 1, 0)
    receive_day(stage, 3, 2000)

    page = page_of_the_account(office)
    assert "Missing statements" in page
    assert "10.00" in page

    receive_day(stage, 2, 1000)
    assert "Missing statements" not in page_of_the_account(office)


def test_what_may_be_told_twice_is_flagged_and_not_dropped(stage: Stage, office: Client) -> None:
    stage.pays(Paid(4990, "order 4711", reference="A1"))
    stage.pays(Paid(4990, "something else entirely", reference="B2"))
    one, other = stage.payments()

    assert "Perhaps told twice" in page_of_the_account(office)
    for payment, twin in ((one, other), (other, one)):
        page = office.get(f"/payments/{payment.pk}/").content.decode()
        assert "Perhaps the same money" in page
        assert f"/payments/{twin.pk}/" in page


def test_twins_of_one_file_are_two_payments_without_a_doubt(stage: Stage, office: Client) -> None:
    stage.pays(Paid(4990, "order 4711", reference="A1"), Paid(4990, "order 4711", reference="A2"))

    assert "Perhaps told twice" not in page_of_the_account(office)


def test_an_account_gets_a_name_once(stage: Stage, office: Client) -> None:
    stage.pays(Paid(4990, "4711"))
    account = BankAccount.objects.get()
    given = {"name": "Savings bank", "holder": "Brigitte Berger e. K.", "bic": "byladem1001", "kind": "own"}
    for _ in range(2):
        assert office.post(f"/accounts/{account.pk}/change", given).status_code == 302

    account.refresh_from_db()
    assert (account.name, account.holder, account.bic) == ("Savings bank", "Brigitte Berger e. K.", "BYLADEM1001")
    assert [step.verb for step in steps_of(stage.merchant.pk, "account", account.pk)] == ["changed"]


def test_what_is_no_bic_is_refused(stage: Stage, office: Client) -> None:
    stage.pays(Paid(4990, "4711"))
    answer = office.post(f"/accounts/{BankAccount.objects.get().pk}/change", {"bic": "12"})

    assert answer.status_code == 422
    assert "This is no BIC" in answer.content.decode()


def test_a_payment_says_when_nothing_can_be_sent_back_to_its_account(stage: Stage, office: Client) -> None:
    stage.pays(Paid(4990, "SB-Einzahlung Musterweg 7", reference="A1"), Paid(4990, "order 4711", reference="A2"))
    cash, transfer = stage.payments()

    assert "It was paid in cash" in office.get(f"/payments/{cash.pk}/").content.decode()
    assert "sent back" not in office.get(f"/payments/{transfer.pk}/").content.decode()


def test_the_past_of_a_connected_account_is_settled_by_one_button(stage: Stage, office: Client) -> None:
    stage.orders(order("4711", "49.90"))
    stage.pays(Paid(1000, "nothing"))
    account = BankAccount.objects.get()
    BankAccount.objects.update(starts_on=date(2026, 11, 20))
    stage.pays(Paid(4990, "4711", on=date(2026, 11, 3)))
    address = f"/accounts/{account.pk}/"
    assert "1 payment was booked before" in office.get(address).content.decode()

    assert "no day" in office.post(f"{address}start", {"from": "soon"}, follow=True).content.decode()
    office.post(f"{address}start", {"from": ""})
    while settle_started(clock=stage.clock):
        pass

    assert stage.item("4711").open_minor == 0
    assert "Before the start" not in office.get(address).content.decode()
