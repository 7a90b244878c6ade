"""ERPs send documents by any door and are told what became of them: kept, taken once, tried anew, nothing lost."""

import csv
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
from django.db import OperationalError
from tests.dying import Killed
from tests.guaranteed import BEGIN, Market

from zahlmeister.connectors.erps.documents import CreditNoteDocument, InvoiceDocument, Line
from zahlmeister.erps.connections import keep_signing
from zahlmeister.erps.models import ErpConnection, Receipt
from zahlmeister.erps.receipts import Came
from zahlmeister.erps.states import ReceiptState
from zahlmeister.flows.deliver_outbox import deliver_next
from zahlmeister.flows.erps import receive_document, tell_erp
from zahlmeister.flows.erps.listen_to_erp import listen_next
from zahlmeister.flows.erps.receive_document import let_go, receive, replay, take_next
from zahlmeister.merchants.models import Merchant
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState
from zahlmeister.purchase.models import Capture, Document, PurchaseEvent
from zahlmeister.purchase.refusals import DifferentContent, NotAuthorised
from zahlmeister.refusals import Refused

BY_PROGRAM = Came("POST /v2/purchase/documents", "program of Wollstube")
HEADER = "kind;number;order;invoice;currency;amount;date;line_name;line_amount"


@pytest.fixture
def market(merchant: Merchant, tmp_path: Path) -> Market:
    made = Market(merchant, tmp_path)
    made.confirms("1001", 10_000)
    return made


def an_invoice(number: str = "R1", minor: int = 6_000, order: str = "1001") -> InvoiceDocument:
    lines = (Line("Wool", minor),)
    return InvoiceDocument(
        number=number, order=order, currency="EUR", minor=minor, invoiced_on=BEGIN.date(), lines=lines
    )


def a_credit_note(number: str = "G1", invoice: str = "R1") -> CreditNoteDocument:
    return CreditNoteDocument(
        number=number, order="1001", currency="EUR", invoice=invoice, minor=1_000, credited_on=BEGIN.date()
    )


def dies(*_: object, **__: object) -> None:
    raise Killed


def states(market: Market) -> dict[str, str]:
    return dict(Receipt.objects.filter(merchant=market.merchant).values_list("number", "state"))


def test_the_same_document_is_taken_once_and_another_of_its_number_is_refused(market: Market) -> None:
    assert receive(market.merchant, an_invoice(), BY_PROGRAM, at=market.stage.now).is_new
    assert not receive(market.merchant, an_invoice(), BY_PROGRAM, at=market.stage.now).is_new
    with pytest.raises(DifferentContent):
        receive(market.merchant, an_invoice(minor=6_001), BY_PROGRAM, at=market.stage.now)

    assert Capture.objects.get(merchant=market.merchant).gross_minor == 6_000
    receipts = Receipt.objects.filter(merchant=market.merchant).order_by("id")
    assert [(one.state, one.due_at) for one in receipts] == [("taken", None), ("refused", None)]
    assert market.wrong() == []


def test_a_credit_note_before_its_invoice_is_kept_and_taken_when_the_invoice_comes(market: Market) -> None:
    with pytest.raises(NotAuthorised):
        receive(market.merchant, a_credit_note(), BY_PROGRAM, at=market.stage.now)
    assert take_next(clock=market.stage.clock) is None  # it is left alone for a while
    receive(market.merchant, an_invoice(), BY_PROGRAM, at=market.stage.now)

    assert take_next(clock=market.stage.clock) is not None
    assert take_next(clock=market.stage.clock) is None
    assert states(market) == {"R1": "taken", "G1": "taken"}
    assert Capture.objects.get(merchant=market.merchant).credited_minor == 1_000
    assert market.wrong() == []


def test_what_is_never_explained_is_tried_for_a_week_and_waits_for_a_person(market: Market) -> None:
    with pytest.raises(NotAuthorised):
        receive(market.merchant, a_credit_note(), BY_PROGRAM, at=market.stage.now)
    for _ in range(8 * 24):
        market.stage.later(hours=1)
        take_next(clock=market.stage.clock)
    receipt = Receipt.objects.get(merchant=market.merchant)
    assert (receipt.state, receipt.due_at) == (ReceiptState.REFUSED, None)
    assert 10 < receipt.attempts < 40
    assert replay(market.merchant.pk, receipt.pk, by="brigitte", at=market.stage.now) == receipt.why
    let_go(market.merchant.pk, receipt.pk, by="brigitte", at=market.stage.now)
    with pytest.raises(Refused):
        replay(market.merchant.pk, receipt.pk, by="brigitte", at=market.stage.now)


