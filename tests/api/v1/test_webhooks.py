"""Webhooks: signed, in order, tried again, told again, and never into a private network; over real HTTP."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.utils import timezone
from tests.callers import Program, key_for
from tests.stage import Paid, Stage

from zahlmeister.flows.deliver_outbox import deliver_next
from zahlmeister.flows.tell_webhooks import hand_over_next
from zahlmeister.orders.record import shop_called
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState
from zahlmeister.programs.models import Callback, Write
from zahlmeister.programs.webhooks import Topic

ORDER = {"number": "Z-1", "kind": "invoice", "total": "1.00", "currency": "EUR", "ordered_on": "2026-11-20"}


@dataclass
class Listener:
    """A program that is called."""

    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    declined: set[str] = field(default_factory=set)
    status: int = 200
    port: int = 0

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(said["topic"], said["id"]) for said in (json.loads(body) for _, body in self.heard)]


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(500 if json.loads(body)["id"] in listener.declined else listener.status)
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


def hooked(program: Program, listener: Listener, *topics: Topic, **more: Any) -> dict[str, str]:
    address = f"http://127.0.0.1:{listener.port}/heard?shop=1"
    made = program.write("/webhooks", {"address": address, "topics": topics or (Topic.ORDER, Topic.PAYMENT), **more})
    assert made.status_code == 201, made.content
    return dict(made.json())


def work(at: datetime | None = None) -> None:
    """A worker's turns until nothing is due."""
    now = at or timezone.now()
    while hand_over_next(clock=lambda: now) or deliver_next(clock=lambda: now) is not None:
        pass


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As a receiver checks it, written down from the standard and not from the house."""
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


def test_a_webhook_hears_of_what_changes_signed_and_once(program: Program, listener: Listener, wollstube: Stage):
    hook = hooked(program, listener)
    work()
    assert listener.heard == []  # what happened before is not its business

    wollstube.pays(Paid(2000, "Bestellung 100012346", name="Bernd Blau"))
    work()
    work()

    bernd = str(wollstube.item("100012346").order_id)
    assert ("order.changed", bernd) in listener.told
    assert "payment.changed" in {topic for topic, _ in listener.told}
    assert len({body for _, body in listener.heard}) == len(listener.heard)
    for headers, body in listener.heard:
        assert is_signed(hook["secret"], headers, body)
        assert not is_signed(hook["secret"], headers, body + b" ")
        assert abs(int(headers["webhook-timestamp"]) - timezone.now().timestamp()) < 300
    calls = program.get(f"/webhooks/{hook['id']}/calls").json()["data"]
    assert {call["state"] for call in calls} == {"delivered"}
    assert {call["id"] for call in calls} == {headers["webhook-id"] for headers, _ in listener.heard}


def test_a_webhook_of_one_shop_and_one_topic_hears_nothing_else(program: Program, listener: Listener, wollstube: Stage):
    shop = str(wollstube.item("100012346").order.shop_id)
    other = shop_called(wollstube.merchant.pk, "Zweiter")
    hooked(program, listener, Topic.ORDER, shop=shop)
    program.write("/orders", ORDER | {"shop": str(other.pk)})
    made = program.write("/orders", ORDER | {"shop": shop}).json()
    wollstube.pays(Paid(2000, "Bestellung 100012346", name="Bernd Blau"))
    work()

    assert {topic for topic, _ in listener.told} == {"order.changed"}
    assert {number for _, number in listener.told} == {made["id"], str(wollstube.item("100012346").order_id)}
    refused = program.write("/webhooks", {"address": "https://x.example", "topics": ["payment.changed"], "shop": shop})
    assert refused.status_code == 409


def test_calls_about_one_thing_keep_their_order_and_wait_for_nobody_else(
    program: Program, listener: Listener, wollstube: Stage
):
    hooked(program, listener, Topic.ORDER)
    one, two = (str(wollstube.item(number).order_id) for number in ("100012345", "100012346"))
    program.write(f"/orders/{one}/remove")
    program.write(f"/orders/{two}/cancel")
    program.write(f"/orders/{two}/reopen")
    listener.declined, now = {two}, timezone.now()
    work(now)
    assert [number for _, number in listener.told] == [one, two]  # the second about two waits for the first

    listener.declined = set()
    work(now + timedelta(minutes=2))
    assert [number for _, number in listener.told] == [one, two, two, two]
    events = [json.loads(body)["event"] for _, body in listener.heard]
    assert events[1] == events[2] < events[3]


def test_a_webhook_that_is_away_is_called_for_a_week_with_growing_waits(
    program: Program, listener: Listener, wollstube: Stage
):
    hook = hooked(program, listener, Topic.ORDER)
    program.write(f"/orders/{wollstube.item('100012346').order_id}/cancel")
    listener.status, now = 503, timezone.now()
    waits = []
    while (message := Message.objects.filter(channel="webhook", state=MessageState.WAITING).first()) or not waits:
        work(now)
        message = message or Message.objects.get(channel="webhook")
        message.refresh_from_db()
        waits.append(message.due_at - now)
        now = message.due_at
        if message.state != MessageState.WAITING:
            break

    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert max(waits) == timedelta(hours=6)
    assert timedelta(days=6) < sum(waits, timedelta()) <= timedelta(days=7)
    [call] = program.get(f"/webhooks/{hook['id']}/calls").json()["data"]
    assert (call["state"], "503" in call["error"]) == ("stuck", True)


def test_while_the_secret_is_changed_both_are_good_for_a_day(program: Program, listener: Listener):
    hook = hooked(program, listener)
    here = f"/webhooks/{hook['id']}"
    new = program.write(f"{here}/rotate", once="r-1").json()["secret"]
    Write.objects.filter(status=200).update(status=None, lease_until=timezone.now() - timedelta(hours=1))
    assert program.write(f"{here}/rotate", once="r-1").json()["secret"] == new  # not changed twice by one write

    for wait, both in ((0, True), (25, False)):
        program.write(f"{here}/test")
        work(timezone.now() + timedelta(hours=wait))
        headers, body = listener.heard[-1]
        assert is_signed(new, headers, body)
        assert is_signed(hook["secret"], headers, body) == both
    assert json.loads(body)["topic"] == "test"
    assert hook["secret"].encode() not in bytes(Callback.objects.get().sealed)
    assert not Write.objects.filter(sealed__contains=new.encode()).exists()


def test_what_was_missed_is_told_again(program: Program, listener: Listener, wollstube: Stage):
    hook = hooked(program, listener, Topic.ORDER)
    since = timezone.now().isoformat()
    program.write(f"/orders/{wollstube.item('100012346').order_id}/cancel")
    work()
    once = len(listener.heard)
    assert once

    for _ in range(2):
        answer = program.write(f"/webhooks/{hook['id']}/replay", {"since": since}, once="again")
        assert answer.json()["calls"] == once
    work()

    assert len(listener.heard) == 2 * once
    assert len({headers["webhook-id"] for headers, _ in listener.heard}) == 2 * once
    long_ago = (timezone.now() - timedelta(days=8)).isoformat()
    assert program.write(f"/webhooks/{hook['id']}/replay", {"since": long_ago}).status_code == 409


def test_a_webhook_leads_into_no_private_network(
    program: Program, listener: Listener, wollstube: Stage, monkeypatch: pytest.MonkeyPatch
):
    hook = hooked(program, listener)
    monkeypatch.delenv("ZAHLMEISTER_PRIVATE")
    for address in ("http://shop.example/x", "ftp://shop.example", "https://me:word@shop.example", "nowhere at all"):
        refused = program.write("/webhooks", {"address": address, "topics": ["order.changed"]})
        assert refused.status_code in {400, 409}, address
    Callback.objects.update(address=f"https://localhost:{listener.port}/")  # a name that leads to this machine
    program.write(f"/webhooks/{hook['id']}/test")
    work()

    assert listener.heard == []
    assert "private network" in Message.objects.get(channel="webhook").error


def test_a_webhook_that_ended_hears_nothing_more(program: Program, listener: Listener, wollstube: Stage):
    hook = hooked(program, listener)
    program.write(f"/orders/{wollstube.item('100012346').order_id}/cancel")
    hand_over_next(clock=timezone.now)

    for _ in range(2):
        assert program.write(f"/webhooks/{hook['id']}", method="DELETE", once="end").status_code == 200
    work()

    assert listener.heard == []
    assert program.get("/webhooks").json()["data"] == []


def test_a_webhook_asked_for_twice_under_one_key_is_one(program: Program, wollstube: Stage):
    wanted = {"address": "https://shop.example/x", "topics": ["order.changed"]}
    first = program.write("/webhooks", wanted, once="w").json()
    Write.objects.update(status=None, lease_until=timezone.now() - timedelta(hours=1))  # died before it answered
    assert program.write("/webhooks", wanted, once="w").json() == first
    assert key_for(wollstube.merchant, "webhooks:read").get("/webhooks").json()["data"][0]["id"] == first["id"]
