"""The files somebody hands in: each as it is, and what is inside a zip archive.

What an archive says of itself is held against bounds before anything of it is laid onto the disk, and what comes out is
counted while it does: a file of a few kilobytes fills no disk. An archive inside an archive stays as it is; the readers
of statements open it one level deeper, within the same bounds.
"""

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from django.utils.translation import gettext as _

from zahlmeister.formats.archive import Counted, most_unpacked, size_of
from zahlmeister.refusals import Refused, Unreadable

MOST_FILES = 500
#: Of all files inside an archive together: a year of a big shop.
MOST_BYTES = 4 << 30
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
        _refuse_too_much(handed, members)
        for member in members:
            if member.flag_bits & 1:
                raise Refused(_("“%(name)s” is protected by a password; unpack it first.") % {"name": handed.name})
            with TemporaryFile() as file:
                _lay_out(archive, member, handed.name, cast("BinaryIO", file))
                yield Handed(PurePath(member.filename).name, cast("BinaryIO", file))


def _refuse_too_much(handed: Handed, members: list[zipfile.ZipInfo]) -> None:
    """No more may come out than the archive says, so what it says is looked at first."""
    whole = sum(one.file_size for one in members)
    if len(members) > MOST_FILES or whole > MOST_BYTES:
        raise Refused(
            _("“%(name)s” holds more than %(files)s files, or more than 4 GB unpacked; hand it in in parts.")
            % {"name": handed.name, "files": MOST_FILES}
        )
    if whole > most_unpacked(size_of(handed.file)):
        raise Refused(
            _("“%(name)s” would unpack to %(size)s MB, far more than statements of its size; nothing of it was taken.")
            % {"name": handed.name, "size": whole >> 20}
        )


def _lay_out(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, target: BinaryIO) -> None:
    """One file of the archive, onto the disk; gone again when it is closed."""
    inside = f"{name}/{member.filename}"
    try:
        with archive.open(member) as stream:
            copyfileobj(Counted(stream, lambda: member.compress_size, inside), target, 1 << 20)
    except (Unreadable, zipfile.BadZipFile, NotImplementedError) as why:
        said = _("“%(name)s” cannot be unpacked: %(why)s") % {"name": name, "why": why}
        raise Refused(said) from None
    target.seek(0)


def _is_hidden(name: str) -> bool:
    """What archivers of other systems leave behind."""
    return name.startswith("__MACOSX/") or PurePath(name).name.startswith(".")
