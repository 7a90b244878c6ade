"""Large files are read, recognised and proposed for by a second process, while this one writes.

Both cores of a small machine have work then. The other process only reads the database; it hands over prepared batches
through a pipe. When this process dies, the pipe breaks and the other one ends. When the other one dies, this process
goes on by itself behind what it has written.
"""

import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Generator, Iterator
from typing import IO, Any

from django.conf import settings
from django.db import OperationalError

from zahlmeister.banking.models import StatementImport
from zahlmeister.flows.prepare_batch import Prepared, prepared_batches
from zahlmeister.refusals import Unreadable

_PIPE = 1 << 20  # bytes: two batches; with the usual 64 KiB each process would wait for the other
_SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ of Linux, which this Python does not name everywhere


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


def batches(work: StatementImport) -> Generator[Prepared, None, None]:
    """The prepared batches of a file, from where its reading stopped; see `prepare_batch.prepared_batches`.

    Args:
        work: the import; kept up to date by the caller as the batches are written.

    Raises:
        Unreadable: the file cannot be read further; what was read before has been handed out.
        ReaderFailed: there is a bug in reading; likewise.
    """
    if not settings.READ_AHEAD_FROM or work.size < settings.READ_AHEAD_FROM:
        yield from prepared_batches(work)
        return
    try:
        yield from _from_the_other(work)
    except _Gone:
        logging.getLogger(__name__).warning(
            "The process that reads %s ahead has ended; going on without it.", work.name
        )
        yield from prepared_batches(work)


def _from_the_other(work: StatementImport) -> Iterator[Prepared]:
    command = [sys.executable, "-m", "zahlmeister.flows", str(work.pk)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": str(settings.SETTINGS_MODULE)}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment)  # noqa: S603 - our own interpreter and module
    assert process.stdout is not None
    try:
        _widen(process.stdout)
        while True:
            yield _received(process.stdout)
    except _End:
        return
    finally:
        process.stdout.close()
        process.kill()
        process.wait()


def _received(pipe: IO[bytes]) -> Prepared:
    """The next batch; what else the other process says is raised."""
    try:
        kind, content = pickle.load(pipe)  # noqa: S301 - written by our own process
    except (EOFError, pickle.UnpicklingError):
        raise _Gone from None
    if kind in _SAYINGS:
        raise _SAYINGS[kind](content)
    assert isinstance(content, Prepared)
    return content


def _widen(pipe: IO[bytes]) -> None:
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
    try:
        for kind, content in _messages(number):
            pickle.dump((kind, content), pipe, protocol=pickle.HIGHEST_PROTOCOL)
            pipe.flush()
    except BrokenPipeError:
        os._exit(1)  # nobody wants to know any more


def _messages(number: int) -> Iterator[tuple[str, Any]]:
    try:
        work = StatementImport.objects.select_related("merchant").get(pk=number)
        for batch in prepared_batches(work, is_ahead=True):
            yield "batch", batch
    except Unreadable as refusal:
        yield "unreadable", str(refusal)
    except OperationalError as trouble:
        yield "away", str(trouble)
    except Exception as bug:
        logging.getLogger(__name__).exception("Reading ahead failed.")
        yield "failed", f"{type(bug).__name__}: {bug}"
    else:
        yield "end", ""
