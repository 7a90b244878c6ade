"""The page on which a rule is written, looked at and made."""

from django.test import Client
from tests.stage import Paid, Stage, order

from zahlmeister.learning.models import IgnoreRule
from zahlmeister.receivables.models import IgnoredPayer

PAGE = "/learned/rules/new"


def test_a_rule_is_looked_at_and_made_and_forgotten(stage: Stage, office: Client) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "Bestellung 100012345"), Paid(3333, "Rechnung 90017 vom Lager", "Lager Nord"))
    said = {"text": "{regex}.*rechnung 9[0-9]+.*", "is_told": "on"}

    page = office.post(PAGE, {**said, "do": "look"}).content.decode()
    assert "It ignores 1 waiting payment" in page
    assert "Lager Nord" in page
    assert "would have hidden" not in page
    assert not IgnoreRule.objects.exists()

    page = office.post(PAGE, {**said, "do": "keep"}, follow=True).content.decode()
    assert "1 waiting payment is ignored by it" in page
    assert "rechnung 9[0-9]+" in page
    assert "you want to be told" in page

    office.post(f"/learned/rules/{IgnoreRule.objects.get().pk}/forget")
    assert "rechnung 9[0-9]+" not in office.get("/learned/").content.decode()


def test_it_warns_of_a_rule_that_would_have_hidden_orders(stage: Stage, office: Client) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "Bestellung 100012345"))
    page = office.post(PAGE, {"text": "bestellung", "do": "look"}).content.decode()
    assert "Of the newest 1 payments that were assigned it would have hidden 1" in page


def test_one_thing_at_a_time_and_understood(stage: Stage, office: Client) -> None:
    for said, why in (
        ({}, "Fill one of the three"),
        ({"text": "Lager", "payer": "Lager Nord"}, "Fill one of the three"),
        ({"above": "much"}, "is no amount"),
        ({"text": "{regex}(a"}, "no pattern that can be used"),
    ):
        answer = office.post(PAGE, {**said, "do": "keep"})
        assert answer.status_code == 422
        assert why in answer.content.decode()
    assert not IgnoreRule.objects.exists()


def test_an_amount_and_a_payer_make_rules_too(stage: Stage, office: Client) -> None:
    office.post(PAGE, {"above": "5.000,00", "do": "keep"})
    office.post(PAGE, {"payer": "de89 3704 0044 0532 0130 00", "do": "keep"})
    assert IgnoreRule.objects.get().above_minor == 500_000
    assert IgnoredPayer.objects.get().number == "DE89370400440532013000"
    assert "Payments of more than" in office.get("/learned/").content.decode()


def test_providers_are_switched_off_and_on(stage: Stage, office: Client) -> None:
    page = office.post("/learned/providers", {}, follow=True).content.decode()
    assert "are not ignored by themselves" in page
    page = office.post("/learned/providers", {"is_on": "1"}, follow=True).content.decode()
    assert "and the like are ignored" in page
