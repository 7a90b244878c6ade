"""What a supervisor is told: alive, ready, and figures that name nobody."""

import json
import logging
from datetime import timedelta

import pytest
from django.test import Client
from tests.stage import Paid, Stage, camt

from zahlmeister.flows.hand_in_statement import hand_in_statement
from zahlmeister.flows.look_after_house import Sign, signs
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.write import Said, tell
from zahlmeister.payouts.models import BooksCheck
from zahlmeister.project.log import AsJson, AsLine, masked
from zahlmeister.project.signs import as_text

BY = "brigitte@wollstube.example"


def test_alive_asks_nobody(client: Client) -> None:
    assert client.get("/health").content == b"alive\n"
    assert client.post("/health").status_code == 405


def test_ready_when_the_tables_are_of_this_version(client: Client, db: None, settings) -> None:
    assert (client.get("/ready").status_code, client.get("/ready").content) == (200, b"ready\n")
    settings.MIGRATION_MODULES = {}  # tables of tests are made without a step; the real steps are all still to be taken
    behind = client.get("/ready")
    assert behind.status_code == 503
    assert b"zahlmeister migrate" in behind.content


def test_figures_are_told_to_who_has_the_key(client: Client, db: None, settings) -> None:
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    settings.METRICS_KEY = "k" * 20
    assert client.get("/metrics").status_code == 404
    told = client.get("/metrics", headers={"Authorization": f"Bearer {'k' * 20}"})
    assert told.status_code == 200
    assert "zahlmeister_statements_waiting 0\n" in told.content.decode()


def test_what_waits_is_counted_with_its_age(transactional_db: None, stage: Stage) -> None:
    path = stage.folder / "november.xml"
    path.write_bytes(camt([Paid(2498, "100012345")], number=1))
    with path.open("rb") as file:
        hand_in_statement(stage.merchant, file, path.name, by=BY, at=stage.now)
    for number in range(3):
        tell(stage.merchant.pk, [Said("mail", "order:1", f"mail:{number}", {})], at=stage.now)
    Message.objects.filter(key="mail:2").update(state="stuck")
    BooksCheck.objects.create(merchant=stage.merchant, on=stage.now.date(), at=stage.now, findings=["1 cent"])

    told = as_text(signs(stage.now + timedelta(minutes=3)))
    for line in (
        "zahlmeister_statements_waiting 1",
        "zahlmeister_statements_oldest_seconds 180",
        'zahlmeister_messages_due{channel="mail"} 2',
        'zahlmeister_messages_oldest_seconds{channel="mail"} 180',
        'zahlmeister_messages_stuck{channel="mail"} 1',
        "zahlmeister_books_wrong 1",
    ):
        assert f"{line}\n" in told
    assert "Wollstube" not in told


def test_the_figures_of_one_name_stand_together() -> None:
    told = as_text([Sign("a", "As.", 1, {"of": "x"}), Sign("b", "Bs.", 2), Sign("a", "As.", 3, {"of": "y"})])
    assert told.splitlines() == [
        "# HELP zahlmeister_a As.",
        "# TYPE zahlmeister_a gauge",
        'zahlmeister_a{of="x"} 1',
        'zahlmeister_a{of="y"} 3',
        "# HELP zahlmeister_b Bs.",
        "# TYPE zahlmeister_b gauge",
        "zahlmeister_b 2",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("paid to DE89370400440532013000.", "paid to DE…3000."),
        ("paid to DE89 3704 0044 0532 0130 00 for ORDER 7", "paid to DE…3000 for ORDER 7"),
        ("AT611904300234573201, CH9300762011623852957", "AT…3201, CH…2957"),
        ("DE89370400440532013001 is none", "DE89370400440532013001 is none"),
        ("order RE2026110012345678 stays", "order RE2026110012345678 stays"),
    ],
)
def test_no_account_number_stands_in_the_log(text: str, shown: str) -> None:
    assert masked(text) == shown


def record(text: str) -> logging.LogRecord:
    trouble = ValueError(text)
    told = (ValueError, trouble, None)
    return logging.LogRecord("house", logging.ERROR, __file__, 1, "to %s", (text,), told)


def test_lines_for_people_and_for_programs_are_masked() -> None:
    found = record("DE89370400440532013000")
    told = json.loads(AsJson().format(found))
    assert (told["level"], told["from"], told["text"]) == ("error", "house", "to DE…3000")
    assert told["trace"].endswith("ValueError: DE…3000")
    assert "DE89370400440532013000" not in AsLine().format(found)
