"""Collection in the office: why not, the whole claim, one case and what a person does about it."""

from html import unescape

import pytest
import time_machine
from django.test import Client
from tests.flows.test_collection import CREDITOR, Collecting, collected_by, eva
from tests.office.conftest import signed_in
from tests.stage import Paid, Stage

from zahlmeister.collection.models import Agency, AgencyPayout, Case, CreditorData
from zahlmeister.collection.states import HandOver, Work
from zahlmeister.flows.reach_agency import profiles
from zahlmeister.merchants.models import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office(brigitte: Person) -> Client:
    return signed_in(brigitte, "de")


@pytest.fixture
def collecting(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    with collected_by(stage) as collecting, time_machine.travel(stage.now, tick=False) as clock:
        collecting.clock = clock
        yield collecting


def page(office: Client, address: str) -> str:
    answer = office.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_an_agency_the_page_says_what_it_is_for(office: Client, stage: Stage) -> None:
    assert "Noch kein Inkassobüro" in page(office, "/collection/")
    assert "/collection/setup/" in page(office, "/collection/")


def test_the_creditors_data_and_an_agency_are_filled_in(office: Client, collecting: Collecting) -> None:
    CreditorData.objects.all().delete()
    Agency.objects.all().delete()
    wrong = office.post("/collection/setup/", CREDITOR | {"subject": "Wolle", "least": "viel"})
    assert wrong.status_code == 422
    done = office.post("/collection/setup/", CREDITOR | {"subject": "Wolle", "least": "10,00", "deducts_tax": "on"})
    assert done.status_code == 302
    assert CreditorData.objects.get().least_minor == 1000

    form = {
        "name": "PAYWISE", "profile": "paywise", "address": collecting.server.address, "key": "geheim",
        "countries": "de, AT", "currency": "EUR", "position": "0", "is_on": "on", "most": "5.000,00",
    }  # fmt: skip
    kept = office.post("/collection/agencies/new/", form, follow=True).content.decode()
    assert "PAYWISE antwortet" in kept
    agency = Agency.objects.get()
    assert (agency.countries, agency.most_minor) == (["DE", "AT"], 500_000)
    refused = office.post(f"/collection/agencies/{agency.pk}/", form | {"key": "falsch"}, follow=True).content.decode()
    assert "(401" in refused


def test_the_claim_is_seen_before_it_goes_and_the_case_afterwards(office: Client, collecting: Collecting) -> None:
    order_id = collecting.stage.item("100012345").order_id
    assert "Kann übergeben werden" in page(office, "/collection/")
    shown = page(office, f"/collection/orders/{order_id}/")
    assert "Eva Ehrlich" in shown
    assert "30,90 EUR" in shown
    assert "§ 288 (1) BGB" in shown

    done = office.post(f"/collection/orders/{order_id}/hand-over", follow=True).content.decode()
    assert "geht an PAYWISE" in done
    again = office.post(f"/collection/orders/{order_id}/hand-over", follow=True).content.decode()
    assert "Ist schon bei einem Inkassobüro." in again
    assert Case.objects.count() == 1


def test_every_reason_is_said_in_words(office: Client, collecting: Collecting) -> None:
    collecting.stage.orders(eva("100012399", street="", invoice_number=""))
    order_id = collecting.stage.item("100012399").order_id
    shown = page(office, f"/collection/orders/{order_id}/")
    assert "Die Postanschrift des Käufers ist nicht vollständig." in shown
    assert "Es gibt keine Rechnungsnummer." in shown
    assert '<button class="yes">' not in shown


def test_a_question_is_answered_and_a_case_ended_with_its_cost(office: Client, collecting: Collecting) -> None:
    case = collecting.hand_over()
    collecting.work()
    collecting.desk.accept(case.reference)
    collecting.desk.ask(case.reference, "Liegt ein Lieferschein vor?")
    collecting.later(hours=1)
    collecting.clock.move_to(collecting.stage.now)
    assert "PAYWISE fragt etwas." in page(office, "/collection/")
    assert "Liegt ein Lieferschein vor?" in page(office, f"/collection/cases/{case.pk}/")

    office.post(f"/collection/cases/{case.pk}/answer", {"text": "Ja."})
    collecting.work()
    assert collecting.desk.cases[case.reference].told[0]["text"] == "Ja."
    assert Case.objects.get().hand_over == HandOver.ACCEPTED

    assert "55,62" in page(office, f"/collection/cases/{case.pk}/?end=1")
    office.post(f"/collection/cases/{case.pk}/end", {"why": "Einigung", "cost": "0.00 EUR"})
    assert Case.objects.get().work == Work.IN_PROGRESS  # it is not the cost that the agency names
    office.post(f"/collection/cases/{case.pk}/end", {"why": "Einigung", "cost": "55.62 EUR"})
    assert Case.objects.get().work == Work.CANCEL_ASKED


def test_a_payout_is_chosen_by_hand_and_given_back(office: Client, collecting: Collecting) -> None:
    case = collecting.hand_over()
    collecting.work()
    collecting.desk.accept(case.reference)
    collecting.desk.collect(case.reference, 3000)
    collecting.desk.pay_out()
    collecting.later(hours=1)
    collecting.stage.pays(Paid(3000, "Zahlung ohne Nummer", "Paywise GmbH", on=collecting.stage.now.date()))
    payout = AgencyPayout.objects.get()
    payment = collecting.stage.payments()[-1]
    assert "Paywise GmbH" in page(office, "/collection/")

    office.post(f"/collection/payouts/{payout.pk}/payment", {"payment": str(payment.pk)})
    assert AgencyPayout.objects.get().payment_id == payment.pk
    assert "von Inkasso oder Anbieter ausgezahlt" in page(office, f"/payments/{payment.pk}/")
    office.post(f"/collection/payouts/{payout.pk}/payment")
    assert AgencyPayout.objects.get().payment_id is None


def test_what_a_profile_notes_is_read_in_german_too(office: Client) -> None:
    notes = [one.note for one in profiles() if one.note]
    assert notes
    shown = unescape(page(office, "/collection/agencies/new/"))
    assert "Passen Sie Pfade und Felder an das Dokument an" in shown
    assert not [note for note in notes if note in shown]
