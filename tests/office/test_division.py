"""A carrier's list on the page of its payment: handed in, looked at, assigned, taken back; and who must not."""

from io import BytesIO

import pytest
from django.test import Client
from tests.flows.test_divide_payment import ALL, BERND_ROW, HEADER, carrier_pays, states, three_parcels
from tests.office.conftest import signed_in
from tests.stage import Stage

from zahlmeister.merchants.models import Person
from zahlmeister.receivables.models import AdviceList, Allocation
from zahlmeister.receivables.states import ItemState, PaymentState


@pytest.fixture
def paid(stage: Stage) -> Stage:
    """The carrier has paid for three parcels, less its fee."""
    three_parcels(stage)
    carrier_pays(stage, 7545)
    return stage


def hand_in(office: Client, stage: Stage, text: str = ALL, name: str = "nachnahme.csv") -> object:
    file = BytesIO(text.encode())
    file.name = name
    return office.post(f"/payments/{stage.payment().pk}/list", {"file": file}, follow=True)


def address(stage: Stage) -> str:
    return f"/payments/{stage.payment().pk}/list/{AdviceList.objects.get().pk}/"


def test_the_way_from_the_payment_to_its_orders(paid: Stage, office: Client) -> None:
    assert (
        f'href="/payments/{paid.payment().pk}/list"' in office.get(f"/payments/{paid.payment().pk}/").content.decode()
    )
    text = hand_in(office, paid).content.decode()
    for told in (
        "by the tracking number",
        "by the order number",
        "by amount and name",
        "01905123456789",
        "to the cent",
    ):
        assert told in text
    answer = office.post(address(paid), {"line": ["2", "3", "4"], "key": "form-1"}, follow=True)
    assert "3 lines of “nachnahme.csv” are assigned." in answer.content.decode()
    assert states(paid) == [ItemState.PAID] * 3
    page = office.get(f"/payments/{paid.payment().pk}/").content.decode()
    assert "Kept by the carrier" in page
    assert "line 2 of the carrier&#x27;s list" in page
    assert paid.books() == []


def test_the_same_form_twice_assigns_once(paid: Stage, office: Client) -> None:
    hand_in(office, paid)
    for _ in range(2):
        office.post(address(paid), {"line": ["2", "3", "4"], "key": "form-1"})
    assert Allocation.objects.count() == 3


def test_undo_takes_all_of_it_back(paid: Stage, office: Client) -> None:
    hand_in(office, paid)
    office.post(address(paid), {"line": ["2", "3", "4"], "key": "form-1"})
    office.post(f"/payments/{paid.payment().pk}/unassign")
    assert (paid.payment().state, paid.payment().open_minor) == (PaymentState.UNCLEAR, 7545)
    assert "Assign the chosen lines" in office.get(address(paid)).content.decode()


def test_a_difference_is_told_and_a_person_may_call_it_a_fee(stage: Stage, office: Client) -> None:
    three_parcels(stage)
    carrier_pays(stage, 7000)
    text = hand_in(office, stage).content.decode()
    assert "does not explain the payment" in text
    assert 'name="keeps_rest"' in text
    refused = office.post(address(stage), {"line": ["2", "3", "4"], "key": "a"}, follow=True).content.decode()
    assert "only 70.00 EUR of this payment are left" in refused
    office.post(address(stage), {"line": ["2", "3", "4"], "key": "b", "keeps_rest": "1"})
    assert states(stage) == [ItemState.PAID] * 3
    assert stage.books() == []


def test_what_finds_no_order_cannot_be_ticked(paid: Stage, office: Client) -> None:
    text = hand_in(
        office, paid, HEADER + BERND_ROW + "01905999999999;;Otto Unbekannt;9,99;\nx;;;viel;\n"
    ).content.decode()
    assert "No order is found for it." in text
    assert text.count("disabled") == 1
    answer = office.post(address(paid), {"line": ["3"], "key": "a"}, follow=True)
    assert "Line 3 of the list cannot be assigned any more" in answer.content.decode()


def test_in_german(paid: Stage, brigitte: Person) -> None:
    office = signed_in(brigitte, "de")
    text = hand_in(office, paid, ALL + "01905999999999;;Otto;viel;\n").content.decode()
    assert "über die Sendungsnummer" in text
    assert "Zeile 5 („01905999999999 Otto viel“) wird nicht gelesen: „viel“ ist kein Betrag" in text
    refused = hand_in(office, paid, "Hallo").content.decode()
    assert "ist keine Liste, die wir kennen" in refused


def test_no_file_and_no_list_are_refused_in_a_sentence(paid: Stage, office: Client) -> None:
    answer = office.post(f"/payments/{paid.payment().pk}/list", {}, follow=True)
    assert "Choose a file first." in answer.content.decode()
    assert "no advice list that we know" in hand_in(office, paid, "Hallo").content.decode()


def test_a_bookkeeper_looks_and_assigns_nothing(paid: Stage, office: Client, bookkeeper: Client) -> None:
    hand_in(office, paid)
    assert bookkeeper.get(address(paid)).status_code == 200
    assert bookkeeper.post(address(paid), {"line": ["2"], "key": "a"}).status_code == 403
    assert not Allocation.objects.exists()


def test_the_neighbours_payment_and_list_do_not_exist(paid: Stage, office: Client, neighbour: Stage) -> None:
    hand_in(office, paid)
    other = next(row for row in neighbour.payments() if row.open_minor)
    mine = AdviceList.objects.get(merchant=paid.merchant)
    assert office.get(f"/payments/{other.pk}/list").status_code == 404
    assert office.get(f"/payments/{other.pk}/list/{mine.pk}/").status_code == 404
