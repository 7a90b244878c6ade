"""When two lines are the same money, and when they are not."""

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
