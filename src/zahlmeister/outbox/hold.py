"""A house that was put back from a copy sends nothing until its operator has looked.

A copy knows nothing of what was done after it was made: what it holds as waiting may have been told, transferred or
collected since. The hold is a file in the installation's folder and not a row, because it has to be there before the
database is; every process of the installation shares that folder.
"""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_HELD = "held.json"


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing leaves. What was done after `since` is not known here."""

    since: datetime
    why: str


def hold(home: Path, held: Hold) -> None:
    """Let nothing leave the installation in this folder; it is on the disk when this returns."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / _HELD).open("w") as file:
        json.dump({"since": held.since.isoformat(), "why": held.why}, file)
        file.flush()
        os.fsync(file.fileno())


def held(home: Path) -> Hold | None:
    """The hold of the installation in this folder; None when what is due may leave."""
    try:
        told = json.loads((home / _HELD).read_text())
    except FileNotFoundError:
        return None
    return Hold(datetime.fromisoformat(told["since"]), told["why"])


def lift(home: Path, at: datetime) -> None:
    """Let what is due leave again; the file stays under another name, as a record."""
    (home / _HELD).replace(home / f"held-until-{at:%Y%m%dT%H%M%SZ}.json")
