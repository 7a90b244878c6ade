"""Refusals in the reader's language, with the place and the amounts in them."""

import ast
import re
from pathlib import Path

import pytest
from django.test import Client
from django.utils.translation import gettext, override
from tests.office.test_statements import hand_in
from tests.stage import Paid, Stage

from zahlmeister.banking.models import StatementImport
from zahlmeister.flows.receive_statement import receive_next
from zahlmeister.office.account_sentences import SENTENCES as ACCOUNT_SENTENCES
from zahlmeister.office.file_sentences import SENTENCES
from zahlmeister.office.sentences import _patterns, in_words
from zahlmeister.receivables.desk import become
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.states import PaymentState
from zahlmeister.refusals import Refused

SOURCES = Path(__file__).parents[2] / "src" / "zahlmeister"


@pytest.mark.parametrize(
    ("said", "german"),
    [
        (
            "r.bin: this is no text, so it is no statement of a kind we know.",
            "r.bin: Das ist kein Text, also kein Kontoauszug, den wir kennen.",
        ),
        (
            "march.csv, statement 1, entry 3: the row has no booking day; is it a total and no booking?",
            "march.csv, Auszug 1, Umsatz 3: Die Zeile hat keinen Buchungstag; ist sie eine Summe und keine Buchung?",
        ),
        (
            "Only 24.90 EUR of this payment are left to assign.",
            "Von dieser Zahlung sind nur noch 24,90 EUR zuzuordnen.",
        ),
        (
            "credit note G-7 names invoice R-9, which was not reported for this order.",
            "Gutschrift G-7 nennt die Rechnung R-9, die für diese Bestellung nicht gemeldet wurde.",
        ),
        ("Something nobody has listed: at all.", "Something nobody has listed: at all."),
    ],
)
def test_what_is_said_in_german(said: str, german: str) -> None:
    with override("de"):
        assert in_words(said) == german
    with override("en"):
        assert in_words(said) == said


def test_thousands_stand_apart_in_both_languages() -> None:
    said = "Only 1234567.90 EUR of this payment are left to assign."
    with override("de"):
        assert in_words(said) == "Von dieser Zahlung sind nur noch 1.234.567,90 EUR zuzuordnen."
    with override("en"):
        assert in_words(said) == "Only 1,234,567.90 EUR of this payment are left to assign."


@pytest.mark.parametrize(
    ("said", "english", "german"),
    [
        (
            "2026-11-21 is over; choose today or a later day.",
            "21 November 2026 is over; choose today or a later day.",
            "21.11.2026 ist vorbei; bitte heute oder einen späteren Tag wählen.",
        ),
        (
            "The month 2026-03 is not over yet.",
            "The month March 2026 is not over yet.",
            "Der Monat 03/2026 ist noch nicht vorbei.",
        ),
        (
            "The month 2026-13 is not over yet.",
            "The month 2026-13 is not over yet.",
            "Der Monat 2026-13 ist noch nicht vorbei.",
        ),
    ],
)
def test_days_and_months_are_said_as_people_say_them(said: str, english: str, german: str) -> None:
    with override("en"):
        assert in_words(said) == english
    with override("de"):
        assert in_words(said) == german


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "A payment that is “partly assigned” cannot become “ignored”."),
        ("de", "Eine Zahlung im Zustand „teilweise zugeordnet“ kann nicht „ignoriert“ werden."),
    ],
)
def test_states_are_told_by_the_words_of_the_page(language: str, sentence: str) -> None:
    with override(language), pytest.raises(Refused) as refusal:
        become(Payment(state=PaymentState.PART_ASSIGNED), PaymentState.IGNORED)
    with override(language):
        assert in_words(refusal.value) == sentence


def test_each_listed_sentence_is_told_whole_in_german() -> None:
    """None is taken for another that fits, too, and is told half in English then."""
    half = []
    for listed, _pattern in _patterns():
        facts = {name: f"<{name}>" for name in re.findall(r"%\((\w+)\)s", listed)}
        with override("de"):
            if in_words(listed % facts) != gettext(listed) % facts:
                half.append(listed)
    assert half == []


def test_every_listed_sentence_is_still_said_somewhere() -> None:
    texts = " ".join(
        node.value
        for path in SOURCES.rglob("*.py")
        if path.name not in {"file_sentences.py", "sentences.py", "account_sentences.py"}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    squeezed = " ".join(texts.split())
    lost = [
        sentence
        for sentence in (*SENTENCES, *ACCOUNT_SENTENCES)
        if not all(" ".join(part.split()) in squeezed for part in re.split(r"%\(\w+\)s", sentence) if len(part) > 12)
    ]
    assert lost == []


def test_each_of_several_files_is_answered(stage: Stage, office: Client) -> None:
    answer = hand_in(office, ("one.xml", stage.statement(Paid(1, "x"))), ("empty.csv", b""), ("two.bin", b"\0\1\2"))

    page = office.get(answer.headers["Location"]).content.decode()
    assert set(StatementImport.objects.values_list("name", flat=True)) == {"one.xml", "two.bin"}
    assert "“empty.csv” is empty" in page


def test_a_file_that_is_none_is_set_aside(stage: Stage, office: Client) -> None:
    stage.pays(Paid(1, "x"))
    hand_in(office, ("r.bin", b"\0\1\2"))
    receive_next(clock=stage.clock)
    row = StatementImport.objects.get(name="r.bin")
    assert "r.bin" in office.get("/").content.decode()

    office.post(f"/statements/{row.pk}/discard")

    assert "r.bin" not in office.get("/").content.decode().replace("“r.bin” is set aside", "")
    office.post(f"/statements/{row.pk}/retry")
    row.refresh_from_db()
    assert row.state == "waiting"
