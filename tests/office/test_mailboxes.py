"""What lies in the boxes of those we wrote to, as they see it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from tests.connectors.mail_server import Post, mail_server
from tests.flows.test_payment_information import AT_HOME, deliver, set_up
from tests.stage import Stage, order

from zahlmeister.correspondence.models import SentLetter
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.write import Said, tell


@pytest.fixture
def written(stage: Stage, tmp_path: Path, settings) -> Iterator[Stage]:
    """Anna and Bernd got a mail, Anna a letter besides."""
    settings.PRINT_FOLDER = str(tmp_path / "print")
    with mail_server() as post:
        yield _told(stage, post)


def _told(stage: Stage, post: Post) -> Stage:
    set_up(stage, post.port)
    stage.orders(order("1001", "49.90", **AT_HOME))
    stage.orders(order("1002", "20.00", "Bernd Kunz", **AT_HOME))
    deliver(stage)
    mail = Message.objects.order_by("id").first()
    tell(stage.merchant.pk, [Said("letter", mail.group, "paper:1", mail.payload)], at=stage.now)
    deliver(stage)
    return stage


def test_the_box_that_got_something_last_is_open(office: Client, written: Stage) -> None:
    page = office.get("/letters/readers/").content.decode()

    assert page.count("<option") == 3
    letter = SentLetter.objects.get(medium="letter")
    assert f"/letters/{letter.pk}/shown" in page
    assert office.get(f"/letters/{letter.pk}/shown").headers["Content-Type"] == "application/pdf"


def test_each_box_holds_its_readers_letters_only(office: Client, written: Stage) -> None:
    page = office.get("/letters/readers/", {"reader": "bernd@post.example"}).content.decode()

    bernd = SentLetter.objects.get(reader="bernd@post.example")
    anna = SentLetter.objects.get(reader="anna@post.example")
    assert f"/letters/{bernd.pk}/shown" in page
    assert f"letter={anna.pk}" not in page
    chosen = {"reader": "bernd@post.example", "letter": str(anna.pk)}
    assert f"/letters/{anna.pk}/shown" not in office.get("/letters/readers/", chosen).content.decode()


def test_nobodys_box_is_empty(office: Client, stage: Stage) -> None:
    assert "Nothing has been sent yet" in office.get("/letters/readers/").content.decode()
    assert office.get("/letters/readers/", {"reader": "x" * 3000, "letter": "no"}).status_code == 200


def test_another_merchants_letters_lie_in_no_box(office: Client, neighbour: Stage) -> None:
    SentLetter.objects.create(
        merchant=neighbour.merchant, key="k", reader="anna@post.example", subject="Fisch", sent_at=neighbour.now
    )

    assert "Fisch" not in office.get("/letters/readers/", {"reader": "anna@post.example"}).content.decode()
    assert "anna@post.example" not in office.get("/letters/readers/").content.decode()
