from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.letters.asked import ANNA, GERMAN, QR_IBAN, SHOP, SWISS, read_picture

from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.formats.payment_codes.girocode import girocode
from zahlmeister.formats.payment_codes.picture import girocode_picture, swiss_picture
from zahlmeister.formats.payment_codes.swiss_qr import swiss_qr
from zahlmeister.formats.payments.letters import Letters
from zahlmeister.formats.payments.parties import Address, Party
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused


def test_a_girocode_holds_the_lines_of_the_standard_and_nothing_behind_the_last():
    assert girocode(GERMAN).split("\n") == [
        *("BCD", "002", "1", "SCT", "BYLADEM1001", "Brigittes Wollstube GmbH & Söhne"),
        *("DE02120300000000202051", "EUR49.90", "", "", "KACDEFGH"),
    ]


def test_a_creditor_reference_stands_alone_in_a_girocode():
    lines = girocode(replace(GERMAN, reference="RF18539007547034", text="not this")).split("\n")

    assert lines[9:] == ["RF18539007547034"]


def test_a_girocode_needs_no_bic():
    assert girocode(replace(GERMAN, bic=None)).split("\n")[4] == ""


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (replace(GERMAN, amount=Amount(4990, "CHF")), "asks for euro"),
        (replace(GERMAN, amount=Amount(0, "EUR")), "0.01 to 999,999,999.99"),
        (replace(GERMAN, amount=Amount(100_000_000_000, "EUR")), "0.01 to 999,999,999.99"),
        (replace(GERMAN, iban="TR330006100519786457841326", bic=None), "does not take part in SEPA"),
        (replace(GERMAN, text="x" * 141), "141 characters"),
        (replace(GERMAN, payee=Party("x" * 71)), "71 characters"),
        (replace(GERMAN, payee=Party("山田商店")), "write it in Latin letters"),
    ],
)
def test_what_no_bank_would_take_is_refused_in_a_sentence(asked: Asked, says: str):
    with pytest.raises(Refused, match=says):
        girocode(asked)


def test_a_swiss_code_holds_the_lines_of_the_guidelines():
    assert swiss_qr(SWISS).split("\n") == [
        *("SPC", "0200", "1", "CH5604835012345678009"),
        *("S", "Brigittes Wollstube GmbH & Söhne", "Bahnhofstr.", "1", "8001", "Zürich", "CH"),
        *[""] * 7,
        *("1234.90", "CHF"),
        *("S", "Łucja Müller-Østergård", "Marktgasse 12", "", "3011", "Bern", "CH"),
        *("NON", "", "KACDEFGH", "EPD"),
    ]


def test_a_qr_iban_goes_with_a_qr_reference_and_an_iban_with_a_creditor_reference():
    assert swiss_qr(QR_IBAN).split("\n")[27:29] == ["QRR", "210000000003139471430009017"]
    assert swiss_qr(replace(SWISS, reference="RF18539007547034")).split("\n")[27:29] == ["SCOR", "RF18539007547034"]


@pytest.mark.parametrize(
    "change",
    [{"reference": ""}, {"reference": "RF18539007547034"}, {"iban": SWISS.iban}],
)
def test_a_qr_iban_and_anything_else_do_not_go_together(change: dict[str, str]):
    with pytest.raises(Refused, match="QR-IBAN is paid with a QR reference"):
        replace(QR_IBAN, **change)


def test_a_reference_with_a_mistyped_digit_is_refused():
    with pytest.raises(Refused, match="no structured reference"):
        replace(GERMAN, reference="RF19539007547034")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (replace(SWISS, amount=Amount(100, "USD")), "francs or euro"),
        (replace(SWISS, iban=GERMAN.iban), "account in Switzerland"),
        (replace(SWISS, payee=Party("Brigitte")), "needs postcode and town of the payee"),
        (replace(SWISS, text="x" * 141), "141 characters"),
        (replace(SWISS, amount=Amount(-100, "CHF")), "0.01 to"),
    ],
)
def test_what_is_no_qr_bill_is_refused_in_a_sentence(asked: Asked, says: str):
    with pytest.raises(Refused, match=says):
        swiss_qr(asked)


@pytest.mark.parametrize(
    "payer",
    [None, Party("Anna"), Party("Anna", Address("Bern", "CH")), Party("山田花子", Address("Bern", "CH", "3011"))],
)
def test_a_payer_who_cannot_be_named_is_left_out(payer: Party | None):
    assert swiss_qr(replace(SWISS, payer=payer)).split("\n")[20:27] == [""] * 7


def test_a_camera_reads_what_was_written():
    giro, swiss = girocode(GERMAN), swiss_qr(SWISS)

    assert read_picture(girocode_picture(giro).png()) == [giro]
    assert read_picture(swiss_picture(swiss).png()) == [swiss]
    assert swiss_picture(swiss).png() != girocode_picture(swiss).png()  # the cross is there


_NAMES = st.text(st.sampled_from(sorted(Letters.GERMAN.value)), min_size=1, max_size=70).filter(str.strip)
_WORDS = st.text(st.sampled_from(sorted(Letters.GERMAN.value)), max_size=140)


@given(name=_NAMES, text=_WORDS, minor=st.integers(1, 99_999_999_999))
def test_whatever_fits_is_read_again_by_a_camera(name: str, text: str, minor: int):
    payload = written(replace(GERMAN, payee=Party(name), amount=Amount(minor, "EUR"), text=text))
    assume(payload is not None)

    assert read_picture(girocode_picture(payload).png(scale=4)) == [payload]
    assert len(payload.encode()) <= 331


def written(asked: Asked) -> str | None:
    """The GiroCode; None where umlauts take more bytes than there are."""
    try:
        return girocode(asked)
    except Refused:
        return None


def test_the_longest_qr_bill_is_read_again_by_a_camera():
    town = Address("T" * 35, "CH", "8" * 16, "S" * 70, "1" * 16)
    longest = replace(QR_IBAN, payee=Party("N" * 70, town), payer=Party("P" * 70, town), text="é" * 140)
    payload = swiss_qr(longest)

    assert 800 < len(payload.encode()) <= 997
    assert read_picture(swiss_picture(payload).png()) == [payload]


def test_a_qr_bill_that_does_not_fit_into_its_code_is_refused():
    town = Address("Ä" * 35, "CH", "8001", "Ö" * 70)

    with pytest.raises(Refused, match="997 are the most"):
        swiss_qr(replace(QR_IBAN, payee=Party("Ü" * 70, town), payer=Party("ß" * 70, town), text="é" * 140))


def test_the_drawing_for_pages_is_the_same_code():
    svg = girocode_picture(girocode(GERMAN)).svg()

    assert svg.startswith("<svg ")
    assert "<script" not in svg
    assert svg.count("<rect") == 0
    assert swiss_picture(swiss_qr(replace(SWISS, payee=SHOP, payer=ANNA))).svg().count("<rect") == 4
