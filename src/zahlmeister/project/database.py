"""Where the books live: one SQLite file by default, PostgreSQL when `ZAHLMEISTER_DATABASE` names one."""

from collections.abc import Mapping
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


#: The line is encrypted, and the server shows a certificate of the name that it is asked by.
SURE = "verify-full"


def database(address: str, home: Path) -> dict[str, Any]:
    """Django's settings for a database address.

    Args:
        address: empty for the embedded database, `sqlite:PATH`, or `postgresql://user:password@host:port/name`
            (options such as `?sslmode=require` are handed to the driver; `?pooled=1` says that a pool such as
            pgbouncer stands before it and gives a connection for one transaction at a time). A server on another host
            has to show a certificate of its name, unless the address says another `sslmode`.
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
        host = unquote(parts.hostname or socket)
        if not _is_here(host):
            options.setdefault("sslmode", SURE)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": host,
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": KEPT_FOR,
            "DISABLE_SERVER_SIDE_CURSORS": options.pop("pooled", "") == "1",  # they outlive a transaction
            "OPTIONS": options,
        }
    raise ImproperlyConfigured(
        "ZAHLMEISTER_DATABASE is neither sqlite:PATH nor postgresql://user:password@host/name; "
        "leave it empty for the embedded database."
    )


def open_line(told: Mapping[str, Any]) -> str:
    """Why somebody between here and the database may read along or take its place, in a sentence; empty when not.

    Args:
        told: Django's settings for the database.
    """
    asked = told["OPTIONS"].get("sslmode")
    if "postgresql" not in told["ENGINE"] or _is_here(told["HOST"]) or asked == SURE:
        return ""
    return (
        f"Whoever stands between here and the database at {told['HOST']} can read along or take its place, because "
        f"its address says sslmode={asked}; take that out of ZAHLMEISTER_DATABASE when the server has a certificate of "
        "its name."
    )


def _is_here(host: str) -> bool:
    """Whether a server is on this machine: asked by a socket's folder, or on the loopback."""
    return not host or host.startswith(("/", "127.")) or host in {"localhost", "::1"}


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "zahlmeister.project.sqlite",
        "NAME": str(path),
        "CONN_MAX_AGE": KEPT_FOR,
        "OPTIONS": SQLITE_OPTIONS,
    }
