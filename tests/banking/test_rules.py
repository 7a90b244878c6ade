"""When two lines are the same money, and when they are not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.banking.accounts import account_number
from zahlmeister.banking.rules import Line, fingerprint, pair, squeezed

TEXTS = st.text(alphabet="abcdeÄÖß 0123?\n", max_size=12)
LINES = st.builds(Line, st.sampled_from(["", "DE1", "DE2"]), TEXTS, TEXTS, st.sampled_from(["", "E1", "E2"]), TEXTS)


def line(text: str = "", *, number: str = "DE1", name: str = "Anna Weber", end: str = "", ref: str = "") -> Line:
    return Line(number, name, text, end, ref)


def test_umlauts_and_blanks_make_no_difference() -> None:
    assert squeezed("Müller, Straße 5") == squeezed("MUELLER STRASSE 5") == squeezed("muller\nstras se5")


def test_a_text_cut_by_another_format_is_the_same() -> None:
    assert pair([line("Bestellung 100012345 vielen D")], [line("Bestellung 100012345 vielen Dank und Gruß")]) == [0]


def test_another_order_number_is_other_money() -> None:
    assert pair([line("Bestellung 100012345")], [line("Bestellung 100012346")]) == [None]


def test_another_payer_is_other_money() -> None:
    assert pair([line("danke", number="DE1")], [line("danke", number="DE2")]) == [None]


def test_the_banks_reference_joins_texts_told_differently() -> None:
    assert pair([line("RF68WS10483", ref="T1")], [line("GUTSCHRIFT", ref="T1")]) == [0]


def test_a_placeholder_reference_joins_nothing() -> None:
    assert pair([line("eins", ref="NONREF")], [line("zwei", ref="NONREF")]) == [None]


def test_the_certain_partner_comes_before_the_plausible_one() -> None:
    stored = [line(""), line("Bestellung 1")]
    assert pair([line("Bestellung 1"), line("")], stored) == [1, 0]


@given(st.lists(LINES, max_size=8))
def test_the_same_lines_again_are_all_known(lines: list[Line]) -> None:
    assert sorted(index for index in pair(lines, lines) if index is not None) == list(range(len(lines)))


@given(st.lists(LINES, max_size=8), st.lists(LINES, max_size=8))
def test_no_stored_line_is_taken_twice(incoming: list[Line], stored: list[Line]) -> None:
    taken = [index for index in pair(incoming, stored) if index is not None]
    assert len(taken) == len(set(taken))


def test_a_fingerprint_sees_what_is_said_and_not_how() -> None:
    said = line("Müller, Straße 5", name="Jörg Größ")
    assert fingerprint(said) == fingerprint(line("MUELLER STRASSE 5", name="JOERG GROESS"))
    assert fingerprint(said) != fingerprint(line("Müller, Straße 6", name="Jörg Größ"))


def test_account_numbers_of_old_files_are_the_iban() -> None:
    assert account_number("37040044/532013000") == "DE89370400440532013000"
    assert account_number("19043/234573201") == "AT611904300234573201"
    assert account_number("de89 3704 0044 0532 0130 00") == "DE89370400440532013000"
    assert account_number(None) == "-"


def same(a: Line, b: Line) -> bool:
    """Whether two lines are taken for the same money, whichever of them comes first."""
    assert pair([a], [b]) == pair([b], [a])
    return pair([a], [b]) == [0]


@pytest.mark.parametrize("nothing", ["", "NONREF", "NOTPROVIDED", "0", "NOREF", "UNKNOWN"])
def test_what_banks_write_for_no_reference_neither_joins_nor_parts(nothing: str) -> None:
    assert not same(line("eins", ref=nothing), line("zwei", ref=nothing))
    assert same(line("Bestellung 1", ref=nothing), line("Bestellung 1", ref="T1"))
    assert fingerprint(line("eins", ref=nothing)) == fingerprint(line("eins"))


@pytest.mark.parametrize(
    ("written", "squeezed_to"),
    [
        ("Käthe Öhler, Übersee", "KATHEOHLERUBERSEE"),
        ("KAETHE OEHLER, UEBERSEE", "KATHEOHLERUBERSEE"),
        ("Größe", "GROSSE"),
        ("Ærø", "ARO"),
        ("Œuvre", "OUVRE"),
        ("Crème brûlée", "CREMEBRULEE"),
        ("Nr. 4711/12-a", "NR471112A"),
        ("?!", ""),
    ],
)
def test_a_text_is_squeezed_to_its_letters_and_digits(written: str, squeezed_to: str) -> None:
    assert squeezed(written) == squeezed_to


def test_the_payers_reference_joins_texts_told_differently() -> None:
    assert same(line("eins", end="E1"), line("zwei", end="E1"))
    assert not same(line("eins", end="E1"), line("eins", end="E2"))


def test_a_structured_reference_parts_what_a_text_would_join() -> None:
    one, two = (Line("DE1", "Anna", "danke", "", "", reference) for reference in ("RF18", "RF19"))

    assert not same(one, two)
    assert fingerprint(one) != fingerprint(two)
    assert same(one, Line("DE1", "Anna", "danke", "", ""))  # a format that does not tell it


def test_the_banks_references_are_compared_within_one_kind_of_file() -> None:
    first, other_kind = (Line("DE1", "Anna", "danke", "", "T1", "", kind) for kind in ("camt.053", "mt940"))
    second = Line("DE1", "Anna", "danke", "", "T2", "", "camt.053")

    assert not same(first, second)
    assert same(other_kind, second)


def test_who_or_what_must_really_be_said_by_both() -> None:
    assert same(line("danke", number="", name=""), line("danke", number="", name=""))
    assert not same(line("danke", number="", name="Anna"), line("danke mehr", number="", name=""))
    assert same(line("danke", number="", name="Anna"), line("danke mehr", number="", name="Anna W"))
    assert not same(line("", number="", name="Anna"), line("x", number="", name="Anna"))
    assert same(line("", number="DE1", name=""), line("x", number="DE1", name=""))
    assert not same(line("", number="DE1", name=""), line("x", number="", name=""))


@pytest.mark.parametrize(
    ("short", "long", "is_same"),
    [
        ("Bestellung 1", "Bestellung 12", False),  # a number is never cut
        ("Bestellung 1", "Bestellung 1 danke", True),
        ("2 Stück", "12 Stück", False),
        ("2 Stück", "x 2 Stück", True),
        ("12", "123 A12B", True),  # not the first time, but the second
        ("12", "A12B 123", True),  # the first time, and not the second
        ("12", "412 123", False),
        ("12", "A12", True),
        ("A", "1A2", True),
        ("danke", "vielen Dank", False),
    ],
)
def test_a_text_may_be_cut_or_embedded_but_a_number_not(short: str, long: str, is_same: bool) -> None:
    assert same(line(short), line(long)) is is_same


def test_each_of_two_that_agree_finds_its_own() -> None:
    twins = [line("danke"), line("danke")]

    assert pair(twins, twins) == [0, 1]
    assert pair([*twins, line("danke")], twins) == [0, 1, None]
    assert pair([line("eins", ref="T1"), line("zwei", ref="T2")], [line("zwei", ref="T2"), line("eins", ref="T1")]) == [
        1,
        0,
    ]


def test_names_that_differ_are_two_payers_and_a_cut_name_is_one() -> None:
    assert not same(line("danke", name="Anna Weber"), line("danke", name="Bernd Weber"))
    assert same(line("danke", name="Anna Web"), line("danke", name="Anna Weber"))


def test_a_fingerprint_has_forty_digits_and_sees_every_part() -> None:
    said = Line("DE1", "Anna", "danke", "E1", "T1", "RF18")
    others = [
        Line("DE2", "Anna", "danke", "E1", "T1", "RF18"),
        Line("DE1", "Bernd", "danke", "E1", "T1", "RF18"),
        Line("DE1", "Anna", "bitte", "E1", "T1", "RF18"),
        Line("DE1", "Anna", "danke", "E2", "T1", "RF18"),
        Line("DE1", "Anna", "danke", "E1", "T2", "RF18"),
        Line("DE1", "Anna", "danke", "E1", "T1", "RF19"),
        Line("DE1", "Annadanke", "", "E1", "T1", "RF18"),  # what stands where counts as well
    ]

    assert re.fullmatch("[0-9a-f]{40}", fingerprint(said))
    assert len({fingerprint(said), *map(fingerprint, others)}) == 8
