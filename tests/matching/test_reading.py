import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.matching.shop import payment, population_of_others

from zahlmeister.matching.chance import Chance
from zahlmeister.matching.findings import find
from zahlmeister.matching.keys import MOST_FIRST_KEYS, MOST_FURTHER_KEYS, first_keys, further_keys
from zahlmeister.matching.population import Population
from zahlmeister.matching.reading import SECOND, read
from zahlmeister.matching.spellings import MOST_SPELLINGS, SOLID, Spelling

CODES = Population(open_items=100, code_lengths=frozenset({6}), number_lengths=frozenset({9}))


def spellings(text, population=None, **more):
    return {spelling.text for spelling in read(payment(100, None, text, **more), population or Population()).spellings}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Bestellung 100012345", "100012345"),
        ("Bestellung100012345DATUM 12.10.2026, 18.34 UHR1.TAN 934500", "100012345"),
        ("EREF+NOTPROVIDEDSVWZ+100012345", "100012345"),
        ("100 012 345", "100012345"),
        ("1 0 0 0 1 2 3 4 5", "100012345"),
        ("10001-2345", "100012345"),
        ("1OOO12345", "100012345"),
        ("l00012345", "100012345"),
        ("BESTNR.100012345,danke", "100012345"),
        ("2026-10-4711", "2026104711"),
        ("2026/10/4711", "2026104711"),
        ("RE-2026 1234", "20261234"),
        ("100012345/46", "100012346"),
        ("100012345 und 678", "100012678"),
        ("Best#10456#", "10456"),
        ("RF25100012345", "100012345"),
        ("SVWZ+RF25000000100012345", "100012345"),
        ("RF18 5390 0754 7034", "539007547034"),
    ],
)
def test_numbers_are_read_whatever_became_of_them(text, number):
    assert number in spellings(text)


@pytest.mark.parametrize(
    "text", ["RF18539007547034", "SVWZ+RF18539007547034", "Rechnung RF18539007547034", "RF18539007547034 danke"]
)
def test_a_creditor_reference_in_the_text_is_no_account_although_its_check_digits_are_an_accounts(text):
    found = read(payment(100, None, text), Population())

    assert found.references == ("RF18539007547034",)
    assert found.ibans == ()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("RF26100012345", "100012345"),
        ("9100012345", "100012345"),
        ("100012345678", "100012345"),
        ("IBAN DE89370400440532013000", "37040044"),
        ("TAN 934500", "934500"),
        ("DATUM 12.10.2026, 18.34 UHR", "12102026"),
        ("vom 12.10.2026", "2026"),
        ("Betrag 1.234,56 EUR", "1234"),
        ("Tel. 08912345", "08912345"),
        ("PLZ 80331", "80331"),
    ],
)
def test_what_is_no_number_of_an_order_is_not_read_as_one(text, number):
    assert number not in spellings(text)


@pytest.mark.parametrize("text", ["YHCFBX", "BESTNRYHCFBX", "Bestellung YHC FBX", "Y HCF BX", "yhcfbx danke"])
def test_codes_of_letters_are_read_where_the_merchant_has_such(text):
    assert "YHCFBX" in spellings(text, CODES)
    assert "YHCFBX" not in spellings(text, Population(open_items=100, number_lengths=frozenset({9})))


def test_pieces_are_put_together_with_and_without_a_blank():
    cut = ("Onlineshop Bestellung 10001", "2345")
    ended = ("Kunde 4711 Bestellung 55555", "100012345")

    assert "100012345" in spellings(None, remittance_pieces=cut)
    assert "100012345" in spellings(None, remittance_pieces=ended)


def test_the_raw_payment_stays_as_it_was():
    raw = payment(100, "Mär?a", "DATUM 12.10.2026, 18.34 UHR1.TAN 934500")

    assert read(raw, Population()).payment is raw


def test_names_mails_and_accounts_are_read():
    said = payment(
        100,
        "Eheleute Dr. Jürgen u. Petra MÜLLER-Weiß",
        "ABWA+Egon VogtSVWZ+mail anna.b(at)example.de IBAN DE89 3704 0044 0532 0130 00",
        iban="AT611904300234573201",
    )
    reading = read(said, Population())

    assert reading.payer_words[:4] == ("JURGEN", "U", "PETRA", "MULLER")
    assert {"EGON", "VOGT"} <= set(reading.payer_words)
    assert reading.emails == ("ANNABEXAMPLEDE",)
    assert reading.ibans == ("AT611904300234573201", "DE89370400440532013000")


def test_structured_references_count_as_a_whole():
    qr = "000000000000000010001234500"
    reading = read(payment(100, None, None, creditor_reference=qr, end_to_end_id="Bestellung-100012345"), Population())

    assert {qr, "1000123450", "100012345"} <= {spelling.text for spelling in reading.spellings}


@pytest.mark.parametrize("text", ["7 " * 5000, "123456789 " * 500, "9" * 10_000, "A1" * 5000, "/" * 9000 + "1"])
def test_a_huge_text_is_bounded(text):
    reading = read(payment(100, "X" * 5000, text), population_of_others())

    assert len(reading.spellings) <= MOST_SPELLINGS
    assert len(first_keys(reading)) <= MOST_FIRST_KEYS
    assert len(further_keys(reading, population_of_others())) <= MOST_FURTHER_KEYS


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=300), payer=st.text(max_size=60), pieces=st.lists(st.text(max_size=40), max_size=6))
def test_any_text_can_be_read(text, payer, pieces):
    said = payment(100, payer, text, remittance_pieces=tuple(pieces))
    reading = read(said, population_of_others())

    assert len(first_keys(reading)) <= MOST_FIRST_KEYS
    assert len(further_keys(reading, population_of_others())) <= MOST_FURTHER_KEYS


@pytest.mark.parametrize(
    "text", ["\u202e543210001", "\x00100012345\x07", "\u200b100012345", "١٢٣٤٥٦٧٨٩", "１０００１２３４５"]
)
def test_control_and_foreign_characters_do_no_harm(text):
    read(payment(100, text, text), Population())


def test_letters_stand_before_a_number_only_in_the_text_it_was_read_from():
    """The second variant of a text has places of its own; the end of the first stands before none of them."""
    reading = read(payment(100, None, "12345 Auftrag R"), Population())
    findings = find(reading, Chance(Population(), {}), {})

    assert findings.prefix_before(Spelling("12345", 16, 21, SOLID)) == "R"
    assert findings.prefix_before(Spelling("12345", SECOND + 2, SECOND + 7, SOLID)) == ""
