"""Mails that come back, and letters that go to a print service."""

import mailbox
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.connectors.mail_server import Post, mail_server
from tests.flows.test_payment_information import AT_HOME, deliver, set_up
from tests.letters.asked import printed, read_page
from tests.letters.bounces import report
from tests.stage import Stage, order

from zahlmeister.correspondence.models import SentLetter
from zahlmeister.dunning.models import Notice
from zahlmeister.flows.read_bounces import read_folder
from zahlmeister.flows.run_dunning import message_of
from zahlmeister.history.queries import steps_of
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState
from zahlmeister.outbox.write import Said, tell


@pytest.fixture
def post() -> Iterator[Post]:
    with mail_server() as server:
        yield server


@pytest.fixture
def office(stage: Stage, post: Post, tmp_path: Path, settings) -> Stage:
    """Anna has been told how to pay; a print service and a folder for mails that come back are there."""
    mailbox.Maildir(tmp_path / "bounces", create=True)
    settings.BOUNCES, settings.PRINT_FOLDER = f"maildir:{tmp_path / 'bounces'}", str(tmp_path / "print")
    set_up(stage, post.port)
    stage.orders(order("1001", "49.90", **AT_HOME))
    deliver(stage)
    return stage


def comes_back(stage: Stage, content: bytes) -> None:
    mailbox.Maildir(stage.folder / "bounces").add(content)


def files(stage: Stage) -> list[Path]:
    return sorted((stage.folder / "print").glob("*.pdf"))


def test_a_mail_that_comes_back_is_noted_and_sent_on_paper(office: Stage):
    mail = SentLetter.objects.get()
    comes_back(office, report(mail.message_id))
    assert read_folder(clock=office.clock) == 1
    deliver(office)

    mail.refresh_from_db()
    assert (mail.bounced_at, mail.bounce) == (office.now, "550 5.1.1 no such mailbox")
    assert "mail_came_back" in [step.verb for step in steps_of(office.merchant.pk, "item", office.item("1001").pk)]
    [letter] = files(office)
    pdf = letter.read_bytes()
    assert letter.name.startswith("1001-")
    assert "Hauptstr. 5" in printed(pdf)
    assert "20. November 2026" in printed(pdf)
    assert office.item("1001").order.reference in printed(pdf)
    assert "SEPA-Überweisung/Zahlschein" in printed(pdf, 1)
    assert read_page(pdf, 1)[0].startswith("BCD")


def test_the_same_report_again_sends_nothing_again(office: Stage):
    mail = SentLetter.objects.get()
    for _ in range(2):
        comes_back(office, report(mail.message_id))
        read_folder(clock=office.clock)
        deliver(office)

    assert len(files(office)) == 1
    assert read_folder(clock=office.clock) is None


def test_what_is_no_report_of_ours_changes_nothing(office: Stage):
    comes_back(office, report("somebody-elses@x.example"))
    comes_back(office, report(SentLetter.objects.get().message_id, action="delayed", status="4.4.1"))
    comes_back(office, b"Subject: Urlaub\r\n\r\nIch bin nicht da.")

    assert read_folder(clock=office.clock) == 3
    assert SentLetter.objects.get().bounced_at is None
    deliver(office)
    assert files(office) == []


def test_without_a_print_service_the_mail_is_only_noted(office: Stage, settings):
    settings.PRINT_FOLDER = ""
    comes_back(office, report(SentLetter.objects.get().message_id))
    read_folder(clock=office.clock)

    assert SentLetter.objects.get().bounced_at is not None
    assert not Message.objects.filter(channel="letter").exists()


def test_a_letter_without_an_address_is_said_and_not_printed(office: Stage):
    office.orders(order("1002", "5.00", "Bernd Bauer"))
    item = office.item("1002")
    payload = {"kind": "payment_information", "item": item.pk}
    tell(office.merchant.pk, [Said("letter", "order:x", "paper:1", payload)], at=office.now)
    deliver(office)

    assert "no whole postal address" in Message.objects.get(state=MessageState.STUCK).error
    assert files(office) == []


def test_a_dunning_notice_claims_its_fee_in_the_mail_and_in_the_code(office: Stage, post: Post):
    office.orders(order("1003", "49.90", payment_kind="invoice", invoice_number="R-3", **AT_HOME))
    item = office.item("1003")
    notice = Notice.objects.create(
        merchant=office.merchant, item=item, what="remind", level=2, on=office.now.date(), sent_by="mail",
        open_minor=4990, fee_minor=250, by="dunning", created_at=office.now,
    )  # fmt: skip
    tell(office.merchant.pk, [message_of(notice, item)], at=office.now)
    deliver(office)

    text = post.mails[-1].get_body(("plain",)).get_content()
    assert "Zweite Mahnung" in post.mails[-1]["Subject"]
    assert "Mahngebühr:" in text
    assert "52,40 EUR" in text
    [slip] = post.mails[-1].iter_attachments()
    assert "EUR52.40" in read_page(slip.get_content())[0]


def test_a_reminder_of_prepayment_claims_nothing_but_what_is_open(office: Stage, post: Post):
    item = office.item("1001")
    notice = Notice.objects.create(
        merchant=office.merchant, item=item, what="remind", level=1, on=office.now.date(), sent_by="mail",
        open_minor=4990, by="dunning", created_at=office.now,
    )  # fmt: skip
    tell(office.merchant.pk, [message_of(notice, item)], at=office.now)
    deliver(office)

    assert post.mails[-1]["Subject"].startswith("Zahlungserinnerung zu Ihrer Bestellung 1001")
    assert "Mahngebühr" not in post.mails[-1].get_body(("plain",)).get_content()


def test_a_notice_that_is_to_be_posted_goes_to_the_print_service(office: Stage, post: Post):
    item = office.item("1001")
    notice = Notice.objects.create(
        merchant=office.merchant, item=item, what="remind", level=2, on=office.now.date(), sent_by="letter",
        open_minor=4990, by="dunning", created_at=office.now,
    )  # fmt: skip
    tell(office.merchant.pk, [message_of(notice, item)], at=office.now)
    deliver(office)

    [letter] = files(office)
    assert "Zweite Zahlungserinnerung" in printed(letter.read_bytes())
    assert len(post.mails) == 1
