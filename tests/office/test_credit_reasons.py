"""Why an order may not be bought on invoice, in sentences: with its figures to the seller, without them to others."""

from pathlib import Path

import pytest
from django.test import Client
from django.utils.translation import override
from tests.guaranteed import Market
from tests.office.conftest import signed_in

from zahlmeister.credit.ladder import RuleSet, standard
from zahlmeister.credit.models import CreditDecision
from zahlmeister.credit.reasons import REASONS
from zahlmeister.credit.rule_sets import publish
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.office import credit_reasons
from zahlmeister.purchase.rules import LimitReached


@pytest.fixture
def market(merchant: Merchant, tmp_path: Path) -> Market:
    made = Market(merchant, tmp_path)
    publish(merchant.pk, standard("EUR"), why="as usual", preview={}, by="operator", at=made.stage.now)
    return made


def page(market: Market, merchant: Merchant, language: str = "en") -> str:
    person, _ = Person.objects.get_or_create(email=f"eva@{merchant.slug}.example", defaults={"name": "Eva"})
    Membership.objects.get_or_create(merchant=merchant, person=person, role=Role.OWNER)
    client: Client = signed_in(person)
    path = f"/purchase/{market.authorisation('9').pk}/"
    return client.get(path, headers={"Accept-Language": language}).content.decode()


def test_every_reason_means_something_in_both_languages() -> None:
    codes = {*REASONS, *LimitReached}
    assert set(credit_reasons.REASONS) == codes
    for code in codes:
        with override("en"):
            english = credit_reasons.in_general(code)
        with override("de"):
            german = credit_reasons.in_general(code)
        assert english.endswith(".")
        assert german.endswith(".")
        assert english != german


def test_an_order_that_was_declined_says_why_in_sentences_and_what_is_left_of_nothing(market: Market) -> None:
    market.authorises("9", 499_000, email="udo@post.example", born_on=None)
    seller = page(market, market.merchant)
    assert "The order of 4,990.00 EUR is above 1,500.00 EUR." in seller
    assert "BASKET_TOO_LARGE" in seller
    assert "What each rule saw" in seller
    assert "Still to bill" not in seller
    assert "Die Bestellung über 4.990,00 EUR liegt über 1.500,00 EUR." in page(market, market.merchant, "de")


def test_the_guarantor_reads_what_it_means_and_no_figures_of_the_sellers(market: Market) -> None:
    market.authorises("9", 499_000, email="udo@post.example", born_on=None)
    guarantor = page(market, market.party)
    assert "The order is too large." in guarantor
    assert "1,500.00" not in guarantor
    assert "What each rule saw" not in guarantor


def test_what_the_guarantor_does_not_carry_is_a_sentence_too(market: Market) -> None:
    market.limits(debtor=1_000)
    publish(market.merchant.pk, RuleSet("EUR", {}), why="all may", preview={}, by="operator", at=market.stage.now)
    market.authorises("9", 4_000, email="udo@post.example")
    assert market.authorisation("9").reasons[-1] == LimitReached.DEBTOR
    assert "The buyer would owe the guarantor more than it carries of one buyer." in page(market, market.merchant)


def test_the_codes_say_what_they_mean_when_the_figures_were_deleted(market: Market) -> None:
    market.authorises("9", 499_000, email="udo@post.example")
    for row in CreditDecision.objects.all():
        row.reasons = [one | {"text": ""} for one in row.reasons]
        row.save()
    assert "The order is too large." in page(market, market.merchant)
