"""The line in front of a SQLite file: who comes to write gets the next turn, and nobody is passed over for long.

SQLite lets one writer at a time into a file; the others look again after ever longer naps. An import that begins its
next transaction right after the last one is then always there first, and a single payment waits for seconds. Here a
writer takes the pen to write, and waits for the pen at the head of the line. Whoever has just laid the pen down stands
behind the one that waits.

Both are locks on empty files beside the database; the system takes them back from a process that dies. They only order
the writers: what keeps the data whole is SQLite's own lock.
"""

import os
import sys
import time
from pathlib import Path

if sys.platform != "win32":
    import fcntl

#: For so long a writer lets others stay at the head of the line, and for so long it waits for the pen.
PATIENCE_SECONDS = 0.1
TIMEOUT_SECONDS = 20
_NAP_SECONDS = 0.001


class Line:
    """The place of one connection in the line of its database."""

    def __init__(self, database: str) -> None:
        self._head = _Lock(Path(f"{database}-line"))
        self._pen = _Lock(Path(f"{database}-pen"))
        self._stays = 0

    def take_pen(self) -> None:
        """Wait for the turn to write; where the others are too slow, SQLite's own lock has the last word."""
        if not self._stays:
            self._head.wait(PATIENCE_SECONDS)
        try:
            self._pen.wait(TIMEOUT_SECONDS)
        finally:
            if not self._stays:
                self._head.give()

    def lay_pen_down(self) -> None:
        """The next one may write."""
        self._pen.give()

    def stay_in_front(self) -> None:
        """Stay at the head of the line between the next turns, as far as the others' patience goes."""
        self._head.wait(PATIENCE_SECONDS)
        self._stays += 1

    def step_back(self) -> None:
        """Stand in line like everybody else again, as soon as every reason to stay in front is gone."""
        self._stays -= 1
        if not self._stays:
            self._head.give()

    def has_company(self) -> bool:
        """Whether somebody else is at the head of the line, while this one has the pen."""
        if self._stays:
            return False
        if not self._head.wait(0):
            return True
        self._head.give()
        return False

    def go_away(self) -> None:
        """The connection is closed."""
        self._pen.close()
        self._head.close()


class _Lock:
    """A lock on an empty file, which the system keeps for this place in the line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def wait(self, seconds: float) -> bool:
        """Take the lock as soon as it is free; False when it was not in time. Having it already is fine."""
        if sys.platform == "win32":
            return False
        until = time.monotonic() + seconds
        while not self._take():
            if time.monotonic() >= until:
                return False
            time.sleep(_NAP_SECONDS)
        return True

    def _take(self) -> bool:
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def give(self) -> None:
        """Give the lock back; not having it is fine."""
        if sys.platform != "win32" and self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file, which gives the lock back; it is opened again when it is wanted."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __del__(self) -> None:
        self.close()
