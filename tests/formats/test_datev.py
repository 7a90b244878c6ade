"""DATEV files: every rule of the format, looked at by a reader that shares nothing with the writer."""

import dataclasses
import io
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.formats.datev_reading import balances, days, read
from tests.formats.datev_validator import faults

from zahlmeister.formats.datev.cells import amount, quoted
from zahlmeister.formats.datev.columns import columns
from zahlmeister.formats.datev.documents import Document, document_package
from zahlmeister.formats.datev.header import BOOKINGS, BOOKINGS_9, Header, header_line
from zahlmeister.formats.datev.write import MOST_ROWS, DatevDebtor, booking_file, debtor_file, parts
from zahlmeister.formats.journals.row import BookRow
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
PAID = BookRow(
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
    row = one(reverses=True, matter="31", due_on=date(2026, 12, 3))
    assert (row["Generalumkehr (GU)"], row["Zinssperre"], row["Fälligkeit"]) == ("1", "1", "03122026")
    assert row["Sachverhalt"] == "31"
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


def test_version_9_is_the_first_120_columns_under_their_older_names() -> None:
    file = read(booking_file(HEADER, [dataclasses.replace(PAID, reverses=True)], BOOKINGS_9).content)
    assert file.header[2:5] == ["21", "Buchungsstapel", "9"]
    assert (len(file.names), file.names[102], file.names[117]) == (120, "Leerfeld", "Generalumkehr")
    assert file.rows[0]["Generalumkehr"] == "1"
    assert faults(booking_file(HEADER, [PAID], BOOKINGS_9).content) == []


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the sample files of other projects are not here")
def test_the_names_of_version_9_are_those_of_a_file_of_that_version() -> None:
    names = (CORPUS / "ledermann-datev" / "EXTF_Buchungsstapel.csv").read_text("cp1252").splitlines()[1].split(";")
    assert [column.name_in_9 for column in columns("bookings")[:120]] == [name.strip('"') for name in names]


def test_a_tax_key_and_the_document_stand_in_their_columns() -> None:
    row = one(tax_key="9", document="2f6d3f0f-0000-5000-8000-000000000001")
    assert (row["BU-Schlüssel"], row["Beleglink"]) == ("9", 'BEDI "2f6d3f0f-0000-5000-8000-000000000001"')
    with pytest.raises(Refused, match="four digits"):
        one(tax_key="19 %")


def test_the_validator_finds_nothing_in_what_is_written() -> None:
    odd = [
        PAID,
        dataclasses.replace(PAID, text='"Merino"; 5 Knäuel', reverses=True, tax_key="40", due_on=date(2027, 1, 1)),
        dataclasses.replace(PAID, minor=999_999_999_999, is_debit=False, matter="40", account="10100",
                            against="8736", document="2f6d3f0f-0000-5000-8000-000000000001"),
    ]  # fmt: skip
    assert faults(booking_file(HEADER, odd).content) == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (b"116,62", b"116.62", "column 1"),
        (b'"S"', b'"X"', "neither S nor H"),
        (b";1200;", b";120000;", "too many digits"),
        (b";0311;", b";0312;", "outside the batch"),
        (b"RE-2026/17", b"RE 2026/17", "other signs"),
        (b";700;", b";510;", "line 1"),
        (b"20261130;", b"20270131;", "fiscal year"),
        (b"\r\n", b"\n", "CR LF"),
        (b'"Zahlmeister";"allocation:17"', b'"";"allocation:17"', "without its content"),
        (b'"Anna Weber, Zahlung"', b"Anna Weber", "column 14"),
    ],
)
def test_the_validator_finds_what_is_wrong(before: bytes, after: bytes, said: str) -> None:
    content = booking_file(HEADER, [PAID]).content
    assert content.count(before) > 0
    assert said in " ".join(faults(content.replace(before, after)))


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the sample files of other projects are not here")
def test_the_validator_takes_what_datevs_users_write() -> None:
    sample = (CORPUS / "php-financial-formats" / "EXTF_Buchungsstapel.csv").read_text("utf-8")
    head, names, *rows = sample.splitlines()
    whole = [row for row in rows if row.count(";") == names.count(";")]
    content = "".join(f"{line}\r\n" for line in (head, names, *whole)).encode("cp1252")
    assert {fault.partition(": ")[2] for fault in faults(content)} == set()


def test_documents_are_named_as_the_bookings_name_them() -> None:
    guid = "2f6d3f0f-0000-5000-8000-000000000001"
    package = document_package([Document(guid, "november.xml", b"<x/>")], made_at=HEADER.made_at)
    assert package == document_package([Document(guid, "november.xml", b"<x/>")], made_at=HEADER.made_at)
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        listed = archive.read("document.xml").decode()
        assert archive.namelist() == ["document.xml", "0001_november.xml"]
    assert f'<document guid="{guid}">' in listed
    assert 'name="0001_november.xml"' in listed
