"""A new installation makes its tables at once, an older one went step by step. Both must end at the same ones.

The older one is `samples/first-schema.sql.gz`: a month of sixty orders as the first version that could be worked with
had written it. Nothing of its money may change on the way.
"""

import gzip
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.installation import surroundings

from zahlmeister.merchants.sealed_number import opened_number

FIRST = Path(__file__).parent / "samples" / "first-schema.sql.gz"


def made_by(command: list[str], home: Path) -> Path:
    subprocess.run([sys.executable, "-m", *command], env=surroundings(home), check=True, timeout=900)
    return home / "zahlmeister.sqlite3"


#: The first version kept the keys of these tables in an index of their own, and a database from then still does.
OWN_INDEX = {
    (table, "by itself", 1, 0, ("id",))
    for table in (
        "banking_banktransaction",
        "banking_sighting",
        "history_step",
        "ledger_account",
        "ledger_posting",
        "merchants_person",
        "orders_customer",
    )
}
#: The money of the first version, asked in words that every version since has understood.
MONEY = (
    "SELECT id, state, open_minor FROM receivables_payment ORDER BY id",
    "SELECT id, state, open_minor FROM receivables_openitem ORDER BY id",
    "SELECT payment_id, item_id, applied_minor FROM receivables_allocation ORDER BY id",
    "SELECT id, debit_id, credit_id, amount_minor FROM ledger_posting ORDER BY id",
    "SELECT subject, subject_id, verb, at FROM history_step ORDER BY id",
)


#: The account numbers of the first version, which lay open then, and what each column is sealed for since.
NUMBERS = (
    "SELECT number FROM banking_bankaccount ORDER BY id",
    "SELECT counterparty_number FROM banking_banktransaction ORDER BY id",
    "SELECT iban FROM orders_order ORDER BY id",
)
WHY = ("bank-account", "counterparty", "order")


def kept(database: sqlite3.Connection) -> list[list[str]]:
    return [[number for (number,) in database.execute(question)] for question in NUMBERS]


@pytest.mark.slow
def test_step_by_step_and_at_once_are_the_same_tables_and_the_first_money_is_still_there(
    tmp_path: Path, settings: Any
) -> None:
    at_once = made_by(["zahlmeister", "migrate"], tmp_path / "new")
    (tmp_path / "old").mkdir()
    with closing(sqlite3.connect(tmp_path / "old" / "zahlmeister.sqlite3")) as first:
        first.executescript(gzip.decompress(FIRST.read_bytes()).decode())
        before = [first.execute(question).fetchall() for question in MONEY]
        open_ones = kept(first)
    by_steps = made_by(["django", "migrate", "--verbosity", "0", "--skip-checks"], tmp_path / "old")
    with closing(sqlite3.connect(by_steps)) as old, closing(sqlite3.connect(at_once)) as new:
        assert described(old.cursor()) - OWN_INDEX == described(new.cursor()) - OWN_INDEX
        assert steps(old.cursor()) == steps(new.cursor())
        assert [old.execute(question).fetchall() for question in MONEY] == before
        settings.SECRET_FILE = tmp_path / "old" / "secret.key"
        assert all(number.startswith("~") for numbers in kept(old) for number in numbers if number)
        assert [
            [opened_number(one, why) for one in found] for found, why in zip(kept(old), WHY, strict=True)
        ] == open_ones
    assert [len([number for number in numbers if number]) for numbers in open_ones] == [1, 90, 6]
    assert [len(rows) for rows in before] == [75, 60, 45, 225, 266]
    made_by(["zahlmeister", "check-books", "--all"], tmp_path / "old")


def described(cursor: sqlite3.Cursor) -> set[tuple[object, ...]]:
    """Every column of every table, whether it may be empty, every index with its columns, and what is clustered."""
    cursor.execute("SELECT name, sql LIKE '%WITHOUT ROWID%' FROM sqlite_master WHERE type = 'table'")
    found: set[tuple[object, ...]] = set()
    for table, is_clustered in cursor.fetchall():
        found.add((table, is_clustered))
        cursor.execute(f'PRAGMA table_info("{table}")')
        found |= {(table, name, required) for _, name, _, required, *_ in cursor.fetchall()}
        cursor.execute(f'PRAGMA foreign_key_list("{table}")')
        found |= {(table, "refers", column, other) for _, _, other, column, *_ in cursor.fetchall()}
        cursor.execute(f'PRAGMA index_list("{table}")')
        for _, index, is_unique, origin, is_partial in cursor.fetchall():
            cursor.execute(f'PRAGMA index_info("{index}")')
            columns = tuple(name for _, _, name in cursor.fetchall())
            found.add((table, index if origin == "c" else "by itself", is_unique, is_partial, columns))
    return found


def steps(cursor: sqlite3.Cursor) -> set[tuple[str, str]]:
    cursor.execute("SELECT app, name FROM django_migrations")
    return set(cursor.fetchall())
