import re
from datetime import timedelta
from pathlib import Path

import pytest
from tests.matching.shop import TODAY, item, payment, propose_one

import zahlmeister.matching as package
from zahlmeister.matching.facts import Clue
from zahlmeister.matching.hypothesis import EXACT_NUMBER, IDENTITY, NUMBER
from zahlmeister.matching.words import clue_text, reason_text


def test_a_clue_is_a_phrase_in_two_languages():
    swap = Clue("number_swap", 7.5, ("100012345", "100012354"))

    assert clue_text(swap, "en") == "number 100012345 with two digits swapped: 100012354"
    assert clue_text(swap, "de-AT") == "Nummer 100012345 mit zwei vertauschten Ziffern: 100012354"


@pytest.mark.parametrize(
    ("others", "phrase"),
    [
        ("0", "amount exact, no other has it"),
        ("1", "amount exact, one other has it"),
        ("3", "amount exact, 3 others have it"),
        ("many", "amount exact, many others have it"),
    ],
)
def test_an_exact_amount_says_how_many_others_have_it(others, phrase):
    assert clue_text(Clue("amount", 5.0, ("24.98", others))) == phrase


def test_every_clue_and_reason_has_its_words():
    source = "".join(path.read_text() for path in Path(package.__path__[0]).rglob("*.py") if path.name != "words.py")
    kinds = set(re.findall(r'Clue\(\s*"(\w+)"', source)) | NUMBER | EXACT_NUMBER | IDENTITY
    objections = (Path(package.__path__[0]) / "decide.py").read_text()
    reasons = set(re.findall(r'(?:return|reason =) "(\w+)"', objections))

    assert len(kinds) > 25
    for language in ("en", "de"):
        assert not [kind for kind in kinds if clue_text(Clue(kind, 1.0, ("a", "b")), language) == kind]
    assert {"closed", "ambiguous", "weak", "too_much"} <= reasons
    assert not [reason for reason in (*reasons, "provider", "tax") if reason_text(reason) == reason]


def test_text_from_a_bank_cannot_break_a_phrase():
    assert "{0}" in clue_text(Clue("surname", 1.0, ("{0}",)))


def test_a_day_is_a_day_and_an_amount_has_the_languages_decimal_sign():
    assert clue_text(Clue("paid_soon", 1.0, ("1",)), "de") == "1 Tag nach der Bestellung"
    assert clue_text(Clue("paid_soon", 1.0, ("1",)), "en") == "1 day after the order"
    assert "44,80" in clue_text(Clue("amount_part", 1.0, ("60.00", "44.80")), "de")
    assert "44.80" in clue_text(Clue("amount_part", 1.0, ("60.00", "44.80")), "en")


@pytest.mark.parametrize(
    ("days", "english", "german"),
    [
        ("-1", "the day before the order", "am Tag vor der Bestellung"),
        ("0", "on the day of the order", "am Tag der Bestellung"),
        ("2", "2 days after the order", "2 Tage nach der Bestellung"),
    ],
)
def test_a_day_near_the_order_is_called_what_it_is(days, english, german):
    clue = Clue("paid_soon", 1.0, (days,))
    assert (clue_text(clue), clue_text(clue, "de")) == (english, german)


def test_the_day_before_the_order_is_not_told_as_the_day_itself():
    early = payment(2498, "Bernd Klein", "100012345", booked_on=TODAY - timedelta(days=1))
    clues = propose_one(early, item("100012345", 2498, "Bernd Klein", opened_on=TODAY)).candidates[0].clues
    assert "the day before the order" in [clue_text(clue) for clue in clues]


def test_an_order_number_that_is_called_a_customers_does_not_lack_a_prefix_it_never_had():
    called = payment(2498, "Bernd Klein", "Kundennummer 100012345")
    clues = propose_one(called, item("100012345", 2498, "Bernd Klein")).candidates[0].clues
    assert "number 100012345, called a customer number" in [clue_text(clue) for clue in clues]
    shortened = Clue("invoice_number_other_prefix", 1.0, ("RE-7", "RE"))
    assert clue_text(shortened, "de") == "Ziffern der Rechnungsnummer RE-7 ohne ihren Vorsatz RE"
