"""The files a command was given, and where its lines go: the same for each that works on files alone."""

import io
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from tempfile import NamedTemporaryFile
from typing import BinaryIO, TextIO

from zahlmeister.refusals import Unreadable

#: Instead of a file: what another program pipes in.
PIPED = Path("-")
PIPED_NAME = "standard input"


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file, or standard input for `-`.

    Raises:
        Unreadable: it is not there, is a folder, or may not be read; one sentence.
    """
    if path == PIPED:
        yield sys.stdin.buffer
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise Unreadable(f"{path}: the file cannot be opened ({error.strerror or error}).") from error
    with file:
        yield file


@contextmanager
def lasting(path: Path) -> Iterator[Path]:
    """A file that may be read more than once: itself, or a copy of what is piped in.

    Raises:
        Unreadable: as by `opened`.
    """
    with opened(path) as file:
        if path != PIPED and S_ISREG(os.fstat(file.fileno()).st_mode):
            yield path
            return
        with NamedTemporaryFile(prefix="zahlmeister-") as copy:
            shutil.copyfileobj(file, copy)
            copy.flush()
            yield Path(copy.name)


def called(path: Path) -> str:
    """How a file is called in lines and sentences."""
    return PIPED_NAME if path == PIPED else path.name


def plain_output() -> TextIO:
    """The output as UTF-8, whatever the terminal's language: the lines are for programs."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    return sys.stdout


def usual_format(stdout: TextIO) -> str:
    """How to print when nobody says it: a table for a person at a terminal, else one JSON object per line."""
    return "table" if stdout.isatty() else "jsonl"


def length(file: BinaryIO) -> int:
    """How many bytes a file has; 0 for what is piped in, of which nobody knows."""
    try:
        return os.fstat(file.fileno()).st_size
    except OSError:
        return 0
