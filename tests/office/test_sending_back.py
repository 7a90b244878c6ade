"""The page on which money is sent back, and where the term of money on a pooled account is seen."""

import pytest
from django.test import Client
from tests.stage import BERND, DIRK, Paid, Stage, order

from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.flows.assign_payment import assign
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification


@pytest.fixture
def pooled(stage: Stage) -> Stage:
    stage.pays(Paid(3333, "danke", "Unbekannt Verzogen", BERND))
    BankAccount.objects.update(kind=AccountKind.POOLED)
    return stage


def test_the_term_stands_on_the_payment_on_today_and_in_the_list(pooled: Stage, office: Client) -> None:
    address = f"/payments/{pooled.payment().pk}/"
    page = office.get(address).content.decode()
    assert "assign it by" in page
    assert "Always ignore this payer" not in page
    assert "Ignore this payment" not in page
    assert "Unbekannt Verzogen" in office.get("/payments/?state=return").content.decode()

    BankAccount.objects.update(kind=AccountKind.OWN)
    assert "assign it by" not in office.get(address).content.decode()
    assert "Unbekannt Verzogen" not in office.get("/payments/?state=return").content.decode()


def test_it_is_sent_back_by_a_drafted_transfer(pooled: Stage, office: Client) -> None:
    address = f"/payments/{pooled.payment().pk}/send-back"
    assert "DE27" in office.get(address).content.decode()
    for _ in range(2):
        assert office.post(address, {"do": "draft"}).status_code == 302
    assert PaymentOrder.objects.get().creditor_number == BERND
    assert "A transfer brings this money back" in office.get(f"/payments/{pooled.payment().pk}/").content.decode()


def test_where_it_cannot_go_back_an_account_is_asked_for(stage: Stage, office: Client) -> None:
    stage.pays(Paid(5000, "SB-Einzahlung Musterweg 7", "Anna Weber"))
    address = f"/payments/{stage.payment().pk}/send-back"
    assert "It was paid in cash" in office.get(address).content.decode()
    assert office.post(address, {"do": "draft"}).status_code == 422
    answer = office.post(address, {"name": "Anna Weber", "iban": "DE00 1234"})
    assert answer.status_code == 422
    assert not PaymentOrder.objects.exists()
    assert "is not verified" in office.post(address, {"name": "Anna Weber", "iban": DIRK}).content.decode()
    Merchant.objects.update(verification=Verification.VERIFIED)
    assert office.post(address, {"name": "Anna Weber", "iban": DIRK}).status_code == 302
    assert PaymentOrder.objects.get().creditor_number == DIRK


def test_what_an_order_did_not_need_is_sent_back_and_seen_on_the_page(pooled: Stage, office: Client) -> None:
    pooled.orders(order("100012345", "24.98"))
    number = pooled.payment().pk
    assign(pooled.merchant, number, [(pooled.item("100012345").pk, 2498)], by="b", at=pooled.now, source="once")
    assert "Send the rest back" in office.get(f"/payments/{number}/").content.decode()
    asked = office.get(f"/payments/{number}/send-back").content.decode()
    assert "8.35" in asked
    assert "what is assigned stays where it is" in asked
    assert office.post(f"/payments/{number}/send-back", {"do": "draft"}).status_code == 302
    page = office.get(f"/payments/{number}/").content.decode()
    assert "Goes back" in page
    assert f"/transfers/{PaymentOrder.objects.get().pk}/" in page
    assert "Send the rest back" not in page
