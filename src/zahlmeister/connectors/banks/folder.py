"""A folder of this machine in which a bank program leaves statements: EBICS clients and banking software do."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from zahlmeister.connectors.banks.place import MOST_LISTED, Offered, is_whole
from zahlmeister.refusals import Unreachable


class Folder:
    """Files directly in a folder; what lies deeper belongs to somebody else."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def offered(self) -> Iterator[Offered]:
        try:
            found = sorted(self._path.iterdir())
        except OSError as error:
            raise Unreachable(f"The folder “{self._path}” cannot be read: {error.strerror}.") from error
        files = (path for path in found if is_whole(path.name) and path.is_file())
        for path in islice(files, MOST_LISTED):
            try:
                told = path.stat()
            except FileNotFoundError:  # taken away since the folder was listed
                continue
            yield Offered(path.name, told.st_size, int(told.st_mtime))

    def open(self, offered: Offered) -> AbstractContextManager[BinaryIO]:
        path = self._path / offered.name
        try:
            return path.open("rb")
        except OSError as error:
            raise Unreachable(f"“{path}” cannot be read: {error.strerror}.") from error
