"""The files somebody hands in: each as it is, and what is inside a zip archive."""

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO, cast

from django.utils.translation import gettext as _

from zahlmeister.refusals import Refused

MOST_FILES = 500
MOST_BYTES = 4 << 30  # of one file inside an archive: a year of a big shop
_PACKED = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Handed:
    """One file with its name."""

    name: str
    file: BinaryIO


def unpacked(files: Iterable[Handed]) -> Iterator[Handed]:
    """The files one after the other; archives are opened, each file in them is open while it is looked at.

    Raises:
        Refused: an archive cannot be opened, or holds more than a bank would send.
    """
    for handed in files:
        if _is_archive(handed.file):
            yield from _inside(handed)
        else:
            yield handed


def _is_archive(file: BinaryIO) -> bool:
    file.seek(0)
    start = file.read(len(_PACKED))
    file.seek(0)
    return start == _PACKED


def _inside(handed: Handed) -> Iterator[Handed]:
    try:
        archive = zipfile.ZipFile(handed.file)
    except zipfile.BadZipFile:
        raise Refused(_("“%(name)s” is no zip archive that can be opened.") % {"name": handed.name}) from None
    with archive:
        if any(one.filename.startswith("xl/") for one in archive.infolist()):
            raise Refused(
                _("“%(name)s” is an Excel workbook; export CSV, camt or MT940 from the online banking.")
                % {"name": handed.name}
            )
        members = [one for one in archive.infolist() if not one.is_dir() and not _is_hidden(one.filename)]
        if len(members) > MOST_FILES or any(one.file_size > MOST_BYTES for one in members):
            raise Refused(
                _("“%(name)s” holds more than %(files)s files or a file above 4 GB; hand it in in parts.")
                % {"name": handed.name, "files": MOST_FILES}
            )
        for member in members:
            if member.flag_bits & 1:
                raise Refused(_("“%(name)s” is protected by a password; unpack it first.") % {"name": handed.name})
            with archive.open(member) as file:
                yield Handed(PurePath(member.filename).name, cast("BinaryIO", file))


def _is_hidden(name: str) -> bool:
    """What archivers of other systems leave behind."""
    return name.startswith("__MACOSX/") or PurePath(name).name.startswith(".")
