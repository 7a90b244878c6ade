"""What fails is heard of: the alerts that operators are given fire on the figures of a house in which it has failed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as house
from django.db import connection, connections
from django.db.utils import load_backend
from django.test import Client

from tests.faults.alarms import raised
from tests.faults.disk import disk
from tests.stage import Paid, Stage, camt
from zahlmeister.banking.claim import claim
from zahlmeister.flows.hand_in_statement import hand_in_statement
from zahlmeister.flows.look_after_house import signs
from zahlmeister.flows.receive_statement import receive_statement
from zahlmeister.merchants.models import WriteProbe
from zahlmeister.outbox.write import Said, tell
from zahlmeister.project.signs import as_text


def figures(stage: Stage, **later: float) -> str:
    """The figures some time later; the disk of whoever tests is none of the house's."""
    told = as_text(signs(stage.now + timedelta(**later)))
    return "\n".join(line for line in told.splitlines() if "disk_free" not in line)


def test_a_disk_that_gets_full_is_heard_of(transactional_db: None, stage: Stage, tmp_path: Path, settings: Any) -> None:
    with disk(tmp_path / "disk") as small:
        if small is None:
            pytest.skip("only an administrator may lay in a small disk")
        settings.HOME = small.folder
        small.fill()
        told = as_text(signs(stage.now))
        assert "zahlmeister_disk_free_bytes 0\n" in told
        assert raised(told) == {"DiskNearlyFull"}


@pytest.fixture
def read_only(transactional_db: None, stage: Stage) -> Iterator[None]:
    """The database answers, and refuses whatever is written; as a standby does, and much like one on a full disk."""
    on, off = (
        ("PRAGMA query_only=ON", "PRAGMA query_only=OFF")
        if connection.vendor == "sqlite"
        else ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
    )
    with connection.cursor() as cursor:
        cursor.execute(on)
    yield
    with connection.cursor() as cursor:
        cursor.execute(off)


def test_a_database_that_takes_nothing_is_heard_of(read_only: None, stage: Stage) -> None:
    told = figures(stage)
    assert "zahlmeister_unwritable 1" in told.splitlines()
    assert raised(told) == {"NothingIsWritten"}


def test_a_database_that_takes_what_is_written_is_not_heard_of(transactional_db: None, stage: Stage) -> None:
    for _ in range(2):  # the row is made once and written again
        assert "zahlmeister_unwritable 0" in figures(stage).splitlines()
    assert [probe.at for probe in WriteProbe.objects.all()] == [stage.now]


def test_a_statement_that_no_worker_reads_is_heard_of(transactional_db: None, stage: Stage) -> None:
    path = stage.folder / "november.xml"
    path.write_bytes(camt([Paid(2498, "100012345")], number=1))
    with path.open("rb") as file:
        hand_in_statement(stage.merchant, file, path.name, by="brigitte", at=stage.now)

    assert raised(figures(stage, minutes=9)) == set()
    assert raised(figures(stage, minutes=11)) == {"StatementsWait"}
    work = claim(stage.now)
    assert work is not None
    receive_statement(work, clock=stage.clock)
    assert raised(figures(stage, minutes=11)) == set()


def test_a_far_side_that_is_silent_for_an_hour_is_heard_of(transactional_db: None, stage: Stage) -> None:
    tell(stage.merchant.pk, [Said("mail", "order:1", "mail:1", {})], at=stage.now)

    assert raised(figures(stage, minutes=59)) == set()
    assert raised(figures(stage, minutes=61)) == {"MessagesWait"}


@pytest.fixture
def gone(db: None) -> Iterator[None]:
    """The database is a server that nobody has started."""
    told: dict[str, Any] = connections.configure_settings(
        {"default": house.DATABASE_AT("postgresql://house:word@127.0.0.1:1/house")}
    )
    before = connections["default"]
    connections["default"] = load_backend(told["default"]["ENGINE"]).DatabaseWrapper(told["default"], "default")
    try:
        yield
    finally:
        connections["default"] = before


def test_an_office_without_its_database_says_so(gone: None) -> None:
    assert Client().get("/health").status_code == 200
    answer = Client().get("/ready")
    assert (answer.status_code, answer.content) == (503, b"The database does not answer.\n")


def test_an_office_with_its_database_is_ready(db: None) -> None:
    assert Client().get("/ready").status_code == 200


def test_the_rules_are_read() -> None:
    assert raised("zahlmeister_disk_free_bytes 50000000000\n") == set()
    assert raised("zahlmeister_books_wrong 1\nzahlmeister_held 0\n") == {"BooksWrong"}
    assert raised('zahlmeister_messages_oldest_seconds{channel="mail"} 3601\n') == {"MessagesWait"}
    assert raised("zahlmeister_books_wrong 0\nzahlmeister_held 1\n") == {"HouseHeld"}
