"""Programs are called back at each change of what we know of an order's money, over real HTTP."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from django.utils import timezone
from tests.stage import Paid, Stage

from zahlmeister.flows.call_programs import CODE_HEADER
from zahlmeister.flows.deliver_outbox import deliver_next
from zahlmeister.flows.let_program_in import call_program_at, let_program_in, stop_calling
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Order
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState
from zahlmeister.programs import limits
from zahlmeister.programs.callbacks import code_of
from zahlmeister.programs.models import Callback
from zahlmeister.refusals import Refused

BY = "brigitte@wollstube.example"
ORDER = {"date": "18-11-2026", "type": "PREPAYMENT", "amount": "49.90", "currency": "EUR"}


@dataclass
class Listener:
    """A merchant's program that is called."""

    heard: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    status: int = 200
    declined: set[str] = field(default_factory=set)
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/changed.php?shop=1"

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(order["number"], order["paymentStatus"]) for _, _, order in self.heard]


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            order = json.loads(body)
            listener.heard.append((self.path, dict(self.headers), order))
            self.send_response(500 if order["number"] in listener.declined else listener.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *told: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield listener
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    limits._knocks.clear()


@dataclass
class Program:
    """A program that speaks to a running installation."""

    url: str
    key: str

    def post(self, path: str, data: Any = None) -> httpx.Response:
        headers = {"X-Komfortkasse-API-Key": self.key}
        return httpx.post(f"{self.url}/api/v2{path}", json=data, headers=headers, trust_env=False)


@pytest.fixture
def program(live_server: Any, merchant: Merchant) -> Program:
    return Program(live_server.url, let_program_in(merchant, "Eigener Shop", by=BY, at=timezone.now()))


@pytest.fixture
def called(merchant: Merchant, program: Program, listener: Listener) -> Callback:
    return call_program_at(merchant, "Eigener Shop", listener.address, "Losung7", by=BY, at=timezone.now())


def deliver(at: datetime) -> None:
    while deliver_next(clock=lambda: at) is not None:
        pass


def test_a_program_hears_of_payment_and_of_what_is_decided_by_hand(
    program: Program, called: Callback, listener: Listener, stage: Stage
):
    assert program.post("/order/100012345", ORDER).status_code == 200
    deliver(timezone.now())
    assert listener.told == []  # that it is new, the program knows

    stage.pays(Paid(4990, "Bestellung 100012345"))
    deliver(timezone.now())
    program.post("/order/A-2", ORDER)
    program.post("/order/A-2/cancel")
    program.post("/order/A-2/cancel")
    deliver(timezone.now())

    assert listener.told == [("100012345", "PAID"), ("A-2", "CANCELLED")]
    path, headers, order = listener.heard[0]
    assert path == "/changed.php?shop=1"
    assert headers[CODE_HEADER] == "Losung7"
    assert (order["amount"], order["date"]) == (49.9, "18-11-2026")


def test_a_program_hears_of_orders_that_are_gone(program: Program, called: Callback, listener: Listener):
    for number in ("A-1", "A-2", "A-3"):
        program.post(f"/order/{number}", ORDER)
    program.post("/order/remove/A-1")
    program.post("/ordersync", ["A-3"])
    deliver(timezone.now())

    assert sorted(listener.told) == [("A-1", "DISAPPEARED"), ("A-2", "LEGACY")]


def test_a_call_that_failed_is_made_again_with_the_same_key(program: Program, called: Callback, listener: Listener):
    program.post("/order/A-1", ORDER)
    program.post("/order/A-1/setpaid")
    listener.status, now = 500, timezone.now()
    deliver(now)
    [message] = Message.objects.filter(channel="webhook")
    assert (message.state, "500" in message.error) == (MessageState.WAITING, True)
    assert timedelta(minutes=14) < message.due_at - now < timedelta(minutes=16)

    listener.status = 200
    deliver(now + timedelta(minutes=5))
    assert len(listener.heard) == 1
    deliver(now + timedelta(minutes=16))

    message.refresh_from_db()
    assert message.state == MessageState.DELIVERED
    assert [headers["Idempotency-Key"] for _, headers, _ in listener.heard] == [message.key] * 2


def test_a_call_that_the_program_cannot_take_keeps_back_none_of_the_others(
    program: Program, called: Callback, listener: Listener
):
    for number in ("A-1", "A-2", "A-3"):
        program.post(f"/order/{number}", ORDER)
        program.post(f"/order/{number}/setpaid")
    listener.declined = {"A-1"}
    deliver(timezone.now())

    assert listener.told == [("A-1", "PAID"), ("A-2", "PAID"), ("A-3", "PAID")]
    waiting = Message.objects.filter(channel="webhook", state=MessageState.WAITING)
    assert [message.payload["order"] for message in waiting] == [Order.objects.get(number="A-1").pk]


def test_a_program_that_is_away_is_waited_for_once_and_not_for_each_call(
    program: Program, called: Callback, listener: Listener
):
    for number in ("A-1", "A-2", "A-3"):
        program.post(f"/order/{number}", ORDER)
        program.post(f"/order/{number}/setpaid")
    listener.status = 503
    deliver(timezone.now())

    assert len(listener.heard) == 1
    assert Message.objects.filter(channel="webhook", state=MessageState.WAITING).count() == 3


def test_a_program_that_stays_away_is_called_for_a_week_and_then_a_person_looks(
    program: Program, called: Callback, listener: Listener
):
    program.post("/order/A-1", ORDER)
    program.post("/order/A-1/setpaid")
    listener.status, now = 503, timezone.now()
    deliver(now + timedelta(days=6))
    assert Message.objects.get(channel="webhook").state == MessageState.WAITING

    deliver(now + timedelta(days=8))

    assert Message.objects.get(channel="webhook").state == MessageState.STUCK


def test_a_call_that_comes_late_says_what_is_true_then(program: Program, called: Callback, listener: Listener):
    program.post("/order/A-1", ORDER)
    program.post("/order/A-1/setpaid")
    program.post("/order/A-1/setunpaid")
    deliver(timezone.now())

    assert listener.told == [("A-1", "UNPAID"), ("A-1", "UNPAID")]


def test_nobody_is_called_in_a_private_network(
    program: Program, called: Callback, listener: Listener, monkeypatch: pytest.MonkeyPatch
):
    program.post("/order/A-1", ORDER)
    program.post("/order/A-1/setpaid")
    Callback.objects.update(address=f"https://127.0.0.1:{listener.port}/")
    monkeypatch.delenv("ZAHLMEISTER_PRIVATE")
    deliver(timezone.now())

    assert listener.heard == []
    assert "private network" in Message.objects.get(channel="webhook").error


@pytest.mark.parametrize(
    "address", ["http://shop.example/x", "ftp://shop.example", "", "https://user:word@shop.example"]
)
def test_an_address_that_may_not_be_called_is_refused(
    merchant: Merchant, address: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("ZAHLMEISTER_PRIVATE")
    let_program_in(merchant, "Eigener Shop", by=BY, at=timezone.now())

    with pytest.raises(Refused):
        call_program_at(merchant, "Eigener Shop", address, "", by=BY, at=timezone.now())


def test_the_code_is_sealed_and_a_program_is_not_called_any_more(
    program: Program, called: Callback, listener: Listener, merchant: Merchant
):
    assert b"Losung7" not in bytes(called.sealed)
    assert code_of(called) == "Losung7"
    program.post("/order/A-1", ORDER)
    program.post("/order/A-1/setpaid")

    stop_calling(merchant, "Eigener Shop", by=BY, at=timezone.now())
    deliver(timezone.now())

    assert listener.heard == []
    assert Message.objects.get(channel="webhook").state == MessageState.DELIVERED


def test_a_merchant_without_a_program_writes_no_calls(stage: Stage, program: Program, listener: Listener):
    program.post("/order/A-1", ORDER)
    program.post("/order/A-1/setpaid")

    assert not Message.objects.filter(channel="webhook").exists()
