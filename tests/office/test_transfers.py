"""A transfer in the office: drafted, approved by two, put into a file, downloaded, and what became of it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from tests.flows.test_outgoing import Desk
from tests.office.conftest import signed_in
from tests.stage import ANNA, BERND

from zahlmeister.banking.outgoing_models import PaymentFile, PaymentOrder
from zahlmeister.banking.outgoing_states import FileState, OrderState
from zahlmeister.merchants.models import Merchant
from zahlmeister.sandbox.bank_books import Fate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(merchant: Merchant, tmp_path: Path) -> Desk:
    return Desk(merchant, tmp_path)


@pytest.fixture(autouse=True)
def _on_monday() -> object:
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False) as clock:
        yield clock


def typed(desk: Desk, **other: str) -> dict[str, str]:
    known = {"account": str(desk.account.pk), "name": "Anna Berger", "iban": ANNA, "amount": "1.500,00"}
    return {**known, "text": "Gutschrift 4711", "on": "2026-11-23", "key": "k1", "speed": "ordinary", **other}


def test_from_the_form_to_the_bank(desk: Desk) -> None:
    brigitte, benno = (signed_in(person, "de") for person in (desk.brigitte, desk.benno))
    for _ in range(2):  # a double click
        page = brigitte.post("/transfers/new", typed(desk)).headers["Location"]
    order = PaymentOrder.objects.get()
    assert (page, order.amount_minor) == (f"/transfers/{order.pk}/", 150_000)

    brigitte.post(f"{page}approve")
    shown = brigitte.get(page).content.decode()
    assert "Zwei Personen" in shown
    assert f"{page}approve" not in shown  # she has done hers
    benno.post(f"{page}approve")
    assert desk.state(order) == OrderState.APPROVED

    preview = f"/transfers/from/{desk.account.pk}/"
    assert preview in brigitte.get("/transfers/").content.decode()
    assert "Anna Berger" in brigitte.get(preview).content.decode()
    made = brigitte.post(preview).headers["Location"]
    first, again = (brigitte.post(f"{made}download").content for _ in range(2))
    assert first == again
    assert PaymentFile.objects.get().state == FileState.EXPORTED

    desk.bank.expect(ANNA, Fate(returns="AC04", after_days=1))
    desk.hears(desk.bank.hand_in(first))
    desk.bank.move_to(datetime(2026, 11, 27).date())  # noqa: DTZ001
    desk.reads_statements()
    told = brigitte.get(page).content.decode()
    assert "Das Konto ist aufgelöst." in told
    assert "ein anderes Konto" in told
    assert desk.bank.times_paid(order.end_to_end_id) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"iban": ANNA[:-1] + "1"}, "ist keine IBAN"),
        ({"amount": "viel"}, "ist kein Betrag"),
        ({"on": "2026-11-20"}, "ist vorbei"),
        ({"account": "17"}, "error"),
    ],
)
def test_what_a_bank_would_reject_is_said_on_the_form(desk: Desk, change: dict[str, str], sentence: str) -> None:
    answer = signed_in(desk.brigitte, "de").post("/transfers/new", typed(desk, **change))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not PaymentOrder.objects.exists()


@pytest.mark.parametrize(
    ("language", "wish", "step", "note"),
    [
        ("de", "Echtzeit; sonst als gewöhnliche", "In Echtzeit nicht möglich", "es wurde nichts gezahlt"),
        ("en", "Instant; ordinary when", "Not possible as an instant transfer", "nothing was paid"),
    ],
)
def test_an_instant_transfer_that_falls_back_says_so(
    desk: Desk, language: str, wish: str, step: str, note: str
) -> None:
    desk.bank.expect(ANNA, Fate(rejects_instant="AB08"))
    benno = signed_in(desk.benno, language)
    page = benno.post("/transfers/new", typed(desk, amount="19,99", speed="fallback")).headers["Location"]
    benno.post(f"{page}approve")
    assert wish in benno.get(page).content.decode()
    first = desk.file()
    desk.hears(desk.handed_in(first))
    shown = benno.get(page).content.decode()
    assert step in shown
    assert note in shown
    assert f"/transfers/files/{first.pk}/" in shown
    assert wish not in shown


@pytest.mark.parametrize(("speed", "kept"), [("ordinary", (False, False)), ("instant", (True, False))])
def test_the_other_speeds_stay_what_they_were(desk: Desk, speed: str, kept: tuple[bool, bool]) -> None:
    signed_in(desk.benno, "de").post("/transfers/new", typed(desk, speed=speed))
    order = PaymentOrder.objects.get()
    assert (order.is_instant, order.falls_back) == kept


def test_what_is_odd_stands_on_top_and_counts_in_the_rail(desk: Desk, office: Client) -> None:
    order = desk.approved(iban=BERND)
    PaymentOrder.objects.filter(pk=order.pk).update(doubt="sent_twice")
    assert "Do not send it again" in office.get(f"/transfers/{order.pk}/").content.decode()
    assert "look at it" in office.get("/transfers/?state=doubt").content.decode()
    for _ in range(2):
        office.post(f"/transfers/{order.pk}/looked-at")
    assert "Do not send it again" not in office.get(f"/transfers/{order.pk}/").content.decode()
    assert "No transfer matches" in office.get("/transfers/?state=executed").content.decode()


def test_a_withdrawn_file_is_not_downloaded(desk: Desk, office: Client) -> None:
    order = desk.approved()
    file = desk.file()
    office.post(f"/transfers/files/{file.pk}/withdraw")
    assert office.post(f"/transfers/files/{file.pk}/download").status_code == 302
    assert desk.state(order) == OrderState.APPROVED
    office.post(f"/transfers/{order.pk}/cancel")
    assert desk.state(order) == OrderState.CANCELLED
