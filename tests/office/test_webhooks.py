"""Webhooks in the office: made, tried by a button, given a new secret, ended."""

import re

import pytest
from django.test import Client
from tests.stage import Stage

from zahlmeister.outbox.models import Message
from zahlmeister.programs.models import Callback


def test_brigitte_makes_a_webhook_tries_it_and_ends_it(
    stage: Stage, office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZAHLMEISTER_PRIVATE", raising=False)
    refused = office.post("/shops/webhooks/", {"address": "http://shop.example/x", "topics": ["order.changed"]})
    assert (refused.status_code, Callback.objects.exists()) == (422, False)

    made = office.post("/shops/webhooks/", {"address": "https://shop.example/x", "topics": ["order.changed"]})
    [secret] = re.findall(r"whsec_\S+=", made.content.decode())
    assert made.headers["Cache-Control"] == "no-store"
    here = f"/shops/webhooks/{Callback.objects.get().pk}/"
    assert secret not in office.get(here).content.decode()  # it is shown once

    assert office.post(here, {"do": "try"}).status_code == 302
    assert [message.payload["topic"] for message in Message.objects.filter(channel="webhook")] == ["test"]
    assert "Test" in office.get(here).content.decode()

    [other] = re.findall(r"whsec_\S+=", office.post(here, {"do": "rotate"}).content.decode())
    assert other != secret
    assert "New secret made" in office.get(here).content.decode()

    assert office.post(here, {"do": "end"}).headers["Location"] == "/shops/webhooks/"
    assert office.get(here).status_code == 404
