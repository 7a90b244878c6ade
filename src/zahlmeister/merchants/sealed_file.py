"""Files that nobody reads on the disk or in its copies, sealed piece by piece: a large one needs no more memory.

    8 bytes     that say that the file is sealed
    4 bytes     a mark of the secret that sealed it
    32 bytes    of chance: with the secret and the file's name they make the key of this file alone
    pieces      of 64 KiB and a tag of 16 bytes each, AES-256-GCM; the last one is shorter, and says that it is the last

A piece knows its number and whether it is the last, so that pieces that are changed, exchanged, left out or cut off are
seen; the name is in the key, so that no file can be put in the place of another. A file without the first 8 bytes is
from before there was a seal, and is read as it is.
"""

import os
from base64 import b64decode
from collections.abc import Iterable, Iterator
from enum import Enum
from io import BufferedReader, RawIOBase
from pathlib import Path
from secrets import token_bytes
from typing import TYPE_CHECKING, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zahlmeister.merchants.seal import keys
from zahlmeister.refusals import Refused, Unreadable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_SEALED = b64decode("j1pBSEwNCgE=")  # “ZAHL” between signs that no text and no picture begins with
_MARK, _SALT, _TAG, _PIECE = 4, 32, 16, 1 << 16
_HEAD = len(_SEALED) + _MARK + _SALT


class Damaged(Refused, Unreadable):
    """A file of the store is not as it was written, or was sealed with a secret that is not here."""


class Seal(Enum):
    """Who has sealed a file: the newest secret, an older one, one that is not here, or nobody."""

    NEWEST = "newest"
    OLDER = "older"
    STRANGE = "strange"
    NONE = "none"


def sealed_pieces(pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
    """The bytes of a file as they lie on the disk, sealed with the newest secret.

    Args:
        pieces: its bytes, in pieces of any size.
        name: where it will lie in the store.
    """
    secret, salt = keys().secrets[0], token_bytes(_SALT)
    yield _SEALED + _mark(secret) + salt
    cipher, waiting, number = _cipher(secret, salt, name), bytearray(), 0
    for piece in pieces:
        waiting += piece
        while len(waiting) > _PIECE:
            yield cipher.encrypt(_nonce(number, is_last=False), bytes(waiting[:_PIECE]), None)
            del waiting[:_PIECE]
            number += 1
    yield cipher.encrypt(_nonce(number, is_last=True), bytes(waiting), None)


def opened_file(path: Path, name: str) -> BinaryIO:
    """A file of the store to read in, from its beginning and from anywhere; one that was never sealed, too.

    Args:
        path: where it is.
        name: where it lies in the store, as it was told when it was sealed.

    Raises:
        Damaged: it is cut, or sealed with a secret that is not here. A piece that was changed is refused when it is
            read; nothing of it is given out.
        FileNotFoundError: there is none.
    """
    file = path.open("rb")
    try:
        head = file.read(_HEAD)
        if head and not _SEALED.startswith(head[: len(_SEALED)]):
            file.seek(0)
            return file
        return BufferedReader(_Opened(file, head, name), _PIECE)
    except BaseException:
        file.close()
        raise


def seal_on(path: Path) -> Seal:
    """Who has sealed a file, by its first bytes.

    Raises:
        FileNotFoundError: there is none.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head and not head.startswith(_SEALED):
        return Seal.NONE
    marks = [_mark(secret) for secret in keys().secrets]
    mark = head[len(_SEALED) : len(_SEALED) + _MARK]
    if mark not in marks:
        return Seal.STRANGE
    return Seal.NEWEST if mark == marks[0] else Seal.OLDER


class _Opened(RawIOBase):
    """The bytes of a sealed file, a piece at a time."""

    def __init__(self, file: BinaryIO, head: bytes, name: str) -> None:
        self._file, self._name, self._place = file, name, 0
        length = os.fstat(file.fileno()).st_size - _HEAD
        self._last = max(0, -(-length // (_PIECE + _TAG)) - 1)
        if length < _TAG:
            raise self._damaged()
        self._cipher = _cipher(self._secret(head), head[-_SALT:], name)
        self._number = -1
        self._size = self._last * _PIECE + len(self._piece(self._last))  # whoever cut the file took the last one away

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        begin = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = max(0, begin + offset)
        return self._place

    def readinto(self, buffer: "WriteableBuffer") -> int:
        if self._place >= self._size:
            return 0
        number, begin = divmod(self._place, _PIECE)
        view = memoryview(buffer).cast("B")
        told = self._piece(number)[begin : begin + len(view)]
        view[: len(told)] = told
        self._place += len(told)
        return len(told)

    def close(self) -> None:
        self._file.close()
        super().close()

    def _piece(self, number: int) -> bytes:
        if number != self._number:
            self._file.seek(_HEAD + number * (_PIECE + _TAG))
            kept = self._file.read(_PIECE + _TAG)
            try:
                self._kept = self._cipher.decrypt(_nonce(number, is_last=number == self._last), kept, None)
            except (InvalidTag, ValueError):
                raise self._damaged() from None
            self._number = number
        return self._kept

    def _secret(self, head: bytes) -> str:
        mark = head[len(_SEALED) : -_SALT]
        for secret in keys().secrets:
            if _mark(secret) == mark:
                return secret
        raise Damaged(f"“{self._name}” was sealed with another secret.key; put that file back.")

    def _damaged(self) -> Damaged:
        return Damaged(f"“{self._name}” was changed or cut in the file store; put it back from a copy.")


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes((is_last,))


def _cipher(secret: str, salt: bytes, name: str) -> AESGCM:
    return AESGCM(
        HKDF(SHA256(), length=32, salt=salt, info=f"zahlmeister file {name}".encode()).derive(secret.encode())
    )


def _mark(secret: str) -> bytes:
    return HKDF(SHA256(), length=_MARK, salt=None, info=b"zahlmeister file mark").derive(secret.encode())
