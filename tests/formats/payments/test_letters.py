"""Names and texts reach the bank in its letters, and keep what they mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.formats.payments.letters import BASIC, Letters, Speller, in_letters
from zahlmeister.refusals import Refused


@pytest.mark.parametrize(
    ("written", "basic", "german", "swiss"),
    [
        ("Jürgen Groß", "Juergen Gross", "Jürgen Groß", "Jürgen Groß"),
        ("ÄÖÜ", "AeOeUe", "ÄÖÜ", "ÄÖÜ"),
        ("Müller & Söhne", "Mueller + Soehne", "Müller & Söhne", "Müller & Söhne"),
        ("Łukasz Şahin", "Lukasz Sahin", "Lukasz Sahin", "Łukasz Şahin"),
        ("Renée Œuvray", "Renee Oeuvray", "Renee Oeuvray", "Renée Œuvray"),
        ("Ștefan Țîrlea", "Stefan Tirlea", "Stefan Tirlea", "Ștefan Țîrlea"),
        ("Søren Þórsson", "Soren Thorsson", "Soren Thorsson", "Søren Þórsson"),
        ("Γιώργος", "Giorgos", "Giorgos", "Giorgos"),
        ("Ольга Жукова", "Olga Zhukova", "Olga Zhukova", "Olga Zhukova"),
        ("3 % Skonto", "3 pct Skonto", "3 % Skonto", "3 % Skonto"),
        ("„Wolle“ – 5€", "'Wolle' - 5EUR", "'Wolle' - 5EUR", "'Wolle' - 5€"),
        ("Bestellung #4711!", "Bestellung 4711.", "Bestellung 4711.", "Bestellung #4711!"),
        ("a\u00a0b\u200bc\nd\te", "a bc d e", "a bc d e", "a bc d e"),
        ("Danke 🎉", "Danke", "Danke", "Danke"),
        ("u\u0308ber", "ueber", "über", "über"),
    ],
)
def test_each_bank_gets_its_letters(written, basic, german, swiss):
    assert in_letters(written, Letters.SEPA) == basic
    assert in_letters(written, Letters.GERMAN) == german
    assert in_letters(written, Letters.SWISS) == swiss


@pytest.mark.parametrize("name", ["张伟", "محمد", "Kim 김", "½ Portion"])
def test_a_letter_without_spelling_is_refused_and_never_dropped(name):
    with pytest.raises(Refused, match="for which banks have no letter"):
        in_letters(name, Letters.SEPA, "name")


@given(st.text(), st.sampled_from(Letters))
def test_whatever_is_spelled_is_in_the_banks_letters_and_stays_so(text, letters):
    try:
        spelled = in_letters(text, letters)
    except Refused:
        return
    assert letters.value.issuperset(spelled)
    assert in_letters(spelled, letters) == spelled
    assert spelled == " ".join(spelled.split())


@given(st.text(sorted(BASIC - {" "}), min_size=1))
def test_what_every_bank_takes_is_left_alone(text):
    speller = Speller(Letters.SEPA)

    assert speller(text, "text", len(text)) == text
    assert speller.changes == []
