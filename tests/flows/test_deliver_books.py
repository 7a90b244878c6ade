"""The bookkeeper's files come by themselves, once; everything can be handed over for an audit, or read like a bank."""

import csv
import io
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client
from lxml import etree
from tests.connectors.sftp_server import PASSWORD, USER, SftpServer
from tests.dying import Killed, dying
from tests.formats.payments.schemas import HAS_SCHEMAS, faults
from tests.formats.reading import records
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.accounting.models import Batch, BookDelivery, BookkeeperSettings, BookKey
from zahlmeister.flows.deliver_books import deliver_books_next, make_book_key, set_delivery
from zahlmeister.flows.export_audit import export_audit
from zahlmeister.flows.export_books import batch_file
from zahlmeister.flows.export_clearing import export_clearing
from zahlmeister.flows.tell_people import _enclosed
from zahlmeister.formats.records import Closing, Entry, Opening
from zahlmeister.ledger.as_of import balances_on
from zahlmeister.ledger.models import Posting
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.outbox.models import Message
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
#: The structure of the index that audit programs read (version of 1 September 2004), as far as we write it.
INDEX = """
<!ELEMENT DataSet (Version, DataSupplier?, Media+)>
<!ELEMENT DataSupplier (Name, Location, Comment)>
<!ELEMENT Media (Name, Table+)>
<!ELEMENT Table (URL, Name?, Description?, UTF8?, (DecimalSymbol, DigitGroupingSymbol)?, Range?, VariableLength)>
<!ELEMENT Range (From)>
<!ELEMENT VariableLength (ColumnDelimiter?, RecordDelimiter?, TextEncapsulator?, VariablePrimaryKey*, VariableColumn*, ForeignKey*)>
<!ELEMENT VariablePrimaryKey (Name, Description?, (Numeric | AlphaNumeric | Date))>
<!ELEMENT VariableColumn (Name, Description?, (Numeric | AlphaNumeric | Date))>
<!ELEMENT ForeignKey (Name+, References)>
<!ELEMENT Numeric (Accuracy?)> <!ELEMENT Date (Format)> <!ELEMENT AlphaNumeric EMPTY> <!ELEMENT UTF8 EMPTY>
"""  # noqa: E501 - a rule of the index stands on one line
WORDS = (
    "Version Name Location Comment URL Description DecimalSymbol DigitGroupingSymbol From ColumnDelimiter "
    "RecordDelimiter TextEncapsulator Accuracy Format References"
)


@pytest.fixture
def november(stage: Stage) -> Stage:
    BookkeeperSettings.objects.create(merchant=stage.merchant, consultant=1001, client=456, begins_on=FIRST)
    stage.orders(order("100012345", "24.98"), order("100012346", "49.90", "Bernd Krause"))
    stage.pays(
        Paid(2498, "100012345"), Paid(5000, "100012346", "Bernd Krause", BERND), Paid(3333, "danke", "Jiří 日本"),
    )  # fmt: skip
    stage.later(days=14)
    return stage


def test_a_folder_gets_each_batch_once_and_again_only_when_there_is_a_new_one(november: Stage, tmp_path: Path) -> None:
    set_delivery(november.merchant, "folder", {"path": str(tmp_path)}, day=5, by="brigitte", at=november.now)
    november.now = november.now.replace(day=4)
    deliver_books_next(clock=november.clock)
    assert list(tmp_path.glob("*.csv")) == []  # not before the fifth
    november.later(days=2)
    assert deliver_books_next(clock=november.clock)
    [batch] = Batch.objects.all()
    assert (tmp_path / batch.name).read_bytes() == batch_file(batch)
    (tmp_path / batch.name).unlink()
    november.later(days=1)
    assert deliver_books_next(clock=november.clock)
    assert deliver_books_next(clock=november.clock) is None  # an hour's rest
    assert list(tmp_path.glob("*.csv")) == []
    assert BookDelivery.objects.get().through == batch.number


