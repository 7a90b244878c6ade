"""Brigitte gives money back in the office: how much, to whom, when, and what became of it."""

import re

import pytest
from django.test import Client
from tests.office.conftest import signed_in
from tests.stage import ANNA, CORA, Paid, Stage, order

from zahlmeister.flows.ask_refund import Asked, ask_refund
from zahlmeister.merchants.models import Merchant, Person
from zahlmeister.merchants.states import Verification
from zahlmeister.money.amount import Amount
from zahlmeister.refunds.models import Refund, RefundSettings
from zahlmeister.refunds.states import RefundState

NUMBER = "100012345"


@pytest.fixture
def paid(stage: Stage) -> Stage:
    stage.orders(order(NUMBER, "49.90"))
    stage.pays(Paid(4990, NUMBER))
    Merchant.objects.update(verification=Verification.VERIFIED)
    return stage


def promised(stage: Stage, minor: int = 2000, source: str = "1") -> Refund:
    asked = Asked(source, Amount(minor, "EUR"))
    return ask_refund(stage.merchant, stage.item(NUMBER).pk, asked, by="brigitte", at=stage.now)


def typed_into(office: Client, address: str) -> dict[str, str]:
    """The fields of the refund form as the browser would send them."""
    form = office.get(address).content.decode().partition('<form class="form"')[2]
    return dict(re.findall(r'name="(\w+)"\s+value="([^"]*)"', form))


def test_the_form_offers_what_was_paid_and_the_account_it_came_from(paid: Stage, office: Client) -> None:
    address = f"/orders/{paid.item(NUMBER).order_id}/refund"
    assert f'href="{address}"' in office.get(f"/orders/{paid.item(NUMBER).order_id}/").content.decode()
    page = office.get(address).content.decode()
    for said in ("DE89 3704 0044 0532 0130 00", "Anna Weber", 'value="49.90"', "99.80"):
        assert said in page
    key = re.search(r'name="key" value="(\w+)"', page)
    assert key
    for _ in range(2):  # an impatient finger
        answer = office.post(address, {"amount": "20.00", "key": key[1]})
        assert answer.status_code == 302
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.iban, refund.created_by) == (2000, ANNA, "brigitte@wollstube.example")
    assert answer.headers["Location"] == f"/refunds/{refund.pk}/"
    assert "Refund promised" in office.get(f"/orders/{paid.item(NUMBER).order_id}/").content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"amount": "99.81"}, "may still go back; of"),
        ({"amount": "0"}, "An amount above zero"),
        ({"amount": "viel"}, "is no amount"),
        ({"amount": "20.00", "iban": "DE00 1234", "name": "Anna"}, "DE001234"),
        ({"amount": "20.00", "on": "2020-01-01"}, "is over"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_promised(
    paid: Stage, office: Client, given: dict[str, str], said: str
) -> None:
    answer = office.post(f"/orders/{paid.item(NUMBER).order_id}/refund", {"key": "k", **given})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Refund.objects.exists()


def test_recipient_account_and_day_can_be_changed_until_it_leaves(paid: Stage, office: Client) -> None:
    refund = promised(paid)
    address = f"/refunds/{refund.pk}/"
    assert "the account that paid" in office.get(address).content.decode()
    answer = office.post(address, {"name": "Anna Krause", "iban": CORA, "on": "2099-12-01"})
    assert answer.status_code == 302
    refund.refresh_from_db()
    assert (refund.name, refund.iban, str(refund.due_on)) == ("Anna Krause", CORA, "2099-12-01")
    page = office.get(address).content.decode()
    assert "Recipient, account or day changed" in page
    assert "the account that paid" not in page
    Refund.objects.update(state=RefundState.ORDERED)
    assert '<form class="form' not in office.get(address).content.decode()
    assert office.post(address, {"name": "A", "iban": ANNA, "on": ""}).status_code == 422


def test_a_refund_is_withdrawn(paid: Stage, office: Client) -> None:
    refund = promised(paid)
    assert office.post(f"/refunds/{refund.pk}/cancel").status_code == 302
    refund.refresh_from_db()
    assert refund.state == RefundState.CANCELLED
    assert paid.books() == []


def test_the_list_is_filtered_by_state_and_searched(paid: Stage, office: Client) -> None:
    assert "Nothing has gone back yet" in office.get("/refunds/").content.decode()
    promised(paid)
    Refund.objects.filter(pk=promised(paid, 1000, "2").pk).update(state=RefundState.STOPPED, reason="doubt")
    page = office.get("/refunds/").content.decode()
    assert ("ZMR00000001" in page, "ZMR00000002" in page) == (True, True)
    assert '1<span class="only-read"> need a person' in page.replace("\n", "")
    for query, first, second in (
        ("state=planned", True, False),
        ("state=stopped", False, True),
        ("q=zmr00000002", False, True),
        (f"q={NUMBER}", True, True),
        ("q=nobody", False, False),
    ):
        page = office.get(f"/refunds/?{query}").content.decode()
        assert ("ZMR00000001" in page, "ZMR00000002" in page) == (first, second), query
    assert "contradicts itself" in office.get(f"/refunds/{Refund.objects.get(number=2).pk}/").content.decode()


def test_an_owner_says_how_refunds_are_made(paid: Stage, office: Client) -> None:
    page = office.get("/refunds/settings").content.decode()
    assert 'value="7"' in page
    wanted = {"waiting_days": "0", "announces": "on", "from_shop": "on", "way": "transfer", "rhythm": "twice"}
    assert office.post("/refunds/settings", wanted).status_code == 302
    row = RefundSettings.objects.get()
    assert (row.waiting_days, row.announces, row.asks_missing, row.from_shop, row.rhythm) == (
        0,
        True,
        False,
        True,
        "twice",
    )
    assert promised(paid).due_on == paid.now.date()
    for wrong in ({"waiting_days": "61"}, {"waiting_days": "-1"}, {"way": "debit"}):
        assert office.post("/refunds/settings", {**wanted, **wrong}).status_code == 422


def test_it_is_all_said_in_german(paid: Stage, brigitte: Person) -> None:
    german = signed_in(brigitte, "de")
    refund = promised(paid)
    assert "Rückerstattung ZMR00000001" in german.get(f"/refunds/{refund.pk}/").content.decode()
    answer = german.post(f"/orders/{paid.item(NUMBER).order_id}/refund", {"amount": "99,81", "key": "k"})
    assert "Höchstens" in answer.content.decode()
