import re
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from tests.letters.asked import GERMAN, SWISS, printed, read_page, read_picture
from tests.letters.sample import LOOK, PAGE, letter, values

from zahlmeister.formats.payment_codes.girocode import girocode
from zahlmeister.formats.payment_codes.swiss_qr import swiss_qr
from zahlmeister.letters.as_html import as_html
from zahlmeister.letters.as_text import as_text
from zahlmeister.letters.compose import Paragraph, Run, compose
from zahlmeister.letters.kinds import Kind
from zahlmeister.letters.look import Look
from zahlmeister.letters.mail import Enclosure, Envelope, is_mail_address, mail
from zahlmeister.letters.paper import Posted, paper
from zahlmeister.letters.slips.slip import transfer_slip
from zahlmeister.letters.texts.read import Text
from zahlmeister.refusals import Refused

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
TO = Envelope("anna@post.example", "Anna Weber", "m1@wollstube.example", AT)
POSTED = Posted(("Anna Weber", "Hauptstr. 5", "10115 Berlin"), date(2026, 11, 22), "München")


def test_a_paragraph_that_has_nothing_to_say_is_left_out():
    text = Text("Order {number}", "Pay {amount}.\n\nPay by {day}.\n\nThank you.")

    composed = compose(text, {"number": "7", "amount": "5 EUR", "day": ""}, language="en")

    assert [block.words for block in composed.blocks if isinstance(block, Paragraph)] == ["Pay 5 EUR.", "Thank you."]


def test_what_is_filled_in_is_never_read_as_a_text():
    text = Text("{name}", "*{name}* and {other}")
    composed = compose(text, {"name": "{other} *x*", "other": "{name}"}, language="en")

    assert composed.subject == "{other} *x*"
    assert composed.blocks == (Paragraph((Run("{other} *x*", is_bold=True), Run(" and {name}"))),)


def test_a_name_cannot_add_a_header_or_a_tag():
    evil = '<script>alert(1)</script>\r\nBcc: x@y.example"'
    composed = compose(Text("To {name}", "Dear {name}"), {"name": evil}, language="en")

    sent = mail(composed, LOOK, Envelope("a@b.example", evil, "m@b.example", AT)).as_bytes()
    parsed = message_from_bytes(sent, policy=default)

    assert parsed["Bcc"] is None
    assert "<script>" not in as_html(composed, LOOK)
    assert "&lt;script&gt;" in as_html(composed, LOOK)
    assert parsed.get_all("To") is not None
    assert len(parsed.get_all("To")) == 1


@pytest.mark.parametrize("language", ["de", "de-du", "en", "fr", "it"])
def test_text_and_html_say_the_same(language: str):
    said = letter(Kind.PAYMENT_INFORMATION, language)
    text, html = as_text(said, LOOK), as_html(said, LOOK)

    for value in ("KACDEFGH", "DE02 1203 0000 0000 2020 51", "BYLADEM1001", PAGE, "HRB 1"):
        assert value in text
        assert value in html
    assert max(len(line) for line in text.splitlines() if "http" not in line) <= 76
    assert "http" not in html.replace(PAGE, "")  # nothing is fetched from anywhere


def test_what_is_grey_on_white_is_lighter_where_the_mail_program_is_dark():
    """The grey of labels has a contrast of 3.7 on black; 4.5 is what eyes need (WCAG 1.4.3)."""
    html = as_html(letter(Kind.PAYMENT_INFORMATION, "de"), LOOK)
    grey = re.findall(r"<(?:td|div)[^>]*color:#6b7377[^>]*>", html)
    assert grey
    assert all('class="soft"' in tag for tag in grey)
    assert "@media (prefers-color-scheme:dark){.soft{color:#a7b0b4 !important}}" in html


