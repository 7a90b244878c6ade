"""The house's file store: what is put into it is sealed, what was there before is read as it is and can be sealed.

A file has its name only when it is whole: it is written beside it, and whoever dies meanwhile leaves a file whose name
ends in `.unfinished`, which nobody reads, no copy takes along, and `seal_anew` takes away.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, storages

from zahlmeister.merchants.sealed_file import Seal, opened_file, seal_on, sealed_pieces

#: The end of a name that nobody knows yet.
UNFINISHED = ".unfinished"
_AT_ONCE = 1 << 20


class SealedStorage(FileSystemStorage):
    """Files below a folder, each sealed with the newest secret of the house."""

    def size(self, name: str) -> int:
        """How many bytes somebody reads in a file."""
        with opened_file(Path(self.path(name)), name) as file:
            return file.seek(0, os.SEEK_END)

    def delete(self, name: str) -> None:
        """Take a file away, and wait where it is just being sealed anew; one that is gone is no fault."""
        path = Path(self.path(name))
        while path.is_file():
            with suppress(FileNotFoundError), _alone_with(path) as is_still_it:
                if is_still_it:
                    path.unlink()
        super().delete(name)

    def names(self) -> Iterator[str]:
        """Every file that somebody may know, in the order of the folders."""
        for path in self._below():
            if not path.name.endswith(UNFINISHED):
                yield path.relative_to(self.location).as_posix()

    def seal_on(self, name: str) -> Seal | None:
        """Who has sealed a file; None when somebody has taken it away."""
        try:
            return seal_on(Path(self.path(name)))
        except FileNotFoundError:
            return None

    def prove(self, name: str) -> None:
        """Read a file to its end; one that is gone is no fault.

        Raises:
            Damaged: it is not as it was written.
        """
        with suppress(FileNotFoundError), opened_file(Path(self.path(name)), name) as file:
            while file.read(_AT_ONCE):
                pass

    def seal_anew(self, name: str) -> bool:
        """Seal a file with the newest secret, whoever sealed it before; whoever reads it meanwhile reads on.

        Returns:
            Whether it was; somebody may have taken it away, or sealed it.

        Raises:
            Damaged: no secret opens it, or it is not whole.
        """
        path = Path(self.path(name))
        with suppress(FileNotFoundError), _alone_with(path) as is_still_it:
            if is_still_it and seal_on(path) is not Seal.NEWEST:
                with opened_file(path, name) as file, self._written(path, File(file), name) as made:
                    made.chmod(path.stat().st_mode & 0o777)
                    made.replace(path)
                return True
        return False

    def sweep(self) -> int:
        """Take away what somebody began to write who is dead; returns how many files that were."""
        left = [path for path in self._below() if path.name.endswith(UNFINISHED)]
        return sum(_is_swept(path) for path in left)

    def _below(self) -> Iterator[Path]:
        for folder, folders, files in os.walk(self.location):
            folders.sort()
            yield from (Path(folder, name) for name in sorted(files))

    def _open(self, name: str, mode: str = "rb") -> "File[Any]":
        if mode != "rb":
            raise ValueError("A file of the house is written once and whole, by `save`.")
        return File(opened_file(Path(self.path(name)), name), name)

    def _save(self, name: str, content: "File[Any]") -> str:
        """Under this name or, where somebody else has taken it, under another."""
        while True:
            path = Path(self.path(name))
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with self._written(path, content, name) as made:
                    os.link(made, path)
            except FileExistsError:
                name = self.get_available_name(name)
            else:
                return name

    @contextmanager
    def _written(self, path: Path, content: "File[Any]", name: str) -> Iterator[Path]:
        """The sealed bytes in a file beside `path`, which is gone afterwards."""
        beside = path.with_name(f".{path.name}.{token_hex(4)}{UNFINISHED}")
        with beside.open("xb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                for piece in sealed_pieces(content.chunks(), name):
                    file.write(piece)
                file.flush()
                yield beside
            finally:
                beside.unlink(missing_ok=True)


def file_store() -> SealedStorage:
    """Where this house keeps its files."""
    store = storages["default"]
    if not isinstance(store, SealedStorage):
        raise ImproperlyConfigured("The files of the house are kept by `SealedStorage`; let STORAGES name it.")
    return store


@contextmanager
def _alone_with(path: Path) -> Iterator[bool]:
    """Nobody else deletes this file or seals it anew; tells whether it is still the one of this name."""
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno()))


def _is_swept(path: Path) -> bool:
    with suppress(FileNotFoundError), path.open("r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False  # somebody is writing it
        path.unlink()
        return True
    return False
