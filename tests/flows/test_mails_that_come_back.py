"""Reports of non-delivery in a mailbox, and a mail provider that calls: noted once, for the right merchant only."""

import hmac
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from tests.connectors.imap_server import PASSWORD, USER, Box, imap_server
from tests.connectors.mail_server import Post, mail_server
from tests.flows.test_payment_information import AT_HOME, deliver, set_up
from tests.letters.bounces import report
from tests.stage import Stage, order

from zahlmeister.connectors.mail import imap
from zahlmeister.connectors.mail.imap import Mailbox, Mark
from zahlmeister.correspondence.models import MailReturns, SentLetter
from zahlmeister.flows import read_bounces as flow
from zahlmeister.flows.letter_settings import keep_mail_returns
from zahlmeister.flows.read_bounces import EVERY, read_mailbox
from zahlmeister.merchants.models import Merchant
from zahlmeister.outbox.models import Message
from zahlmeister.refusals import Refused, Unreachable

pytestmark = pytest.mark.django_db(transaction=True)
BY = "brigitte@wollstube.example"
KEY = "key-of-brigitte"


@pytest.fixture
def post() -> Iterator[Post]:
    with mail_server() as server:
        yield server


@pytest.fixture
def box() -> Iterator[Box]:
    with imap_server() as server:
        yield server


@pytest.fixture
def office(stage: Stage, post: Post, box: Box, tmp_path: Path, settings) -> Stage:
    """Anna has been told how to pay; the mailbox of the sender's address is known, and so is the provider's key."""
    settings.BOUNCES, settings.PRINT_FOLDER = "", str(tmp_path / "print")
    set_up(stage, post.port)
    stage.orders(order("1001", "49.90", **AT_HOME))
    deliver(stage)
    listen(stage, box)
    return stage


def listen(stage: Stage, box: Box, **more: object) -> MailReturns:
    given = {"host": "127.0.0.1", "port": box.port, "security": "none", "user": USER, **more}
    returns = MailReturns.objects.filter(merchant=stage.merchant).first() or MailReturns(merchant=stage.merchant)
    for name, value in given.items():
        setattr(returns, name, value)
    keep_mail_returns(stage.merchant, returns, PASSWORD, KEY, by=BY, at=stage.now)
    return returns


def look(stage: Stage) -> int | None:
    stage.now += EVERY
    return read_mailbox(clock=stage.clock)


def called(event: dict[str, object], stage: Stage, *, key: str = KEY, hours_ago: int = 0) -> object:
    stamp, token = str(int(stage.now.timestamp()) - hours_ago * 3600), "t" * 50
    signed = hmac.new(key.encode(), f"{stamp}{token}".encode(), "sha256").hexdigest()
    body = {"signature": {"timestamp": stamp, "token": token, "signature": signed}, "event-data": event}
    address = f"/api/mail/mailgun/{MailReturns.objects.get(merchant=stage.merchant).pk}"
    with time_machine.travel(stage.now, tick=False):
        return Client().post(address, json.dumps(body), content_type="application/json")


def failed(message_id: str, *, severity: str = "permanent", event: str = "failed") -> dict[str, object]:
    return {
        "event": event,
        "severity": severity,
        "recipient": "anna@post.example",
        "delivery-status": {"code": 550, "message": "5.1.1 no such mailbox"},
        "message": {"headers": {"message-id": message_id}},
    }


def test_a_report_in_the_mailbox_is_noted_and_sent_on_paper_and_read_once(office: Stage, box: Box):
    mail = SentLetter.objects.get()
    box.arrives(b"Subject: Danke!\r\n\r\nschon gezahlt")
    box.arrives(report(mail.message_id))

    assert look(office) == 2
    assert look(office) == 0
    box.arrives(report(mail.message_id, whole=False))
    assert look(office) == 1
    deliver(office)

    mail.refresh_from_db()
    assert mail.bounce == "550 5.1.1 no such mailbox"
    assert len(list((office.folder / "print").glob("*.pdf"))) == 1
    assert not [said for said in box.commands if said.startswith(("SELECT", "UID STORE", "EXPUNGE"))]


def test_a_mailbox_is_left_alone_for_a_while(office: Stage, box: Box):
    look(office)
    before = len(box.commands)

    assert read_mailbox(clock=office.clock) is None
    assert len(box.commands) == before


def test_a_worker_that_dies_in_the_middle_is_followed_by_one_that_reads_the_mail_again(
    office: Stage, box: Box, monkeypatch
):
    mail, real, deaths = SentLetter.objects.get(), flow._note, [RuntimeError("killed")]
    box.arrives(report(mail.message_id))

    def dies_behind(*args: object, **more: object) -> None:
        real(*args, **more)
        if deaths:
            raise deaths.pop()

    monkeypatch.setattr(flow, "_note", dies_behind)
    with pytest.raises(RuntimeError, match="killed"):
        look(office)
    assert look(office) == 1

    assert Message.objects.filter(channel="letter").count() == 1


