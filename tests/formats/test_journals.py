"""Tables, journals and workbooks of bookings: read back by other programs, which come to the same balances."""

import csv
import dataclasses
import io
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from zahlmeister.flows.book_files import book_file
from zahlmeister.formats.datev.header import Header
from zahlmeister.formats.journals.layouts import layouts, safe, table_file
from zahlmeister.formats.journals.plain_text import account_name, beancount, hledger
from zahlmeister.formats.journals.row import BookRow, BookSheet, balances
from zahlmeister.formats.journals.workbook import Sheet, workbook
from zahlmeister.money.amount import Amount

AT = datetime(2026, 12, 1, 8, tzinfo=UTC)
ROWS = (
    BookRow(11_662, True, "1200", "10001", date(2026, 11, 3), "RE-17", 'Anna "Wolle" Weber; Zahlung', "100012345",
            "g1", "allocation:17"),
    BookRow(500, True, "10001", "2700", date(2026, 11, 10), "RE-17", "Mahnkosten", "100012345", "g2", "item:1:costs"),
    BookRow(500, True, "10001", "2700", date(2026, 11, 12), "RE-17", "Mahnkosten", "100012345", "g3", "item:1:less",
            reverses=True),
    BookRow(7, False, "10001", "8736", date(2026, 11, 12), "RE-17", "=Skonto\\ž", "100012345", "g4", "allocation:17:w",
            tax_key="9"),
)  # fmt: skip
SHEET = BookSheet(
    "Brigittes \\ Wollstube", "EUR", AT, ROWS, 5,
    {"1200": "Bank", "10001": "Debitoren", "2700": "Mahnkosten & Zinsen", "8736": "Skonti"},
    {"2700": "Income", "8736": "Expenses"},
)  # fmt: skip
TOGETHER = {"1200": 11_662, "10001": -11_669, "8736": 7}


def test_a_reversal_comes_to_the_same_as_the_sides_turned_round() -> None:
    assert balances(ROWS) == TOGETHER
    assert (ROWS[2].debited, ROWS[2].credited) == ("2700", "10001")


@pytest.mark.parametrize("name", sorted(layouts()))
def test_every_table_comes_to_the_balances_of_the_books(name: str) -> None:
    layout = layouts()[name]
    file = table_file(name, SHEET)
    rows = list(csv.DictReader(io.StringIO(file.content.decode(layout.encoding)), delimiter=layout.delimiter))
    what = dict(layout.columns)
    found: dict[str, int] = {}
    for row in rows:
        told = {what[title]: cell for title, cell in row.items()}
        for account, minor in moved(told, layout.decimal):
            found[account] = found.get(account, 0) + minor
    assert {account: minor for account, minor in found.items() if minor} == TOGETHER
    assert len(rows) == len(ROWS) * layout.lines


def moved(told: dict[str, str], decimal: str) -> list[tuple[str, int]]:
    def minor(text: str) -> int:
        return int(Decimal(text.replace(decimal, ".")) * 100)

    if "account_of_line" in told:
        return [(told["account_of_line"], minor(told["debit_amount"]) - minor(told["credit_amount"]))]
    amount = minor(told["amount"])
    if "debit" in told:
        return [(told["debit"], amount), (told["credit"], -amount)]
    amount = amount if told["side_number"] == "1" else -amount
    return [(told["account"], amount), (told["against"], -amount)]


def test_bmd_gets_its_columns_and_a_reversal_with_a_minus() -> None:
    lines = table_file("bmd", SHEET).content.decode("cp1252").split("\r\n")
    assert lines[0] == (
        "satzart;konto;gkonto;belegnr;belegdatum;buchdatum;buchsymbol;buchcode;prozent;steuercode;betrag;steuer;skonto;"
        "text;kost;extbelegnr;zziel;skontopz;skontotage;periode"
    )
    assert lines[3] == "0;10001;2700;7;12.11.2026;12.11.2026;ZM;1;;;-500,00;0,00;0,00;Mahnkosten;;RE-17;;;;11".replace(
        "500", "5"
    )


