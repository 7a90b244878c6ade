"""What is typed is understood, what is shown is right, and both languages are complete."""

import ast
import hashlib
import re
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.utils.translation import override
from tests.office.conftest import fill
from tests.stage import Stage

import zahlmeister
from zahlmeister.ledger import rules
from zahlmeister.ledger.rules import Book
from zahlmeister.office import shown, turn_words, typed, words
from zahlmeister.office.export import cell
from zahlmeister.office.marks import marked
from zahlmeister.office.sentences import in_words
from zahlmeister.office.templatetags.office import percent
from zahlmeister.orders.queries import Sought

PACKAGE = Path(zahlmeister.__file__).parent
OFFICE = PACKAGE / "office"
CATALOGUE = PACKAGE / "locale" / "de" / "LC_MESSAGES" / "django.po"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Sought()),
        ("  ", Sought()),
        ("49,90", Sought(minor=4990)),
        ("1.234,50", Sought(minor=123450)),
        ("50 €", Sought(minor=5000)),
        ("EUR 12.5", Sought(minor=1250)),
        ("100012345", Sought(text="100012345")),
        ("4990", Sought(text="4990")),
        ("de89 3704 0044 0532 0130 00", Sought(account="DE89370400440532013000")),
        ("DE89 3704", Sought(text="DE89 3704")),
        ("RE20261234", Sought(text="RE20261234")),
        ("WS-10540", Sought(text="WS-10540")),
        ("Jörg  Müller", Sought(text="Jörg Müller")),
        ("1.2.3,45", Sought(text="1.2.3,45")),
    ],
)
def test_a_search_is_understood(text: str, expected: Sought) -> None:
    assert typed.sought(text, "EUR") == expected


def test_days_and_amounts_are_understood() -> None:
    assert typed.day("2026-11-18") == typed.day("18.11.2026") == typed.day(" 18.11.26 ") == date(2026, 11, 18)
    assert typed.day("31.02.2026") is None
    assert typed.minor("1.234,5", "EUR") == 123450
    with override("de"):
        assert (typed.minor("1.000", "EUR"), typed.minor("1,234", "EUR")) == (100000, None)
    with override("en"):
        assert (typed.minor("1,000", "EUR"), typed.minor("1.234", "EUR")) == (100000, None)


@pytest.mark.parametrize(
    ("minor", "currency", "german", "english"),
    [
        (0, "EUR", "0,00", "0.00"),
        (-5, "EUR", "\u22120,05", "\u22120.05"),
        (123456789, "EUR", "1.234.567,89", "1,234,567.89"),
        (1234, "JPY", "1.234", "1,234"),
        (1234567, "KWD", "1.234,567", "1,234.567"),
    ],
)
def test_money_is_written_as_people_write_it(minor: int, currency: str, german: str, english: str) -> None:
    assert shown.money_text(minor, currency, "de") == german
    assert shown.money_text(minor, currency, "en") == english
    assert typed.minor(shown.typed_money(abs(minor), currency, "de"), currency) == abs(minor)


def test_labels_in_plots_are_rounded_half_up() -> None:
    assert shown.rounded_money(149950, "EUR", "de") == "1.500"
    assert shown.rounded_money(-149949, "EUR", "en") == "\u22121,499"
    assert shown.rounded_money(7, "JPY", "en") == "7"


def test_days_are_said_as_people_say_them() -> None:
    friday = date(2026, 11, 20)
    said = [shown.day_text(day, friday, "en") for day in (friday, date(2026, 11, 19), date(2026, 11, 16))]
    assert said == ["today", "yesterday", "Mon 16 Nov"]
    assert shown.day_text(date(2026, 11, 2), friday, "de") == "2. Nov."
    assert shown.day_text(date(2025, 12, 31), friday, "de") == "31. Dez. 2025"
    assert shown.exact_day(friday, "de") == "Freitag, 20. November 2026"


@pytest.mark.parametrize(
    ("ppm", "expected"),
    [
        (1_000_000, "99.99\u202f%"),
        (999_999, "99.99\u202f%"),
        (998_000, "99.80\u202f%"),
        (500_000, "50\u202f%"),
        (0, "<\u202f1\u202f%"),
    ],
)
def test_a_certainty_is_never_claimed_that_is_not_there(ppm: int, expected: str) -> None:
    with override("en"):
        assert percent(ppm) == expected


def test_recognised_parts_are_marked_and_nothing_is_lost() -> None:
    text = "SVWZ+Best. 1000 12\n345 Weberei Weber, 12"
    parts = marked(text, ["100012345", "Weber", "12", ""])
    assert "".join(part.text for part in parts) == text
    assert [part.text for part in parts if part.is_marked] == ["1000 12\n345", "Weber"]
    assert marked("", ["x"]) == []
    assert [part.is_marked for part in marked("nichts", [])] == [False]


