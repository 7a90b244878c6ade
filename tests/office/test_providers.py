"""Brigitte connects Stripe, looks at a payment that was made there, and sends a part of it back."""

from collections.abc import Iterator

import pytest
from django.test import Client
from tests.flows.test_providers import Paying, paying_at
from tests.stage import Paid, Stage

from zahlmeister.intents.connections import secrets_of
from zahlmeister.intents.models import ProviderConnection, ProviderPayout, ProviderRefund
from zahlmeister.intents.states import GoesBack
from zahlmeister.receivables.states import ItemState
from zahlmeister.sandbox.providers.stripe import API_KEY, SIGNING_SECRET

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paying(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Paying]:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    with paying_at(stage, "stripe") as paying:
        yield paying
        paying.check()


def typed(paying: Paying, **more: str) -> dict[str, str]:
    given = {"name": "Stripe neu", "api_key": API_KEY, "webhook_secret": SIGNING_SECRET, "card": "on", "is_on": "on"}
    return given | {"address": paying.till.address} | more


def test_a_provider_is_connected_and_tried_and_its_keys_are_never_shown(paying: Paying, office: Client):
    answer = office.post("/providers/new/stripe/", typed(paying), follow=True)
    page = answer.content.decode()
    made = ProviderConnection.objects.get(name="Stripe neu")
    assert "Stripe neu answers: Stripe (test)." in page
    assert f"/api/providers/{made.pk}" in page
    assert API_KEY not in page
    assert SIGNING_SECRET not in page
    assert (secrets_of(made)["api_key"], made.settings, made.methods) == (API_KEY, {}, ["card"])

    changed = office.post(
        f"/providers/{made.pk}/", typed(paying, api_key="", webhook_secret="", name="Karte"), follow=True
    )
    assert "Karte answers" in changed.content.decode()
    wrong = office.post(f"/providers/{made.pk}/", typed(paying, api_key="sk_wrong", name="Karte"), follow=True)
    assert "does not accept the key" in wrong.content.decode()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"api_key": ""}, "Stripe needs secret key."),
        ({"name": "Stripe"}, "There is a provider “Stripe” already"),
        ({"address": "ftp://nowhere"}, "is no address"),
    ],
)
def test_what_cannot_be_kept_is_said(wrong: dict[str, str], sentence: str, paying: Paying, office: Client):
    answer = office.post("/providers/new/stripe/", typed(paying, **wrong))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert ProviderConnection.objects.count() == 1


def test_a_payment_is_shown_with_all_that_was_said_of_it_and_a_part_goes_back(paying: Paying, office: Client):
    intent = paying.pays(8990, "100012345")
    paying.calls()
    listed = office.get("/providers/payments/").content.decode()
    assert intent.reference in listed
    address = f"/providers/payments/{intent.pk}/"
    page = office.get(address).content.decode()
    for said in ("100012345", "evt_", "ch_", "Fee of the provider", "1.51"):
        assert said in page
    form = {"item": str(paying.stage.item("100012345").pk), "amount": "30,00", "key": "k1"}
    office.post(f"{address}refund", form)
    office.post(f"{address}refund", form)
    paying.later(days=3)
    assert ProviderRefund.objects.get().state == GoesBack.DONE
    refused = office.post(f"{address}refund", form | {"amount": "60.00", "key": "k2"}, follow=True)
    assert "at most 59.90 EUR" in refused.content.decode()
    assert paying.state() == ItemState.PAID


def test_a_payout_is_named_by_a_person_and_taken_back(paying: Paying, office: Client):
    paying.pays(8990, "100012345")
    paid = paying.till.pay_out()
    paying.later(hours=7)
    paying.stage.pays(Paid(paid.minor, "Sammelauszahlung", "Irgendwer", on=paying.stage.now.date()))
    payout, payment = ProviderPayout.objects.get(), paying.stage.payment()
    assert "Irgendwer" in office.get("/providers/").content.decode()
    office.post(f"/providers/payouts/{payout.pk}/payment", {"payment": payment.pk})
    assert paying.book() == 0
    office.post(f"/providers/payouts/{payout.pk}/payment")
    assert paying.book() == paid.minor
    office.post(f"/providers/payouts/{payout.pk}/payment", {"payment": payment.pk})
