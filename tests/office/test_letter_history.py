"""Who letters come from and how they leave: the pages tell who changed what, and never a secret."""

import html
import re

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.stage import Stage

from zahlmeister.correspondence.models import Sender
from zahlmeister.history.models import Step
from zahlmeister.history.record import Happened, record

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
SENDER = {
    "name": "Wollstube",
    "address": "zahlung@wollstube.example",
    "language": "de",
    "colour": "#123456",
    "country": "DE",
}
SERVER = {"host": "mail.wolle.example", "port": "587", "security": "starttls", "user": "b", "password": "geheim-7"}
RETURNS = {"host": "imap.wolle.example", "port": "993", "security": "tls", "user": "b", "folder": "INBOX"}


def history(office: Client, where: str) -> list[str]:
    """The steps of a page in English, without who and when."""
    page = office.get(where, headers={"Accept-Language": "en"}).content.decode()
    told = page.partition('<ol class="story')[2].partition("</ol>")[0]
    return [html.unescape(step) for step in re.findall(r"<strong>(.*?)</strong>", told)]


def test_a_sender_tells_what_it_was_and_what_it_is(office: Client, stage: Stage) -> None:
    office.post("/letters/sender", {**SENDER, "logo_file": SimpleUploadedFile("logo.png", PNG)})
    office.post("/letters/sender", {**SENDER, "address": "rechnung@wollstube.example", "language": "en", "city": "Ulm"})
    office.post("/letters/sender", {**SENDER, "address": "rechnung@wollstube.example", "language": "en"})
    first, second, third = history(office, "/letters/sender")
    assert "Name: Wollstube; Mail address: zahlung@wollstube.example" in first
    assert "Logo: new" in first
    assert second == (
        "Mail address: rechnung@wollstube.example instead of zahlung@wollstube.example; "
        "Language: English instead of German (Sie); Town: Ulm"
    )
    assert third == "Town: no longer Ulm"
    assert "brigitte@wollstube.example" in office.get("/letters/sender").content.decode()


def test_what_is_said_of_one_shop_is_not_told_of_all(office: Client, stage: Stage) -> None:
    office.post("/letters/sender", SENDER)
    record(stage.merchant.pk, [Happened("sender", Sender.objects.get().pk + 1, "changed", "x")], at=stage.now)
    assert len(history(office, "/letters/sender")) == 1


def test_a_server_tells_that_its_password_is_new_and_not_what_it_is(office: Client, stage: Stage) -> None:
    office.post("/letters/server", SERVER)
    office.post("/letters/server", {**SERVER, "security": "tls", "password": ""})
    first, second = history(office, "/letters/server")
    assert first == "Server: mail.wolle.example; User name: b; Password: new"
    assert second == "Line: TLS instead of STARTTLS"
    assert "geheim-7" not in str(list(Step.objects.values()))


def test_a_mailbox_tells_what_was_changed(office: Client, stage: Stage) -> None:
    office.post("/letters/returns", {**RETURNS, "password": "geheim-8", "key": "schluessel-8"})
    office.post("/letters/returns", {**RETURNS, "folder": "Zurück"})
    first, second = history(office, "/letters/returns")
    assert first.endswith("Password: new; Mailgun: signing key for webhooks: new")
    assert second == "Folder: Zurück instead of INBOX"
    assert not {"geheim-8", "schluessel-8"} & set(re.findall(r"[\w-]+", str(list(Step.objects.values()))))


def test_steps_of_the_time_before_say_at_least_that_something_was_changed(office: Client, stage: Stage) -> None:
    office.post("/letters/sender", SENDER)
    number = Sender.objects.get().pk
    record(stage.merchant.pk, [Happened("sender", number, "changed", "x@wollstube.example")], at=stage.now)
    assert history(office, "/letters/sender")[-1] == "The sender was changed"
