"""An account's page says what is missing and what is doubtful, and lets its name be changed."""

from datetime import date, timedelta

from django.test import Client
from tests.stage import ACCOUNT, ANNA, Paid, Stage, camt, order

from zahlmeister.banking.models import BankAccount
from zahlmeister.flows.start_account import settle_started
from zahlmeister.history.queries import steps_of

MONDAY = date(2026, 11, 16)
COLUMNS = (
    '"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";"Glaeubiger ID";"Mandatsreferenz";'
    '"Kundenreferenz (End-to-End)";"Sammlerreferenz";"Lastschrift Ursprungsbetrag";"Auslagenersatz Ruecklastschrift";'
    '"Beguenstigter/Zahlungspflichtiger";'
    '"Kontonummer/IBAN";"BIC (SWIFT-Code)";"Betrag";"Waehrung";"Info"'
)


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


def export(*days: date) -> bytes:
    """A savings bank's table: it knows no balances."""
    lines = [
        f'"{ACCOUNT}";"{day:%d.%m.%y}";"{day:%d.%m.%y}";"GUTSCHRIFT";"Order of {day}";"";"";"NOTPROVIDED";"";"";"";'
        f'"Anna Weber";"{ANNA}";"COBADEFFXXX";"10,00";"EUR";"Umsatz gebucht"'
        for day in days
    ]
    return "\n".join([COLUMNS, *lines, ""]).encode()


def test_days_that_no_file_without_balances_tells_of_are_named_until_they_are_handed_in(
    stage: Stage, office: Client
) -> None:
    stage.receive(export(MONDAY - timedelta(days=21), MONDAY - timedelta(days=14)), "october.csv")
    stage.receive(export(MONDAY), "november.csv")

    page = page_of_the_account(office)
    assert "The oldest movement is of Monday, 26 October 2026, the newest of Monday, 16 November 2026." in page
    assert "From Tuesday, 3 November 2026 to Sunday, 15 November 2026 nothing is there." in page
    assert page.count("nothing is there") == 1  # within a file, a quiet week is one

    stage.receive(export(MONDAY - timedelta(days=13), MONDAY - timedelta(days=3)), "between.csv")
    assert "nothing is there" not in page_of_the_account(office)


def test_a_quiet_week_between_statements_whose_balances_agree_is_not_named(stage: Stage, office: Client) -> None:
    receive_day(stage, 1, 0)
    stage.receive(camt([Paid(1000, "later", on=MONDAY + timedelta(days=15))], number=2, opening=1000), "later.xml")

    page = page_of_the_account(office)
    assert "How far back it reaches" in page
    assert "nothing is there" not in page


def test_an_older_export_brings_the_oldest_movement_further_back(stage: Stage, office: Client) -> None:
    stage.receive(export(MONDAY), "november.csv")
    older = export(MONDAY - timedelta(days=40), MONDAY)
    for _ in range(2):
        stage.receive(older, "older.csv")

    assert "The oldest movement is of Wednesday, 7 October 2026" in page_of_the_account(office)
    page = office.get("/statements/").content.decode()
    assert "movements since Wednesday, 7 October 2026" in page
    assert page.count("1 known before") == 1  # the same bytes again are no file


def test_a_neighbours_movements_reach_into_nobody_elses_account(stage: Stage, office: Client, neighbour: Stage) -> None:
    stage.receive(export(MONDAY), "november.csv")
    neighbour.receive(export(MONDAY - timedelta(days=60)), "september.csv")

    account = BankAccount.objects.get(merchant=stage.merchant, number=ACCOUNT)
    page = office.get(f"/accounts/{account.pk}/").content.decode()
    assert "The oldest movement is of Monday, 16 November 2026" in page
    assert "nothing is there" not in page
