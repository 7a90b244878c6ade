"""From the embedded database to PostgreSQL with one command: all of it, compared, and the old one is closed."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.installation import ROOT, install, surroundings
from tests.stage import Paid, Stage, order

from zahlmeister.outbox.hold import held

#: With a server of its own: move there, look at both, try again, and undo.
SCENE = """
import os, subprocess, sys
address = os.environ.pop("ZAHLMEISTER_DATABASE")
def run(*command, **more):
    call = [sys.executable, "-m", "zahlmeister", *command]
    done = subprocess.run(call, env=os.environ | more, capture_output=True, text=True)
    print(command[0], done.returncode, done.stdout, done.stderr, sep="|", end="\\n====\\n")
run("move-database", address)
run("import-orders", os.environ["ORDERS"])
run("import-orders", os.environ["ORDERS"], ZAHLMEISTER_DATABASE=address)
run("move-database", address)
run("move-database", "--undo")
run("import-orders", os.environ["ORDERS"])
"""


@pytest.fixture
def home(transactional_db: None, stage: Stage, tmp_path: Path) -> Path:
    """An installation in which Anna has paid."""
    stage.orders(order("100012345", "24.98", "Anna Weber"), order("100012346", "49.90", "Bernd Krause"))
    stage.pays(Paid(2498, "100012345"))
    return install(tmp_path / "house")


@pytest.mark.slow
def test_everything_moves_and_nothing_is_written_to_the_old_place(home: Path, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("number,amount,name,date\n100099999,5.00,Cora Lindner,2026-11-19\n")
    environment = surroundings(home, ORDERS=str(tmp_path / "orders.csv"))
    environment.pop("ZAHLMEISTER_DATABASE")
    call = [sys.executable, str(ROOT / "scripts/with_postgresql.py"), sys.executable, "-c", SCENE]
    told = subprocess.run(call, env=environment, capture_output=True, text=True, timeout=300, check=True).stdout
    moved, refused, taken, again, undone, written = told.split("\n====\n")[:6]

    assert moved.startswith("move-database|0|"), moved
    assert "every merchant's books add up" in moved
    assert refused.split("|")[1] != "0"
    assert "The books have moved" in refused
    assert taken.startswith("import-orders|0|"), taken
    assert again.split("|")[1] == "1"
    assert "not empty" in again
    assert undone.startswith("move-database|0|")
    assert held(home) is not None, "what the other database sent is not known here"
    assert written.startswith("import-orders|0|"), written
    with closing(sqlite3.connect(home / "zahlmeister.sqlite3")) as old:
        assert old.execute("SELECT count(*) FROM orders_order").fetchone() == (3,)


def test_it_is_said_where_to(home: Path) -> None:
    for words, sentence in ((), "Name the address"), (("sqlite:other.sqlite3",), "Name a PostgreSQL database"):
        call = [sys.executable, "-m", "zahlmeister", "move-database", *words]
        done = subprocess.run(call, env=surroundings(home), capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode != 0
        assert sentence in done.stderr
