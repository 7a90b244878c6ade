"""A program that uses the interface of version 1."""

import json
from itertools import count
from typing import Any

from django.test import Client
from django.utils import timezone

from zahlmeister.flows.change_webhook import Wanted, make_webhook
from zahlmeister.flows.let_program_in import WantedKey, make_program_key
from zahlmeister.merchants.models import Merchant
from zahlmeister.programs.models import Callback
from zahlmeister.programs.scopes import OF_A_MERCHANT
from zahlmeister.programs.webhooks import Topic

BY = "brigitte@wollstube.example"


class Program:
    """A program with a key; each write has a key of its own where none is said."""

    def __init__(self, key: str) -> None:
        self.client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {key}"})
        self._numbers = count(1)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query)

    def write(self, path: str, data: Any = None, *, once: str = "", method: str = "POST") -> Any:
        headers = {"Idempotency-Key": once or f"write-{next(self._numbers)}"}
        body = json.dumps(data if data is not None else {})
        return self.client.generic(method, f"/api/v1{path}", body, "application/json", headers=headers)


def key_for(merchant: Merchant, *scopes: str, shop: str = "") -> Program:
    wanted = WantedKey("warehouse", scopes or tuple(OF_A_MERCHANT), shop)
    return Program(make_program_key(merchant, wanted, by=BY, at=timezone.now()))


def webhook_of(merchant: Merchant) -> Callback:
    """A webhook of the merchant's that hears of orders."""
    wanted = Wanted("https://shop.example/heard", (Topic.ORDER,), source="example")
    return make_webhook(merchant, wanted, by=BY, at=timezone.now())
