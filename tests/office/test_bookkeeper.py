"""The page Books, Bookkeeper: set up once, exported every month, downloaded as often as one likes."""

import re
from datetime import date

import pytest
from django.test import Client
from tests.formats.datev_reading import read
from tests.office.conftest import signed_in
from tests.stage import Paid, Stage, order

from zahlmeister.accounting.models import Batch, BookAccount, BookkeeperSettings
from zahlmeister.history.queries import steps_of
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Person

PAGE = "/books/bookkeeper"
TOLD = {
    "program": "datev", "chart": "03", "consultant": "1001", "client": "456", "begins_on": "2026-11-01",
    "year_begins": "1", "account_length": "4", "debtor": "10000",
}  # fmt: skip


def set_up(office: Client, **changed: str) -> None:
    assert office.post(f"{PAGE}/settings", TOLD | changed).status_code == 302


@pytest.fixture
def paid(stage: Stage) -> Stage:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "100012345"))
    return stage


def test_from_nothing_to_the_first_file(paid: Stage, office: Client) -> None:
    assert "Nothing goes to the bookkeeper yet" in office.get(PAGE).content.decode()
    set_up(office)
    assert office.post(PAGE, {"until": "2026-11-30"}).status_code == 302
    page = office.get(PAGE).content.decode()
    assert "1 batch was made." in page
    batch = Batch.objects.get()
    answer = office.get(f"{PAGE}/batches/{batch.pk}")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="EXTF_Buchungen_2026-11_0001.csv"'
    assert [row["Umsatz (ohne Soll/Haben-Kz)"] for row in read(answer.content).rows] == ["24,98"]
    office.post(PAGE, {"until": "2026-11-30"})
    assert "Nothing is new" in office.get(PAGE).content.decode()
    assert office.get(f"{PAGE}/batches/{batch.pk}").content == answer.content


def test_the_bookkeeper_downloads_and_exports_nothing(paid: Stage, office: Client, bookkeeper: Client) -> None:
    set_up(office)
    office.post(PAGE, {"until": "2026-11-30"})
    assert bookkeeper.get(f"{PAGE}/batches/{Batch.objects.get().pk}").status_code == 200
    assert "Export what is new" not in bookkeeper.get(PAGE).content.decode()


def test_the_accounts_are_the_charts_until_somebody_says_others(paid: Stage, office: Client) -> None:
    set_up(office)
    page = office.get(f"{PAGE}/accounts").content.decode()
    assert 'value="1590"' in page
    assert 'value="debtor"' not in page
    fields = fields_of(page)
    for _ in range(2):
        answer = office.post(f"{PAGE}/accounts", fields | {"orders-0": "8400", "charges-0": ""})
        assert answer.status_code == 302
    own = dict(BookAccount.objects.values_list("book", "number"))
    assert own == {Book.ORDERS: "8400", Book.CHARGES: ""}
    steps = [step.verb for step in steps_of(paid.merchant.pk, "merchant", paid.merchant.pk)]
    assert steps == ["bookkeeper_changed", "accounts_changed"]
    office.post(PAGE, {"until": date(2026, 11, 30)})
    accounts = {row["Gegenkonto (ohne BU-Schlüssel)"] for row in read(office.get(file_address()).content).rows}
    assert accounts == {"10000", "8400"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"consultant": "7"}, "between 1001 and 9999999"),
        ({"client": "0"}, "between 1 and 99999"),
        ({"account_length": "9"}, "4 to 8 digits"),
        ({"year_begins": "13"}, "1 to 12"),
        ({"debtor": "1000"}, "has 5 digits"),
        ({"debtor": "1000x"}, "is no account"),
    ],
)
def test_what_datev_would_not_take_is_said(office: Client, wrong: dict[str, str], said: str) -> None:
    answer = office.post(f"{PAGE}/settings", TOLD | wrong)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not BookkeeperSettings.objects.exists()


def test_an_account_that_is_none_is_said_in_german(office: Client, brigitte: Person) -> None:
    set_up(office)
    german = signed_in(brigitte, "de")
    answer = german.post(f"{PAGE}/accounts", {"charges-0": "49a0"})
    assert answer.status_code == 422
    assert "ist kein Konto dieser Buchhaltung" in answer.content.decode()
    assert not BookAccount.objects.exists()


def test_a_month_can_only_be_a_day(office: Client, stage: Stage) -> None:
    set_up(office)
    assert office.post(PAGE, {"until": "soon"}).status_code == 422


def fields_of(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="text" name="([\w-]+)"(?: value="(\w*)")?', page)
    return {name: value for name, value in found if "-" in name}


def file_address() -> str:
    return f"{PAGE}/batches/{Batch.objects.get().pk}"
