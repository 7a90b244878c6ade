"""An ERP without a program lays its files on an SFTP server, and finds there what became of them and of its orders."""

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from tests.connectors.sftp_server import PASSWORD, USER, SftpServer
from tests.flows.test_erps import delivers, looks, market, states  # noqa: F401 - a fixture
from tests.guaranteed import Market

from zahlmeister.erps.models import ErpConnection
from zahlmeister.erps.states import Way
from zahlmeister.flows.erps import listen_to_erp
from zahlmeister.flows.erps.connect_erp import WantedErp, connect
from zahlmeister.flows.erps.listen_to_erp import listen_next
from zahlmeister.purchase.models import Capture, Document
from zahlmeister.refusals import Refusal

TABLE = """kind;number;order;invoice;currency;amount;date;tracking;line_name;line_amount
invoice;R1;1001;;EUR;60.00;2026-11-23;;Wool;60.00
shipment;L1;1001;R1;EUR;;2026-11-23;00340;;
credit_note;G1;;R1;EUR;10.00;2026-11-24;;;
invoice;R2;1001;;EUR;60.00;2026-11-24;;Wool;60.00
"""
XML = """<documents>
  <document kind="invoice"><number>R1</number><order>1001</order><currency>EUR</currency><amount>60.00</amount>
    <date>2026-11-23</date><lines><line><line_name>Wool</line_name><line_amount>60.00</line_amount></line></lines></document>
  <document kind="shipment"><number>L1</number><order>1001</order><invoice>R1</invoice><currency>EUR</currency>
    <date>2026-11-23</date><tracking>00340</tracking></document>
  <document kind="credit_note"><number>G1</number><invoice>R1</invoice><currency>EUR</currency><amount>10.00</amount>
    <date>2026-11-24</date></document>
  <document kind="invoice"><number>R2</number><order>1001</order><currency>EUR</currency><amount>60.00</amount>
    <date>2026-11-24</date><lines><line><line_name>Wool</line_name><line_amount>60.00</line_amount></line></lines></document>
</documents>"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    for name in ("to", "from"):
        (tmp_path / "server" / name).mkdir(parents=True)
    made = SftpServer(tmp_path / "server")
    yield made
    made.close()


def connects(market: Market, server: SftpServer, layout: str = "table", **other: str) -> ErpConnection:  # noqa: F811 - a fixture's name
    settings = {"host": "127.0.0.1", "port": str(server.port), "user": USER, "folder": "to", "outbox": "from"}
    told = settings | {"fingerprint": server.fingerprint} | other
    wanted = WantedErp("ERP", Way.SFTP, layout, settings=told, secret={"password": PASSWORD})
    return connect(market.merchant, wanted, by="brigitte", at=market.stage.now)[0]


def lays_down(server: SftpServer, name: str, content: str) -> None:
    """As careful programs write: under another name until it is whole."""
    half = server.folder / "to" / f"{name}.part"
    half.write_text(content)
    half.rename(half.with_suffix(""))


def found(server: SftpServer, pattern: str) -> list[dict[str, str]]:
    files = sorted((server.folder / "from").glob(pattern))
    texts = [file.read_text("utf-8-sig") for file in files]
    return [row for text in texts for row in csv.DictReader(StringIO(text), delimiter=";")]


@pytest.mark.parametrize(("layout", "name", "content"), [("table", "day.csv", TABLE), ("xml", "day.xml", XML)])
def test_documents_come_by_file_and_what_became_of_them_goes_back_by_file(
    market: Market,  # noqa: F811 - a fixture
    server: SftpServer,
    layout: str,
    name: str,
    content: str,
) -> None:
    connects(market, server, layout)
    lays_down(server, name, content)
    looks(market)
    delivers(market)

    assert states(market) == {"R1": "taken", "L1": "taken", "G1": "taken", "R2": "refused"}
    captured = Capture.objects.get(merchant=market.merchant)
    assert (captured.gross_minor, captured.credited_minor, captured.shipped_on) == (6_000, 1_000, market.today)
    said = found(server, "answer-day-*.csv")
    assert [(row["number"], row["result"]) for row in said] == [
        ("R1", "taken"),
        ("L1", "taken"),
        ("G1", "taken"),
        ("R2", "refused"),
    ]
    assert "40.00" in said[3]["reason"]  # what is left of the order's hundred
    told = found(server, "status-*.csv")
    assert [(row["kind"], row["order"], row["invoice"], row["amount"]) for row in told] == [
        ("captured", "1001", "R1", "60.00"),
        ("shipped", "1001", "R1", ""),
        ("credited", "1001", "R1", "10.00"),
    ]
    looks(market)
    delivers(market)
    assert (len(found(server, "answer-*.csv")), len(found(server, "status-*.csv"))) == (4, 3)  # each is said once
    assert not list((server.folder / "from").glob("*.part"))
    assert market.wrong() == []


def test_whoever_loses_the_line_over_the_answer_reads_the_file_again_and_takes_nothing_twice(
    market: Market,  # noqa: F811 - a fixture
    server: SftpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    erp = connects(market, server)
    lays_down(server, "day.csv", TABLE)
    market.stage.later(minutes=6)
    listen_next(clock=market.stage.clock)

    def cut(*_: object) -> bytes:
        server.close()
        return b"answer"

    market.stage.later(minutes=6)
    with monkeypatch.context() as patched:
        patched.setattr(listen_to_erp, "answer", cut)
        listen_next(clock=market.stage.clock)
    erp.refresh_from_db()
    assert erp.error
    assert found(server, "answer-*.csv") == []

    again = SftpServer(server.folder)
    erp.settings |= {"port": str(again.port), "fingerprint": again.fingerprint}
    erp.save()
    market.stage.later(minutes=11)
    listen_next(clock=market.stage.clock)
    again.close()
    assert [row["result"] for row in found(server, "answer-day-*.csv")] == ["taken", "taken", "taken", "refused"]
    assert Document.objects.filter(merchant=market.merchant).count() == 3
    assert market.wrong() == []


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"fingerprint": "SHA256:c29tZWJvZHkgZWxzZQ"}, "ask who runs it whether it has a new key"),
        ({"user": "stranger"}, "does not let “stranger” in"),
        ({"foldr": "to"}, "“foldr” is nothing that has to be known of such an ERP"),
        ({"folder": "nowhere"}, "nowhere"),
        ({"port": "twenty-two"}, "“twenty-two” is no port"),
    ],
)
def test_an_erp_that_cannot_be_reached_is_not_connected_and_it_says_why(
    market: Market,  # noqa: F811 - a fixture
    server: SftpServer,
    other: dict[str, str],
    says: str,
) -> None:
    with pytest.raises(Refusal, match=says):
        connects(market, server, **other)
    assert not ErpConnection.objects.exists()
