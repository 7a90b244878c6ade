"""DATEV files: every rule of the format, looked at by a reader that shares nothing with the writer."""

import dataclasses
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.formats.datev_reading import balances, days, read

from zahlmeister.formats.datev.cells import amount, quoted
from zahlmeister.formats.datev.columns import columns
from zahlmeister.formats.datev.header import BOOKINGS, Header, header_line
from zahlmeister.formats.datev.write import MOST_ROWS, DatevDebtor, DatevRow, booking_file, debtor_file, parts
from zahlmeister.refusals import Refused

HEADER = Header(
    consultant=1001,
    client=456,
    year_begins=date(2026, 1, 1),
    account_length=4,
    made_at=datetime(2026, 12, 1, 8, 30, 15, 123_456, tzinfo=UTC),
    chart="03",
    currency="EUR",
    first=date(2026, 11, 1),
    last=date(2026, 11, 30),
    name="Zahlmeister 2026-11",
)
PAID = DatevRow(
    minor=11_662, is_debit=True, account="1200", against="10100", on=date(2026, 11, 3), voucher="RE-2026/17",
    text="Anna Weber, Zahlung", order_number="100012345", source="allocation:17",
)  # fmt: skip
#: DATEV's own samples and those of other programs, which belong to others and are not part of the project.
CORPUS = Path(__file__).parents[2] / ".." / "shared" / "corpus" / "datev"


def one(**changed: object) -> dict[str, str]:
    [row] = read(booking_file(HEADER, [dataclasses.replace(PAID, **changed)]).content).rows  # type: ignore[arg-type]
    return row