def test_a_corrected_document_makes_the_refused_one_unneeded(market: Market) -> None:
    with pytest.raises(Refused):
        receive(market.merchant, an_invoice(minor=10_001), BY_PROGRAM, at=market.stage.now)  # more than authorised
    receive(market.merchant, an_invoice(minor=10_000), BY_PROGRAM, at=market.stage.now)
    receipts = Receipt.objects.filter(merchant=market.merchant).order_by("id")
    assert [one.state for one in receipts] == ["dropped", "taken"]


@pytest.mark.parametrize("dies_in", ["take", "taken"])
def test_whoever_dies_over_a_document_leaves_it_to_the_next(
    market: Market, dies_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = receive_document if dies_in == "take" else receive_document.receipts
    with monkeypatch.context() as patched:
        patched.setattr(place, dies_in, dies)
        with pytest.raises(Killed):
            receive(market.merchant, an_invoice(), BY_PROGRAM, at=market.stage.now)
    assert states(market) == {"R1": "waiting"}

    market.stage.later(minutes=11)
    assert take_next(clock=market.stage.clock) is not None
    assert states(market) == {"R1": "taken"}
    assert Document.objects.filter(merchant=market.merchant).count() == 1
    assert market.wrong() == []


# --- files


@pytest.fixture
def folders(market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
    said = {"folder": str(tmp_path / "in"), "outbox": str(tmp_path / "out")}
    connect(market, way="folder", profile="table", settings=said)
    return tmp_path / "in", tmp_path / "out"


def connect(market: Market, **more: object) -> ErpConnection:
    at = market.stage.now
    erp = ErpConnection(merchant=market.merchant, name="ERP", created_by="brigitte", created_at=at, due_at=at, **more)
    keep_signing(erp, "key")
    erp.save()
    return erp


def looks(market: Market) -> None:
    for _ in range(2):  # a file is whole when it looks the same twice
        market.stage.later(minutes=6)
        assert listen_next(clock=market.stage.clock) is not None


def answers(folder: Path) -> list[list[str]]:
    [file] = folder.glob("answer-*.csv")
    return list(csv.reader(StringIO(file.read_text("utf-8-sig")), delimiter=";"))[1:]


def test_a_file_is_answered_row_by_row_and_its_order_does_not_matter(
    market: Market, folders: tuple[Path, Path]
) -> None:
    rows = [
        "credit_note;G1;1001;R1;EUR;10.00;2026-11-24;;",
        "invoice;R1;1001;;EUR;60.00;2026-11-23;Wool;60.00",
        "invoice;R2;1001;;EUR;60.00;2026-11-23;Wool;60.00",
        "invoice;R3;1001;;EUR;ten;2026-11-23;Wool;10.00",
    ]
    (folders[0] / "day.csv").write_text("\n".join([HEADER, *rows, ""]))
    looks(market)

    assert [(row[2], row[3]) for row in answers(folders[1])] == [
        ("G1", "taken"),
        ("R1", "taken"),
        ("R2", "refused"),
        ("R3", "refused"),
    ]
    assert answers(folders[1])[3][4].startswith("row 5: “ten” is no amount")
    assert states(market) == {"G1": "taken", "R1": "taken", "R2": "refused", "R3": "refused"}
    looks(market)
    assert len(list(folders[1].glob("answer-*.csv"))) == 1  # a file that was read is not read again
    unreadable = Receipt.objects.get(number="R3")
    with pytest.raises(Refused, match="mend it in the ERP"):
        replay(market.merchant.pk, unreadable.pk, by="brigitte", at=market.stage.now)


def test_a_file_that_grows_is_read_when_it_is_whole(market: Market, folders: tuple[Path, Path]) -> None:
    file = folders[0] / "day.csv"
    file.write_text(f"{HEADER}\ninvoice;R1;1001;;EUR;60.00;2026-11-23;Wool;60.0")
    market.stage.later(minutes=6)
    assert listen_next(clock=market.stage.clock) is not None
    assert states(market) == {}
    file.write_text(f"{HEADER}\ninvoice;R1;1001;;EUR;60.00;2026-11-23;Wool;60.00\n")
    looks(market)
    assert states(market) == {"R1": "taken"}


def test_a_file_of_another_make_is_answered_as_a_whole(market: Market, folders: tuple[Path, Path]) -> None:
    (folders[0] / "other.csv").write_text("a,b\n1,2\n")
    looks(market)
    [[_, _, _, result, reason]] = answers(folders[1])
    assert result == "refused"
    assert reason.startswith("The first row names no column “number”")


def test_whoever_dies_before_the_answer_reads_the_file_again(
    market: Market, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from zahlmeister.flows.erps import listen_to_erp

    (folders[0] / "day.csv").write_text(f"{HEADER}\ninvoice;R1;1001;;EUR;60.00;2026-11-23;Wool;60.00\n")
    market.stage.later(minutes=6)
    listen_next(clock=market.stage.clock)
    market.stage.later(minutes=6)
    with monkeypatch.context() as patched:
        patched.setattr(listen_to_erp, "answer", dies)
        with pytest.raises(Killed):
            listen_next(clock=market.stage.clock)
    market.stage.later(minutes=11)
    listen_next(clock=market.stage.clock)
    assert [row[3] for row in answers(folders[1])] == ["taken"]
    assert Document.objects.filter(merchant=market.merchant).count() == 1


def test_a_folder_that_is_gone_is_told_and_tried_again(market: Market, folders: tuple[Path, Path]) -> None:
    folders[0].rmdir()
    assert listen_next(clock=market.stage.clock) is not None
    erp = ErpConnection.objects.get()
    assert "cannot be read" in erp.error
    assert erp.due_at == market.stage.now + timedelta(minutes=5)


# --- telling


class Program:
    """The merchant's own program, which is called."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.answers_with = 200
        program = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                program.calls.append((dict(self.headers), content))
                self.send_response(program.answers_with)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def kinds(self) -> list[str]:
        return [json.loads(content)["kind"] for _, content in self.calls]


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    made = Program()
    yield made
    made.server.shutdown()
    made.server.server_close()


def delivers(market: Market) -> None:
    for _ in range(50):
        if not (tell_erp.hand_over_next(clock=market.stage.clock) or deliver_next(clock=market.stage.clock)):
            return
    pytest.fail("telling does not come to an end")


def test_a_program_is_called_with_every_event_in_order_and_signed(market: Market, program: Program) -> None:
    connect(market, way="program", address=f"http://127.0.0.1:{program.server.server_port}/events?shop=1")
    market.bills()
    market.credits(1_000)
    delivers(market)

    assert program.kinds() == ["captured", "shipped", "credited"]
    headers, content = program.calls[0]
    seconds = int(market.stage.now.timestamp())
    expected = hmac.new(b"key", f"{seconds}.".encode() + content, hashlib.sha256).hexdigest()
    assert headers["Zahlmeister-Signature"] == f"t={seconds},v1={expected}"
    told = json.loads(content)
    assert (told["order"], told["invoice"], told["facts"]["currency"]) == ("1001", "R1", "EUR")
    delivers(market)
    assert len(program.calls) == 3  # nothing is told twice


def test_a_program_that_declines_is_called_again_later_and_in_order(market: Market, program: Program) -> None:
    connect(market, way="program", address=f"http://127.0.0.1:{program.server.server_port}/")
    program.answers_with = 500
    market.bills()
    delivers(market)
    assert program.kinds() == ["captured"]  # what comes after it waits for it
    program.answers_with = 200
    market.stage.later(minutes=6)
    delivers(market)
    assert program.kinds() == ["captured", "captured", "shipped"]
    keys = [headers["Idempotency-Key"] for headers, _ in program.calls]
    assert keys[0] == keys[1] != keys[2]
    assert not Message.objects.exclude(state=MessageState.DELIVERED).exists()


def test_an_event_that_becomes_visible_late_is_told_all_the_same(market: Market, program: Program) -> None:
    connect(market, way="program", address=f"http://127.0.0.1:{program.server.server_port}/")
    market.bills()
    late = PurchaseEvent.objects.get(kind="captured")
    PurchaseEvent.objects.filter(pk=late.pk).delete()  # its transaction has not ended yet
    delivers(market)
    late.save(force_insert=True)
    market.credits(1_000)
    delivers(market)
    assert sorted(program.kinds()) == ["captured", "credited", "shipped"]


def test_an_erp_without_a_program_finds_a_status_file(market: Market, folders: tuple[Path, Path]) -> None:
    market.bills()
    delivers(market)
    rows = [
        row
        for file in sorted(folders[1].glob("status-*.csv"))
        for row in csv.DictReader(StringIO(file.read_text("utf-8-sig")), delimiter=";")
    ]
    assert [(row["kind"], row["order"], row["invoice"]) for row in rows] == [
        ("captured", "1001", "R1"),
        ("shipped", "1001", "R1"),
    ]


def test_an_erp_that_wants_to_hear_nothing_is_told_nothing(market: Market) -> None:
    erp = connect(market, way="program")
    market.bills()
    delivers(market)
    assert not Message.objects.exists()
    erp.refresh_from_db()
    assert erp.told_after == PurchaseEvent.objects.order_by("-id").values_list("id", flat=True).first()


def test_the_database_being_away_is_no_documents_fault(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr(receive_document, "take", away)
    with pytest.raises(OperationalError):
        receive(market.merchant, replace(an_invoice(), number="R7"), BY_PROGRAM, at=market.stage.now)
    assert states(market) == {"R7": "waiting"}
