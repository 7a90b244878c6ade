"""Tests make their tables at once; an installation makes them step by step. Both must end at the same ones."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection
from tests.installation import surroundings


@pytest.mark.slow
def test_step_by_step_and_at_once_are_the_same_tables(db: None, tmp_path: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("compares the embedded database")
    call = [sys.executable, "-m", "zahlmeister", "migrate"]
    subprocess.run(call, env=surroundings(tmp_path), check=True, timeout=300)
    with closing(sqlite3.connect(tmp_path / "zahlmeister.sqlite3")) as migrated, connection.cursor() as made:
        by_steps = {column for column in described(migrated.cursor()) if column[0] != "django_migrations"}
        assert by_steps == described(made)


def described(cursor: sqlite3.Cursor) -> set[tuple[object, ...]]:
    """Every column of every table, and whether it may be empty; an installation names types its own way."""
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    found = set()
    for (table,) in cursor.fetchall():
        cursor.execute(f'PRAGMA table_info("{table}")')
        found |= {(table, name, required) for _, name, _, required, *_ in cursor.fetchall()}
    return found
