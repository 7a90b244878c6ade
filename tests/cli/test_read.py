"""`zahlmeister read`: the contract other programs rely on."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from zahlmeister.cli.main import COMMANDS, main

SAMPLES = Path(__file__).parents[1] / "formats" / "samples"
KEYS = [
    *("account", "booked_on", "value_on", "amount", "currency", "counterparty", "counterparty_iban"),
    *("counterparty_bic", "remittance", "creditor_reference", "end_to_end_id", "mandate_id", "bank_reference"),
    *("bank_code", "booking_text", "is_return", "return_reason", "charges", "original_amount", "original_currency"),
    *("status", "source"),
]


def run(*arguments):
    return CliRunner().invoke(main, ["read", *map(str, arguments)])


def rows(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_transaction_is_an_object_with_exactly_the_keys_of_the_contract():
    result = run(SAMPLES / "camt053-german.xml")

    assert result.exit_code == 0
    assert [list(row) for row in rows(result)] == [KEYS] * 6


def test_amounts_are_signed_texts_days_are_iso_and_what_is_absent_is_null():
    returned = rows(run("--format", "jsonl", SAMPLES / "mt940-german.sta"))[1]

    assert returned["amount"] == "-53.00"
    assert returned["booked_on"] == "2026-11-20"
    assert (returned["original_amount"], returned["original_currency"], returned["charges"]) == ("50.00", "EUR", "3.00")
    assert (returned["is_return"], returned["return_reason"]) == (True, "AM04")
    assert returned["creditor_reference"] is None
    assert returned["source"] == {"file": "mt940-german.sta", "format": "mt940", "statement": 1, "entry": 2}


def test_a_detail_that_states_no_amount_has_none():
    assert [row["amount"] for row in rows(run(SAMPLES / "camt053-old.xml"))] == ["1090.00", None, None]


def test_what_is_odd_is_told_on_the_error_stream_and_sets_exit_status_1():
    result = run(SAMPLES / "camt054-swiss.xml")

    assert result.exit_code == 1
    assert len(rows(result)) == 7
    assert "Warning: camt054-swiss.xml, statement 1, entry 3: Detail 1" in result.stderr


def test_a_broken_file_is_told_after_what_stands_before_and_the_next_is_read(tmp_path):
    whole = (SAMPLES / "camt053-german.xml").read_bytes()
    (tmp_path / "cut.xml").write_bytes(whole[: whole.index(b"SAMMELGUTSCHRIFT")])
    result = run(tmp_path / "cut.xml", SAMPLES / "mt942.sta")

    assert result.exit_code == 2
    assert [row["source"]["file"] for row in rows(result)] == ["cut.xml", "cut.xml", "mt942.sta", "mt942.sta"]
    assert result.stderr.startswith("cut.xml: the XML is cut off")


def test_a_file_that_is_not_there_is_told(tmp_path):
    result = run(tmp_path / "nowhere.xml", SAMPLES / "mt942.sta")

    assert result.exit_code == 2
    assert len(rows(result)) == 2
    assert "nowhere.xml: the file cannot be opened (No such file or directory)." in result.stderr


def test_csv_has_a_header_and_the_source_in_columns_of_its_own():
    sheet = list(csv.DictReader(io.StringIO(run("--format", "csv", SAMPLES / "mt942.sta").stdout)))

    assert list(sheet[0]) == [*KEYS[:-1], "source_file", "source_format", "source_statement", "source_entry"]
    assert [row["amount"] for row in sheet] == ["750.00", "5.00"]


def test_the_table_is_for_people():
    lines = run("--format", "table", SAMPLES / "mt940-german.sta").stdout.splitlines()

    assert lines[0].split() == ["Booked", "Amount", "Counterparty", "Remittance"]
    assert "2026-11-20        -53.00 EUR  EVA NIMMER" in lines[2]
    assert "↩ Rueckgabe wegen Deckung" in lines[2]


def test_neither_the_overview_nor_reading_imports_django():
    script = (
        "import sys\nfrom zahlmeister.cli.main import main\n"
        f"main(['read', {str(SAMPLES / 'mt942.sta')!r}], standalone_mode=False)\n"
    )
    watched = (
        f"try:\n    exec({script!r})\nexcept SystemExit:\n    pass\nimport sys\nassert 'django' not in sys.modules"
    )

    done = subprocess.run([sys.executable, "-c", watched], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_the_overview_names_every_command_without_importing_it():
    result = CliRunner().invoke(main, ["--help"])

    assert result.exit_code == 0
    assert all(name in result.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", ["read", "match"])
def test_every_command_is_where_the_table_says(name):
    assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0


def test_an_unknown_command_is_refused():
    assert CliRunner().invoke(main, ["dance"]).exit_code == 2