def test_another_mailbox_named_while_one_is_read_is_read_from_its_own_beginning(office: Stage, box: Box):
    box.arrives(report(SentLetter.objects.get().message_id))
    asked = iter(range(9))

    def clock() -> datetime:
        if next(asked) == 1:  # the report was read, and is not noted yet
            listen(office, box, folder="Zurück")
        return office.now

    office.now += EVERY
    read_mailbox(clock=clock)
    kept = MailReturns.objects.get(merchant=office.merchant)
    assert (kept.folder, kept.numbering, kept.last, kept.looked_at) == ("Zurück", 0, 0, None)


def test_after_a_new_numbering_the_mailbox_is_read_again_from_its_newest_mails(office: Stage, box: Box, monkeypatch):
    monkeypatch.setattr(imap, "FIRST_LOOK", 2)
    for _ in range(5):
        box.arrives(b"Subject: x\r\n\r\n")
    assert look(office) == 2

    box.numbering, box.mails = 8, {1: report(SentLetter.objects.get().message_id)}
    assert look(office) == 1
    assert SentLetter.objects.get().bounced_at is not None


def test_mails_far_too_long_are_passed_over(office: Stage, box: Box, monkeypatch):
    monkeypatch.setattr(imap, "LONGEST", 100)
    box.arrives(report(SentLetter.objects.get().message_id))

    assert look(office) == 1
    assert SentLetter.objects.get().bounced_at is None


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"user": "dirk"}, "user name or password"),
        ({"folder": "Nirgends"}, "no folder"),
        ({"port": 1}, "cannot be read"),
    ],
)
def test_what_is_wrong_with_the_mailbox_is_said_where_it_is_set_up(office: Stage, box: Box, wrong, sentence):
    listen(office, box, **wrong)
    look(office)
    assert sentence in MailReturns.objects.get().error

    listen(office, box, user=USER, folder="INBOX", port=box.port)
    look(office)
    assert MailReturns.objects.get().error == ""


def test_passwords_never_cross_the_net_in_the_open():
    with pytest.raises(Refused, match="unencrypted"):
        Mailbox("mail.example", security="none")
    with imap_server() as box, pytest.raises(Unreachable):
        list(Mailbox("127.0.0.1", box.port, "tls", USER, PASSWORD).news(Mark()))
    assert not [said for said in box.commands if "LOGIN" in said]


def test_who_speaks_for_one_merchant_is_not_believed_about_another(office: Stage, box: Box, stage: Stage):
    mail = SentLetter.objects.get()
    other = Merchant.objects.create(name="Fischhaus", slug="fisch")
    MailReturns.objects.filter(merchant=office.merchant).update(host="")
    box.arrives(report(mail.message_id))
    stranger = Stage(other, stage.folder, stage.now)
    listen(stranger, box)

    look(stranger)
    called(failed(mail.message_id), stranger)

    mail.refresh_from_db()
    assert mail.bounced_at is None


def test_mailgun_says_that_a_mail_came_back(office: Stage):
    mail = SentLetter.objects.get()
    for _ in range(2):
        assert called(failed(mail.message_id), office).status_code == 200

    mail.refresh_from_db()
    assert mail.bounce == "550 5.1.1 no such mailbox"
    assert Message.objects.filter(channel="letter").count() == 1


@pytest.mark.parametrize(
    "event", [failed("ID", severity="temporary"), failed("ID", event="opened"), failed(""), {"event": "failed"}, {}]
)
def test_whatever_else_mailgun_says_is_heard_and_changes_nothing(office: Stage, event):
    mail = SentLetter.objects.get()
    if event.get("message", {}).get("headers", {}).get("message-id"):
        event["message"]["headers"]["message-id"] = mail.message_id

    assert called(event, office).status_code == 200
    mail.refresh_from_db()
    assert mail.bounced_at is None


def test_who_does_not_sign_as_agreed_is_not_heard(office: Stage):
    mail = SentLetter.objects.get()
    address = f"/api/mail/mailgun/{MailReturns.objects.get().pk}"
    for body in (b"{}", b"[]", b"no json", b'{"signature": 1}', b"\xff"):
        assert Client().post(address, body, content_type="application/json").status_code == 406
    assert called(failed(mail.message_id), office, key="another").status_code == 406
    assert called(failed(mail.message_id), office, hours_ago=30).status_code == 406
    assert called(failed(mail.message_id), office, hours_ago=-30).status_code == 406
    assert Client().post("/api/mail/mailgun/1", b"{}", content_type="application/json").status_code == 406

    mail.refresh_from_db()
    assert mail.bounced_at is None
