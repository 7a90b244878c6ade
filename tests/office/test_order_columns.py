"""A shop whose orders come as files nobody knows: told once in the office, shown first, and read from then on."""

import re
from pathlib import Path

import pytest
from django.test import Client
from tests.office.conftest import signed_in
from tests.stage import Stage

from zahlmeister.flows.read_shop_orders import read_next
from zahlmeister.merchants.models import Membership, Person, Role
from zahlmeister.orders.models import Order, ShopConnection
from zahlmeister.orders.states import ShopState

pytestmark = pytest.mark.django_db(transaction=True)
UNKNOWN = (
    "Vorgang;Zu zahlen;Wie;Kundenname;Anlage\r\n"
    "V-1;49,90;Vorauskasse per Bank;Anna Weber;20.11.2026\r\n"
    "V-2;5,00;Karte;Bernd Kunz;20.11.2026\r\n"
)
TOLD = {
    "column-0": "number", "column-1": "amount", "column-2": "payment_kind", "column-3": "name", "column-4": "date",
    "method-0": "Vorauskasse per Bank", "kind-0": "prepayment", "method-1": "Karte", "kind-1": "other",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    folder = tmp_path / "orders"
    folder.mkdir()
    return folder


@pytest.fixture
def shop(office: Client, folder: Path) -> ShopConnection:
    """Connected in the office while a file lies there that nobody knows."""
    (folder / "offen.csv").write_text(UNKNOWN, encoding="utf-8")
    given = {"of_folder": str(folder), "of_answers": "", "name": "Laden", "every": "15"}
    answer = office.post("/shops/connect?system=files_folder", given)
    made = ShopConnection.objects.get()
    assert answer.headers["Location"] == f"/shops/{made.shop_id}/columns"
    return made


def text(answer: object) -> str:
    content: bytes = answer.content  # type: ignore[attr-defined]
    return " ".join(re.sub(r"<[^>]+>", " ", content.decode()).split())


def read(stage: Stage) -> None:
    ShopConnection.objects.update(due_at=stage.now)
    read_next(clock=stage.clock)


def test_nothing_is_read_before_somebody_says_what_the_columns_mean(office: Client, shop: ShopConnection, stage: Stage):
    read(stage)

    assert shop.state == ShopState.PAUSED
    assert not Order.objects.exists()
    page = text(office.get(f"/shops/{shop.shop_id}/"))
    assert "say what the columns of its files mean" in page
    assert "Read it again" not in page


def test_the_page_shows_what_stands_in_the_file_and_guesses(office: Client, shop: ShopConnection):
    page = office.get(f"/shops/{shop.shop_id}/columns").content.decode()

    assert "V-1" in page
    assert "Vorauskasse per Bank" in page
    assert '<option value="name" selected>' in " ".join(page.split())
    assert "What would be read" not in text(office.get(f"/shops/{shop.shop_id}/columns")).replace("Show what would", "")


def test_ways_to_pay_are_guessed_when_their_column_is_chosen(office: Client, shop: ShopConnection, stage: Stage):
    told = {name: value for name, value in TOLD.items() if name.startswith("column")} | {
        "method-0": "",
        "kind-0": "cod",
    }
    page = text(office.post(f"/shops/{shop.shop_id}/columns", told | {"do": "look"}))
    assert "V-1 Anna Weber prepayment" in page

    office.post(f"/shops/{shop.shop_id}/columns", told | {"do": "keep"})
    read(stage)
    assert list(Order.objects.values_list("number", "payment_kind")) == [("V-1", "prepayment")]


def test_looking_keeps_nothing(office: Client, shop: ShopConnection):
    page = text(office.post(f"/shops/{shop.shop_id}/columns", TOLD | {"do": "look"}))

    assert "V-1 Anna Weber" in page
    assert "49.90" in page
    shop.refresh_from_db()
    assert ("meant" in shop.settings, shop.state) == (False, ShopState.PAUSED)


def test_told_once_the_shop_is_read_and_so_is_its_next_file(
    office: Client, shop: ShopConnection, stage: Stage, folder: Path
):
    answer = office.post(f"/shops/{shop.shop_id}/columns", TOLD | {"do": "keep"})
    assert answer.headers["Location"] == f"/shops/{shop.shop_id}/"
    read(stage)
    assert list(Order.objects.values_list("number", "payment_kind", "name")) == [("V-1", "prepayment", "Anna Weber")]

    (folder / "offen2.csv").write_text(UNKNOWN.replace("V-1", "V-3"), encoding="utf-8")
    read(stage)
    assert sorted(Order.objects.values_list("number", flat=True)) == ["V-1", "V-3"]
    page = text(office.get(f"/shops/{shop.shop_id}/"))
    assert "Said what the columns of its files mean" in page


def test_without_a_column_of_payment_methods_all_orders_are_of_the_kind_that_is_said(
    office: Client, shop: ShopConnection, stage: Stage
):
    told = TOLD | {"column-2": "", "method-0": "", "kind-0": "invoice", "do": "keep"}
    office.post(f"/shops/{shop.shop_id}/columns", told)
    read(stage)

    assert sorted(Order.objects.values_list("number", "payment_kind")) == [("V-1", "invoice"), ("V-2", "invoice")]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"column-0": ""}, "Say which column has the order number, and which has the amount to pay."),
        ({"column-1": "", "column-3": "amount"}, "is no amount: digits such as"),
        ({"column-4": "due_date", "column-3": "date"}, "“Anna Weber” is no day"),
    ],
)
def test_what_cannot_be_read_so_is_said_and_not_kept(
    office: Client, shop: ShopConnection, change: dict[str, str], sentence: str
):
    answer = office.post(f"/shops/{shop.shop_id}/columns", TOLD | change | {"do": "keep"})

    assert answer.status_code == 422
    assert sentence in text(answer)
    shop.refresh_from_db()
    assert "meant" not in shop.settings


