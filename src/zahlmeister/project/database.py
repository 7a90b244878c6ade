"""Where the books live: one SQLite file by default, PostgreSQL when `ZAHLMEISTER_DATABASE` names one."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

#: WAL lets pages be read while an import writes; FULL because the last commit is money; IMMEDIATE because a
#: transaction that only later turns into a writer fails with "database is locked" under load. The log is copied into
#: the file after 32 MB instead of 4, at the end of a commit; whoever writes much does it before, at a better moment
#: (see `project.sqlite.base`).
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-32768; "
        "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=134217728; PRAGMA wal_autocheckpoint=8000"
    ),
}

#: Seconds a connection is used for. Opening the embedded database for each page and each of a worker's turns cost 5 ms
#: each: a worker with nothing to do used 15 % of a core.
KEPT_FOR = 60


def database(address: str, home: Path) -> dict[str, Any]:
    """Django's settings for a database address.

    Args:
        address: empty for the embedded database, `sqlite:PATH`, or `postgresql://user:password@host:port/name`
            (options such as `?sslmode=require` are handed to the driver; `?pooled=1` says that a pool such as
            pgbouncer stands before it and gives a connection for one transaction at a time).
        home: the folder of this installation.

    Raises:
        ImproperlyConfigured: the address is none of these.
    """
    if not address:
        return _sqlite(home / "zahlmeister.sqlite3")
    parts = urlsplit(address)
    if parts.scheme == "sqlite":
        return _sqlite(Path(address.removeprefix("sqlite:")))
    if parts.scheme in {"postgresql", "postgres"}:
        options = dict(parse_qsl(parts.query))
        socket = options.pop("host", "")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or socket),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": KEPT_FOR,
            "DISABLE_SERVER_SIDE_CURSORS": options.pop("pooled", "") == "1",  # they outlive a transaction
            "OPTIONS": options,
        }
    raise ImproperlyConfigured(
        "ZAHLMEISTER_DATABASE is neither sqlite:PATH nor postgresql://user:password@host/name; "
        "leave it empty for the embedded database."
    )


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "zahlmeister.project.sqlite",
        "NAME": str(path),
        "CONN_MAX_AGE": KEPT_FOR,
        "OPTIONS": SQLITE_OPTIONS,
    }