def test_the_first_line_field_by_field() -> None:
    assert header_line(HEADER, BOOKINGS) == (
        '"EXTF";700;21;"Buchungsstapel";13;20261201083015123;;"ZM";"Zahlmeister";"";1001;456;20260101;4;20261101;'
        '20261130;"Zahlmeister 2026-11";"";1;0;0;"EUR";;"";;;"03";;;"";""'
    )
    assert len(read(booking_file(HEADER, [PAID]).content).header) == 31


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"consultant": 1000}, "consultant"),
        ({"client": 100_000}, "client"),
        ({"account_length": 9}, "4 to 8"),
        ({"chart": "49"}, "03 or 04"),
        ({"year_begins": date(2026, 1, 2)}, "first of a month"),
        ({"name": "Zahlmeister; November"}, "name"),
        ({"name": "x" * 31}, "name"),
        ({"last": date(2027, 1, 1)}, "one fiscal year"),
        ({"first": date(2025, 12, 31)}, "one fiscal year"),
        ({"first": None}, "one fiscal year"),
    ],
)
def test_what_a_header_cannot_say(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(Refused, match=said):
        header_line(dataclasses.replace(HEADER, **wrong), BOOKINGS)  # type: ignore[arg-type]


def test_a_payment_as_the_bookkeeper_finds_it() -> None:
    row = one()
    told = {name: cell for name, cell in row.items() if cell}
    assert told == {
        "Umsatz (ohne Soll/Haben-Kz)": "116,62",
        "Soll/Haben-Kennzeichen": "S",
        "Konto": "1200",
        "Gegenkonto (ohne BU-Schlüssel)": "10100",
        "Belegdatum": "0311",
        "Belegfeld 1": "RE-2026/17",
        "Buchungstext": "Anna Weber, Zahlung",
        "Auftragsnummer": "100012345",
        "Zusatzinformation - Art 1": "Zahlmeister",
        "Zusatzinformation- Inhalt 1": "allocation:17",
        "Festschreibung": "0",
    }


def test_texts_are_quoted_and_numbers_are_not() -> None:
    file = read(booking_file(HEADER, [PAID]).content)
    assert len(file.names) == 125
    for column in columns("bookings"):
        bare = file.bare[0][column.name]
        assert bare.startswith('"') == (column.kind == "text"), column.name


def test_lines_end_as_in_windows_and_nowhere_else() -> None:
    content = booking_file(HEADER, [PAID, dataclasses.replace(PAID, text="two\r\nlines\tand\x00more")]).content
    assert content.count(b"\n") == content.count(b"\r\n") == 4
    assert read(content).rows[1]["Buchungstext"] == "two lines andmore"


def test_quotes_and_semicolons_stay_in_their_cell() -> None:
    assert one(text='Wolle "Merino"; 5 Knäuel')["Buchungstext"] == 'Wolle "Merino"; 5 Knäuel'


def test_the_letters_of_windows_are_carried_and_others_told() -> None:
    file = booking_file(
        HEADER, [dataclasses.replace(PAID, text=text) for text in ("Jürgen Groß €", "Jiří Nowák", "日本 GmbH")]
    )
    assert [row["Buchungstext"] for row in read(file.content).rows] == ["Jürgen Groß €", "Jirí Nowák", "?? GmbH"]
    assert b"J\xfcrgen Gro\xdf \x80" in file.content
    assert [(change.line, change.column, change.before) for change in file.changes] == [
        (4, "Buchungstext", "Jiří Nowák"), (5, "Buchungstext", "日本 GmbH"),
    ]  # fmt: skip
    assert str(file.changes[0]) == (
        "Line 4, Buchungstext: “Jiří Nowák” has signs that DATEV files cannot carry and stands there as “Jirí Nowák”."
    )


def test_a_long_text_is_cut_and_a_long_number_is_not() -> None:
    assert one(text="x" * 80)["Buchungstext"] == "x" * 60
    with pytest.raises(Refused, match="another invoice"):
        one(voucher="R" * 37)


def test_a_voucher_has_only_the_signs_by_which_datev_compares() -> None:
    file = booking_file(HEADER, [dataclasses.replace(PAID, voucher="RE 2026#17_ä")])
    assert read(file.content).rows[0]["Belegfeld 1"] == "RE2026-17--"
    assert len(file.changes) == 1


@pytest.mark.parametrize("minor", [0, -1, 1_000_000_000_000])
def test_an_amount_is_above_zero_and_fits(minor: int) -> None:
    with pytest.raises(Refused, match="above zero"):
        one(minor=minor)


def test_amounts_have_a_comma_and_no_grouping() -> None:
    assert [amount(minor, "EUR") for minor in (1, 10, 123_456_789, 999_999_999_999)] == [
        "0,01", "0,10", "1234567,89", "9999999999,99",
    ]  # fmt: skip


def test_locked_and_reversed_only_when_it_is_said() -> None:
    row = one(reverses=True, stays_without_interest=True, due_on=date(2026, 12, 3))
    assert (row["Generalumkehr (GU)"], row["Zinssperre"], row["Fälligkeit"]) == ("1", "1", "03122026")
    locked = dataclasses.replace(HEADER, locks=True)
    file = read(booking_file(locked, [PAID]).content)
    assert (file.header[20], file.rows[0]["Festschreibung"]) == ("1", "1")


def test_a_row_of_another_day_than_the_header_says_is_refused() -> None:
    with pytest.raises(Refused, match="outside"):
        one(on=date(2026, 12, 1))


def test_a_fiscal_year_over_the_turn_of_the_year() -> None:
    header = dataclasses.replace(HEADER, year_begins=date(2026, 7, 1), first=date(2026, 11, 1), last=date(2027, 6, 30))
    rows = [dataclasses.replace(PAID, on=on) for on in (date(2026, 11, 3), date(2027, 6, 30))]
    assert days(booking_file(header, rows).content) == [date(2026, 11, 3), date(2027, 6, 30)]


@pytest.mark.parametrize("account", ["", "12a0", "1234567890", "123456", "-1"])
def test_what_is_no_account_of_these_books(account: str) -> None:
    with pytest.raises(Refused, match="account"):
        one(account=account)


def test_too_many_rows_are_more_files() -> None:
    rows = [PAID] * (MOST_ROWS + 1)
    with pytest.raises(Refused, match="99999"):
        booking_file(HEADER, rows)
    assert [len(part) for part in parts(rows)] == [MOST_ROWS, 1]
    assert parts([]) == []


def test_both_sides_of_every_row_come_to_nothing() -> None:
    content = booking_file(HEADER, [PAID, dataclasses.replace(PAID, minor=662, reverses=True)]).content
    assert balances(content) == {"1200": 11_000, "10100": -11_000}


def test_debtors_are_people_or_companies() -> None:
    anna = DatevDebtor("10001", name="Anna Weber", street="Am Markt 1", postcode="04109", city="Leipzig", country="DE")
    firm = DatevDebtor("10002", name="Bernd", company="Krause & Söhne KG", email="bernd@post.example", number="K-7")
    file = read(debtor_file(dataclasses.replace(HEADER, first=None, last=None, name=""), [anna, firm]).content)
    assert file.header[2:5] == ["16", "Debitoren/Kreditoren", "5"]
    assert len(file.names) == 254
    person, company = file.rows
    assert (person["Konto"], person["Name (Adressattyp natürl. Person)"], person["Postleitzahl"]) == (
        "10001", "Anna Weber", "04109",
    )  # fmt: skip
    assert (company["Name (Adressattyp Unternehmen)"], company["Adressattyp"]) == ("Krause & Söhne KG", "2")
    assert company["Name (Adressattyp natürl. Person)"] == ""


@given(st.text(max_size=90))
def test_no_text_breaks_a_row(text: str) -> None:
    row = one(text=text)
    assert len(row["Buchungstext"]) <= 60
    assert row["Festschreibung"] == "0"
    assert quoted("") == '""'


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the sample files of other projects are not here")
@pytest.mark.parametrize(
    ("sample", "table", "encoding"),
    [("EXTF_Buchungsstapel.csv", "bookings", "utf-8"), ("EXTF_DebKred_Stamm.csv", "debtors", "cp1252")],
)
def test_the_columns_are_those_of_datevs_own_samples(sample: str, table: str, encoding: str) -> None:
    head, names, *rows = (CORPUS / "php-financial-formats" / sample).read_text(encoding).splitlines()
    assert [column.name for column in columns(table)] == names.split(";")
    assert len(head.split(";")) == len(header_line(HEADER, BOOKINGS).split(";"))
    whole = [cells for row in rows if len(cells := row.split(";")) == len(columns(table))]
    assert whole
    for column in columns(table):
        quotes = {cells[column.place].startswith('"') for cells in whole if cells[column.place]}
        # the samples themselves quote a flag once and a number twice where other rows of theirs do not
        odd = {"Zinssperre", "Funktionsergänzung L+L", "Beteiligtennummer"}
        assert not quotes or column.name in odd or (column.kind == "text") in quotes, column.name


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the sample files of other projects are not here")
def test_the_reader_of_these_tests_reads_what_other_programs_write() -> None:
    file = read((CORPUS / "ledermann-datev" / "EXTF_Buchungsstapel.csv").read_bytes())
    assert (len(file.header), len(file.names)) == (31, 120)
    assert [row["Umsatz (ohne Soll/Haben-Kz)"] for row in file.rows] == ["24,95", "5950,00"]
