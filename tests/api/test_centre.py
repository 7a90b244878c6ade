"""The customer centre for programs: the shop sends its customers in, and charges what they use, each key once."""

import json

import pytest
from django.test import Client
from django.utils import timezone
from tests.flows.test_centre import centre, signed_in  # noqa: F401 - a fixture
from tests.messages import messages
from tests.stage import Stage

from zahlmeister.flows.centre.adjust import Adjustment, adjust
from zahlmeister.orders.record import shop_called
from zahlmeister.prepaid.models import Account, CentreSettings
from zahlmeister.prepaid.queries import balance_of
from zahlmeister.prepaid.rules import Balance
from zahlmeister.prepaid.states import EntryKind
from zahlmeister.programs import limits
from zahlmeister.programs.keys import make_key


class Program:
    """The shop's program, with its key."""

    def __init__(self, stage: Stage) -> None:
        key = make_key(shop_called(stage.merchant.pk, "Wollstube"), by="brigitte", at=stage.now)
        self._client = Client(headers={"X-Komfortkasse-API-Key": key})

    def says(self, path: str, **told: object) -> tuple[int, dict[str, str]]:
        answer = self._client.post(f"/api/v2/centre/{path}", json.dumps(told), content_type="application/json")
        return answer.status_code, answer.json()

    def asks(self, path: str) -> list[dict[str, str]]:
        return self._client.get(f"/api/v2/centre/{path}").json()


@pytest.fixture
def program(centre: Stage, settings: object) -> Program:  # noqa: F811
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    limits._knocks.clear()
    centre.now = timezone.now()
    return Program(centre)


@pytest.fixture
def account(centre: Stage, program: Program) -> Account:  # noqa: F811
    """Anna's account with 20.00 paid in and 5.00 granted."""
    found = signed_in(centre, "anna@post.example")
    for kind, minor in ((EntryKind.RAISED, 2000), (EntryKind.GRANT, 500)):
        adjust(centre.merchant, found.pk, Adjustment(kind, minor, "Umzug", f"k{minor}"), by="b", at=centre.now)
    return found


WANTED = {"account": "KK-00001", "amount": 12.34, "currency": "EUR", "key": "use-1", "text": "Versand"}


def test_a_charge_takes_granted_credit_first_and_the_same_key_takes_nothing_more(
    centre: Stage,  # noqa: F811
    program: Program,
    account: Account,
) -> None:
    for _ in range(2):
        status, told = program.says("charges", **WANTED)
        assert (status, told["balance"], told["granted"]) == (200, "12.66", "0.00")
    assert balance_of(account) == Balance(paid=1266)
    assert program.asks("accounts?email=ANNA@post.example")[0]["balance"] == "12.66"
    for _ in range(2):
        assert program.says("charges/use-1/undo")[1]["balance"] == "25.00"
    assert program.says("charges/use-1:undone/undo")[0] >= 400  # what was undone is no charge
    assert balance_of(account) == Balance(2000, 500)
    assert centre.books() == []


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({"amount": 12.35}, 409),
        ({"text": "Anderes"}, 409),
        ({"key": "use-2", "amount": 20}, 400),
        ({"key": "use-3", "currency": "CHF"}, 400),
        ({"key": "use-4", "account": "KK-00099"}, 404),
        ({"key": "use-5", "amount": 0}, 400),
    ],
)
def test_what_cannot_be_charged_takes_nothing(
    centre: Stage,  # noqa: F811
    program: Program,
    account: Account,
    other: dict[str, object],
    status: int,
) -> None:
    program.says("charges", **WANTED)
    answered, told = program.says("charges", **{**WANTED, **other})
    assert (answered, bool(told["error"])) == (status, True)
    assert balance_of(account) == Balance(paid=1266)
    assert centre.books() == []


def test_the_customer_is_told_once_when_the_balance_falls_below_the_mark(program: Program, account: Account) -> None:
    Account.objects.update(low_minor=1500)
    for number in (1, 2, 3):
        program.says("charges", **{**WANTED, "key": f"use-{number}", "amount": 6})
    assert len(messages("balance_low", channel="customer")) == 1


def test_whom_the_shop_sends_is_in_by_one_address_used_once(centre: Stage, program: Program) -> None:  # noqa: F811
    address = program.says("sign-in", email="Cora@post.example", name="Cora")[1]["address"]
    path = address.removeprefix("http://localhost:8000")
    visitor = Client()
    assert visitor.post(path).headers["Location"] == "/centre/brigitte/"
    assert Client().post(path).status_code == 410
    assert visitor.get("/centre/brigitte/").headers["Location"].startswith("/centre/brigitte/accounts/")
    CentreSettings.objects.update(is_on=False)
    assert program.says("sign-in", email="cora@post.example")[0] == 400


def test_a_stranger_without_a_key_gets_nothing(program: Program) -> None:
    answer = Client().post("/api/v2/centre/sign-in", "{}", content_type="application/json")
    assert answer.status_code == 401
