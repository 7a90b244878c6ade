"""A profile: how one agency's interface is spoken, as data. A contract partner's document becomes one without code.

A profile is a TOML file. `way` is `rest` or `files`. The shapes of what is sent are written in the language of
`agencies.template`; what comes back is found by `[news]`, which names where each fact stands, and `[words.…]`, which
turn the agency's words into the house's. With `like` a profile begins as another one and says what is different.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from zahlmeister.refusals import Unreadable

_FOLDER = Path(__file__).parent / "profiles"
_WAYS = ("rest", "files")


@dataclass(frozen=True, slots=True)
class Call:
    """One question of a REST interface: the shape of its path and body, and where the answer has the case's number."""

    method: str
    path: str
    body: Any = None
    number: str = ""
    amount: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """Where the facts of one news stand, as names with dots; an empty name means that the agency does not tell it."""

    entries: str = ""
    after: str = ""
    key: str = "id"
    kind: str = "type"
    at: str = "created_at"
    reference: str = ""
    case: str = ""
    word: str = ""
    text: str = ""
    amount: str = ""
    currency: str = ""
    statement: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    amounts: str = "decimal"  # or “minor”, or “comma”
    clock: str = "iso"  # or a strptime pattern


@dataclass(frozen=True, slots=True)
class Export:
    """How a claim is written into a file: `csv`, `lines` of key=value, or `xml`."""

    format: str
    name: str
    columns: Mapping[str, str]
    delimiter: str = ";"
    encoding: str = "utf-8-sig"
    record: str = "claim"
    root: str = "claims"


@dataclass(frozen=True, slots=True)
class Profile:
    """One agency's interface."""

    name: str
    title: str
    way: str
    countries: tuple[str, ...]
    headers: Mapping[str, str]
    calls: Mapping[str, Call]
    reading: Reading
    words: Mapping[str, Mapping[str, str]]
    export: Export | None = None
    telling: Export | None = None
    note: str = ""


def profile(name: str, *, also: Path | None = None) -> Profile:
    """The profile of a name; `also` is a folder of the installation whose profiles count before the house's own.

    Raises:
        Unreadable: there is none of that name, or it is not whole.
    """
    for folder in (also, _FOLDER):
        file = folder / f"{name}.toml" if folder else None
        if file and file.is_file():
            return _read(file)
    raise Unreadable(f"There is no profile “{name}” for an agency.")


def names(*, also: Path | None = None) -> list[str]:
    """Every profile there is."""
    files = [*_FOLDER.glob("*.toml"), *(also.glob("*.toml") if also and also.is_dir() else ())]
    return sorted({file.stem for file in files})


@cache
def _read(file: Path) -> Profile:
    try:
        return _profile(file.stem, _told(file))
    except (tomllib.TOMLDecodeError, TypeError, KeyError, UnicodeDecodeError, OSError) as error:
        raise Unreadable(f"{file.name} is no profile: {error}. See docs/reference/agency-profiles.md.") from error


def _told(file: Path) -> dict[str, Any]:
    told = tomllib.loads(file.read_text("utf-8"))
    base = _FOLDER / f"{told['like']}.toml" if "like" in told else None
    return told if base is None else _over(tomllib.loads(base.read_text("utf-8")), told)


def _over(base: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """What is told counts before the base, table by table; an empty table takes the base's away."""
    merged = dict(base)
    for name, value in told.items():
        both = isinstance(value, dict) and isinstance(base.get(name), dict) and value
        merged[name] = _over(base[name], value) if both else value
    return merged


def _profile(name: str, told: dict[str, Any]) -> Profile:
    if told["way"] not in _WAYS:
        raise TypeError(f"way is “{told['way']}” and not one of {', '.join(_WAYS)}")
    return Profile(
        name=name,
        title=told["title"],
        way=told["way"],
        countries=tuple(told.get("countries", ())),
        headers=told.get("headers", {}),
        calls={word: Call(**call) for word, call in told.get("calls", {}).items()},
        reading=Reading(**told.get("news", {})),
        words=told.get("words", {}),
        export=Export(**told["export"]) if "export" in told else None,
        telling=Export(**told["telling"]) if "telling" in told else None,
        note=told.get("note", ""),
    )
