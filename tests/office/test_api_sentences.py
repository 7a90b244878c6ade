"""What shops asked by their own API refuse is said in German."""

import ast
import re
from pathlib import Path

import pytest
from django.utils.translation import gettext, override

from zahlmeister.connectors import shops
from zahlmeister.flows import hear_of_order
from zahlmeister.office.api_sentences import SENTENCES
from zahlmeister.office.sentences import in_words

NOTHING_TAKEN = "Aus den Dateien wurde nichts übernommen; bessern Sie diese aus oder nehmen Sie sie weg."


def said_in_sources() -> str:
    """Every text of the connectors, on one line."""
    files = [*Path(shops.__file__).parent.rglob("*.py"), Path(hear_of_order.__file__)]
    texts = [
        node.value
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return " ".join(" ".join(texts).split())


def test_every_listed_sentence_is_said_and_has_its_translation() -> None:
    sources = said_in_sources()
    with override("de"):
        untranslated = [sentence for sentence in SENTENCES if gettext(sentence) == sentence]
    parts = {sentence: re.split(r"%\(\w+\)s", sentence) for sentence in SENTENCES}

    assert untranslated == []
    assert [one for one, some in parts.items() if not all(part.strip() in sources for part in some)] == []


@pytest.mark.parametrize(
    ("said", "german"),
    [
        (
            "shop.example says no (403): Missing privilege.",
            "shop.example lehnt ab (403): Missing privilege.",
        ),
        (
            "a.csv, line 3: the amount is missing. Nothing was taken from the files; mend or remove it.",
            f"a.csv, Zeile 3: Der Betrag fehlt. {NOTHING_TAKEN}",
        ),
    ],
)
def test_what_a_shop_says_itself_stands_within_our_words(said: str, german: str) -> None:
    with override("de"):
        assert in_words(said) == german