def test_run_my_accounts_gets_two_lines_with_its_own_titles() -> None:
    lines = table_file("runmyaccounts", SHEET).content.decode("latin-1").split("\r\n")
    assert lines[0] == "reference,transdate,description,notes,accno,debit,credit,source,memo,currency,exchangerate"
    assert (
        lines[1] == '5,03.11.2026,"Anna ""Wolle"" Weber; Zahlung",allocation:17,1200,116.62,0.00,RE-17,100012345,EUR,1'
    )
    assert lines[2].split(",")[4:7] == ["10001", "0.00", "116.62"]


def test_what_a_table_cannot_carry_is_told_and_no_text_becomes_a_formula() -> None:
    file = table_file("runmyaccounts", SHEET)
    assert [change.partition(":")[0] for change in file.changes] == ["Line 8", "Line 9"]
    assert b"'=Skonto\\?" in file.content
    assert [safe(text) for text in ("=1+1", "-5,00", "-5+1", "@x", "a=b")] == ["'=1+1", "-5,00", "'-5+1", "'@x", "a=b"]


def test_beancount_itself_loads_the_journal_and_finds_it_in_balance(tmp_path: Path) -> None:
    text = beancount(SHEET).decode()
    for account, minor in TOGETHER.items():
        name = account_name(account, SHEET.names[account], SHEET.roots.get(account, "Assets"))
        text += f"2026-12-31 balance {name}  {Decimal(minor) / 100:.2f} EUR\n"
    (tmp_path / "books.beancount").write_text(text)
    run = [sys.executable, "-m", "beancount.scripts.check", str(tmp_path / "books.beancount")]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (tmp_path / "books.beancount").write_text(text.replace("-5.00 EUR", "-5.01 EUR", 1))
    assert subprocess.run(run, capture_output=True, check=False).returncode == 1


def test_hledger_itself_loads_the_journal_and_comes_to_the_same(tmp_path: Path) -> None:
    if not shutil.which("hledger"):
        pytest.skip("hledger is not installed")
    (tmp_path / "books.journal").write_bytes(hledger(SHEET))
    run = ["hledger", "-f", str(tmp_path / "books.journal"), "balance", "--flat", "-O", "csv", "--strict"]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    rows = [row for row in csv.reader(io.StringIO(done.stdout)) if ":A" in row[0]]
    found = {name.rpartition(":A")[2]: int(Decimal(amount.split()[0].replace(",", "")) * 100) for name, amount in rows}
    assert found == TOGETHER


def test_a_workbook_holds_amounts_as_numbers_and_is_the_same_again() -> None:
    def made() -> bytes:
        rows = [["Anna", date(2026, 11, 3), Amount(-11_662, "EUR"), 3], ["=1+1", None, Amount(5, "JPY"), 0]]
        return workbook(
            [Sheet("Offen", ["who", "day", "amount", "count"], rows, frozenset({1}))], title="T", made_at=AT
        )

    content = made()
    assert content == made()
    read = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("Offen").to_python()
    assert read[1] == ["Anna", date(2026, 11, 3), -116.62, 3.0]
    assert read[2][0] == "=1+1"
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert b"<v>-116.62</v>" in sheet
    assert b"<f>" not in sheet


def test_the_workbook_of_bookings_has_the_columns_of_the_plain_table() -> None:
    header = Header(1001, 456, date(2026, 1, 1), 4, AT, "03", "EUR", date(2026, 11, 1), date(2026, 11, 30), "x")
    file = book_file("xlsx", SHEET, header)
    titles, first, *_ = CalamineWorkbook.from_filelike(io.BytesIO(file.content)).get_sheet_by_index(0).to_python()
    assert titles == [title for title, _what in layouts()["csv"].columns]
    assert dict(zip(titles, first, strict=True))["amount"] == 116.62


def test_an_unknown_column_is_found_when_the_layouts_are_read() -> None:
    assert dataclasses.replace(layouts()["csv"]).columns == layouts()["csv"].columns
    assert all(layout.columns for layout in layouts().values())
