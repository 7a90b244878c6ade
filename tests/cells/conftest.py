"""A second database beside the test's own, with the same tables and nobody in it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from zahlmeister.merchants import cells
from zahlmeister.merchants.cells import add_cell, in_cell

TWO = "two"


@pytest.fixture
def two(transactional_db: None, tmp_path: Path, settings: pytest.FixtureRequest) -> Iterator[str]:
    settings.HOME = tmp_path
    if connection.vendor == "sqlite":
        address = f"sqlite:{tmp_path / 'two.sqlite3'}"
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(tmp_path / "two.sqlite3")])  # the test has written nothing yet
    else:
        address = _second_database()
    try:
        add_cell(TWO, address, at=datetime(2026, 11, 20, tzinfo=UTC))
        if connection.vendor != "sqlite":
            with in_cell(TWO):
                call_command("migrate", run_syncdb=True, verbosity=0)
        yield TWO
    finally:
        line = cells._mine.lines.pop(TWO, None)
        if line is not None:
            line.close()
        cells._known = (float("-inf"), ())


def _second_database() -> str:
    """An empty database on the test's own server."""
    told = connection.settings_dict
    name = f"{told['NAME']}_two"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')
    return f"postgresql://{told['USER']}:{told['PASSWORD']}@/{name}?host={told['HOST']}"
