"""The Python client: written from the description, and the guide's example does what it says in a running house."""

import base64
import hashlib
import hmac
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.utils import timezone
from tests.callers import BY

from zahlmeister.api.v1.document import document
from zahlmeister.flows.let_program_in import WantedKey, make_program_key
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification
from zahlmeister.orders.record import shop_called
from zahlmeister.programs import limits
from zahlmeister.refunds.models import Refund

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/guides/programs.md").read_text(encoding="utf-8")
SCOPES = ("orders:read", "orders:write", "refunds:read", "refunds:write")

ORDER = {"kind": "invoice", "total": "1.00", "currency": "EUR", "ordered_on": "2026-11-20"}


def module(path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, path.stem, found)
    spec.loader.exec_module(found)
    return found


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("NO_PROXY", "*")
    limits._knocks.clear()
    return module(ROOT / "clients/python/zahlmeister_client.py", monkeypatch)


@pytest.fixture
def key(merchant: Merchant) -> str:
    Merchant.objects.update(verification=Verification.VERIFIED)
    shop_called(merchant.pk, "Wollstube")
    return make_program_key(merchant, WantedKey("own shop", SCOPES), by=BY, at=timezone.now())


def test_the_client_is_what_the_description_makes_of_it(monkeypatch: pytest.MonkeyPatch):
    maker = module(ROOT / "scripts/make_client.py", monkeypatch)

    kept = (ROOT / "clients/python/zahlmeister_client.py").read_text(encoding="utf-8")
    assert kept == maker.source_of(document()), "run .venv/bin/python scripts/make_client.py"


def test_the_guides_example_prints_what_the_guide_says_and_does_nothing_twice(
    client: ModuleType, live_server: Any, key: str, capsys: pytest.CaptureFixture[str]
):
    [example] = re.findall(r"```python\n(from zahlmeister_client import Problem.*?)```", GUIDE, re.DOTALL)
    [printed] = re.findall(r"It prints\n\n```\n(.*?)```", GUIDE, re.DOTALL)

    for _ in range(2):  # a program that starts anew
        exec(example, {"ADDRESS": live_server.url, "KEY": key})
        assert capsys.readouterr().out == printed
    assert Refund.objects.count() == 1


def test_a_list_is_walked_page_by_page_and_a_problem_is_an_exception(client: ModuleType, live_server: Any, key: str):
    with client.Zahlmeister(live_server.url, key) as house:
        for number in range(5):
            house.put_order(
                {
                    "number": f"S-{number}",
                    "kind": "invoice",
                    "total": "1.00",
                    "currency": "EUR",
                    "ordered_on": "2026-11-20",
                }
            )
        assert sorted(row["number"] for row in house.each(house.list_orders, limit=2)) == [f"S-{n}" for n in range(5)]
        with pytest.raises(client.Problem) as raised:
            house.list_payouts()
        assert (raised.value.status, raised.value.code) == (403, "no-scope")


@pytest.mark.parametrize(
    ("late", "body", "secret", "is_good"),
    [
        (0, b"{}", b"k" * 32, True),
        (299, b"{}", b"k" * 32, True),
        (301, b"{}", b"k" * 32, False),
        (-301, b"{}", b"k" * 32, False),
        (0, b"{ }", b"k" * 32, False),
        (0, b"{}", b"x" * 32, False),
    ],
)
def test_a_receiver_believes_only_what_is_signed_and_new(
    client: ModuleType, late: int, body: bytes, secret: bytes, is_good: bool
):
    at = 1_795_356_900
    signed = base64.b64encode(hmac.new(b"k" * 32, f"7.{at}.".encode() + b"{}", hashlib.sha256).digest()).decode()
    headers = {"Webhook-Id": "7", "Webhook-Timestamp": str(at), "Webhook-Signature": f"v1,older v1,{signed}"}

    told = "whsec_" + base64.b64encode(secret).decode()
    assert client.is_ours(told, headers, body, now=at + late) == is_good
    assert not client.is_ours(told, {}, body, now=at)
