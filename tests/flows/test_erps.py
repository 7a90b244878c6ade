"""ERPs send documents by any door and are told what became of them: kept, taken once, tried anew, nothing lost."""

import csv
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import OperationalError
from tests.dying import Killed
from tests.guaranteed import BEGIN, Market

from zahlmeister.connectors.erps.contract import Page
from zahlmeister.connectors.erps.documents import CreditNoteDocument, InvoiceDocument, Line
from zahlmeister.connectors.erps.read_documents import Found
from zahlmeister.erps.connections import keep_secret, keep_signing
from zahlmeister.erps.models import ErpConnection, Receipt
from zahlmeister.erps.receipts import Came
from zahlmeister.erps.states import ReceiptState
from zahlmeister.flows.deliver_outbox import deliver_next
from zahlmeister.flows.erps import listen_to_erp, receive_document, tell_erp
from zahlmeister.flows.erps.listen_to_erp import listen_next
from zahlmeister.flows.erps.receive_document import let_go, receive, replay, take_next
from zahlmeister.flows.erps.steer_erp import change_erp, wanted_of
from zahlmeister.flows.purchase.take_document import Taken
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


def test_the_same_document_twice_in_one_moment_gets_one_answer(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    real, second = receive_document.take, list[Taken]()

    def while_another_comes(*of: object, **more: object) -> Taken:
        with monkeypatch.context() as patched:
            patched.setattr(receive_document, "take", real)
            second.append(receive(market.merchant, an_invoice(), BY_PROGRAM, at=market.stage.now))
        return real(*of, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(receive_document, "take", while_another_comes)
    first = receive(market.merchant, an_invoice(), BY_PROGRAM, at=market.stage.now)
    assert (first.subject, first.number) == (second[0].subject, second[0].number)
    assert [second[0].is_new, first.is_new] == [True, False]
    assert states(market) == {"R1": "taken"}


def test_a_refusal_twice_in_one_moment_says_why_both_times(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    real = receive_document.take

    def while_another_comes(*of: object, **more: object) -> Taken:
        with monkeypatch.context() as patched:
            patched.setattr(receive_document, "take", real)
            with pytest.raises(NotAuthorised):
                receive(market.merchant, a_credit_note(), BY_PROGRAM, at=market.stage.now)
        return real(*of, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(receive_document, "take", while_another_comes)
    with pytest.raises(NotAuthorised, match="names invoice R1, which was not reported"):
        receive(market.merchant, a_credit_note(), BY_PROGRAM, at=market.stage.now)
    assert states(market) == {"G1": "refused"}


def test_what_was_let_go_and_is_sent_once_more_is_taken(market: Market) -> None:
    with pytest.raises(NotAuthorised):
        receive(market.merchant, a_credit_note(), BY_PROGRAM, at=market.stage.now)
    let_go(market.merchant.pk, Receipt.objects.get().pk, by="brigitte", at=market.stage.now)
    receive(market.merchant, an_invoice(), BY_PROGRAM, at=market.stage.now)
    receive(market.merchant, a_credit_note(), BY_PROGRAM, at=market.stage.now)
    assert states(market) == {"R1": "taken", "G1": "taken"}


def test_a_document_that_breaks_us_keeps_no_other_waiting(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in ("G1", "G2"):
        with pytest.raises(NotAuthorised):
            receive(market.merchant, a_credit_note(number), BY_PROGRAM, at=market.stage.now)
    real = receive_document.take

    def breaks(merchant: Merchant, document: CreditNoteDocument, **more: object) -> Taken:
        if document.number == "G1":
            raise KeyError("a bug of ours")
        return real(merchant, document, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(receive_document, "take", breaks)
    receive(market.merchant, an_invoice(), BY_PROGRAM, at=market.stage.now)
    for _ in range(3):
        with suppress(KeyError):
            take_next(clock=market.stage.clock)
    assert states(market) == {"G1": "waiting", "R1": "taken", "G2": "taken"}


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
    said = {"name": "ERP", "created_by": "brigitte", "created_at": at, "due_at": at, **more}
    erp = ErpConnection(merchant=market.merchant, **said)
    keep_signing(erp, "key")
    erp.save()
    return erp


@pytest.mark.parametrize("name", ["host", "port", "user", "fingerprint", "database", "address"])
def test_another_server_is_not_told_the_password_of_this_one(market: Market, name: str) -> None:
    there = {"host": "127.0.0.1", "port": "9", "user": "b", "fingerprint": "SHA256:a", "database": "d", "address": "a"}
    erp = connect(market, way="sftp", profile="table", settings=there)
    keep_secret(erp, {"password": "geheim"})
    erp.save()
    for elsewhere in ({**there, name: "7"}, {known: fact for known, fact in there.items() if known != name}):
        with pytest.raises(Refused, match="Enter the password again"):
            change_erp(erp, wanted_of(erp, settings=elsewhere), by="clerk", at=market.stage.now)
    assert erp.settings == there


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


def test_a_file_that_breaks_us_keeps_no_other_waiting(
    market: Market, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = listen_to_erp.documents_of

    def breaks(content: bytes, *of: Any, name: str) -> Iterator[Found]:
        if name == "a.csv":
            raise KeyError("a bug of ours")
        return real(content, *of, name=name)

    monkeypatch.setattr(listen_to_erp, "documents_of", breaks)
    for name, number in (("a.csv", "R1"), ("b.csv", "R2")):
        (folders[0] / name).write_text(f"{HEADER}\ninvoice;{number};1001;;EUR;30.00;2026-11-23;Wool;30.00\n")
    market.stage.later(minutes=6)
    listen_next(clock=market.stage.clock)
    market.stage.later(minutes=6)
    with pytest.raises(KeyError):
        listen_next(clock=market.stage.clock)
    assert states(market) == {"R2": "taken"}
    assert "KeyError" in ErpConnection.objects.get().error


class Feed:
    """An ERP that is asked, and gives two invoices."""

    @contextmanager
    def __call__(self, erp: ErpConnection) -> Iterator["Feed"]:
        yield self

    def documents(self, after: str) -> Page:
        found = [Found(number, "invoice", number, an_invoice(number, 3_000)) for number in ("R1", "R2")]
        return Page([] if after else found, "2", is_more=False)


def test_a_document_that_is_kept_and_breaks_us_does_not_stop_what_an_erp_gives(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(market, way="tryton")
    monkeypatch.setattr(listen_to_erp, "asked", Feed())
    real = receive_document.take

    def breaks(merchant: Merchant, document: InvoiceDocument, **more: object) -> Taken:
        if document.number == "R1":
            raise KeyError("a bug of ours")
        return real(merchant, document, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(receive_document, "take", breaks)
        listen_next(clock=market.stage.clock)
    erp = ErpConnection.objects.get()
    assert (erp.after, erp.error, states(market)) == ("2", "", {"R1": "waiting", "R2": "taken"})
    market.stage.later(minutes=11)
    take_next(clock=market.stage.clock)
    assert states(market) == {"R1": "taken", "R2": "taken"}


def test_a_document_that_could_not_be_kept_is_asked_for_again(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError

    connect(market, way="tryton")
    monkeypatch.setattr(listen_to_erp, "asked", Feed())
    with monkeypatch.context() as patched:
        patched.setattr(receive_document.receipts, "keep", away)
        with pytest.raises(OperationalError):
            listen_next(clock=market.stage.clock)
    assert (ErpConnection.objects.get().after, states(market)) == ("", {})


def test_more_files_than_one_look_reads_are_read_soon(
    market: Market, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listen_to_erp, "FILES_AT_ONCE", 1)
    for number in ("R1", "R2"):
        row = f"invoice;{number};1001;;EUR;30.00;2026-11-23;Wool;30.00"
        (folders[0] / f"{number}.csv").write_text(f"{HEADER}\n{row}\n")
    looks(market)
    assert len(states(market)) == 1
    market.stage.later(seconds=16)
    assert listen_next(clock=market.stage.clock) is not None
    assert states(market) == {"R1": "taken", "R2": "taken"}


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


def test_an_erp_that_cannot_be_told_keeps_no_other_waiting(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (connect(market, name=name, way="program", address="https://erp.example") for name in "ab")
    market.bills()
    real = tell_erp.hand_over

    def breaks(erp: ErpConnection, *, at: datetime) -> None:
        if erp.pk == first.pk:
            raise KeyError("a bug of ours")
        real(erp, at=at)

    monkeypatch.setattr(tell_erp, "hand_over", breaks)
    with pytest.raises(KeyError):
        tell_erp.hand_over_next(clock=market.stage.clock)
    assert tell_erp.hand_over_next(clock=market.stage.clock) == second
    assert set(Message.objects.values_list("group", flat=True)) == {f"erp:{second.pk}"}


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
