from collections.abc import Iterator
from datetime import date

import pytest
from tests.connectors.mail_server import Post, mail_server
from tests.letters.asked import read_page, read_picture
from tests.stage import ACCOUNT, Paid, Stage, order

from zahlmeister.banking.models import BankAccount
from zahlmeister.correspondence.models import InformationRule, MailAccount, Sender, SentLetter
from zahlmeister.correspondence.sent import content_of
from zahlmeister.flows.deliver_outbox import deliver_next
from zahlmeister.flows.send_payment_information import send_again
from zahlmeister.money.references import is_payment_reference
from zahlmeister.orders.record import shop_called
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState
from zahlmeister.outbox.write import Said, tell
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refusals import Refused

AT_HOME = {"street": "Hauptstr. 5", "postcode": "10115", "city": "Berlin", "country": "DE"}


@pytest.fixture
def post() -> Iterator[Post]:
    with mail_server() as server:
        yield server


@pytest.fixture
def office(stage: Stage, post: Post) -> Stage:
    """Brigitte has an account, a sender, a mail server, and has payment information sent for prepayment."""
    set_up(stage, post.port)
    return stage


def set_up(stage: Stage, port: int) -> None:
    BankAccount.objects.create(merchant=stage.merchant, number=ACCOUNT, currency="EUR", holder="Brigitte Berger")
    Sender.objects.create(merchant=stage.merchant, name="Wollstube", address="zahlung@wollstube.example")
    MailAccount.objects.create(merchant=stage.merchant, host="127.0.0.1", port=port, security="none")
    rule(stage)


def rule(stage: Stage, kind: str = "prepayment", **more: object) -> InformationRule:
    given = {"is_on": True, "since": date(2026, 11, 1), **more}
    shop = shop_called(stage.merchant.pk, "Wollstube")
    return InformationRule.objects.create(merchant=stage.merchant, shop=shop, payment_kind=kind, **given)


def deliver(stage: Stage) -> None:
    """What the worker does until nothing is due."""
    while deliver_next(clock=stage.clock) is not None:
        pass


def waiting(stage: Stage) -> list[str]:
    rows = Message.objects.filter(merchant=stage.merchant, state=MessageState.WAITING)
    return [message.payload["kind"] for message in rows.order_by("id")]


def test_anna_is_told_how_to_pay_as_soon_as_her_order_is_there(office: Stage, post: Post):
    office.orders(order("1001", "49.90", **AT_HOME))
    deliver(office)

    [mail] = post.mails
    reference = office.item("1001").order.reference
    assert post.readers == ["anna@post.example"]
    assert is_payment_reference(reference)
    assert reference in mail["Subject"]
    text = mail.get_body(("plain",)).get_content()
    assert "Guten Tag Anna Weber" in text
    assert "49,90 EUR" in text
    assert "Brigitte Berger" in text
    assert "DE02 1203 0000 0000 2020 51" in text


def test_the_codes_in_her_mail_lead_to_brigittes_account(office: Stage, post: Post):
    office.orders(order("1001", "49.90", **AT_HOME))
    deliver(office)

    reference = office.item("1001").order.reference
    picture = next(part for part in post.mails[0].walk() if part.get_content_type() == "image/png")
    [slip] = post.mails[0].iter_attachments()
    [code] = read_picture(picture.get_content())
    assert code.split("\n")[5:] == ["Brigitte Berger", ACCOUNT, "EUR49.90", "", "", reference]
    assert set(read_page(slip.get_content())) == {code}


def test_what_she_then_writes_finds_her_order_by_itself(office: Stage):
    office.orders(*(order(f"10{n:02d}", "49.90", "Anna Weber") for n in range(5)))
    reference = office.item("1003").order.reference

    office.pays(Paid(4990, reference, name="Dirk Fremd", iban="DE12500105170648489890"))

    assert office.item("1003").state == "paid"
    assert office.books() == []


def test_references_are_never_given_twice(office: Stage):
    office.orders(*(order(f"1{n:03d}", "5.00", f"Name{n} Weber") for n in range(600)))

    references = list(OpenItem.objects.values_list("order__reference", flat=True))
    assert len(set(references)) == 600
    assert all(map(is_payment_reference, references))


def test_the_same_report_again_sends_nothing_again(office: Stage, post: Post):
    for _ in range(3):
        office.orders(order("1001", "49.90"))
        deliver(office)

    assert len(post.mails) == 1


def test_a_file_without_references_takes_none_back(office: Stage):
    office.orders(order("1001", "49.90"))
    reference = office.item("1001").order.reference
    office.orders(order("1001", "59.90"))

    assert office.item("1001").order.reference == reference
    office.pays(Paid(5990, reference, name="Dirk Fremd"))
    assert office.item("1001").state == "paid"


def test_nothing_is_sent_unless_the_merchant_says_so(stage: Stage, post: Post):
    stage.orders(order("1001", "49.90"))

    assert not Message.objects.exists()
    assert stage.item("1001").order.reference == ""


@pytest.mark.parametrize(
    "row",
    [
        order("1001", "49.90", payment_kind="cod"),
        order("1001", "49.90", payment_kind="other"),
        order("1001", "49.90", payment_kind="invoice"),  # no rule for it
        order("1001", "49.90", email=""),
        order("1001", "49.90", email="anna"),
        order("1001", "0.00"),
        order("1001", "49.90", ordered_on=date(2026, 10, 31)),  # before it was switched on
    ],
)
def test_whoever_must_not_be_asked_is_not_asked(office: Stage, row):
    office.orders(row)

    assert waiting(office) == []


