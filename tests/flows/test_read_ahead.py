"""A second process reads ahead: the result is that of one process, whichever of the two is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.flows.test_killed import House, files

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[Path, Path], str]:
    """The files, and what one process alone makes of them."""
    folder = tmp_path_factory.mktemp("alone")
    written = files(folder)
    house = House(folder / "house")
    house.environment["ZAHLMEISTER_AHEAD"] = "0"
    house.prepare(*written)
    house.run("worker", "--once")
    return written, house.summary()


def two_processes(folder: Path, written: tuple[Path, Path]) -> House:
    house = House(folder)
    house.environment["ZAHLMEISTER_AHEAD"] = "1"
    house.prepare(*written)
    return house


def test_two_processes_make_the_same_of_a_file(tmp_path: Path, alone: tuple[tuple[Path, Path], str]) -> None:
    house = two_processes(tmp_path, alone[0])
    house.run("worker", "--once")
    assert house.summary() == alone[1]


def test_where_no_copy_can_be_made_the_reader_is_started_anew(
    tmp_path: Path, alone: tuple[tuple[Path, Path], str]
) -> None:
    house = two_processes(tmp_path, alone[0])
    house.python(
        "import threading, django\n"
        "django.setup()\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "from zahlmeister.flows import read_ahead\n"
        "read_ahead._copied = None  # it must not be tried\n"
        "from zahlmeister.cli.main import main\n"
        "main(['worker', '--once'], standalone_mode=False)\n"
    )
    assert house.summary() == alone[1]


def test_when_the_reader_is_killed_the_writer_goes_on(tmp_path: Path, alone: tuple[tuple[Path, Path], str]) -> None:
    house = two_processes(tmp_path, alone[0])
    worker = _worker(house)
    reader = _reader_of(worker)
    os.kill(reader, signal.SIGKILL)
    assert worker.wait(timeout=900) == 0
    assert house.summary() == alone[1]


def test_when_the_writer_is_killed_the_reader_ends_and_nothing_is_lost(
    tmp_path: Path, alone: tuple[tuple[Path, Path], str]
) -> None:
    house = two_processes(tmp_path, alone[0])
    worker = _worker(house)
    reader = _reader_of(worker)
    while worker.poll() is None and not house.entries_done():
        time.sleep(0.005)
    worker.kill()
    worker.wait(timeout=10)
    assert _has_ended(reader)
    house.give_up_leases()
    house.run("worker", "--once")
    assert house.summary() == alone[1]


def test_a_file_that_breaks_off_is_refused_in_the_same_sentence(
    tmp_path: Path, alone: tuple[tuple[Path, Path], str]
) -> None:
    orders, statement = alone[0]
    broken = tmp_path / "broken.xml"
    broken.write_bytes(statement.read_bytes()[: statement.stat().st_size // 2])
    told = []
    for number, ahead in enumerate(("0", "1")):
        house = House(tmp_path / f"house{number}")
        house.environment["ZAHLMEISTER_AHEAD"] = ahead
        house.prepare(orders, broken)
        house.run("worker", "--once")
        told.append(house.summary())
    assert told[0] == told[1]
    assert "cut off or damaged" in told[0]


def _worker(house: House) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "zahlmeister", "worker", "--once"], env=house.environment)


def _reader_of(worker: subprocess.Popen[bytes]) -> int:
    """The process that the worker has started, once it is there."""
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        started = [int(number) for number in children.read_text().split()]
        if started:
            return started[0]
        time.sleep(0.005)
    raise AssertionError("No second process was started.")


def _has_ended(number: int) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{number}/stat").read_text().rpartition(") ")[2][0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False