def test_a_mail_carries_its_code_and_its_slip():
    slip = transfer_slip(GERMAN, country="DE", language="de")
    made = mail(letter(Kind.PAYMENT_INFORMATION, "de"), LOOK, TO, [Enclosure("Überweisung.pdf", slip)])
    parsed = message_from_bytes(made.as_bytes(), policy=default)

    assert [part.get_content_type() for part in parsed.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
        "application/pdf",
    ]  # fmt: skip
    picture = next(part for part in parsed.walk() if part.get_content_type() == "image/png")
    assert read_picture(picture.get_content()) == [girocode(GERMAN)]
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in parsed.get_body(("html",)).get_content()
    [attached] = parsed.iter_attachments()
    assert attached.get_filename() == "Überweisung.pdf"
    assert set(read_page(attached.get_content())) == {girocode(GERMAN)}
    assert parsed["Message-ID"] == "<m1@wollstube.example>"
    assert parsed["Reply-To"] == "Brigittes Wollstube <hallo@wollstube.example>"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["List-Unsubscribe"] is None
    assert "KACDEFGH" in parsed["Subject"]


def test_a_notice_to_the_merchant_can_be_stopped_with_one_click():
    envelope = Envelope("b@wollstube.example", "Brigitte", "m@x.example", AT, unsubscribe="https://x.example/stop/1")
    made = mail(letter(Kind.UNCLEAR_PAYMENTS, "de"), LOOK, envelope)

    assert made["List-Unsubscribe"] == "<https://x.example/stop/1>"
    assert made["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "anna@",
        "@x.de",
        "anna@localhost",
        "a b@x.de",
        "a@x.de\nBcc: b@y.de",
        "a@@x.de",
        "a@x..de",
        "a,b@x.de",
    ],
)
def test_what_is_no_mail_address_is_refused_before_it_is_sent(address: str):
    assert not is_mail_address(address)
    with pytest.raises(Refused, match="no mail address"):
        mail(letter(Kind.PAID, "de"), LOOK, Envelope(address, "Anna", "m@x.example", AT))


def test_a_domain_with_umlauts_is_written_as_mail_servers_want_it():
    made = mail(letter(Kind.PAID, "de"), LOOK, Envelope("anna@grüße.example", "Anna", "m@x.example", AT))

    assert made["To"].addresses[0].addr_spec == "anna@xn--gre-6ka8l.example"


def test_a_letter_on_paper_says_it_all_and_has_the_slip_behind_it():
    pdf = paper(letter(Kind.PAYMENT_INFORMATION, "de"), LOOK, POSTED, asked=GERMAN, country="DE")
    first = printed(pdf, 0)

    assert "Anna Weber" in first
    assert "München, 22. November 2026" in first
    assert "KACDEFGH" in first
    assert "HRB 1" in first
    assert set(read_page(pdf, 0)) == set(read_page(pdf, 1)) == {girocode(GERMAN)}
    assert "SEPA-Überweisung/Zahlschein" in printed(pdf, 1)


def test_a_swiss_letter_has_the_payment_part_behind_it():
    composed = compose(Text("Rechnung", "{payment_details}"), values("fr", SWISS), language="fr")
    pdf = paper(composed, LOOK, POSTED, asked=SWISS, country="CH")

    assert set(read_page(pdf, 1)) == {swiss_qr(SWISS)}
    assert "Section paiement" in printed(pdf, 1)


def test_a_long_letter_goes_on_on_the_next_page():
    long = compose(Text("Long", "\n\n".join(["Lorem ipsum dolor sit amet " * 12] * 20)), {}, language="en")
    pdf = paper(long, LOOK, POSTED)

    assert sum(printed(pdf, page).count("Lorem") for page in range(3)) == 240
    assert all("HRB 1" in printed(pdf, page) for page in range(3))


@pytest.mark.parametrize(("colour", "ink"), [("#0b5a66", "#ffffff"), ("#ffd400", "#000000"), ("#cc0000", "#ffffff")])
def test_words_on_the_merchants_colour_can_be_read(colour: str, ink: str):
    assert Look("x", colour=colour).ink == ink


@pytest.mark.parametrize(
    ("look", "says"),
    [({"colour": "red"}, "no colour"), ({"logo": b"<svg/>"}, "PNG or JPEG"), ({"logo": b"x" * 300_001}, "300 kB")],
)
def test_a_look_that_mail_programs_would_not_show_is_refused(look: dict[str, object], says: str):
    with pytest.raises(Refused, match=says):
        Look("x", **look)
