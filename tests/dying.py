"""A process that dies before or after the n-th commit it makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction


class Killed(BaseException):
    """The process is gone; nothing of it is tidied up."""


@contextmanager
def dying(monkeypatch: pytest.MonkeyPatch, *, at: int, moment: str) -> Iterator[list[str]]:
    """Die at the n-th commit of an outermost transaction; the commit itself is real or does not happen."""
    leave = transaction.Atomic.__exit__
    commits = 0

    def leave_or_die(self: Any, kind: Any, value: Any, trace: Any) -> None:
        nonlocal commits
        is_commit = kind is None and len(connection.atomic_blocks) <= 1
        commits += is_commit
        if not is_commit or commits != at:
            return leave(self, kind, value, trace)
        if moment == "before":
            leave(self, Killed, Killed(), None)
        else:
            leave(self, kind, value, trace)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(transaction.Atomic, "__exit__", leave_or_die)
        yield []  # filled by the caller when the worker has died
