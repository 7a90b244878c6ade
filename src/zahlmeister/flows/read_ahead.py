"""Large files are read, recognised and proposed for by a second process, while this one writes.

Both cores of a small machine have work then. The other process moves nothing, it opens an account of the books at most;
it hands over prepared batches through a pipe, on PostgreSQL with what is to be written of them. When this process dies,
the pipe breaks and the other one ends. When the other one dies, this process goes on by itself behind what it has
written.

The other process is a copy of this one where that can be had: it is there at once and knows the merchant already. A
copy must not be made of a connection to the database, nor where other threads may hold a lock; there it is started
anew, which takes a second.
"""

import logging
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from typing import IO, Any, NamedTuple

from django.conf import settings
from django.db import OperationalError, connection, connections

from zahlmeister.banking.models import StatementImport
from zahlmeister.flows.plan_statement import AheadPlanner, Part
from zahlmeister.flows.prepare_batch import prepared_batches
from zahlmeister.merchants.cells import hang_up, surroundings
from zahlmeister.refusals import Unreadable

_PIPE = 1 << 20  # bytes: two batches; with the usual 64 KiB each process would wait for the other
_IN_NO_HURRY = 5  # less of a busy processor than whoever waits for a page or hands in a single payment
_SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ of Linux, which this Python does not name everywhere

Clock = Callable[[], datetime]


class ReaderFailed(Exception):
    """The other process met a bug; its log has the rest."""


class _Gone(Exception):
    """The other process has ended without a word."""


class _End(Exception):
    """The file has been read to its end."""


#: What the other process may say instead of a batch, and how it is heard here.
_SAYINGS: dict[str, type[Exception]] = {
    "end": _End,
    "unreadable": Unreadable,
    "away": OperationalError,
    "failed": ReaderFailed,
}


def batches(work: StatementImport, clock: Clock) -> Generator[list[Part], None, None]:
    """The prepared batches of a file, from where its reading stopped; see `prepare_batch.prepared_batches`.

    On PostgreSQL a copy of this process thinks out what is to be written, too: there whoever writes waits for the
    server half of the time. On SQLite it is the writer itself who has the time.

    Args:
        work: the import; kept up to date by the caller as the batches are written.
        clock: tells the time.

    Raises:
        Unreadable: the file cannot be read further; what was read before has been handed out.
        ReaderFailed: there is a bug in reading; likewise.
    """
    if not settings.READ_AHEAD_FROM or work.size < settings.READ_AHEAD_FROM:
        yield from _by_itself(work)
        return
    try:
        yield from _from_the_other(work, clock)
    except _Gone:
        logging.getLogger(__name__).warning(
            "The process that reads %s ahead has ended; going on without it.", work.name
        )
        yield from _by_itself(work)


def _by_itself(work: StatementImport) -> Iterator[list[Part]]:
    return ([Part(batch)] for batch in prepared_batches(work))


class _Reader(NamedTuple):
    """The other process: what it says, and how it is ended."""

    pipe: IO[bytes]
    end: Callable[[], object]


def _from_the_other(work: StatementImport, clock: Clock) -> Iterator[list[Part]]:
    reader = _copied(work.pk, clock) if _may_be_copied() else _started(work.pk)
    try:
        while True:
            yield _received(reader.pipe)
    except _End:
        return
    finally:
        reader.pipe.close()
        reader.end()


def _may_be_copied() -> bool:
    """Whether a copy of this process can work: nobody else is in it, and it can do without the database for a moment.

    Other systems than Linux have libraries that do not survive it.
    """
    can_let_go = not any(each.in_atomic_block for each in connections.all(initialized_only=True))
    return sys.platform == "linux" and threading.active_count() == 1 and can_let_go


def _copied(number: int, clock: Clock) -> _Reader:
    """A copy of this process that reads. Neither of the two has a connection at that moment, nor a lock in the line."""
    hang_up()
    ours, theirs = os.pipe()
    _widen(theirs)
    process = multiprocessing.get_context("fork").Process(target=_read_as_a_copy, args=(number, clock, ours, theirs))
    process.start()
    os.close(theirs)

    def end() -> None:
        process.kill()
        process.join()
        process.close()

    return _Reader(os.fdopen(ours, "rb"), end)


def _read_as_a_copy(number: int, clock: Clock, others: int, mine: int) -> None:
    os.close(others)  # or the pipe would never break
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever made the copy hears of it, and ends it
    _tell(number, os.fdopen(mine, "wb", buffering=_PIPE), clock if connection.vendor == "postgresql" else None)


def _started(number: int) -> _Reader:
    """A process that is started anew to read."""
    command = [sys.executable, "-m", "zahlmeister.flows", str(number)]
    environment = {**os.environ, **surroundings(), "DJANGO_SETTINGS_MODULE": str(settings.SETTINGS_MODULE)}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment)  # noqa: S603 - our own interpreter and module
    assert process.stdout is not None
    _widen(process.stdout.fileno())

    def end() -> None:
        process.kill()
        process.wait()

    return _Reader(process.stdout, end)


def _received(pipe: IO[bytes]) -> list[Part]:
    """The next batch; what else the other process says is raised."""
    try:
        kind, content = pickle.load(pipe)  # noqa: S301 - written by our own process
    except (EOFError, pickle.UnpicklingError):
        raise _Gone from None
    if kind in _SAYINGS:
        raise _SAYINGS[kind](content)
    assert isinstance(content, list)
    return content


def _widen(pipe: int) -> None:
    if sys.platform == "linux":
        import fcntl

        try:
            fcntl.fcntl(pipe, _SET_PIPE_SIZE, _PIPE)
        except OSError:  # not allowed here; it works with a narrow one, too
            return


def read_ahead(number: int) -> None:
    """Prepare the batches of an import and write them to the standard output, for the process that started this one."""
    pipe = os.fdopen(os.dup(1), "wb", buffering=_PIPE)
    os.dup2(2, 1)  # whatever is printed belongs to the log
    _tell(number, pipe, None)


def _tell(number: int, pipe: IO[bytes], clock: Clock | None) -> None:
    if sys.platform != "win32":
        os.nice(_IN_NO_HURRY)
    try:
        for kind, content in _messages(number, clock):
            pickle.dump((kind, content), pipe, protocol=pickle.HIGHEST_PROTOCOL)
            pipe.flush()
    except BrokenPipeError:
        os._exit(1)  # nobody wants to know any more


def _messages(number: int, clock: Clock | None) -> Iterator[tuple[str, Any]]:
    """What is said of an import; with a clock its parts are thought out, too."""
    try:
        work = StatementImport.objects.select_related("merchant").get(pk=number)
        planner = AheadPlanner(work)
        for batch in prepared_batches(work, is_ahead=True):
            yield "batch", planner.parts(batch, at=clock()) if clock else [Part(batch)]
    except Unreadable as refusal:
        yield "unreadable", str(refusal)
    except OperationalError as trouble:
        yield "away", str(trouble)
    except Exception as bug:
        logging.getLogger(__name__).exception("Reading ahead failed.")
        yield "failed", f"{type(bug).__name__}: {bug}"
    else:
        yield "end", ""
