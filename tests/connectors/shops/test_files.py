"""Orders as files in a folder, on an SFTP server, at an address of the web; and answers laid down beside them."""

import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.sftp_server import PASSWORD, USER, SftpServer
from zahlmeister.connectors.shops.contract import Heard, Reading, ShopPort, Telling, Verdict
from zahlmeister.connectors.shops.files import Files, Url
from zahlmeister.connectors.shops.systems import SYSTEMS
from zahlmeister.money.amount import Amount
from zahlmeister.orders.reported import row_of
from zahlmeister.refusals import Refused, Unreachable
from zahlmeister.sandbox.shops.served import Asked, Said, Served

ALL = Reading()
HEADER = "Bestellnummer;Betrag;Datum;Zahlungsart;Name;E-Mail\r\n"


@pytest.fixture(autouse=True)
def _folders_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("orders", "answers"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture(params=["folder", "sftp"])
def shop(request: pytest.FixtureRequest, folder: Path) -> Iterator[ShopPort]:
    """A place with files of orders, of each kind that takes answers."""
    with ExitStack() as stack:
        yield stack.enter_context(_opened(request.param, folder, stack))


def _opened(kind: str, folder: Path, stack: ExitStack) -> AbstractContextManager[ShopPort]:
    if kind == "folder":
        settings = {"folder": str(folder / "orders"), "answers": str(folder / "answers")}
        return SYSTEMS["files_folder"].open(settings, {})
    server = SftpServer(folder)
    stack.callback(server.close)
    settings = {
        "host": "127.0.0.1",
        "port": str(server.port),
        "user": USER,
        "fingerprint": server.fingerprint,
        "folder": "orders",
        "answers": "answers",
    }
    return SYSTEMS["files_sftp"].open(settings, {"password": PASSWORD})


def test_all_files_together_are_the_list_and_the_newest_counts(shop: ShopPort, folder: Path):
    _written(folder, "a.csv", HEADER + "A-1;49,90;20.11.2026;Vorkasse;Anna Arendt;anna@example.org\r\nA-2;5,00;;;;\r\n")
    _written(folder, "b.json", json.dumps([{"number": "A-1", "amount": "59.90"}, {"number": "A-3", "amount": 7}]))
    _written(folder, "readme.md", "no orders")
    keys = shop.open_keys(ALL)

    found = {order.number: order.amount for order in shop.orders(keys)}

    assert found == {"A-1": Amount(5990, "EUR"), "A-2": Amount(500, "EUR"), "A-3": Amount(700, "EUR")}


def test_what_is_told_of_an_order(shop: ShopPort, folder: Path):
    _written(
        folder,
        "a.csv",
        "Bestellnummer;Betrag;Datum;Zahlungsart;Name;Firma;PLZ;IBAN;Referenz;Skontobetrag;Skonto bis\r\n"
        "A-1;49,90;20.11.2026;Rechnung;Anna Maria Arendt;Wolle AG;50667;DE89370400440532013000;R7;1,00;2026-12-01\r\n",
    )

    order = shop.find("A-1")

    assert order is not None
    assert (order.kind, order.ordered_on) == ("invoice", date(2026, 11, 20))
    assert (order.billing.first_name, order.billing.last_name) == ("Anna Maria", "Arendt")
    assert (order.billing.company, order.billing.postcode) == ("Wolle AG", "50667")
    assert (order.iban, order.reference) == ("DE89370400440532013000", "R7")
    assert (order.discount, order.discount_until) == (Amount(100, "EUR"), date(2026, 12, 1))
    assert shop.find("A-2") is None


def test_what_only_files_know_reaches_the_order(shop: ShopPort, folder: Path):
    _written(
        folder,
        "a.csv",
        "Bestellnummer;Betrag;IBAN;Referenz;Skontobetrag;Skonto bis\r\n"
        "A-1;49,90;DE89370400440532013000;R7;1,00;2026-12-01\r\n",
    )
    order = shop.find("A-1")
    assert order is not None

    row = row_of(order, "invoice", 1)

    assert (row.iban, row.reference) == ("DE89370400440532013000", "R7")
    assert (row.discount, row.discount_until) == (Amount(100, "EUR"), date(2026, 12, 1))


def test_what_is_not_ours_is_not_open(shop: ShopPort, folder: Path):
    _written(
        folder, "a.csv", HEADER + "A-1;5,00;;PayPal;;\r\nA-2;5,00;01.01.2020;Vorkasse;;\r\nA-3;5,00;;Nachnahme;;\r\n"
    )

    assert list(shop.open_keys(Reading(since=date(2026, 1, 1)))) == ["A-3"]


def test_a_file_that_cannot_be_read_stops_the_whole_list(shop: ShopPort, folder: Path):
    _written(folder, "a.csv", HEADER + "A-1;5,00;;;;\r\n")
    _written(folder, "b.csv", HEADER + "A-2;viel;;;;\r\n")

    with pytest.raises(Unreachable, match=r"b\.csv, line 2.*Nothing was taken from the files"):
        shop.open_keys(ALL)


def test_an_empty_place_says_so(shop: ShopPort):
    assert list(shop.open_keys(ALL)) == []
    assert shop.about().warnings == ("No file of orders lies there.",)


def test_paid_is_told_once_by_a_file_of_its_own(shop: ShopPort, folder: Path):
    _written(folder, "a.csv", HEADER + "A/1 x;49,90;;;;\r\nA-2;5,00;;;;\r\n")
    telling = _telling("A/1 x")

    first, second = shop.tell([telling]), shop.tell([telling])

    assert [answers[0].heard for answers in (first, second)] == [Heard.WRITTEN, Heard.ALREADY]
    [path] = (folder / "answers").iterdir()
    assert path.read_text().splitlines() == [
        "number;result;amount;currency;paid_on;transaction",
        "A/1 x;PAID;49.90;EUR;2026-11-20;zm-7",
    ]
    assert list(shop.open_keys(ALL)) == ["A-2"]


def test_what_broke_off_is_laid_down_again(shop: ShopPort, folder: Path):
    _written(folder, "a.csv", HEADER + "A-1;49,90;;;;\r\n")
    (folder / "answers" / ".paid_A-1_zm-7.csv.part").write_bytes(b"number;res")

    assert shop.tell([_telling("A-1")])[0].heard is Heard.WRITTEN
    assert [path.name for path in (folder / "answers").iterdir()] == ["paid_A-1_zm-7.csv"]


def test_late_money_for_a_cancelled_order_is_told(shop: ShopPort, folder: Path):
    _written(folder, "a.csv", HEADER + "A-1;49,90;;;;\r\n")
    shop.tell([_telling("A-1", Verdict.CANCELLED, "zm-6")])
    (folder / "orders" / "a.csv").unlink()

    assert shop.tell([_telling("A-1")])[0].heard is Heard.WRITTEN


def test_an_order_in_no_file_is_left_alone(shop: ShopPort, folder: Path):
    _written(folder, "a.csv", HEADER + "A-1;49,90;;;;\r\n")

    assert [answer.heard for answer in shop.tell([_telling("A-9"), _telling("A-1")])] == [Heard.LEFT, Heard.WRITTEN]


def test_nothing_is_told_where_no_answers_are_wanted(folder: Path):
    _written(folder, "a.csv", HEADER + "A-1;49,90;;;;\r\n")

    with SYSTEMS["files_folder"].open({"folder": str(folder / "orders")}, {}) as shop:
        assert shop.tell([_telling("A-1")])[0].heard is Heard.LEFT


def test_headers_that_a_person_told(folder: Path):
    _written(folder, "a.csv", "Vorgang;Zu zahlen\r\nA-1;49,90\r\n")
    settings = {"folder": str(folder / "orders"), "meant": {"columns": {"Vorgang": "number", "Zu zahlen": "amount"}}}

    with SYSTEMS["files_folder"].open(settings, {}) as shop:
        assert list(shop.open_keys(ALL)) == ["A-1"]


def test_a_file_that_nobody_knows_is_for_a_person_and_shown_as_it_would_be_read(shop: ShopPort, folder: Path):
    _written(folder, "a.csv", HEADER + "A-1;49,90;;;;\r\n")
    _written(
        folder, "b.csv", "Vorgang;Zu zahlen;Wie;Sorte\r\nB-1;49,90;Vorauskasse per Bank;x\r\nB-2;5,00;PayPal;y\r\n"
    )
    assert shop.about().needs_columns
    assert shop.about().warnings == ("What the columns of “b.csv” mean is not known yet.",)
    assert isinstance(shop, Files)

    seen = shop.glimpse()
    assert seen is not None
    assert (seen.table.name, seen.table.header) == ("b.csv", ("Vorgang", "Zu zahlen", "Wie", "Sorte"))
    assert seen.table.column(2) == ["Vorauskasse per Bank", "PayPal"]
    assert seen.orders == ()
    assert seen.refusal == "Say which column has the order number, and which has the amount to pay."


def test_what_a_person_told_of_headers_and_payment_methods_counts(folder: Path):
    _written(folder, "b.csv", "Vorgang;Zu zahlen;Wie;Name\r\nB-1;49,90;Vorauskasse per Bank;x\r\nB-2;5,00;PayPal;y\r\n")
    meant = {
        "columns": {"Vorgang": "number", "Zu zahlen": "amount", "Wie": "payment_kind", "Name": ""},
        "kinds": {"Vorauskasse per Bank": "prepayment"},
    }

    with SYSTEMS["files_folder"].open({"folder": str(folder / "orders"), "meant": meant}, {}) as shop:
        assert not shop.about().needs_columns
        assert list(shop.open_keys(ALL)) == ["B-1"]
        [order] = shop.orders(["B-1"])
        assert (order.amount, order.kind, order.billing.last_name) == (Amount(4990, "EUR"), "prepayment", "")


def test_folders_of_the_machine_are_the_operators_to_allow(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ZAHLMEISTER_PRIVATE")

    with (
        pytest.raises(Refused, match="does not let merchants read folders"),
        SYSTEMS["files_folder"].open({"folder": str(folder)}, {}),
    ):
        pass


def test_answers_that_cannot_be_laid_down_are_a_sentence(folder: Path):
    _written(folder, "a.csv", HEADER + "A-1;49,90;;;;\r\n")
    settings = {"folder": str(folder / "orders"), "answers": str(folder / "nowhere")}

    with (
        SYSTEMS["files_folder"].open(settings, {}) as shop,
        pytest.raises(Unreachable, match="takes no answers: No such file"),
    ):
        shop.tell([_telling("A-1")])


class _Web(Served):
    """A web server with one file, its mark, and a password."""

    def __init__(self) -> None:
        self.content = b'[{"number": "A-1", "amount": "49.90"}]'
        self.mark = '"v1"'
        super().__init__()

    def answer(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != "Basic d29sbGU6Z2Fybg==":
            return Said(401)
        if (asked.path, asked.query.get("shop")) != ("/export/orders.json", "1"):
            return Said(404)
        if asked.headers.get("if-none-match") == self.mark:
            return Said(304, headers={"ETag": self.mark})
        return Said(200, self.content, {"ETag": self.mark})


@pytest.fixture
def web() -> Iterator[_Web]:
    Url._kept.clear()
    server = _Web()
    yield server
    server.close()


def _at(web: _Web, password: str = "garn") -> AbstractContextManager[ShopPort]:
    settings: dict[str, Any] = {"address": f"{web.address}/export/orders.json?shop=1", "user": "wolle"}
    return SYSTEMS["files_url"].open(settings, {"password": password})


def test_a_file_of_the_web_is_sent_again_only_when_it_has_changed(web: _Web):
    for _ in range(2):
        with _at(web) as shop:
            assert list(shop.open_keys(ALL)) == ["A-1"]
    assert "if-none-match" in web.asked[-1].headers

    web.content, web.mark = b'[{"number": "A-2", "amount": "5"}]', '"v2"'
    with _at(web) as shop:
        assert list(shop.changed(ALL, datetime.now(UTC))) == ["A-2"]
        assert shop.tell([_telling("A-2")])[0].heard is Heard.LEFT


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"<html><title>Wartung</title></html>", "web page"), (b'[{"number": "A-1", "amo', "no JSON")],
)
def test_what_is_no_file_of_orders_is_a_sentence(web: _Web, content: bytes, sentence: str):
    web.content = content

    with _at(web) as shop, pytest.raises(Unreachable, match=sentence):
        shop.open_keys(ALL)


def test_a_wrong_password_waits_for_a_person(web: _Web):
    with _at(web, "wrong") as shop, pytest.raises(Unreachable, match="401") as stop:
        shop.open_keys(ALL)

    assert stop.value.permanent


def _telling(number: str, verdict: Verdict = Verdict.PAID, callback: str = "zm-7") -> Telling:
    amount = Amount(4990, "EUR") if verdict is Verdict.PAID else None
    return Telling(number, number, verdict, callback, amount=amount, paid_on=date(2026, 11, 20))


def _written(folder: Path, name: str, text: str) -> None:
    path = folder / "orders" / name
    path.write_bytes(text.encode())
    times = len(list(path.parent.iterdir()))  # the later, the newer
    os.utime(path, (1_700_000_000 + times, 1_700_000_000 + times))
