"""The pages of letters: who sends them, when, in which words, and what has become of each."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import SMTP
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from tests.connectors.mail_server import Post, mail_server
from tests.flows.test_payment_information import AT_HOME, deliver, set_up
from tests.stage import Paid, Stage, order

from zahlmeister.correspondence.models import InformationRule, MailAccount, OwnText, Sender, SentLetter
from zahlmeister.correspondence.pages import token as pay_token
from zahlmeister.correspondence.sent import content_of
from zahlmeister.flows.ask_refund import Asked, ask_refund
from zahlmeister.flows.centre.let_in import ask_link, send_link_next
from zahlmeister.flows.tell_of_refund import ask_again
from zahlmeister.letters.centre import CentreKind
from zahlmeister.letters.house import HouseKind
from zahlmeister.letters.kinds import Kind
from zahlmeister.merchants.models import Merchant, Person
from zahlmeister.merchants.states import Verification
from zahlmeister.money.amount import Amount
from zahlmeister.office.letter_words import CENTRE_KINDS, HOUSE_KINDS, KINDS, kind_name
from zahlmeister.orders.models import Shop
from zahlmeister.outbox.models import Message
from zahlmeister.prepaid.links import token
from zahlmeister.prepaid.models import CentreSettings, Customer
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refunds.links import token as refund_token

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
TEXT = "/letters/texts/payment_information/de/"
SENDER = {
    "name": "Wollstube", "address": "zahlung@wolle.example", "language": "de", "colour": "#7a1f5c", "country": "de",
    "imprint": "HRB 1",
}  # fmt: skip


@pytest.fixture
def post() -> Iterator[Post]:
    with mail_server() as server:
        yield server


@pytest.fixture
def shop(stage: Stage, post: Post) -> Stage:
    """Payment information is on, and one order came in."""
    set_up(stage, post.port)
    stage.orders(order("1001", "49.90", **AT_HOME))
    return stage


def page(office: Client, where: str, status: int = 200) -> str:
    answer = office.get(where, headers={"Accept-Language": "en"})
    assert answer.status_code == status
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_every_kind_of_letter_has_a_name():
    assert set(KINDS) == set(Kind)
    assert set(HOUSE_KINDS) == set(HouseKind)
    assert set(CENTRE_KINDS) == set(CentreKind)
    assert not {kind for kind in (*Kind, *HouseKind) if kind_name(kind) == kind}


def test_at_first_the_page_says_what_to_do(office: Client, stage: Stage):
    assert "Set up the sender" in page(office, "/letters/")


def test_a_sender_is_set_up_with_colour_and_logo(office: Client, stage: Stage):
    logo = SimpleUploadedFile("logo.png", PNG)
    answer = office.post("/letters/sender", {**SENDER, "logo_file": logo})

    assert answer.status_code == 302
    sender = Sender.objects.get()
    assert (sender.shop, sender.country, bytes(sender.logo)) == (None, "DE", PNG)
    office.post("/letters/sender", {**SENDER, "name": "Neu"})
    assert bytes(Sender.objects.get(name="Neu").logo) == PNG  # no new file leaves the old one


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"address": "zahlung"}, "no mail address"),
        ({"reply_to": "x@y"}, "no mail address"),
        ({"colour": "red"}, "no colour"),
        ({"logo_file": SimpleUploadedFile("logo.svg", b"<svg/>")}, "PNG or JPEG"),
    ],
)
def test_a_sender_that_cannot_be_is_refused_in_a_sentence(office: Client, stage: Stage, change, says: str):
    answer = office.post("/letters/sender", {**SENDER, **change}, headers={"Accept-Language": "en"})

    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Sender.objects.exists()


def test_the_password_of_the_mail_server_is_sealed_and_never_shown(office: Client, stage: Stage):
    given = {"host": "mail.wolle.example", "port": "587", "security": "starttls", "user": "b", "password": "geheim-7"}
    office.post("/letters/server", given)
    office.post("/letters/server", {**given, "security": "tls", "password": ""})

    account = MailAccount.objects.get()
    assert (account.security, b"geheim-7" in bytes(account.sealed), bool(account.sealed)) == ("tls", False, True)
    assert "geheim-7" not in office.get("/letters/server").content.decode()
    answer = office.post("/letters/server", {**given, "security": "none"})
    assert answer.status_code == 422


@pytest.mark.parametrize("change", [{"host": "mail.thief.example"}, {"port": "2525"}, {"user": "x"}])
def test_the_password_of_one_mail_server_is_not_told_to_another(office: Client, stage: Stage, change: dict[str, str]):
    given = {"host": "mail.wolle.example", "port": "587", "security": "starttls", "user": "b", "password": "geheim-7"}
    office.post("/letters/server", given)

    answer = office.post("/letters/server", {**given, **change, "password": ""}, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert "Enter the password again" in answer.content.decode()
    assert MailAccount.objects.values("host", "port", "user").get() == {
        "host": "mail.wolle.example", "port": 587, "user": "b",
    }  # fmt: skip
    assert office.post("/letters/server", {**given, **change, "password": "neu"}).status_code == 302
    assert office.post("/letters/server", {**given, "user": "", "password": ""}).status_code == 302  # nobody signs in
    assert not bytes(MailAccount.objects.get().sealed)


def test_information_is_not_switched_on_while_nobody_sends(office: Client, stage: Stage):
    stage.orders(order("1001", "49.90"))
    where = f"/letters/rules/{Shop.objects.get().pk}/prepayment"
    wanted = {"is_on": "on", "since": "2026-11-01", "reference_by": "own", "encloses_invoice": "information"}

    assert office.post(where, wanted).status_code == 422
    office.post("/letters/sender", SENDER)
    assert office.post(where, wanted).status_code == 302
    assert InformationRule.objects.get().is_on
    assert office.get(where.replace("prepayment", "cod")).status_code == 404


def test_the_story_of_an_order_names_its_letters(office: Client, shop: Stage):
    deliver(shop)
    where = f"/orders/{shop.item('1001').order_id}/"
    letter = SentLetter.objects.get()

    story = office.get(where).content.decode().partition('id="story"')[2]
    assert f'<a href="/letters/{letter.pk}/">Payment information</a>' in story
    assert letter.reader in story
    assert f"/letters/{letter.pk}/" in office.get(where).content.decode()
    assert "/pay/" in office.get(where).content.decode()


def test_letters_are_found_by_state_way_and_reader(office: Client, shop: Stage):
    deliver(shop)
    letter = SentLetter.objects.get()
    assert letter.reader in page(office, f"/letters/?state=sent&medium=mail&q={letter.reader[:6]}")
    for address in ("?state=back", "?medium=letter", "?q=nobody@nowhere", "?to=2020-01-01"):
        found = page(office, f"/letters/{address}")
        assert "Nothing matches" in found, address
        assert letter.reader not in found, address


def test_a_letter_is_shown_as_its_reader_sees_it(office: Client, shop: Stage):
    deliver(shop)
    letter = SentLetter.objects.get()
    shown = office.get(f"/letters/{letter.pk}/shown")

    assert "cid:" not in shown.content.decode()
    assert "data:image/png;base64," in shown.content.decode()
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    assert "script-src" not in shown["Content-Security-Policy"]
    assert "default-src 'none'" in shown["Content-Security-Policy"]
    assert office.get(f"/letters/{letter.pk}/enclosures/0").content.startswith(b"%PDF")
    assert office.get(f"/letters/{letter.pk}/enclosures/1").status_code == 404


def test_whoever_looks_at_a_letter_does_not_get_its_readers_links(office: Client, bookkeeper: Client, shop: Stage):
    deliver(shop)
    shop.pays(Paid(4990, "1001"))
    Merchant.objects.update(verification=Verification.VERIFIED)
    refund = ask_refund(shop.merchant, shop.item("1001").pk, Asked("1", Amount(2000, "EUR")), by="b", at=shop.now)
    refund.refresh_from_db()
    ask_again(refund, at=shop.now)
    deliver(shop)
    refund.refresh_from_db()

    keys = {Kind.REFUND_ANNOUNCED: refund_token(refund), Kind.PAYMENT_INFORMATION: pay_token(shop.item("1001").pk)}
    for kind, key in keys.items():
        letter = SentLetter.objects.filter(kind=kind).latest("id")
        assert key in message_from_bytes(content_of(letter), policy=SMTP).get_body(("html",)).get_content()
        for client in (office, bookkeeper):
            shown = client.get(f"/letters/{letter.pk}/shown").content.decode()
            assert "Wollstube" in shown
            assert "…" in shown
            assert key not in shown


def test_a_link_that_signs_in_is_shown_to_nobody_in_the_office(office: Client, bookkeeper: Client, shop: Stage):
    CentreSettings.objects.create(merchant=shop.merchant, is_on=True)
    ask_link(shop.merchant, "anna@post.example", language="de", at=shop.now)
    send_link_next(clock=shop.clock)
    link = token(Customer.objects.get())
    deliver(shop)
    letter = SentLetter.objects.get(kind=CentreKind.SIGN_IN)
    kept = message_from_bytes(content_of(letter), policy=SMTP)
    assert link in kept.get_body(("html",)).get_content()

    for client in (office, bookkeeper):
        assert "a link that is its reader's alone" in unescape(page(client, f"/letters/{letter.pk}/shown"))
        for path in ("", "shown", "enclosures/0"):
            assert link not in client.get(f"/letters/{letter.pk}/{path}").content.decode()


def test_information_is_sent_again_by_a_click(office: Client, shop: Stage, post: Post):
    deliver(shop)
    office.post(f"/orders/{shop.item('1001').order_id}/send-information")

    assert Message.objects.count() == 2


def test_what_could_not_be_delivered_is_listed_and_tried_again(office: Client, shop: Stage, post: Post):
    post.unknown = {"anna@post.example"}
    deliver(shop)
    assert "550 5.1.1 no such mailbox" in page(office, "/letters/")

    post.unknown.clear()
    office.post(f"/letters/messages/{Message.objects.get().pk}/try-again")
    assert Message.objects.get().state == "waiting"


def test_a_letter_is_written_in_ones_own_words(office: Client, shop: Stage, post: Post):
    office.post(TEXT, {"subject": "Hallo {name}", "body": "Bitte *{open_amount}* zahlen.\n\n{payment_details}"})
    deliver(shop)

    assert post.mails[0]["Subject"] == "Hallo Anna Weber"
    assert "Bitte 49,90 EUR zahlen." in post.mails[0].get_body(("plain",)).get_content()
    office.post(f"{TEXT}drop")
    assert not OwnText.objects.exists()


def test_words_of_one_shop_leave_the_others_alone(office: Client, shop: Stage, post: Post):
    wollstube = Shop.objects.get()
    office.post(f"{TEXT}?shop={wollstube.pk}", {"subject": "Nur hier", "body": "Text"})

    assert OwnText.objects.get().shop == wollstube
    deliver(shop)
    assert post.mails[0]["Subject"] == "Nur hier"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"subject": "Hallo {vorname}", "body": "x"}, "There is no placeholder {vorname}"),
        ({"subject": "x", "body": "so {payment_details}"}, "is a whole block"),
    ],
)
def test_words_that_cannot_be_filled_in_are_refused(office: Client, shop: Stage, given, says: str):
    answer = office.post(TEXT, given, headers={"Accept-Language": "en"})

    assert answer.status_code == 422
    assert says in answer.content.decode().replace("&amp;", "&")
    assert says in office.post(f"{TEXT}shown", given, headers={"Accept-Language": "en"}).content.decode()
    assert not OwnText.objects.exists()


def test_typed_words_are_shown_before_they_are_kept(office: Client, shop: Stage):
    shown = office.post(f"{TEXT}shown", {"subject": "x", "body": "Hallo <b>{name}</b>, *{open_amount}*"})

    assert "Hallo &lt;b&gt;Anna Weber&lt;/b&gt;, <strong>49,90 EUR</strong>" in shown.content.decode()
    assert not OwnText.objects.exists()


@pytest.mark.parametrize("kind", Kind)
def test_every_letter_can_be_looked_at_with_a_real_order(office: Client, shop: Stage, kind: Kind):
    for language in ("de", "en"):
        assert office.get(f"/letters/texts/{kind}/{language}/").status_code == 200
        shown = office.get(f"/letters/texts/{kind}/{language}/shown").content.decode()
        assert "<!doctype html>" in shown
        assert "Wollstube" in shown


def test_what_does_not_exist_is_not_found(office: Client, stage: Stage):
    for where in ("/letters/texts/nonsense/de/", "/letters/texts/paid/xx/", "/letters/texts/unclear_payments/fr/"):
        assert office.get(where).status_code == 404


def test_a_test_mail_goes_to_whoever_asks_and_to_no_buyer(office: Client, shop: Stage, post: Post, brigitte: Person):
    deliver(shop)
    office.post(f"{TEXT}test")
    shop.now = timezone.now()  # the office lives in the present
    deliver(shop)

    assert post.readers == ["anna@post.example", brigitte.email]
    assert SentLetter.objects.filter(order=None).count() == 1


def test_who_only_reads_changes_nothing(bookkeeper: Client, shop: Stage):
    order_id = shop.item("1001").order_id
    for where in ("/letters/sender", "/letters/server", TEXT, f"{TEXT}test", f"/orders/{order_id}/send-information"):
        assert bookkeeper.post(where, SENDER).status_code == 403


def test_nobody_sees_another_merchants_letters(office: Client, neighbour: Stage, post: Post):
    item = OpenItem.objects.filter(merchant=neighbour.merchant).first()
    theirs = SentLetter.objects.create(
        merchant=neighbour.merchant, order=item.order, kind="paid", medium="mail", key="k", message_id="m",
        reader="x@y.example", subject="Geheim", path="none",
    )  # fmt: skip

    assert "Geheim" not in page(office, "/letters/")
    for where in (f"/letters/{theirs.pk}/", f"/letters/{theirs.pk}/shown", f"/letters/{theirs.pk}/enclosures/0"):
        assert office.get(where).status_code == 404
    assert office.post(f"/orders/{item.order_id}/send-information").status_code == 404
    assert office.get(f"/letters/sender/{item.order.shop_id}").status_code == 404