@pytest.mark.parametrize("text", ["=1+1", "+49", "-5", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_becomes_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert cell("Anna = Bert") == "Anna = Bert"


def test_every_book_and_every_occasion_has_words_in_german() -> None:
    legs = [value for value in vars(rules).values() if isinstance(value, rules.Legs)]
    pairs = [value for value in vars(rules).values() if isinstance(value, rules.Pair)]
    pairs += [make(waiver) for waiver in rules.Waiver for make in (rules.waived, rules.waiver_withdrawn)]
    legs += [rules.money_came_in(1), rules.money_went_out(1), rules.money_came_back(1), rules.books_begin(1)]
    occasions = {leg.text for leg in legs} | {leg.text for pair in pairs for leg in (pair.open, pair.surplus)}
    with override("de"):
        assert all(words.book(book.value) for book in Book)
        for text in occasions:
            assert words.posting_text(text) != text.replace("_", " "), f"No words for {text}."


def test_no_text_is_left_untranslated_or_fuzzy() -> None:
    for flag in ("--untranslated", "--fuzzy"):
        found = subprocess.run(["msgattrib", flag, str(CATALOGUE)], capture_output=True, text=True, check=True)
        assert 'msgid "' not in found.stdout.partition("\n\n")[2], f"make messages, then translate:\n{found.stdout}"


def test_the_compiled_texts_are_those_of_the_catalogue(tmp_path: Path) -> None:
    subprocess.run(["msgfmt", "-o", tmp_path / "django.mo", CATALOGUE], check=True, capture_output=True)
    compiled = CATALOGUE.with_suffix(".mo").read_bytes()
    assert compiled == (tmp_path / "django.mo").read_bytes(), "Run make messages."


def test_every_text_of_the_templates_is_in_the_catalogue() -> None:
    known = CATALOGUE.read_text(encoding="utf-8").replace('"\n"', "")
    for template in OFFICE.rglob("*.html"):
        for text in re.findall(r'{% translate "([^"]+)"', template.read_text(encoding="utf-8")):
            assert f'msgid "{text}"' in known, f"{template.name}: “{text}” is not collected; run make messages."


def refusals() -> Iterator[tuple[str, str]]:
    """Every sentence with which the flows behind the office's buttons refuse, its facts replaced by a word."""
    buttons = ("assign_payment", "mark_paid", "hand_in_statement")
    files = [PACKAGE / "flows" / f"{name}.py" for name in buttons]
    files += [PACKAGE / "receivables" / name for name in ("allocate.py", "desk.py")]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                said = node.exc.args[0]
                parts = said.values if isinstance(said, ast.JoinedStr) else [said]
                yield file.name, "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in parts)


def test_every_refusal_behind_a_button_has_german_words() -> None:
    with override("de"):
        for file, sentence in refusals():
            assert in_words(sentence) != sentence, f"{file}: list “{sentence}” in office/sentences.py and translate it."


def test_a_refusal_keeps_its_facts_and_an_unknown_one_its_words() -> None:
    with override("de"):
        assert in_words("Only 5.00 EUR of this payment are left to assign.").endswith("nur noch 5,00 EUR zuzuordnen.")
        assert in_words("100 % new.") == "100 % new."


def test_vendored_files_are_what_their_list_says() -> None:
    folder = OFFICE / "static" / "office" / "vendor"
    rows = re.findall(r"^\| (\S+\.js) \|.*\| ([\w+/=]{64}) \|$", (folder / "README.md").read_text(), re.MULTILINE)
    assert rows
    for name, stated in rows:
        assert b64encode(hashlib.sha384((folder / name).read_bytes()).digest()).decode() == stated


def test_no_page_asks_a_foreign_address_for_anything(stage: Stage, office: Client) -> None:
    numbers = fill(stage)
    for path in ("/", "/payments/", f"/payments/{numbers.payment_id}/", "/statements/", "/books/"):
        answer = office.get(path)
        text = answer.content.decode().replace("http://www.w3.org/2000/svg", "")
        assert not re.findall(r"(?:src|href|action)=\"(?:https?:)?//[^\"]+", text)
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "english", "german"),
    [
        ("2026-W46", "Week 46 of 2026 (9 Nov to 15 Nov)", "Woche 46/2026 (9.11. bis 15.11.)"),
        ("2026-W01", "Week 1 of 2026 (29 Dec to 4 Jan)", "Woche 1/2026 (29.12. bis 4.1.)"),
        ("2026-11", "November 2026", "November 2026"),
        ("2026-11-09", "Monday, 9 November 2026", "Montag, 9. November 2026"),
        ("2026-11-09-by-hand", "Monday, 9 November 2026, by hand", "Montag, 9. November 2026, von Hand"),
        ("something else", "something else", "something else"),
    ],
)
def test_a_settled_time_is_said_as_people_say_it(name: str, english: str, german: str) -> None:
    assert (shown.period_text(name, "en"), shown.period_text(name, "de")) == (english, german)


def test_every_turn_of_a_worker_is_said_in_words() -> None:
    flows = Path(turn_words.__file__).parents[1] / "flows"
    told = "\n".join(path.read_text() for path in flows.rglob("*.py"))
    turns = set(re.findall(r'(?:take_first|awake)\(\s*"([\w-]+)"', told))
    assert len(turns) > 30
    assert turns == set(turn_words.TURNS)


@pytest.mark.parametrize(
    ("seconds", "english", "german"),
    [
        (0, "0 s", "0 s"),
        (119, "119 s", "119 s"),
        (720, "12 min", "12 min"),
        (7_200, "2 h", "2 h"),
        (400_000, "4 days", "4 Tage"),
    ],
)
def test_a_span_is_said_in_its_largest_unit(seconds: int, english: str, german: str) -> None:
    assert (shown.span_text(seconds, "en"), shown.span_text(seconds, "de")) == (english, german)
