"""What a supervisor is told: alive, ready, and figures that name nobody."""

import json
import logging
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.stage import Paid, Stage, camt

from zahlmeister.flows.hand_in_statement import hand_in_statement
from zahlmeister.flows.look_after_house import Sign, signs
from zahlmeister.merchants.models import Person
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
    assert re.search(r"^zahlmeister_disk_free_bytes [1-9]", told.content.decode(), re.MULTILINE)


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


def test_no_link_that_opens_something_is_in_the_log() -> None:
    keys = [route for route in addresses(get_resolver().url_patterns) if "<str:token>" in route]
    assert len(keys) > 10
    for route in keys:
        told = masked(f"Not Found: /{re.sub('<int:[^>]+>', '17', route).replace('<str:token>', 'key-1-Geheim')}")
        assert "…" in told, route
        assert "Geheim" not in told, route
    assert masked("/orders/17/?q=Geheim") == "/orders/17/?q=Geheim"


def addresses(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, before + str(one.pattern))
        else:
            yield before + str(one.pattern)


def test_nobody_writes_a_line_of_his_own_and_the_time_says_its_zone() -> None:
    found = record("x\n2026-11-22T10:00:00.000+00:00 ERROR house: forged\r\x1b[2K")
    found.created = 0.25
    line, *below = AsLine().format(found).split("\n")
    assert line.startswith("1970-01-01T00:00:00.250+00:00 ERROR house: to x\\n2026-11-22")
    assert line.endswith("forged\\r\\x1b[2K")
    assert below
    assert all(each.startswith("  | ") for each in below)
    assert json.loads(AsJson().format(found))["at"] == "1970-01-01T00:00:00.250+00:00"


def test_the_log_says_who_was_refused_and_from_where(
    stage: Stage, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    person = Person.objects.create_user("eva@refused.example", "wolle-und-garn")
    client.force_login(person)
    assert client.get("/orders/").status_code == 403
    assert client.get("/pay/1-abcdef", REMOTE_ADDR="192.0.2.7").status_code == 404
    refused, unknown = (json.loads(AsJson().format(each)) for each in caplog.records if each.name == "django.request")
    assert (refused["who"], refused["where"], refused["way"]) == (f"person:{person.pk}", "127.0.0.1", "GET")
    assert (unknown["text"], unknown["where"]) == ("Not Found: /pay/…", "192.0.2.7")
    assert f"who=person:{person.pk}" in AsLine().format(
        next(each for each in caplog.records if each.name == "django.request")
    )
