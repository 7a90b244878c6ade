"""The first steps of a merchant who has just come: each is looked at anew, says what is missing, and leads there."""

import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.office.conftest import fill, signed_in
from tests.office.test_people import mails
from tests.office.test_rights import works
from tests.office.test_verification import olaf, pdf, png
from tests.stage import Stage

from zahlmeister.banking.models import Connection, ConnectionKind
from zahlmeister.banking.states import ConnectionState
from zahlmeister.flows.people import prove
from zahlmeister.flows.verify_merchant import verify_merchant
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.models import Merchant, Person
from zahlmeister.merchants.proofs import LegalForm, Proof
from zahlmeister.merchants.rights import Area
from zahlmeister.merchants.states import Verification
from zahlmeister.orders.models import Order, ShopConnection

__all__ = ["olaf"]
ORDERS = "Bestellnummer;Betrag;Datum;Name\nR-1;12,50;01.11.2026;Anna Adam\nR-2;x;02.11.2026;Bernd Braun\n"


@pytest.fixture(autouse=True)
def _friday() -> object:
    with time_machine.travel("2026-11-20 09:00+00:00", tick=False):
        yield


@pytest.fixture
def guided(stage: Stage) -> Stage:
    Merchant.objects.filter(pk=stage.merchant.pk).update(is_guided=True)
    stage.merchant.refresh_from_db()
    return stage


def steps(office: Client) -> dict[str, tuple[str, str]]:
    """Each step of the page: how far it is, and what it says."""
    page = office.get("/").content.decode()
    step = r'<li class="(good|wait|open)">\s*<h3>([^<]+?) <span.*?<p class="[^"]*">(.*?)</p>'
    found = re.findall(step, page, re.DOTALL)
    return {title: (how, says.strip()) for how, title, says in found}


def hand_in(office: Client, text: str = ORDERS) -> str:
    file = SimpleUploadedFile("bestellungen.csv", text.encode())
    return office.post("/orders/files/", {"orders": file}, follow=True).content.decode()


def test_an_empty_house_takes_both_files_and_says_what_each_step_lacks(
    guided: Stage, office: Client, olaf: Person
) -> None:
    page = office.get("/").content.decode()
    assert page.count('type="file"') == 2
    told = steps(office)
    assert [how for how, _says in told.values()] == ["open", "open", "wait", "wait", "open"]
    assert "Say what your business is" in told["Prove who you are"][1]


def test_orders_come_as_a_file_and_what_cannot_be_read_is_said(guided: Stage, office: Client) -> None:
    page = hand_in(office)
    assert "1 new order, 0 known before" in page
    assert "bestellungen.csv, line 3" in page
    assert Order.objects.get().number == "R-1"
    assert "0 new orders, 1 known before" in hand_in(office)  # twice is once
    assert steps(office)["Connect the shop, or hand in orders"] == ("good", "1 order is here.")
    assert "lacks" in hand_in(office, "a;b\n1;2\n") or Order.objects.count() == 1
    assert "larger than 5 MB" in hand_in(office, ORDERS + "x" * (5 << 20))


def test_the_list_follows_what_is_there_and_goes_when_all_is_done(guided: Stage, office: Client) -> None:
    fill(guided)
    Order.objects.update(ordered_on="2026-11-20")
    assert [how for how, _says in steps(office).values()] == ["good", "wait", "good", "good", "good"]
    ShopConnection.objects.update(read_at=guided.now)
    assert "First steps" not in office.get("/").content.decode()
    Connection.objects.update(state=ConnectionState.STUCK)
    assert steps(office)["Connect the bank, or hand in a statement"][0] == "open"  # looked at anew


def test_once_a_payment_is_assigned_the_list_stands_folded_behind_the_work(guided: Stage, office: Client) -> None:
    hand_in(office)
    assert "<details" not in office.get("/").content.decode().split('id="needs"')[0]
    assert steps(office)
    fill(guided)
    before, after = office.get("/").content.decode().split('id="needs"')
    assert "First steps" not in before
    assert "First steps: 2 left" in " ".join(after.split())


