"""A file whose columns nobody knows: told once in the office, read on, and the next of its kind recognised."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from tests.office.test_statements import hand_in
from tests.stage import ACCOUNT, Paid, Stage, order

from zahlmeister.banking.models import BankAccount, BankTransaction, StatementImport, TableMapping
from zahlmeister.banking.states import ImportState
from zahlmeister.flows.describe_table import forget_table
from zahlmeister.flows.receive_statement import receive_next
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "Tag;Wer;Zweck;Wieviel\n"
NOVEMBER = (HEADER + "20.11.2026;Anna Weber;Bestellung 100012345;24,98\n19.11.2026;Papier;Kartons;-5,00\n").encode()
DECEMBER = (HEADER + "20.12.2026;Bernd Krause;Bestellung 100012346;49,90\n").encode()
TOLD = {
    "column-0": "booked_on",
    "column-1": "counterparty",
    "column-2": "remittance",
    "column-3": "amount",
    "currency": "EUR",
    "account": "DE89370400440532013000",
}


@pytest.fixture
def unknown(stage: Stage, office: Client) -> StatementImport:
    stage.orders(order("100012345", "24.98"), order("100012346", "49.90", "Bernd Krause"))
    hand_in(office, ("november.csv", NOVEMBER))
    receive_next(clock=stage.clock)
    row = StatementImport.objects.get()
    assert row.state == ImportState.BROKEN
    assert "“Tag”, “Wer”, “Zweck”, “Wieviel”" in row.error
    return row


def test_an_unknown_file_leads_to_its_columns(unknown: StatementImport, office: Client) -> None:
    assert f"/statements/{unknown.pk}/columns" in office.get(f"/statements/{unknown.pk}/").content.decode()

    page = office.get(f"/statements/{unknown.pk}/columns").content.decode()

    assert re.search(r'<option value="booked_on"\s+selected', page)
    assert "Bestellung 100012345" in page
    assert "What would be read" in page


def test_told_once_it_is_read_and_the_next_is_recognised(
    unknown: StatementImport, stage: Stage, office: Client
) -> None:
    answer = office.post(f"/statements/{unknown.pk}/columns", TOLD | {"do": "keep"})
    assert answer.headers["Location"] == f"/statements/{unknown.pk}/"
    receive_next(clock=stage.clock)
    unknown.refresh_from_db()
    assert (unknown.state, unknown.recorded, unknown.format) == (ImportState.DONE, 2, "csv-described")

    hand_in(office, ("december.csv", DECEMBER))
    receive_next(clock=stage.clock)

    assert StatementImport.objects.get(name="december.csv").state == ImportState.DONE
    assert "Told what its columns mean" in office.get(f"/statements/{unknown.pk}/").content.decode()


def test_it_is_said_when_an_export_was_used_last(unknown: StatementImport, stage: Stage, office: Client) -> None:
    office.post(f"/statements/{unknown.pk}/columns", TOLD | {"do": "keep"})
    assert "not used yet" in office.get("/statements/mappings/").content.decode()
    receive_next(clock=stage.clock)
    assert "last used" in office.get("/statements/mappings/").content.decode()

    stage.later(days=3)
    stage.pays(Paid(100, "read as banks write it"))
    assert TableMapping.objects.get().used_at == stage.now - timedelta(days=3)
    stage.receive(DECEMBER, "december.csv")
    assert TableMapping.objects.get().used_at == stage.now


def test_twice_told_is_remembered_once(unknown: StatementImport, office: Client) -> None:
    address = f"/statements/{unknown.pk}/columns"
    office.post(address, TOLD | {"do": "keep"})

    assert "nothing to tell" in office.post(address, TOLD | {"do": "keep"}).content.decode()  # it waits to be read
    assert TableMapping.objects.count() == 1


def test_looking_keeps_nothing(unknown: StatementImport, office: Client) -> None:
    page = office.post(f"/statements/{unknown.pk}/columns", TOLD | {"do": "look"}).content.decode()

    assert "\u22125.00" in page
    assert not TableMapping.objects.exists()


def test_what_is_not_enough_is_said(unknown: StatementImport, office: Client) -> None:
    answer = office.post(f"/statements/{unknown.pk}/columns", TOLD | {"column-0": "", "do": "keep"})

    assert answer.status_code == 422
    assert "Say which column has the booking day." in answer.content.decode()
    assert not TableMapping.objects.exists()


def test_nobody_elses_file_and_no_file_that_is_read(
    unknown: StatementImport, office: Client, bookkeeper: Client, neighbour: Stage
) -> None:
    foreign = StatementImport.objects.get(merchant=neighbour.merchant)
    assert office.get(f"/statements/{foreign.pk}/columns").status_code == 404
    assert bookkeeper.get(f"/statements/{unknown.pk}/columns").status_code == 200
    assert bookkeeper.post(f"/statements/{unknown.pk}/columns", TOLD | {"do": "keep"}).status_code == 403
    assert not TableMapping.objects.filter(merchant=unknown.merchant).exists()


def test_what_one_merchant_told_does_not_count_for_another(
    unknown: StatementImport, stage: Stage, office: Client, neighbour: Stage
) -> None:
    office.post(f"/statements/{unknown.pk}/columns", TOLD | {"do": "keep"})
    receive_next(clock=stage.clock)

    assert neighbour.receive(NOVEMBER, "november.csv").state == ImportState.BROKEN


def test_what_is_remembered_is_listed_and_forgotten_once(
    unknown: StatementImport, stage: Stage, office: Client
) -> None:
    office.post(f"/statements/{unknown.pk}/columns", TOLD | {"do": "keep"})
    receive_next(clock=stage.clock)
    page = office.get("/statements/mappings/").content.decode()
    assert "“Wieviel” = Amount" in page
    forget = f"/statements/mappings/{TableMapping.objects.get().pk}/forget"
    assert forget in page

    assert "The columns are forgotten." in office.post(forget, follow=True).content.decode()
    assert office.post(forget).status_code == 404

    assert stage.receive(DECEMBER, "december.csv").state == ImportState.BROKEN  # it asks again
    unknown.refresh_from_db()
    assert (unknown.state, unknown.recorded) == (ImportState.DONE, 2)  # what was read stays read


def test_only_who_may_write_forgets_and_only_the_own(
    unknown: StatementImport, office: Client, bookkeeper: Client, neighbour: Stage
) -> None:
    office.post(f"/statements/{unknown.pk}/columns", TOLD | {"do": "keep"})
    mapping = TableMapping.objects.get(merchant=unknown.merchant)
    forget = f"/statements/mappings/{mapping.pk}/forget"
    assert forget not in bookkeeper.get("/statements/mappings/").content.decode()
    assert bookkeeper.post(forget).status_code == 403
    assert office.get(forget).status_code == 405

    TableMapping.objects.update(merchant=neighbour.merchant)
    assert "Wieviel" not in office.get("/statements/mappings/").content.decode()
    assert office.post(forget).status_code == 404
    assert TableMapping.objects.filter(pk=mapping.pk).exists()


def test_of_two_who_forget_at_once_one_is_told(unknown: StatementImport, stage: Stage, office: Client) -> None:
    office.post(f"/statements/{unknown.pk}/columns", TOLD | {"do": "keep"})
    kept = TableMapping.objects.get()
    forget_table(stage.merchant, kept.pk, by="brigitte", at=stage.now)

    with pytest.raises(Refused, match="forgotten already"):
        forget_table(stage.merchant, kept.pk, by="bernd", at=stage.now)


def test_a_file_without_account_is_told_of_an_account_that_is_known(
    unknown: StatementImport, stage: Stage, office: Client
) -> None:
    """What camt has told comes again by the CSV: one transaction, and the next file goes to the same account."""
    stage.pays(Paid(2498, "Bestellung 100012345", "Anna Weber", on=date(2026, 11, 20)))
    address = f"/statements/{unknown.pk}/columns"
    assert f'<option value="{ACCOUNT}"' in office.get(address).content.decode()

    office.post(address, TOLD | {"account": ACCOUNT, "do": "keep"})
    receive_next(clock=stage.clock)
    unknown.refresh_from_db()
    assert (unknown.state, unknown.recorded, unknown.known) == (ImportState.DONE, 1, 1)
    december = stage.receive(DECEMBER, "december.csv")

    assert (december.state, december.recorded) == (ImportState.DONE, 1)
    assert BankAccount.objects.filter(merchant=stage.merchant).count() == 1
    assert BankTransaction.objects.filter(merchant=stage.merchant, amount_minor=2498).count() == 1
    assert stage.item("100012346").open_minor == 0
    assert stage.books() == []


def test_another_account_than_the_known_ones_is_typed(unknown: StatementImport, stage: Stage, office: Client) -> None:
    stage.pays(Paid(100, "danke"))
    typed = {"account": ACCOUNT, "other_account": "DE89 3704 0044 0532 0130 00", "do": "keep"}

    office.post(f"/statements/{unknown.pk}/columns", TOLD | typed)
    receive_next(clock=stage.clock)

    numbers = BankAccount.objects.filter(merchant=stage.merchant).values_list("number", flat=True)
    assert set(numbers) == {ACCOUNT, "DE89370400440532013000"}


def test_a_file_of_no_account_is_not_booked_beside_those_that_are_known(
    unknown: StatementImport, stage: Stage, office: Client
) -> None:
    stage.pays(Paid(100, "danke"))

    answer = office.post(f"/statements/{unknown.pk}/columns", TOLD | {"account": "", "do": "keep"})

    assert answer.status_code == 422
    assert "The file names no account." in answer.content.decode()
    assert not TableMapping.objects.filter(merchant=stage.merchant).exists()
