"""A disk that is small enough to be full. Only an administrator may lay one in; elsewhere none gets full."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_MEGABYTES = 512
_MEGABYTE = 2**20
_PAGE = 4096


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system of its own, in memory."""

    folder: Path

    @property
    def ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> None:
        """Take all the room there is piece by piece, because others write meanwhile."""
        with self.ballast.open("wb", buffering=0) as ballast:
            for piece in (_MEGABYTE, _PAGE):
                with suppress(OSError):
                    while ballast.write(b"\0" * piece) == piece:
                        pass

    def clear(self) -> None:
        self.ballast.unlink(missing_ok=True)


@contextmanager
def disk(folder: Path) -> Iterator[Disk | None]:
    """A small disk at an empty folder; None when it may not be laid in."""
    folder.mkdir(parents=True, exist_ok=True)
    call = ["mount", "-t", "tmpfs", "-o", f"size={_MEGABYTES}m,mode=0755", "tmpfs", str(folder)]
    if os.getuid() or subprocess.run(call, check=False, capture_output=True).returncode:
        yield None
        return
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
