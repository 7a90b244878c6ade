import re
from importlib import resources

import pytest
from tests.letters.sample import letter

from zahlmeister.letters.compose import Paragraph
from zahlmeister.letters.kinds import ABOUT, Kind, Reader
from zahlmeister.letters.texts.read import LANGUAGES, Text, check, module, text_of, texts
from zahlmeister.refusals import Refused

SIE = re.compile(r"\b(Sie|Ihre?[nmrs]?|Ihnen)\b")
DU = re.compile(r"\b([Dd]u|[Dd]eine?[nmrs]?|[Dd]ich|[Dd]ir)\b")


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("language", ["de", "en"])
def test_every_letter_exists_in_german_and_english(kind: Kind, language: str):
    assert kind in texts(language)


@pytest.mark.parametrize("language", ["fr", "it"])
def test_payment_information_exists_in_french_and_italian(language: str):
    wanted = {Kind.PAYMENT_INFORMATION, Kind.PAYMENT_INFORMATION_AGAIN, Kind.INVOICE_INFORMATION}

    assert wanted <= texts(language).keys()


def test_whoever_is_addressed_as_du_is_so_in_every_letter():
    buyers = {kind for kind in Kind if ABOUT[kind].reader is Reader.BUYER}

    assert texts("de-du").keys() == buyers
    assert not [kind for kind, text in texts("de-du").items() if SIE.search(text.subject + text.body)]
    assert not [kind for kind in buyers if DU.search(texts("de")[kind].subject + texts("de")[kind].body)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_names_only_placeholders_that_there_are(language: str):
    for kind, text in texts(language).items():
        check(kind, text)


def test_a_letter_that_does_not_exist_in_a_language_comes_in_the_next():
    assert text_of(Kind.DUNNING_NOTICE_1, "fr")[1] == "en"
    assert text_of(Kind.UNCLEAR_PAYMENTS, "de-du")[1] == "de"
    assert text_of(Kind.PAYMENT_INFORMATION, "it")[1] == "it"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_a_letter_is_put_together_from_exists(language: str):
    needed = ("greeting", "greeting_name", "total", "principal", "payment_page_label", "enclosed")

    assert all(module(name, language) for name in needed)


def test_letters_that_ask_for_money_name_the_reference_in_the_subject():
    asking = [kind for kind in Kind if "payment_details" in ABOUT[kind].placeholders]

    assert len(asking) == 14
    assert all("{reference}" in text_of(kind, language)[0].subject for kind in asking for language in LANGUAGES)
    assert all("{payment_details}" in text_of(kind, language)[0].body for kind in asking for language in LANGUAGES)


def test_a_first_reminder_claims_no_fee_and_threatens_with_nothing():
    for language in ("de", "de-du", "en"):
        for kind in (Kind.PAYMENT_REMINDER_1, Kind.DUNNING_NOTICE_1):
            body = texts(language)[kind].body
            assert not re.search(r"Inkasso|Gericht|Schufa|collection|court", body)
    assert all("{claim}" not in texts("de")[kind].body for kind in Kind if kind.startswith("payment_reminder"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (Text("Hallo {vorname}", "Text"), r"no placeholder \{vorname\}.*\{amount\}, .*\{greeting\}"),
        (Text("Hallo", "Bitte {payment_details} zahlen"), r"\{payment_details\} is a whole block"),
        (Text("Hallo {payment_page} dort", "Text"), "whole block"),
        (Text("Hallo", "Bitte {amount zahlen"), "curly bracket"),
        (Text("Hallo", "Bitte }amount zahlen"), "curly bracket"),
        (Text("Hallo", "{}"), r"no placeholder \{\}"),
        (Text("Hallo", "{amount.__class__}"), r"no placeholder \{amount.__class__\}"),
        (Text("Hallo", "{0}{amount!r}"), "no placeholder"),
        (Text("  ", "Text"), "needs a subject"),
        (Text("Hallo", " \n \n"), "needs a subject and a text"),
        (Text("Hallo\nBcc: x@y.example", "Text"), "one line"),
        (Text("x" * 201, "Text"), "at most 200"),
        (Text("x", "y" * 10_001), "10000"),
    ],
)
def test_a_text_that_cannot_be_filled_in_is_refused_in_a_sentence(text: Text, says: str):
    with pytest.raises(Refused, match=says):
        check(Kind.PAYMENT_INFORMATION, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_is_sent_with_a_bracket_in_it(language: str):
    for kind in Kind:
        done = letter(kind, language)
        words = [block.words for block in done.blocks if isinstance(block, Paragraph)]
        assert not [each for each in (done.subject, *words) if "{" in each or "}" in each or "*" in each]


@pytest.mark.parametrize("name", ["de", "de-du", "en", "centre-de", "centre-en", "house-de", "house-en"])
def test_no_count_stands_before_a_plural(name: str):
    text = resources.files("zahlmeister.letters.texts").joinpath(f"{name}.txt").read_text("utf-8")

    assert "{" in text
    assert not re.findall(r"\{count\} \w+", text), "one payment would be “1 payments”"


@pytest.mark.parametrize("name", ["en", "centre-en"])
def test_english_letters_begin_with_a_capital(name: str):
    text = resources.files("zahlmeister.letters.texts").joinpath(f"{name}.txt").read_text("utf-8")
    begins = re.findall(r"\n\{greeting\}\n\n(.)", text)

    assert len(begins) >= 9
    assert not [begin for begin in begins if begin.islower()]
