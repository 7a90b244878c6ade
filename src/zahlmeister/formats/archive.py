"""Statements inside archives: banks deliver ZIP files with one message per account or day.

Everything is unpacked as a stream and counted: a few kilobytes that pretend to be gigabytes are refused
before they fill the disk. The members are read in the order of the archive; one that is no statement is told
and passed over.
"""

import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from os import SEEK_END
from typing import IO

from zahlmeister.formats.encoding import CHUNK, Readable
from zahlmeister.refusals import Unreadable

#: More than a bank sends: a camt message of a million payments is about one gigabyte.
LARGEST = 4 << 30
#: Statements shrink to a fiftieth at best; beyond this factor, and beyond the first megabytes, it is a bomb.
HIGHEST_RATIO = 250
FREE = 16 << 20
MOST_MEMBERS = 10_000
#: What lies beside statements in archives and is none.
_BESIDE = (".pdf", ".html", ".htm", ".jpg", ".png", ".ds_store")


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive; `stream` gives its bytes, counted."""

    name: str
    stream: Readable


class Counted:
    """A stream that refuses to give more bytes than an honest file has.

    Args:
        stream: the unpacked bytes.
        packed: tells how many bytes they were in the archive.
        name: of the file, for the sentence.
    """

    def __init__(self, stream: Readable, packed: Callable[[], int], name: str) -> None:
        self._stream = stream
        self._packed = packed
        self._name = name
        self._given = 0

    def read(self, size: int = -1) -> bytes:
        try:
            chunk = self._stream.read(CHUNK if size < 0 else size)
        except (zlib.error, zipfile.BadZipFile, EOFError, OSError) as error:
            raise Unreadable(f"{self._name}: the archive is damaged here ({error}); fetch it again.") from None
        self._given += len(chunk)
        most = most_unpacked(self._packed())
        if self._given > most:
            raise Unreadable(
                f"{self._name}: unpacking gives more than {most >> 20} MB, far more than a statement "
                f"of this "
                "size can hold; it was not read further."
            )
        return chunk


def most_unpacked(packed: int) -> int:
    """How many bytes may come out of so many packed ones."""
    return min(LARGEST, max(FREE, packed * HIGHEST_RATIO))


def size_of(file: IO[bytes]) -> int:
    """How many bytes a file has; it is read from its beginning afterwards."""
    size = file.seek(0, SEEK_END)
    file.seek(0)
    return size


def members(file: IO[bytes], *, name: str) -> Iterator[Member]:
    """The files of a ZIP archive that may be statements.

    Raises:
        Unreadable: damaged, encrypted, an Excel or Word file, or larger than it may be.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise Unreadable(f"{name}: the ZIP archive is damaged ({error}); fetch it again.") from None
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        _refuse_documents({info.filename for info in infos}, name)
        if len(infos) > MOST_MEMBERS:
            raise Unreadable(f"{name}: the archive holds {len(infos)} files, more than any bank delivers at once.")
        _refuse_endless(infos, size_of(file), name)
        for info in infos:
            if _is_beside(info.filename):
                continue
            yield Member(f"{name}/{info.filename}", _opened(archive, info, f"{name}/{info.filename}"))


def unzipped(stream: Readable, *, name: str) -> Readable:
    """The content of a gzip file, counted."""
    inner = _Gunzip(stream)
    return Counted(inner, lambda: inner.packed, name)


def spooled(stream: Readable) -> IO[bytes]:
    """The stream as a file one can seek in, on disk when it is large."""
    file = tempfile.SpooledTemporaryFile(max_size=FREE)  # noqa: SIM115 - the caller closes it
    while chunk := stream.read(CHUNK):
        file.write(chunk)
    file.seek(0)
    return file


def _refuse_documents(names: set[str], name: str) -> None:
    if "[Content_Types].xml" in names:
        if any(each.startswith("xl/") for each in names):
            raise Unreadable(f"{name}: this is an Excel workbook; export CSV, camt or MT940 from the online banking.")
        raise Unreadable(f"{name}: this looks like an Office file. Ask the online banking for camt.053, MT940 or CSV.")
    if "META-INF/manifest.xml" in names and "content.xml" in names:
        raise Unreadable(f"{name}: this looks like a LibreOffice file. Save the sheet as CSV.")


def _refuse_endless(infos: list[zipfile.ZipInfo], packed: int, name: str) -> None:
    """Files of an archive may lie over each other, so that all together have more bytes than each by itself shows."""
    whole = sum(info.file_size for info in infos)
    if len(infos) > 1 and whole > most_unpacked(packed):
        raise Unreadable(f"{name}: its files claim to be {whole >> 20} MB together, far more than it can hold.")


def _is_beside(filename: str) -> bool:
    return filename.startswith("__MACOSX/") or filename.lower().endswith(_BESIDE)


def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Readable:
    if info.flag_bits & 1:
        raise Unreadable(f"{name}: the archive is locked with a password; unpack it and give the file inside.")
    if info.file_size > LARGEST:
        raise Unreadable(f"{name}: claims to be {info.file_size >> 30} GB unpacked, which no statement is.")
    try:
        return Counted(archive.open(info), lambda: info.compress_size, name)
    except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
        raise Unreadable(f"{name}: the archive is damaged here ({error}); fetch it again.") from None


class _Gunzip:
    """gzip as a stream, without needing to seek."""

    def __init__(self, stream: Readable) -> None:
        self.packed = 0
        self._stream = stream
        self._inflate = zlib.decompressobj(wbits=31)
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        most = CHUNK if size < 0 else size
        while not self._inflate.eof:
            packed = self._rest
            if not packed:
                packed = self._stream.read(CHUNK)
                self.packed += len(packed)
            if not packed:
                raise EOFError("the compressed file is cut off")
            data = self._inflate.decompress(packed, most)
            self._rest = self._inflate.unconsumed_tail
            if data:
                return data
        return b""
