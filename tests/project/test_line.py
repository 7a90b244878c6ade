"""The line in front of a SQLite file: nobody who writes much keeps out somebody who writes a little."""

import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread

import pytest
from tests.installation import install, surroundings

from zahlmeister.project.sqlite.line import Line

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")

HOLD = 0.02


def busy_writer(database: Path, stop: Event, turns: list[float]) -> Thread:
    """Somebody who takes the pen again as soon as it is laid down."""

    def write() -> None:
        line = Line(str(database))
        while not stop.is_set():
            line.take_pen()
            turns.append(time.monotonic())
            time.sleep(HOLD)
            line.lay_pen_down()

    thread = Thread(target=write)
    thread.start()
    while len(turns) < 2:
        time.sleep(0.001)
    return thread


def test_who_waits_is_next(tmp_path: Path) -> None:
    stop, turns = Event(), list[float]()
    thread = busy_writer(tmp_path / "db", stop, turns)
    line = Line(str(tmp_path / "db"))
    for _ in range(10):
        before = len(turns)
        line.take_pen()
        assert len(turns) - before <= 2  # the one that was writing, and at most one that came at the same moment
        line.lay_pen_down()
        time.sleep(HOLD / 3)
    stop.set()
    thread.join(timeout=10)


def test_who_stays_in_front_has_the_next_turns_too(tmp_path: Path) -> None:
    stop, turns = Event(), list[float]()
    thread = busy_writer(tmp_path / "db", stop, turns)
    line = Line(str(tmp_path / "db"))
    line.stay_in_front()
    line.take_pen()
    line.lay_pen_down()
    before = len(turns)
    for _ in range(3):
        time.sleep(0.005)
        line.take_pen()
        line.lay_pen_down()
    assert len(turns) == before
    line.step_back()
    deadline = time.monotonic() + 10
    while len(turns) == before and time.monotonic() < deadline:
        time.sleep(0.001)
    stop.set()
    thread.join(timeout=10)
    assert len(turns) > before


def test_nobody_keeps_the_others_waiting_by_staying_in_front(tmp_path: Path) -> None:
    rude, other = Line(str(tmp_path / "db")), Line(str(tmp_path / "db"))
    rude.stay_in_front()
    rude.stay_in_front()
    rude.step_back()  # one reason to stay is left
    began = time.monotonic()
    other.take_pen()
    assert 0.05 < time.monotonic() - began < 10
    other.lay_pen_down()


def test_a_process_that_dies_lays_the_pen_down(tmp_path: Path) -> None:
    database = tmp_path / "db"
    code = (
        "import sys, time; from zahlmeister.project.sqlite.line import Line; line = Line(sys.argv[1]); "
        "line.stay_in_front(); line.take_pen(); print('taken', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(database)], stdout=subprocess.PIPE, env=os.environ)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"taken\n"
    holder.kill()
    holder.communicate(timeout=10)
    began = time.monotonic()
    Line(str(database)).take_pen()
    assert time.monotonic() - began < 10


def test_every_transaction_and_every_single_write_is_a_turn(tmp_path: Path) -> None:
    """A writer beside a holder of the pen waits, inside a transaction and outside; a reader does not."""
    code = """
import sys, time, django
django.setup()
from django.core.management import call_command
from django.db import connection, transaction
call_command("migrate", verbosity=0)
from zahlmeister.merchants.models import Merchant
from zahlmeister.project.sqlite.line import Line
other = Line(str(connection.settings_dict["NAME"]))
taken = []
connection.line.take_pen = lambda real=connection.line.take_pen: (taken.append(1), real())
with transaction.atomic():
    Merchant.objects.create(name="A", slug="a")
    assert not other._pen.wait(0)
    Merchant.objects.create(name="B", slug="b")
assert len(taken) == 1 and other._pen.wait(0)
other.lay_pen_down()
Merchant.objects.filter(slug="a").update(name="C")
assert len(taken) == 2 and other._pen.wait(0)
assert Merchant.objects.count() == 2 and len(taken) == 2
other.lay_pen_down()
try:
    with transaction.atomic():
        raise KeyError
except KeyError:
    assert other._pen.wait(0)
"""
    environment = {**os.environ, "ZAHLMEISTER_HOME": str(tmp_path), "ZAHLMEISTER_DATABASE": ""}
    environment["DJANGO_SETTINGS_MODULE"] = "zahlmeister.project.settings"
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=600)


def test_who_writes_sees_whether_somebody_waits(tmp_path: Path) -> None:
    writing, other = Line(str(tmp_path / "db")), Line(str(tmp_path / "db"))
    writing.take_pen()
    assert not writing.has_company()
    other.stay_in_front()
    assert writing.has_company()
    other.step_back()
    assert not writing.has_company()
    writing.stay_in_front()  # nobody else can be there then
    assert not writing.has_company()


READ_WHILE_SOMEBODY_WRITES = """
import threading
import django
django.setup()
from django.db import connection
from zahlmeister.merchants.lock import at_one_moment
from zahlmeister.merchants.models import Merchant

def write():
    Merchant.objects.create(name="Karls Kaffee", slug="karl")
    connection.close()

with at_one_moment():
    before = Merchant.objects.count()
    thread = threading.Thread(target=write)
    thread.start()
    thread.join(20)
    with at_one_moment():
        print(Merchant.objects.count() - before, thread.is_alive())
print(Merchant.objects.count() - before)
"""


@pytest.mark.django_db(transaction=True)
def test_who_reads_at_one_moment_keeps_nobody_from_writing(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    home = tmp_path / "house"
    home.mkdir()
    install(home)
    shell = [sys.executable, "-c", READ_WHILE_SOMEBODY_WRITES]
    said = subprocess.run(shell, env=surroundings(home), capture_output=True, text=True, timeout=60, check=True)
    assert said.stdout.split() == ["0", "False", "1"]


def test_who_has_written_much_copies_the_log_while_others_may_write(tmp_path: Path) -> None:
    """The log is copied after the pen was laid down, once for many rows; a few rows, or somebody reading, leave it."""
    code = """
import sys, django
django.setup()
from django.db import connection, transaction
from zahlmeister.project.sqlite.line import Line
other = Line(str(connection.settings_dict["NAME"]))
copied = []
def heard(sql):
    if "wal_checkpoint" in sql:
        copied.append(other._pen.wait(0))
        other.lay_pen_down()
def write(rows):
    with transaction.atomic():
        connection.cursor().executemany("INSERT INTO many VALUES (%s)", [(n,) for n in range(rows)])
connection.cursor().execute("CREATE TABLE many (n)")
connection.connection.set_trace_callback(heard)
write(100)
assert copied == []
write(20_000)
assert copied == [True]
write(100)
assert copied == [True]
reading = connection.connection.execute("SELECT n FROM many")
reading.fetchone()
write(20_000)
assert copied == [True, True]
assert connection.cursor().execute("SELECT count(*) FROM many").fetchone() == (40_200,)
"""
    environment = {**os.environ, "ZAHLMEISTER_HOME": str(tmp_path), "ZAHLMEISTER_DATABASE": ""}
    environment["DJANGO_SETTINGS_MODULE"] = "zahlmeister.project.settings"
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=600)