def test_what_cannot_be_delivered_says_why_and_is_tried_again(november: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "books"
    folder.mkdir()
    set_delivery(november.merchant, "folder", {"path": str(folder)}, day=1, by="brigitte", at=november.now)
    folder.rmdir()
    deliver_books_next(clock=november.clock)
    row = BookDelivery.objects.get()
    assert ("takes no file" in row.error, row.failures, row.through) == (True, 1, 0)
    folder.mkdir()
    november.later(hours=3)
    deliver_books_next(clock=november.clock)
    row.refresh_from_db()
    assert (row.error, row.failures, row.through) == ("", 0, 1)
    with pytest.raises(Refused, match="no folder"):
        set_delivery(november.merchant, "folder", {"path": "/nowhere"}, day=1, by="brigitte", at=november.now)
    with pytest.raises(Refused, match="between 1 and 28"):
        set_delivery(november.merchant, "mail", {"address": "b@kanzlei.example"}, day=31, by="b", at=november.now)


def test_two_merchants_share_a_folder_and_nobody_loses_a_file(november: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "books"
    folder.mkdir()
    karl = Stage(Merchant.objects.create(name="Karls Kaffee", slug="karl"), tmp_path, november.now)
    BookkeeperSettings.objects.create(merchant=karl.merchant, consultant=1001, client=457, begins_on=FIRST)
    karl.pays(Paid(777, "Kaffee"))
    for each in (november, karl):
        set_delivery(each.merchant, "folder", {"path": str(folder)}, day=1, by="b", at=november.now)
        deliver_books_next(clock=november.clock)
    laid = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert laid == {batch.name: batch_file(batch) for batch in Batch.objects.all()}
    assert len(laid) == 2
    BookDelivery.objects.update(through=0, look_at=november.now)  # both died before they could note it
    [first, _second] = sorted(folder.iterdir())
    first.write_bytes(b"somebody else's")
    for _ in (november, karl):
        deliver_books_next(clock=november.clock)
    assert first.read_bytes() == b"somebody else's"
    rows = {row.merchant.slug: (row.through, row.error) for row in BookDelivery.objects.select_related("merchant")}
    assert rows["karl"] == (1, "")
    assert (rows["brigitte"][0], first.name in rows["brigitte"][1]) == (0, True)


def test_a_delivery_that_breaks_off_keeps_nobody_waiting(november: Stage, tmp_path: Path) -> None:
    karl = Merchant.objects.create(name="Karls Kaffee", slug="karl")
    BookDelivery.objects.create(
        merchant=karl, way="folder", settings={}, day=1, look_at=november.now - timedelta(days=1)
    )
    Batch.objects.create(
        merchant=karl, number=1, first=FIRST, last=LAST, rows=1, sum_minor=1, currency="EUR", name="x.csv",
        content=b"", sha256="", made_by="b", made_at=november.now,
    )  # fmt: skip
    set_delivery(november.merchant, "folder", {"path": str(tmp_path)}, day=1, by="brigitte", at=november.now)
    with pytest.raises(KeyError):
        deliver_books_next(clock=november.clock)
    assert deliver_books_next(clock=november.clock)
    assert len(list(tmp_path.glob("*.csv"))) == 1


def test_a_server_gets_each_batch_once_whoever_dies_in_between(
    november: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "server"
    root.mkdir()
    server = SftpServer(root)
    told = {
        "host": "127.0.0.1", "user": USER, "password": PASSWORD, "port": server.port, "outbox": ".",
        "fingerprint": server.fingerprint,
    }  # fmt: skip
    set_delivery(november.merchant, "sftp", told, day=1, by="brigitte", at=november.now)
    with dying(monkeypatch, at=2, moment="before"), pytest.raises(Killed):  # the export is the first
        deliver_books_next(clock=november.clock)
    assert BookDelivery.objects.get().through == 0
    november.later(days=1)
    deliver_books_next(clock=november.clock)
    [batch] = Batch.objects.all()
    assert {path.name: path.read_bytes() for path in root.iterdir()} == {batch.name: batch_file(batch)}
    assert (BookDelivery.objects.get().through, BookDelivery.objects.get().error) == (1, "")
    server.close()


def test_a_kept_password_is_asked_for_when_the_server_changes(november: Stage) -> None:
    told = {"host": "sftp.kanzlei.example", "user": USER, "outbox": ".", "fingerprint": "SHA256:x"}
    wanted = {"day": 1, "by": "brigitte", "at": november.now}
    set_delivery(november.merchant, "sftp", {**told, "password": PASSWORD}, **wanted)
    sealed = bytes(set_delivery(november.merchant, "sftp", told, **wanted).sealed)
    assert sealed  # the same server keeps it
    with pytest.raises(Refused, match="Enter the password again"):
        set_delivery(november.merchant, "sftp", {**told, "host": "elsewhere.example"}, **wanted)
    assert BookDelivery.objects.get().settings["host"] == "sftp.kanzlei.example"
    assert not bytes(set_delivery(november.merchant, "mail", {"address": "b@kanzlei.example"}, **wanted).sealed)


def test_a_mail_goes_once_with_the_file(november: Stage) -> None:
    set_delivery(november.merchant, "mail", {"address": "buch@kanzlei.example"}, day=1, by="brigitte", at=november.now)
    deliver_books_next(clock=november.clock)
    BookDelivery.objects.update(through=0, look_at=november.now)  # a worker died before it could note it
    deliver_books_next(clock=november.clock)
    [mail] = Message.objects.filter(channel="people")
    [file] = _enclosed(mail)
    assert (file.name, file.data) == (Batch.objects.get().name, batch_file(Batch.objects.get()))


def test_a_key_reads_the_batches_and_nothing_else(november: Stage, tmp_path: Path, client: Client) -> None:
    key = make_book_key(november.merchant, by="brigitte", at=november.now)
    set_delivery(november.merchant, "folder", {"path": str(tmp_path)}, day=1, by="brigitte", at=november.now)
    deliver_books_next(clock=november.clock)
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {key}"}
    [told] = client.get("/api/books/batches", **bearer).json()["batches"]
    answer = client.get(f"/api/books/batches/{told['number']}", **bearer)
    assert answer.content == batch_file(Batch.objects.get())
    assert client.get("/api/books/batches?above=1", **bearer).json() == {"batches": []}
    assert client.get("/api/books/batches/9", **bearer).status_code == 404
    assert client.post("/api/books/batches", **bearer).status_code == 405
    assert client.get("/api/v2/order/id", HTTP_X_KOMFORTKASSE_API_KEY=key, **bearer).status_code in {401, 404}
    assert client.get("/", **bearer).status_code == 302  # the office asks to sign in
    for wrong in ("", "Bearer ", f"Bearer {key}x", f"Basic {key}"):
        assert client.get("/api/books/batches", HTTP_AUTHORIZATION=wrong).status_code == 401
    make_book_key(november.merchant, by="brigitte", at=november.now)
    assert client.get("/api/books/batches", **bearer).status_code == 401
    assert key not in str(list(BookKey.objects.values()))


def test_everything_is_handed_over_for_an_audit_and_described(november: Stage, tmp_path: Path) -> None:
    Merchant.objects.create(name="Karls Kaffee", slug="karl")
    target = tmp_path / "audit.zip"
    assert export_audit(november.merchant, target, by="brigitte", at=november.now) > 10
    with zipfile.ZipFile(target) as package:
        index = package.read("index.xml")
        rows = list(csv.DictReader(io.StringIO(package.read("ledger_posting.csv").decode()), delimiter=";"))
        merchants = package.read("merchants_merchant.csv").decode()
        names = set(package.namelist())
    assert sum(int(row["amount_minor"]) for row in rows) == sum(Posting.objects.values_list("amount_minor", flat=True))
    assert "Karls Kaffee" not in merchants
    words = "".join(f"<!ELEMENT {word} (#PCDATA)>" for word in WORDS.split())
    dtd = etree.DTD(io.StringIO(INDEX + words))
    root = etree.fromstring(index)
    assert dtd.validate(root), dtd.error_log
    assert {url.text for url in root.iter("URL")} == names - {"index.xml"}
    described = {name.text for name in root.iter("Name")}
    assert not described & {"sealed", "password", "content", "token"}
    with pytest.raises(Refused, match="cannot be written"):
        export_audit(november.merchant, target, by="brigitte", at=november.now)


def test_clearing_accounts_are_statements_that_the_house_itself_reads(november: Stage) -> None:
    content = export_clearing(november.merchant, FIRST, LAST, at=november.now)
    if HAS_SCHEMAS:
        assert faults(content, "camt.053.001.08") == []
    books = balances_on(november.merchant.pk, LAST)
    closings: dict[str, int] = {}
    moved: dict[str, int] = {}
    account = ""
    for record in records(content):
        match record:
            case Opening():
                account = record.account or ""
            case Entry():
                moved[account] = moved.get(account, 0) + record.amount.minor
            case Closing():
                closings[account] = record.balance.amount.minor if record.balance else 0
    assert closings["ZM-UNCLEAR-EUR"] == moved["ZM-UNCLEAR-EUR"] == books[Book.UNCLEAR, 0, "EUR"] == -3333
    assert closings["ZM-SURPLUS-EUR"] == moved["ZM-SURPLUS-EUR"] == books[Book.SURPLUS, 0, "EUR"] == -10
    assert content == export_clearing(november.merchant, FIRST, LAST, at=november.now)
