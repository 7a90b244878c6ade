"""An installation in a folder of its own, holding what a test has just written to its database in memory."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test import override_settings

ROOT = Path(__file__).parents[1]
_STEPS = "CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied text)"


def install(home: Path) -> Path:
    """Make the folder of an installation out of the database and the files of this test."""
    if connection.vendor != "sqlite":
        pytest.skip("the file of an embedded database")
    shutil.copytree(default_storage.location, home / "files")  # type: ignore[attr-defined] - a folder in tests
    (home / "secret.key").write_text(settings.SECRET_KEY)
    file = home / "zahlmeister.sqlite3"
    connection.cursor().execute("VACUUM INTO %s", [str(file)])
    with override_settings(MIGRATION_MODULES={}):
        steps = sorted(MigrationLoader(None).disk_migrations)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(_STEPS)  # tests make their tables without a step
        database.executemany("INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, '2026-11-20')", steps)
    return home


def surroundings(home: Path, **more: str) -> dict[str, str]:
    """The environment of a command that works on the embedded database in this folder."""
    told = {"ZAHLMEISTER_HOME": str(home), "ZAHLMEISTER_DATABASE": "", "PYTHONPATH": str(ROOT / "src")}
    return {**os.environ, **told, "DJANGO_SETTINGS_MODULE": "zahlmeister.project.settings", **more}
