"""A bank is connected in the office, asks its questions there, and gets its answers."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.test import Client
from django.utils import timezone
from tests.stage import ACCOUNT, Stage

from zahlmeister.banking.models import Connection
from zahlmeister.banking.states import ConnectionState
from zahlmeister.flows.fetch_statements import fetch_next
from zahlmeister.money.amount import Amount
from zahlmeister.sandbox.aggregator_server import SECRET_ID, SECRET_KEY, AggregatorServer
from zahlmeister.sandbox.fints_parameters import BANK_CODE, PHOTO, PUSH, TEXT
from zahlmeister.sandbox.fints_server import Customer, FintsServer
from zahlmeister.sandbox.movements import MerchantAccount

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "/statements/connections/fints"
OWN = MerchantAccount("Brigittes Wollstube", ACCOUNT, "BYLADEM1001", "DKB", "EUR")
SECOND = MerchantAccount("Brigittes Wollstube", "DE75512108001245126199", "SOGEDEFFXXX", "SG", "EUR")


@pytest.fixture(autouse=True)
def _registered(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    settings.FINTS_PRODUCT = "0123456789"


@pytest.fixture
def server(stage: Stage, tmp_path: Path) -> Iterator[FintsServer]:
    customer = Customer(accounts=(OWN, SECOND), methods=(TEXT, PHOTO, PUSH), signs_in_with_tan=True)
    served = FintsServer(tmp_path / "bank.db", customer, today=stage.now.date()).start()
    for each in customer.accounts:
        served.bank().open_account(each, Amount(100_000, "EUR"))
    yield served
    served.close()


def filled_in(server: FintsServer, **other: str) -> dict[str, object]:
    return {
        "name": "House bank", "bank_code": BANK_CODE, "server": server.address, "user": "brigitte", "customer": "",
        "pin": "geheim99", "every": "360", "consent_days": "180",
    } | other  # fmt: skip


def worker(turns: int = 3) -> None:
    """The worker, now."""
    for _ in range(turns):
        fetch_next(clock=timezone.now)


def answered(office: Client, page: str, *said: str) -> str:
    """The page after an answer and a turn of the worker."""
    office.post(f"{page}answer", {"answer": said})
    worker()
    return office.get(page).content.decode()


def test_a_bank_is_connected_question_by_question(office: Client, server: FintsServer) -> None:
    page = office.post(NEW, filled_in(server)).headers["Location"]
    assert "The bank is being asked" in office.get(page).content.decode()
    worker()
    shown = office.get(page).content.decode()
    assert "How do you sign at this bank?" in shown
    assert all(name in shown for name in ("mobileTAN", "photoTAN", "pushTAN"))
    assert "Question(" not in shown
    shown = answered(office, page, PHOTO.function)
    assert "The bank wants a TAN" in shown
    assert 'src="data:image/png;base64,' in shown
    server.customer.signs_in_with_tan = False
    shown = answered(office, page, "123456")
    assert "Which accounts are to be read?" in shown
    shown = answered(office, page, ACCOUNT)
    assert Connection.objects.get().state == ConnectionState.CONNECTED
    assert ACCOUNT in shown
    assert SECOND.iban not in shown
    assert Connection.objects.get().consent_until == timezone.localdate() + timedelta(days=180)


def test_the_page_goes_on_by_itself_when_the_app_has_confirmed(office: Client, server: FintsServer) -> None:
    server.customer.methods = (PUSH,)
    page = office.post(NEW, filled_in(server)).headers["Location"]
    worker(turns=1)
    asking = office.get(f"{page}asks", headers={"HX-Request": "true"})
    assert "Confirm in your bank" in asking.content.decode()
    assert "HX-Refresh" not in asking.headers
    server.confirms_after = 0
    Connection.objects.update(due_at=timezone.now())
    worker(turns=1)
    asking = office.get(f"{page}asks", headers={"HX-Request": "true"})
    assert asking.headers["HX-Refresh"] == "true"


def test_what_the_bank_asks_needs_a_person_today(stage: Stage, office: Client, server: FintsServer) -> None:
    stage.pays()
    office.post(NEW, filled_in(server))
    worker()
    today = office.get("/").content.decode()
    assert "1 bank connection is stuck" in today
    assert "House bank" in today


def test_a_wrong_pin_is_said_and_typed_anew(office: Client, server: FintsServer) -> None:
    page = office.post(NEW, filled_in(server, pin="falsch")).headers["Location"]
    worker()
    shown = office.get(page).content.decode()
    assert "not tried again" in shown
    assert "PIN anew" in shown
    office.post(f"{page}pin", {"pin": ""})
    worker()
    assert server.customer.wrong_pins == 1
    office.post(f"{page}pin", {"pin": "geheim99"})
    worker()
    assert "How do you sign" in office.get(page).content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bank_code": "123"}, "eight digits"),
        ({"bank_code": "abc"}, "Enter a valid value"),
        ({"server": "ftp://bank.example"}, "begins with https://"),
        ({"pin": ""}, "required"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    office: Client, server: FintsServer, change: dict[str, str], words: str
) -> None:
    answer = office.post(NEW, filled_in(server) | change)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Connection.objects.exists()


def test_the_end_of_a_consent_is_told_a_week_before(stage: Stage, office: Client, server: FintsServer) -> None:
    stage.pays()
    page = office.post(NEW, filled_in(server)).headers["Location"]
    for days, is_told in ((8, False), (7, True), (-1, True)):
        Connection.objects.update(consent_until=timezone.localdate() + timedelta(days=days))
        assert ("second factor again" in office.get("/").content.decode()) == is_told
        assert ("Be there when" in office.get(page).content.decode()) == is_told


def test_no_page_shows_the_pin(office: Client, server: FintsServer) -> None:
    page = office.post(NEW, filled_in(server)).headers["Location"]
    worker()
    for address in (page, "/statements/connections/", f"{page}asks"):
        assert "geheim99" not in office.get(address).content.decode()


def test_a_bookkeeper_sees_that_the_bank_asks_and_cannot_answer(
    office: Client, bookkeeper: Client, server: FintsServer
) -> None:
    page = office.post(NEW, filled_in(server)).headers["Location"]
    worker()
    shown = bookkeeper.get(page).content.decode()
    assert "How do you sign" in shown
    assert not re.findall(r'<input type="radio"', shown)
    assert bookkeeper.post(f"{page}answer", {"answer": "942"}).status_code == 403


def test_a_bank_is_connected_by_open_banking(stage: Stage, office: Client, tmp_path: Path) -> None:
    server = AggregatorServer(tmp_path / "open.db", (OWN,), today=stage.now.date()).start()
    server.bank().open_account(OWN, Amount(100_000, "EUR"))
    told = {
        "name": "Open", "server": server.address, "secret_id": SECRET_ID, "secret_key": SECRET_KEY, "country": "DE",
        "consent_days": "90",
    }  # fmt: skip
    page = office.post("/statements/connections/open-banking", told).headers["Location"]
    worker()
    assert "Which bank?" in office.get(page).content.decode()
    shown = answered(office, page, "SANDBOX_BANK")
    link = re.search(r'href="(http://127[^"]+)"', shown)
    assert link is not None
    came_back = httpx.post(link[1], data={"said": "yes"}).headers["Location"]
    assert came_back.startswith(f"http://testserver{page}back?ref=")
    assert office.get(came_back.removeprefix("http://testserver")).status_code == 200
    worker()
    shown = office.get(page).content.decode()
    assert ACCOUNT in shown
    assert SECRET_KEY not in shown
    office.post(f"{page}renew")
    worker()
    assert "Sign in at your bank" in office.get(page).content.decode()
    server.close()


def test_an_aggregator_that_cannot_be_asked_is_refused_at_once(office: Client) -> None:
    told = {
        "name": "O",
        "server": "ftp://x",
        "secret_id": "a",
        "secret_key": "b",
        "country": "DE",
        "consent_days": "90",
    }
    answer = office.post("/statements/connections/open-banking", told)
    assert answer.status_code == 422
    assert not Connection.objects.exists()
