"""The page Books, Bookkeeper: set up once, exported every month, downloaded as often as one likes."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from tests.connectors.sftp_server import PASSWORD, USER, SftpServer
from tests.formats.datev_reading import read
from tests.office.conftest import signed_in
from tests.stage import Paid, Stage, order

from zahlmeister.accounting.models import Batch, BookAccount, BookDelivery, BookkeeperSettings
from zahlmeister.flows.deliver_books import merchant_of_key
from zahlmeister.flows.reconcile import reconcile
from zahlmeister.history.queries import steps_of
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.outbox.models import Message

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
    assert answer.headers["Content-Disposition"] == 'attachment; filename="EXTF_Buchungen_brigitte_2026-11_0001.csv"'
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


DELIVERY = f"{PAGE}/delivery"


def tried(office: Client, minutes: int = 0) -> str:
    """What the page says when the delivery is tried, some minutes from now."""
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        return office.post(DELIVERY, {"do": "try"}, follow=True).content.decode()


def test_files_go_into_the_merchants_folder_and_nowhere_else(
    paid: Stage, office: Client, tmp_path: Path, settings: pytest.FixtureRequest
) -> None:
    settings.HOME = tmp_path
    set_up(office)
    assert "Nobody has said yet" in tried(office)
    told = {"do": "save", "way": "folder", "day": "5", "port": "22", "path": "/etc"}
    assert office.post(DELIVERY, told).status_code == 302
    row = BookDelivery.objects.get()
    assert row.settings == {"path": str(tmp_path / "books" / "brigitte")}
    assert "It works" in tried(office)
    assert "tried less than a minute ago" in tried(office)
    assert list((tmp_path / "books" / "brigitte").iterdir()) == []
    (tmp_path / "books" / "brigitte").rmdir()
    assert "takes no file" in tried(office, minutes=2)
    assert "tried less than a minute ago" in tried(office, minutes=2)  # what failed counts, too
    office.post(DELIVERY, {"do": "stop"})
    assert not BookDelivery.objects.exists()
    steps = [step.verb for step in steps_of(paid.merchant.pk, "merchant", paid.merchant.pk)][1:]
    assert steps == ["delivery_changed", "delivery_tried", "delivery_tried", "delivery_stopped"]


def test_a_server_is_compared_before_a_password_is_kept(paid: Stage, office: Client, tmp_path: Path) -> None:
    server = SftpServer(tmp_path)
    told = {
        "do": "save", "way": "sftp", "day": "5", "host": "127.0.0.1", "port": str(server.port), "user": USER,
        "password": PASSWORD, "outbox": ".",
    }  # fmt: skip
    answer = office.post(DELIVERY, told)
    assert (answer.status_code, server.fingerprint in answer.content.decode()) == (422, True)
    assert (BookDelivery.objects.exists(), server.sign_ins) == (False, [])
    assert office.post(DELIVERY, {**told, "fingerprint": server.fingerprint}).status_code == 302
    assert "It works" in tried(office)
    assert PASSWORD not in office.get(DELIVERY).content.decode() + str(BookDelivery.objects.values())
    BookDelivery.objects.update(through=7)
    later = {**told, "fingerprint": server.fingerprint, "password": "", "day": "9"}
    assert office.post(DELIVERY, later).status_code == 302
    assert "It works" in tried(office, minutes=2)  # the password stayed
    assert BookDelivery.objects.get().through == 7  # and nothing that waits was passed over
    somebody = {**later, "user": "somebody"}
    assert office.post(DELIVERY, somebody).status_code == 422  # the kept password is for whom it was given
    office.post(DELIVERY, {**somebody, "password": PASSWORD})
    assert "does not let" in tried(office, minutes=4)
    server.close()


def test_a_mail_is_tried_and_a_key_is_shown_once(paid: Stage, office: Client, bookkeeper: Client) -> None:
    told = {"do": "save", "way": "mail", "day": "5", "port": "22"}
    assert office.post(DELIVERY, told).status_code == 422
    assert office.post(DELIVERY, {**told, "address": "buch@kanzlei.example"}).status_code == 302
    office.post(DELIVERY, {"do": "try"})
    [mail] = Message.objects.filter(channel="people")
    assert (mail.payload["kind"], mail.payload["reader"]) == ("books_trial", "buch@kanzlei.example")
    shown = office.post(DELIVERY, {"do": "key"})
    [key] = re.findall(r"zb_[\w-]+", shown.content.decode())
    assert shown.headers["Cache-Control"] == "no-store"
    assert merchant_of_key(key, at=paid.now) == paid.merchant
    assert key not in office.get(DELIVERY).content.decode()
    assert "Make a new key" not in bookkeeper.get(DELIVERY).content.decode()
    assert bookkeeper.post(DELIVERY, {"do": "key"}).status_code == 403


def test_the_operator_sees_all_merchants_together_and_nobody_else_does(
    paid: Stage, office: Client, brigitte: Person
) -> None:
    day = date(2026, 11, 19)
    reconcile(paid.merchant, day, at=paid.now)
    assert "All merchants together" not in office.get("/books/days/").content.decode()
    runs = Merchant.objects.create(name="Betrieb", slug="betrieb", is_operator=True)
    Membership.objects.create(merchant=runs, person=brigitte, role=Role.OWNER)
    reconcile(runs, day, at=paid.now)
    office.post("/work-for/", {"merchant": runs.pk})
    page = office.get("/books/days/").content.decode()
    assert ("All merchants together" in page, "2 merchants" in page, "1,024.98" in page) == (True, True, True)


def fields_of(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="text" name="([\w-]+)"(?: value="(\w*)")?', page)
    return {name: value for name, value in found if "-" in name}


def file_address() -> str:
    return f"{PAGE}/batches/{Batch.objects.get().pk}"