def test_a_bank_that_does_not_answer_says_why_and_leads_to_itself(guided: Stage, office: Client) -> None:
    row = Connection.objects.create(
        merchant=guided.merchant,
        kind=ConnectionKind.FINTS,
        name="Sparkasse",
        state=ConnectionState.STUCK,
        error="The PIN is wrong.",
        due_at=guided.now,
        created_at=guided.now,
    )
    assert steps(office)["Connect the bank, or hand in a statement"] == ("open", "Sparkasse: The PIN is wrong.")
    assert f'href="/statements/connections/{row.pk}/"' in office.get("/").content.decode()


def test_bookings_that_begin_after_the_oldest_order_are_missed(guided: Stage, office: Client) -> None:
    fill(guided)
    Order.objects.update(ordered_on="2025-01-02")
    how, says = steps(office)["Bring what was before"]
    assert how == "open"
    assert "2 January 2025" in says


def test_the_list_is_put_away_for_good(guided: Stage, office: Client) -> None:
    fill(guided)
    assert "First steps" in office.get("/").content.decode()
    for _ in range(2):  # twice is once
        assert office.post("/first-steps/put-away").headers["Location"] == "/"
    office.get("/")
    assert steps(office) == {}


def test_who_may_not_change_settings_is_led_nowhere_he_may_not_go(guided: Stage) -> None:
    fill(guided)
    clerk = signed_in(works(guided.merchant, **{Area.SETTINGS.value: 0}))
    page = clerk.get("/").content.decode()
    assert "First steps" in page
    assert "/verification/" not in page
    assert "put-away" not in page or clerk.post("/first-steps/put-away").status_code == 403


def test_gates_say_why_and_lead_to_the_verification(stage: Stage, office: Client) -> None:
    numbers = fill(stage)
    gates = ("/refunds/", f"/orders/{numbers.order_id}/refund", "/collection/", "/payouts/")
    for verification, expected in ((Verification.MISSING, True), (Verification.VERIFIED, False)):
        Merchant.objects.filter(pk=stage.merchant.pk).update(verification=verification)
        for path in gates:
            assert ('href="/verification/"' in office.get(path).content.decode()) is expected, path


def test_every_turn_of_a_verification_is_told_by_mail(stage: Stage, brigitte: Person, olaf: Person) -> None:
    merchant, at = stage.merchant, stage.now
    prove.say_legal_form(merchant, LegalForm.SOLE, has_vat_id=True, by=brigitte, at=at)
    prove.hand_in(merchant, Proof.TRADE, "g.pdf", pdf(), by=brigitte, at=at)
    prove.hand_in(merchant, Proof.IDENTITY, "p.png", png(), by=brigitte, at=at)
    for _ in range(2):
        prove.submit(merchant, by=brigitte, at=at)
    (received,), (asked,) = mails(HouseKind.VERIFICATION_RECEIVED), mails(HouseKind.VERIFICATION_ASKED)
    assert (received.payload["reader"], asked.payload["reader"]) == (brigitte.email, olaf.email)
    assert asked.payload["page"] == f"/verifications/{merchant.pk}/"
    for state, kind in (
        (Verification.MISSING, HouseKind.VERIFICATION_ASKED_AGAIN),
        (Verification.FAILED, HouseKind.VERIFICATION_REJECTED),
        (Verification.VERIFIED, HouseKind.VERIFICATION_ACCEPTED),
    ):
        for _ in range(2):
            prove.decide(merchant, state, "Die Rückseite fehlt.", by=olaf, at=at)
        (mail,) = mails(kind)
        assert mail.payload["values"]["why"] == "Die Rückseite fehlt."


def test_where_nobody_runs_the_house_nobody_is_written_to(stage: Stage, brigitte: Person) -> None:
    verify_merchant(stage.merchant, Verification.VERIFIED, why="selbst", by="root", at=stage.now)
    assert mails(HouseKind.VERIFICATION_ACCEPTED) == []