def test_an_invoice_waits_for_its_number(office: Stage, post: Post):
    rule(office, "invoice", waits_for_invoice=True)
    office.orders(order("1001", "49.90", payment_kind="invoice"))
    assert waiting(office) == []

    office.orders(order("1001", "49.90", payment_kind="invoice", invoice_number="R-7", due_on=date(2026, 12, 4)))
    deliver(office)

    text = post.mails[0].get_body(("plain",)).get_content()
    assert "Rechnungsnummer: R-7" in text
    assert "Zahlbar bis: 4. Dezember 2026" in text
    assert "§ 286 Abs. 3 BGB" in text


def test_who_has_paid_before_the_mail_goes_out_gets_none(office: Stage, post: Post):
    office.orders(order("1001", "49.90"))
    office.pays(Paid(4990, "Bestellung 1001"))
    deliver(office)

    assert post.mails == []
    [message] = Message.objects.filter(state=MessageState.DELIVERED)
    assert message.answer == {"not_needed": "Order 1001 is paid."}


def test_the_second_information_goes_out_after_its_days_unless_paid(office: Stage, post: Post):
    InformationRule.objects.update(again_after_days=5, payable_days=10)
    office.orders(order("1001", "49.90"), order("1002", "19.90", "Bernd Bauer"))
    deliver(office)
    office.pays(Paid(4990, office.item("1001").order.reference))
    office.later(days=4)
    deliver(office)
    assert len(post.mails) == 2

    office.later(days=1)
    deliver(office)

    assert post.readers == ["anna@post.example", "bernd@post.example", "bernd@post.example"]
    assert "Noch einmal" in post.mails[2]["Subject"]
    assert "bis zum 30. November 2026" in post.mails[2].get_body(("plain",)).get_content()


def test_a_mail_that_cannot_be_delivered_is_said_and_the_others_go_out(office: Stage, post: Post):
    post.unknown, post.busy = {"anna@post.example"}, {"bernd@post.example"}
    office.orders(order("1001", "49.90"), order("1002", "5.00", "Bernd Bauer"), order("1003", "5.00", "Cora Cast"))
    deliver(office)

    assert post.readers == ["cora@post.example"]
    assert "550 5.1.1 no such mailbox" in Message.objects.get(state=MessageState.STUCK).error
    post.busy.clear()
    office.later(minutes=2)
    deliver(office)
    assert post.readers == ["cora@post.example", "bernd@post.example"]


def test_mails_wait_while_the_server_is_away_and_while_nothing_is_set_up(office: Stage, post: Post):
    MailAccount.objects.update(port=1)
    office.orders(order("1001", "49.90"))
    deliver(office)
    assert "cannot be reached" in Message.objects.get().error

    MailAccount.objects.update(port=post.port)
    senders = list(Sender.objects.all())
    Sender.objects.all().delete()
    office.later(hours=1)
    deliver(office)
    assert "Nobody is set up" in Message.objects.get().error

    Sender.objects.bulk_create(senders)
    office.later(hours=2)
    deliver(office)
    assert post.readers == ["anna@post.example"]


def test_without_an_account_of_the_currency_the_mail_waits(office: Stage, post: Post):
    BankAccount.objects.all().delete()
    office.orders(order("1001", "49.90"))
    deliver(office)

    assert "No account in EUR is for order 1001" in Message.objects.get().error
    assert post.mails == []


def test_every_letter_is_kept_as_it_left(office: Stage, post: Post):
    office.orders(order("1001", "49.90"))
    deliver(office)

    letter = SentLetter.objects.get()
    assert (letter.order.number, letter.kind, letter.reader) == ("1001", "payment_information", "anna@post.example")
    assert letter.sent_at == office.now
    assert f"<{letter.message_id}>".encode() in content_of(letter)
    assert post.ids == [f"<{letter.message_id}>"]


def test_a_person_sends_the_information_whatever_the_rules_say(office: Stage, post: Post):
    InformationRule.objects.all().delete()
    office.orders(order("1001", "49.90"))
    send_again(office.merchant, office.item("1001").pk, by="brigitte", at=office.now)
    deliver(office)

    reference = office.item("1001").order.reference
    assert reference in post.mails[0]["Subject"]
    office.pays(Paid(4990, reference, name="Dirk Fremd"))
    assert office.item("1001").state == "paid"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (order("1001", "49.90", payment_kind="cod"), "not paid by transfer"),
        (order("1001", "0.00"), "Nothing is open"),
        (order("1001", "49.90", email=""), "no mail address"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_a_sentence(office: Stage, row, says: str):
    office.orders(row)
    with pytest.raises(Refused, match=says):
        send_again(office.merchant, office.item("1001").pk, by="brigitte", at=office.now)


def test_a_message_that_says_nothing_holds_nobody_up(office: Stage, post: Post):
    tell(office.merchant.pk, [Said("mail", "x", "x:1"), Said("mail", "y", "y:1", {"item": 1})], at=office.now)
    office.orders(order("1001", "49.90"))
    deliver(office)

    assert post.readers == ["anna@post.example"]
    assert Message.objects.filter(state=MessageState.STUCK).count() == 2
