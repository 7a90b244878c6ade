"""The contract of every place that statement files are fetched from.

A place lists what lies there and hands out one file at a time. It never changes, moves or deletes anything: others may
read there, too. What was fetched before is remembered by the house, not by the place.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO, Protocol

#: Endings and beginnings of names under which programs write a file that is not whole yet.
UNFINISHED_ENDINGS = frozenset({".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".swp", ".lock"})
UNFINISHED_BEGINNINGS = (".", "~", "#")
#: So many files are listed; a place with more was not made for statements.
MOST_LISTED = 20_000


@dataclass(frozen=True, slots=True)
class Offered:
    """A file that lies at a place.

    `modified` is the place's own second of the last change; with the size it tells a growing file from a whole one.
    """

    name: str
    size: int
    modified: int


class Place(Protocol):
    """An open place. Both verbs raise `refusals.Unreachable` with a sentence when it does not answer."""

    def offered(self) -> Iterator[Offered]:
        """What lies there, files that are plainly being written left out."""

    def open(self, offered: Offered) -> AbstractContextManager[BinaryIO]:
        """One file, to be read from its beginning."""


def is_whole(name: str) -> bool:
    """Whether the name is one that programs give to finished files."""
    return not name.startswith(UNFINISHED_BEGINNINGS) and PurePath(name).suffix.lower() not in UNFINISHED_ENDINGS
