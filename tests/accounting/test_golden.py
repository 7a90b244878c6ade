"""The golden month in every format: to the byte, and the sum of each is the books."""

import csv
import io
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from tests.formats.datev_reading import balances as datev_balances
from tests.formats.datev_reading import read
from tests.formats.datev_validator import faults
from tests.formats.test_journals import moved
from tests.golden.month import FOLDER, PROGRAMS, golden, month, plan, rows

from zahlmeister.accounting.models import BookFormat
from zahlmeister.formats.journals.layouts import layouts
from zahlmeister.formats.journals.row import balances


def books(chart: str) -> dict[str, int]:
    """What our own books of the month come to, by the bookkeeper's accounts."""
    found: dict[str, int] = {}
    for entry in month():
        for book, about, minor in (
            (entry.debit, entry.debit_about, entry.minor), (entry.credit, entry.credit_about, -entry.minor),
        ):  # fmt: skip
            account = plan(chart).account(book, about, entry.about.debtor)
            found[account] = found.get(account, 0) + minor
    return {account: minor for account, minor in sorted(found.items()) if minor}


def test_every_program_has_a_golden_month() -> None:
    assert set(PROGRAMS) == set(BookFormat)
    assert {currency for _chart, currency in PROGRAMS.values()} == {"EUR", "CHF"}
    assert {chart for chart, _currency in PROGRAMS.values()} == {"03", "04", "at", "ch"}


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_month_is_the_golden_one_to_the_byte(program: str) -> None:
    """After a change that is meant, `python -m tests.golden.month` writes the files anew; read the difference first."""
    name, content = golden(program)
    assert content == (FOLDER / name).read_bytes(), f"tests/golden/{name} differs."


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_sum_of_every_export_is_the_books(program: str, tmp_path: Path) -> None:
    chart, currency = PROGRAMS[BookFormat(program)]
    wanted = books(chart)
    assert balances(rows(chart)) == wanted
    name, content = golden(program)
    match program:
        case BookFormat.DATEV:
            assert faults(content) == []
            assert datev_balances(content) == wanted
        case BookFormat.DATEV_9:
            assert faults(content) == []
            assert len(read(content).rows) == len(rows(chart))
        case BookFormat.XLSX:
            sheet = content.partition(b"</worksheet>")[0].decode()
            amounts = [Decimal(text) for text in re.findall(r'<c r="G\d+"[^>]*><v>([^<]*)</v>', sheet)]
            assert sum(amounts[-len(rows(chart)) :]) * 100 == sum(row.minor for row in rows(chart))
        case BookFormat.BEANCOUNT:
            assert by_beancount(content, tmp_path) == wanted
        case BookFormat.HLEDGER:
            assert by_hledger(content, tmp_path) == wanted
        case _:
            assert by_table(program, content) == wanted
    assert currency.encode() in content or program == BookFormat.BMD
    assert name.partition(".")[0] == program


def by_table(program: str, content: bytes) -> dict[str, int]:
    layout = layouts()[program]
    what = dict(layout.columns)
    found: dict[str, int] = {}
    for row in csv.DictReader(io.StringIO(content.decode(layout.encoding)), delimiter=layout.delimiter):
        for account, minor in moved({what[title]: cell for title, cell in row.items()}, layout.decimal):
            found[account] = found.get(account, 0) + minor
    return {account: minor for account, minor in sorted(found.items()) if minor}


def by_beancount(content: bytes, folder: Path) -> dict[str, int]:
    """What beancount itself makes of it."""
    (folder / "month.beancount").write_bytes(content)
    program = (
        "import sys, beancount.loader as l, beancount.core.realization as r\n"
        "entries, errors, _ = l.load_file(sys.argv[1])\n"
        "assert not errors, errors\n"
        "for a in r.iter_children(r.realize(entries)):\n"
        "    for p in a.balance: print(a.account.rpartition(':A')[2], p.units.number)\n"
    )
    run = [sys.executable, "-c", program, str(folder / "month.beancount")]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    return {account: int(Decimal(number) * 100) for account, number in sorted(lines) if Decimal(number)}


def by_hledger(content: bytes, folder: Path) -> dict[str, int]:
    """What hledger itself makes of it."""
    if not shutil.which("hledger"):
        pytest.skip("hledger is not installed")
    (folder / "month.journal").write_bytes(content)
    run = ["hledger", "-f", str(folder / "month.journal"), "balance", "--flat", "-O", "csv", "--strict"]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    lines = [row for row in csv.reader(io.StringIO(done.stdout)) if ":A" in row[0]]
    found = {name.rpartition(":A")[2]: int(Decimal(amount.split()[0].replace(",", "")) * 100) for name, amount in lines}
    return dict(sorted(found.items()))
