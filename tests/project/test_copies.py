"""Copies of an installation: made while it works, proven by being put back, and never written over anything."""

import json
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from tests.installation import install, surroundings
from tests.stage import Paid, Stage, order

from zahlmeister.ledger.models import Posting
from zahlmeister.project.copies import Place, make_copy, newest, put_back, read_manifest, verify
from zahlmeister.project.database import database
from zahlmeister.refusals import Refused


@pytest.fixture
def house(transactional_db: None, stage: Stage, tmp_path: Path) -> Place:
    """An installation in which Anna has paid, with its statement and a secret."""
    stage.orders(order("100012345", "24.98", "Anna Weber"))
    stage.pays(Paid(2498, "100012345"))
    home = install(tmp_path / "house")
    return Place(home, database("", home))


def run(home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "zahlmeister", *command]
    return subprocess.run(call, env=surroundings(home), capture_output=True, text=True, timeout=120, check=False)


def test_a_copy_holds_everything_and_comes_back_with_books_that_add_up(house: Place, tmp_path: Path) -> None:
    made = run(house.home, "backup", str(tmp_path / "copies"), "--prove")
    assert made.returncode == 0, made.stderr
    (copy,) = newest(tmp_path / "copies")
    assert read_manifest(copy).rows["ledger_posting"] == Posting.objects.count() > 0
    assert copy.stat().st_mode & 0o077 == 0

    again = run(tmp_path / "anew", "restore", str(copy))
    assert again.returncode == 0, again.stderr
    assert "every merchant's books add up" in again.stdout
    assert (tmp_path / "anew/secret.key").read_text() == (house.home / "secret.key").read_text()
    kept = sorted(path.read_bytes() for path in (tmp_path / "anew/files").rglob("*") if path.is_file())
    assert kept == sorted(path.read_bytes() for path in (house.home / "files").rglob("*") if path.is_file())

    twice = run(tmp_path / "anew", "restore", str(copy))
    assert twice.returncode == 1
    assert "nothing is written over" in twice.stderr or "files already" in twice.stderr


def test_only_so_many_copies_are_left(house: Place, stage: Stage, tmp_path: Path) -> None:
    made = [make_copy(house, tmp_path / "copies", version="1", at=stage.now + timedelta(days=day))[0] for day in (1, 2)]
    assert newest(tmp_path / "copies") == made[::-1]
    (tmp_path / "copies" / "zahlmeister-20301231T000000Z.unfinished").mkdir()
    assert run(house.home, "backup", str(tmp_path / "copies"), "--keep", "1").returncode == 0
    assert [path.name for path in newest(tmp_path / "copies")] == [newest(tmp_path / "copies")[0].name]
    assert not made[0].exists()


@pytest.mark.parametrize("harm", ["changed", "missing", "added"])
def test_a_copy_that_was_harmed_is_not_put_back(house: Place, stage: Stage, tmp_path: Path, harm: str) -> None:
    copy, manifest = make_copy(house, tmp_path / "copies", version="1", at=stage.now)
    verify(copy, manifest)
    file = next(path for path in (copy / "files").rglob("*") if path.is_file())
    match harm:
        case "changed":
            file.write_bytes(file.read_bytes()[:-1] + b"!")
        case "missing":
            file.unlink()
        case "added":
            (copy / "files/more").write_bytes(b"?")
    with pytest.raises(Refused, match=r"missing from the copy|not as it was"):
        verify(copy, read_manifest(copy))


def test_books_that_were_changed_in_the_copy_are_found_by_proving_it(
    house: Place, stage: Stage, tmp_path: Path
) -> None:
    """Somebody changes the copy and its manifest with it: what the books say of themselves still differs."""
    with sqlite3.connect(house.sqlite_file) as harmed:
        harmed.execute("UPDATE ledger_posting SET amount_minor = amount_minor + 1")
    harmed.close()
    copy, _ = make_copy(house, tmp_path / "copies", version="1", at=stage.now)
    proven = run(house.home, "prove-backup", str(copy))
    assert proven.returncode == 1
    assert "its postings make" in proven.stderr


def test_what_was_never_finished_is_no_copy(house: Place, stage: Stage, tmp_path: Path) -> None:
    (house.home / "secret.key").unlink()  # the disk fills up, somebody pulls the plug …
    with pytest.raises(FileNotFoundError):
        make_copy(house, tmp_path / "copies", version="1", at=stage.now)
    assert newest(tmp_path / "copies") == []
    (left,) = (tmp_path / "copies").iterdir()
    with pytest.raises(Refused, match="no whole copy"):
        read_manifest(left)


def test_a_copy_goes_back_into_its_own_kind_only(house: Place, stage: Stage, tmp_path: Path) -> None:
    copy, manifest = make_copy(house, tmp_path / "copies", version="1", at=stage.now)
    there = Place(tmp_path / "anew", database("postgresql://u@h/n", tmp_path))
    with pytest.raises(Refused, match="move-database"):
        put_back(copy, manifest, there)


def test_the_manifest_is_plain_json(house: Place, stage: Stage, tmp_path: Path) -> None:
    copy, manifest = make_copy(house, tmp_path / "copies", version="0.1.0", at=stage.now)
    told = json.loads((copy / "manifest.json").read_text())
    assert (told["version"], told["engine"]) == ("0.1.0", "sqlite")
    assert told["rows"]["merchants_merchant"] == 1
    assert sum(told["rows"].values()) == manifest.total_rows
