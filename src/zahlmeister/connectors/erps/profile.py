"""A profile: how the documents stand in one ERP's files, as data. Another ERP's columns become one without code.

A profile is a TOML file. With `like` it begins as another one and says what is different. `[names]` says under which
column, or in which element, each of the house's fields stands; a field that is not named stands under its own name.
See docs/reference/erp-interface.md.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from zahlmeister.refusals import Unreadable

_FOLDER = Path(__file__).parent / "profiles"
_FORMATS = ("csv", "xml")
_AMOUNTS = ("decimal", "minor")


@dataclass(frozen=True, slots=True)
class Profile:
    """How one ERP writes its documents.

    `kinds` turns its words into the house's kinds, `files` the pattern of a file's name into the kind of all that
    stands in it. `entry`, `line` and `tax` are the names of XML elements, or `line` and `tax` of elements that hold
    several of them, parted by a slash.
    """

    name: str
    title: str
    format: str = "csv"
    delimiter: str = ";"
    encoding: str = "utf-8-sig"
    days: str = "%Y-%m-%d"
    amounts: str = "decimal"
    currency: str = ""  # of every document where no column says it
    entry: str = "document"
    line: str = "lines/line"
    tax: str = "taxes/tax"
    note: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def column(self, name: str) -> str:
        """Where a field of the house stands."""
        return self.names.get(name, name)

    def kind_of_file(self, name: str) -> str:
        """What all documents of a file are, where its name says it; else nothing."""
        return next((kind for pattern, kind in self.files.items() if fnmatchcase(name.lower(), pattern.lower())), "")


def profile(name: str, *, also: Path | None = None) -> Profile:
    """The profile of a name; `also` is a folder of the installation whose profiles count before the house's own.

    Raises:
        Unreadable: there is none of that name, or it is not whole.
    """
    for folder in (also, _FOLDER):
        file = folder / f"{name}.toml" if folder else None
        if file and file.is_file():
            return _read(file)
    raise Unreadable(f"There is no profile “{name}” for an ERP's files.")


def titles(*, also: Path | None = None) -> dict[str, str]:
    """Every profile there is, with its title."""
    files = [*_FOLDER.glob("*.toml"), *(also.glob("*.toml") if also and also.is_dir() else ())]
    return {file.stem: _read(file).title for file in sorted(files, key=lambda file: file.stem)}


@cache
def _read(file: Path) -> Profile:
    try:
        told = tomllib.loads(file.read_text("utf-8"))
        if "like" in told:
            told = _over(tomllib.loads((_FOLDER / f"{told.pop('like')}.toml").read_text("utf-8")), told)
        found = Profile(name=file.stem, **told)
    except (tomllib.TOMLDecodeError, TypeError, OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{file.name} is no profile: {error}. See docs/reference/erp-interface.md.") from error
    if found.format not in _FORMATS or found.amounts not in _AMOUNTS:
        raise Unreadable(f"{file.name}: format is csv or xml, and amounts are decimal or minor.")
    return found


def _over(base: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """What is told counts before the base; tables are joined."""
    return base | {
        name: {**base[name], **value} if isinstance(value, dict) and name in base else value
        for name, value in told.items()
    }