def test_a_file_with_other_columns_later_stops_the_reading_until_it_is_told_too(
    office: Client, shop: ShopConnection, stage: Stage, folder: Path
):
    office.post(f"/shops/{shop.shop_id}/columns", TOLD | {"do": "keep"})
    read(stage)
    (folder / "neu.csv").write_text("Beleg Nr;Offen\r\nN-1;7,00\r\n", encoding="utf-8")
    read(stage)
    shop.refresh_from_db()
    assert shop.state == ShopState.TROUBLED
    assert "What the columns mean" in text(office.get(f"/shops/{shop.shop_id}/"))

    told = {"column-0": "number", "column-1": "amount", "method-0": "", "kind-0": "prepayment", "do": "keep"}
    assert "Beleg Nr" in text(office.get(f"/shops/{shop.shop_id}/columns"))
    office.post(f"/shops/{shop.shop_id}/columns", told)
    read(stage)
    assert sorted(Order.objects.values_list("number", flat=True)) == ["N-1", "V-1"]


def test_what_was_told_is_forgotten_and_asked_anew(office: Client, shop: ShopConnection):
    office.post(f"/shops/{shop.shop_id}/columns", TOLD | {"do": "keep"})
    office.post(f"/shops/{shop.shop_id}/columns/forget")
    shop.refresh_from_db()
    assert "meant" not in shop.settings

    answer = office.post(f"/shops/{shop.shop_id}/columns/forget", follow=True)
    assert "Nothing is remembered of the columns of these files." in text(answer)


def test_a_place_that_does_not_answer_is_a_sentence(office: Client, shop: ShopConnection, folder: Path):
    (folder / "offen.csv").unlink()
    assert "No file of orders lies there yet." in text(office.get(f"/shops/{shop.shop_id}/columns"))
    folder.rmdir()

    answer = office.get(f"/shops/{shop.shop_id}/columns")
    assert answer.status_code == 200
    assert "folder" in text(answer)
    assert "Columns of the file" not in text(answer)


def test_only_who_may_write_and_only_the_own(shop: ShopConnection, bookkeeper: Client, neighbour: Stage):
    assert bookkeeper.get(f"/shops/{shop.shop_id}/columns").status_code == 200
    assert bookkeeper.post(f"/shops/{shop.shop_id}/columns", TOLD | {"do": "keep"}).status_code == 403
    other = Person.objects.create_user("nachbar@fisch.example", "sehr-geheim-2026")
    Membership.objects.create(merchant=neighbour.merchant, person=other, role=Role.OWNER)
    assert signed_in(other).get(f"/shops/{shop.shop_id}/columns").status_code == 404


def test_german(office: Client, shop: ShopConnection):
    told = TOLD | {"column-0": "", "do": "look"}
    page = text(office.post(f"/shops/{shop.shop_id}/columns", told, headers={"Accept-Language": "de"}))

    assert "Sagen Sie, in welcher Spalte die Bestellnummer steht" in page
