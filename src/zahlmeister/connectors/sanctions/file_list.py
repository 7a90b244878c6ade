"""A list of sanctions from a file that the operator keeps up to date: CSV with the columns `name` and `reference`.

A recipient is a hit when all words of a listed name of at least two words stand in his name, whatever their order,
case and umlauts, each with at most one slip; words of up to four letters must be the same.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rapidfuzz.distance import DamerauLevenshtein

from zahlmeister.connectors.sanctions.contract import Hit, NoList, SanctionList
from zahlmeister.matching.folding import name_words
from zahlmeister.refusals import Refused

_SHORT = 4


@dataclass(frozen=True, slots=True)
class FileList:
    """The entries of a file, each with the words of its name."""

    entries: Sequence[tuple[tuple[str, ...], Hit]]

    def hits(self, name: str) -> list[Hit]:
        """Who on the list may be this recipient."""
        said = name_words(name)
        return [hit for listed, hit in self.entries if all(_stands(word, said) for word in listed)]


def sanction_list(path: str) -> SanctionList:
    """The list in this file; nobody is on it when no file was set up.

    Raises:
        Refused: the file cannot be read, so that nothing may leave.
    """
    if not path:
        return NoList()
    try:
        return _read(path, Path(path).stat().st_mtime_ns)
    except OSError as error:
        raise Refused(
            f"The list of sanctions {path} cannot be read ({error.strerror}); nothing leaves before."
        ) from None


@lru_cache(maxsize=2)
def _read(path: str, changed: int) -> FileList:
    """The file as it was when it was changed the last time."""
    del changed
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if "name" not in (rows.fieldnames or ()):
            raise Refused(f"The list of sanctions {path} has no column “name”; nothing leaves before it is put right.")
        hits = [Hit(row["name"], row.get("reference") or "") for row in rows if row["name"]]
    found = ((name_words(hit.name), hit) for hit in hits)
    return FileList(tuple((words, hit) for words, hit in found if len(words) > 1))


def _stands(word: str, said: Sequence[str]) -> bool:
    if len(word) <= _SHORT:
        return word in said
    return any(DamerauLevenshtein.distance(word, each, score_cutoff=1) <= 1 for each in said)
