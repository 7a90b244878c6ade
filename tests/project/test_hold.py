"""A house that was put back from a copy sends nothing until its operator has looked."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.installation import install, surroundings
from tests.stage import Paid, Stage, order

from zahlmeister.flows.lift_hold import lift_hold, waiting
from zahlmeister.outbox.hold import Hold, held, hold
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState
from zahlmeister.outbox.write import Said, tell
from zahlmeister.project.copies import Place, make_copy
from zahlmeister.project.database import database
from zahlmeister.refusals import Refused


def run(home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "zahlmeister", *command]
    return subprocess.run(call, env=surroundings(home), capture_output=True, text=True, timeout=120, check=False)


def tried(home: Path) -> list[tuple[str, str, int]]:
    """Channel, state and attempts of the messages in an installation."""
    with closing(sqlite3.connect(home / "zahlmeister.sqlite3")) as database:
        return database.execute(
            "SELECT channel, state, attempts FROM outbox_message WHERE key LIKE 'test:%' ORDER BY channel"
        ).fetchall()


@pytest.fixture
def restored(transactional_db: None, stage: Stage, tmp_path: Path) -> Path:
    """Put back from a copy: Anna's order is open, and a mail and a call wait that the house may have sent since."""
    stage.orders(order("100012345", "24.98", "Anna Weber"))
    stage.pays(Paid(2498, "something else"))
    tell(
        stage.merchant.pk,
        [Said(channel, f"item:{number}", f"test:{channel}") for number, channel in enumerate(("mail", "webhook"))],
        at=stage.now,
    )
    home = install(tmp_path / "house")
    copy, _ = make_copy(Place(home, database("", home)), tmp_path / "copies", version="1", at=stage.now)
    done = run(tmp_path / "anew", "restore", str(copy))
    assert done.returncode == 0, done.stderr
    return tmp_path / "anew"


def test_a_restored_house_reads_and_sends_nothing_until_somebody_decided_for_each_channel(restored: Path) -> None:
    done = run(restored, "worker", "--once")
    assert done.returncode == 0, done.stderr
    assert tried(restored) == [("mail", "waiting", 0), ("webhook", "waiting", 0)]
    assert "send-again" in run(restored, "check").stdout

    told = run(restored, "send-again").stdout
    assert "put back from a copy of 2026-11-20" in told
    assert "mail: 1 messages wait" in told

    refused = run(restored, "send-again", "--yes", "--send", "webhook", "--drop", "tidings")
    assert refused.returncode == 1
    assert "say --send or --drop for each" in refused.stderr
    assert held(restored) is not None

    others = [part for channel in ("tidings", "shop", "letter", "people", "centre") for part in ("--drop", channel)]
    lifted = run(restored, "send-again", "--yes", "--send", "webhook", "--drop", "mail", *others)
    assert lifted.returncode == 0, lifted.stderr
    run(restored, "worker", "--once")
    assert tried(restored)[0][:2] == ("mail", "dropped")
    assert tried(restored)[1][2] == 1, "the call is tried"
    assert "Nothing is held" in run(restored, "send-again").stdout


def test_letting_go_goes_on_where_it_was_interrupted(stage: Stage, tmp_path: Path) -> None:
    """The process dies after the messages were let go and before the hold is lifted: done again, it is lifted."""
    tell(stage.merchant.pk, [Said("mail", "item:1", "test:mail")], at=stage.now)
    hold(tmp_path, Hold(stage.now - timedelta(days=1), "A copy."))
    channels = {each.channel for each in waiting()}

    (tmp_path / f"held-until-{stage.now:%Y%m%dT%H%M%SZ}.json").mkdir()  # the file cannot be put there
    with pytest.raises(OSError, match="held"):
        lift_hold(tmp_path, send=(), drop=channels, by="o", at=stage.now)
    assert Message.objects.get(key="test:mail").state == MessageState.DROPPED
    assert held(tmp_path) is not None

    assert lift_hold(tmp_path, send=(), drop=channels, by="o", at=stage.now + timedelta(seconds=1)) == 0
    assert held(tmp_path) is None
    with pytest.raises(Refused, match="Nothing is held"):
        lift_hold(tmp_path, send=(), drop=(), by="o", at=stage.now)
