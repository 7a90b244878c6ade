"""Copies of an installation: its database, its files and its secret, in one folder that says what it holds.

    copy/manifest.json      what version made it, when, how many rows each table has, and a hash of each file
    copy/database.sqlite3   or database.dump, in PostgreSQL's own format
    copy/files/…            statement files and documents, sealed as they lie in the house
    copy/secret.key         without it nothing that was sealed can be opened: keep copies as you keep the house's key;
                            where ZAHLMEISTER_SECRET names another file, that one is in no copy

The database is copied at one moment, the files after it: a file is written before the database knows of it, so none
that the database knows is missing.
"""

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.db.backends.sqlite3._functions import register  # type: ignore[import-untyped] # no stubs for it

from zahlmeister.merchants.sealed_storage import UNFINISHED as HALF_WRITTEN
from zahlmeister.outbox.hold import Hold, hold
from zahlmeister.project import postgresql
from zahlmeister.refusals import Refused

MANIFEST, SECRET, FILES = "manifest.json", "secret.key", "files"
SQLITE, DUMP = "database.sqlite3", "database.dump"
#: What a copy is called while it is being made.
UNFINISHED = ".unfinished"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a copy holds: rows by table, and by file how many bytes it has and their SHA-256."""

    version: str
    made_at: str
    engine: str
    rows: Mapping[str, int]
    files: Mapping[str, tuple[int, str]]

    @property
    def total_rows(self) -> int:
        return sum(self.rows.values())


@dataclass(frozen=True, slots=True)
class Place:
    """Where an installation lives: its folder, and Django's settings of its database."""

    home: Path
    database: Mapping[str, object]
    secret: Path | None = None  # where a vault has put the secret; it is in no copy then

    @property
    def is_sqlite(self) -> bool:
        return "sqlite" in str(self.database["ENGINE"])

    @property
    def sqlite_file(self) -> Path:
        return Path(str(self.database["NAME"]))

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        if not self.is_sqlite:
            return postgresql.rows(self.database)
        with _opened(self.sqlite_file) as opened:
            return _counted(opened)


def make_copy(place: Place, into: Path, *, version: str, at: datetime) -> tuple[Path, Manifest]:
    """Copy an installation while it works, into a folder of its own below `into`.

    Returns:
        The folder and what it holds. It has its name only when it is whole.

    Raises:
        Refused: the database cannot be copied, or the copy is not whole.
    """
    name = f"zahlmeister-{at:%Y%m%dT%H%M%SZ}"
    made, whole = into / f"{name}{UNFINISHED}", into / name
    if whole.exists():
        raise Refused(f"“{whole}” exists already; wait a second and try again.")
    into.mkdir(parents=True, exist_ok=True)
    made.mkdir(mode=0o700)
    rows = _copy_sqlite(place, made) if place.is_sqlite else postgresql.dump(place.database, made / DUMP)
    shutil.copytree(place.home / FILES, made / FILES, ignore=shutil.ignore_patterns(f"*{HALF_WRITTEN}"))
    if place.secret is None:
        shutil.copy2(place.home / SECRET, made / SECRET)
    manifest = Manifest(
        version=version,
        made_at=at.isoformat(),
        engine="sqlite" if place.is_sqlite else "postgresql",
        rows=rows,
        files=dict(_hashes(made)),
    )
    (made / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1, sort_keys=True))
    _to_disk(made)
    made.rename(whole)
    _sync(into)
    return whole, manifest


def read_manifest(copy: Path) -> Manifest:
    """What a copy says that it holds.

    Raises:
        Refused: it is no copy, or one that was never finished.
    """
    try:
        told = json.loads((copy / MANIFEST).read_text())
        return Manifest(**told | {"files": {name: (size, digest) for name, (size, digest) in told["files"].items()}})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Refused(f"“{copy}” is no whole copy of an installation: its {MANIFEST} cannot be read.") from error


