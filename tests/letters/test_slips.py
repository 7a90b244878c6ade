from dataclasses import replace

import pytest
from tests.letters.asked import ANNA, GERMAN, QR_IBAN, SWISS, printed, read_page, rendered

from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.formats.payment_codes.girocode import girocode
from zahlmeister.formats.payment_codes.swiss_qr import swiss_qr
from zahlmeister.formats.payments.parties import Party
from zahlmeister.letters.slips.sheet import wrapped
from zahlmeister.letters.slips.slip import transfer_slip
from zahlmeister.money.amount import Amount

DOTS_PER_MM = 150 / 25.4


@pytest.mark.parametrize(
    ("asked", "country", "payload"),
    [
        (GERMAN, "DE", girocode(GERMAN)),
        (GERMAN, "AT", girocode(GERMAN)),
        (GERMAN, "NL", girocode(GERMAN)),
        (SWISS, "CH", swiss_qr(SWISS)),
        (QR_IBAN, "CH", swiss_qr(QR_IBAN)),
        (replace(SWISS, amount=Amount(4990, "EUR")), "CH", swiss_qr(replace(SWISS, amount=Amount(4990, "EUR")))),
    ],
)
def test_the_code_on_the_printed_page_is_read_by_a_camera(asked: Asked, country: str, payload: str):
    found = read_page(transfer_slip(asked, country=country, language="de"))

    assert found
    assert set(found) == {payload}


def test_a_german_payer_gets_the_german_form_with_everything_to_copy():
    words = printed(transfer_slip(GERMAN, country="DE", language="de"))

    assert "SEPA-Überweisung/Zahlschein" in words
    assert all(value in words for value in ("49,90 EUR", "DE02 1203 0000 0000 2020 51", "BYLADEM1001", "KACDEFGH"))


def test_an_austrian_payer_gets_the_austrian_form():
    words = printed(transfer_slip(GERMAN, country="AT", language="de"))

    assert "ZAHLUNGSANWEISUNG" in words
    assert "Zahlen mit Code" in words
    assert "SEPA-Überweisung/Zahlschein" not in words


def test_anywhere_else_the_page_shows_values_and_code_without_a_form():
    words = printed(transfer_slip(GERMAN, country="NL", language="en"))

    assert "Payment details" in words
    assert "EUR 49.90" in words
    assert "ZAHLUNGSANWEISUNG" not in words


@pytest.mark.parametrize(
    ("language", "headings"),
    [
        ("de", ("Zahlteil", "Empfangsschein", "Konto / Zahlbar an", "Zahlbar durch", "Annahmestelle")),
        ("fr", ("Section paiement", "Récépissé", "Compte / Payable à", "Payable par", "Point de dépôt")),
        ("it", ("Sezione pagamento", "Ricevuta", "Conto / Pagabile a", "Pagabile da", "Punto di accettazione")),
        ("en", ("Payment part", "Receipt", "Account / Payable to", "Payable by", "Acceptance point")),
    ],
)
def test_the_qr_bill_has_the_official_headings_of_each_language(language: str, headings: tuple[str, ...]):
    words = printed(transfer_slip(QR_IBAN, country="CH", language=language))

    assert all(heading in words for heading in headings)
    assert "21 00000 00003 13947 14300 09017" in words
    assert "1 234.90" in words
    assert "Łucja Müller-Østergård" in words


def test_a_payer_without_address_writes_name_and_address_into_a_marked_field():
    words = printed(transfer_slip(replace(SWISS, payer=Party("Xaver")), country="CH", language="de"))

    assert "Zahlbar durch (Name/Adresse)" in words
    assert "Xaver" not in words


def test_the_swiss_code_stands_where_the_style_guide_wants_it_and_is_46_mm_wide():
    page = rendered(transfer_slip(SWISS, country="CH", language="de")).convert("L")
    left, top = (round(mm * DOTS_PER_MM) for mm in (67, 297 - 105 + 17))
    side = round(46 * DOTS_PER_MM)
    ink = page.crop((left - 29, top - 25, left + side + 25, top + side + 29)).point(lambda value: 255 * (value < 128))

    box = ink.getbbox()
    assert box is not None
    assert [abs(a - b) <= 1 for a, b in zip(box, (29, 25, 29 + side, 25 + side), strict=True)] == [True] * 4


def test_a_payee_with_a_long_name_is_not_cut_off():
    long = replace(
        GERMAN, payee=Party("Gemeinnützige Handelsgesellschaft für Wolle und Garne mbH & Co. KG"), payer=ANNA
    )

    assert printed(transfer_slip(long, country="DE", language="de")).count("Garne mbH & Co. KG") == 2


def test_the_same_slip_is_the_same_file():
    assert transfer_slip(GERMAN, country="DE", language="de") == transfer_slip(GERMAN, country="DE", language="de")


def test_lines_are_broken_at_blanks_and_long_words_where_they_must():
    assert wrapped("eins zwei drei", 10, 20) == ["eins zwei", "drei"]
    assert all(len(line) < 40 for line in wrapped("x" * 200, 10, 40))
    assert "".join(wrapped("x" * 200, 10, 40)) == "x" * 200


@pytest.mark.parametrize(
    ("asked", "country"),
    [
        (replace(SWISS, payee=Party("Brigitte ohne Adresse")), "CH"),
        (replace(GERMAN, amount=Amount(4990, "USD")), "DE"),
        (replace(GERMAN, amount=Amount(4990, "USD")), "AT"),
    ],
)
def test_what_no_form_takes_is_still_said_in_words(asked: Asked, country: str):
    pdf = transfer_slip(asked, country=country, language="de")

    assert read_page(pdf) == []
    assert "KACDEFGH" in printed(pdf)
    assert "Zahlschein" not in printed(pdf)
