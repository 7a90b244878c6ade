"""Keys for the interface in the office: an owner makes, replaces and withdraws them; each is shown once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.callers import Program
from tests.stage import Stage, order

from zahlmeister.history.models import Step
from zahlmeister.programs import limits
from zahlmeister.programs.keys import caller_of
from zahlmeister.programs.models import ProgramKey


@pytest.fixture(autouse=True)
def _quiet() -> None:
    limits._knocks.clear()


def shown(answer: Any) -> str:
    [key] = re.findall(r"zm_[\w-]{43}", answer.content.decode())
    assert answer.headers["Cache-Control"] == "no-store"
    return str(key)


def test_a_key_reaches_what_was_ticked_and_is_shown_once(office: Client, stage: Stage):
    stage.orders(order("100012345", "49.90"))
    made = office.post("/shops/keys/", {"name": "warehouse", "scopes": ["orders:read"]})
    program = Program(shown(made))

    assert program.get("/orders").status_code == 200
    assert program.get("/payments").status_code == 403
    page = office.get("/shops/keys/").content.decode()
    assert "warehouse" in page
    assert "zm_" not in page
    assert office.post("/shops/keys/", {"name": "nothing"}).status_code == 422
    shop = stage.item("100012345").order.shop_id
    refused = office.post("/shops/keys/", {"name": "one shop", "shop": shop, "scopes": ["books:read"]})
    assert (refused.status_code, ProgramKey.objects.count()) == (422, 1)


def test_a_key_is_replaced_with_a_day_on_which_both_are_valid_and_withdrawn(office: Client):
    old = shown(office.post("/shops/keys/", {"name": "warehouse", "scopes": ["orders:read", "refunds:read"]}))
    here = f"/shops/keys/{ProgramKey.objects.get().pk}/"

    new = shown(office.post(here, {"do": "rotate"}))
    assert office.post(here, {"do": "rotate"}).status_code == 302  # a second click makes no third key
    assert ProgramKey.objects.count() == 2
    now = timezone.now()
    callers = [caller_of(key, at=now) for key in (old, new)]
    assert {tuple(sorted(caller.scopes)) for caller in callers if caller} == {("orders:read", "refunds:read")}
    assert all(callers)
    assert caller_of(old, at=now + timedelta(days=1, minutes=1)) is None
    assert caller_of(new, at=now + timedelta(days=1, minutes=1))

    for _ in range(2):
        office.post(here, {"do": "withdraw"})
    assert caller_of(old, at=now) is None
    verbs = Step.objects.filter(subject="program_key", subject_id=ProgramKey.objects.order_by("pk")[0].pk)
    assert [step.verb for step in verbs.order_by("ordinal")] == ["key_made", "key_replaced", "key_revoked"]
    assert "Another key takes its place" in office.get(here).content.decode()


def test_who_is_no_owner_makes_no_key(bookkeeper: Client):
    answer = bookkeeper.post("/shops/keys/", {"name": "mine", "scopes": ["orders:read"]})
    assert answer.status_code in {302, 403, 404}
    assert not ProgramKey.objects.exists()