def verify(copy: Path, manifest: Manifest) -> None:
    """Make sure that every file of a copy is there and unchanged, and that none is there besides.

    Raises:
        Refused: naming the first file that is not.
    """
    there = dict(_hashes(copy))
    for name in sorted({*manifest.files, *there}):
        if name not in there:
            raise Refused(f"“{name}” is missing from the copy; take another one.")
        if there[name] != manifest.files.get(name):
            raise Refused(f"“{name}” is not as it was when the copy was made; take another one.")


def put_back(copy: Path, manifest: Manifest, place: Place) -> None:
    """Put a verified copy where nothing is yet; nothing leaves that house until its operator says so.

    Raises:
        Refused: something is there already, or the database is of the other kind.
    """
    if place.is_sqlite != (manifest.engine == "sqlite"):
        raise Refused(
            f"The copy is of {manifest.engine}, and ZAHLMEISTER_DATABASE names another kind. Put it back into its own "
            "kind; `zahlmeister move-database` moves it from there."
        )
    if place.secret is None and not (copy / SECRET).exists():
        raise Refused("The copy holds no secret; let ZAHLMEISTER_SECRET name where it lies.")
    files = place.home / FILES
    if files.exists() and any(files.iterdir()):
        raise Refused(f"“{files}” holds files already; put the copy back into an empty folder (ZAHLMEISTER_HOME).")
    made_at = datetime.fromisoformat(manifest.made_at)
    hold(place.home, Hold(made_at, f"This house was put back from a copy of {made_at:%Y-%m-%d %H:%M} UTC."))
    if place.is_sqlite:
        _put_sqlite(copy, place)
    else:
        postgresql.restore(copy / DUMP, place.database)
    shutil.copytree(copy / FILES, files, dirs_exist_ok=True)
    if place.secret is None:
        _copy_private(copy / SECRET, place.home / SECRET)


def newest(folder: Path) -> list[Path]:
    """The whole copies in a folder, the newest first."""
    found = (path for path in folder.glob("zahlmeister-*T*Z") if (path / MANIFEST).is_file())
    return sorted(found, key=lambda path: path.name, reverse=True)


# ---- SQLite --------------------------------------------------------------------------------------------------------


def _copy_sqlite(place: Place, made: Path) -> dict[str, int]:
    with _opened(place.sqlite_file) as source:
        source.execute("VACUUM INTO ?", (str(made / SQLITE),))
    (made / SQLITE).chmod(0o600)
    with _opened(made / SQLITE) as copied:
        found = copied.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise Refused(f"The copy of the database is not whole ({found}); the disk may be failing.")
        return _counted(copied)


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    """A database file, with the functions that its constraints and indexes call."""
    with closing(sqlite3.connect(file)) as opened:
        register(opened)
        yield opened


def _counted(database: sqlite3.Connection) -> dict[str, int]:
    named = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    counts = {name: f'SELECT count(*) FROM "{name}"' for (name,) in named}  # noqa: S608 - named by the database itself
    return {name: database.execute(count).fetchone()[0] for name, count in counts.items()}


def _put_sqlite(copy: Path, place: Place) -> None:
    if place.sqlite_file.exists():
        raise Refused(f"“{place.sqlite_file}” exists already; nothing is written over. Move it away first.")
    _copy_private(copy / SQLITE, place.sqlite_file)


# ---- files ---------------------------------------------------------------------------------------------------------


def _hashes(copy: Path) -> Iterator[tuple[str, tuple[int, str]]]:
    for path in sorted(copy.rglob("*")):
        if path.is_file() and path.name != MANIFEST:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            yield str(path.relative_to(copy)), (path.stat().st_size, digest)


def _copy_private(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        source.open("rb") as data,
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as to,
    ):
        shutil.copyfileobj(data, to, 1 << 20)


def _to_disk(made: Path) -> None:
    """A copy counts when it is on the disk, not in its cache."""
    for path in made.rglob("*"):
        if path.is_file():
            _sync(path)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
