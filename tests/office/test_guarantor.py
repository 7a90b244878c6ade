"""The guarantor's page: who carries how much, and terms that one side offers and the other agrees to."""

from pathlib import Path

import pytest
from django.test import Client
from tests.guaranteed import Market
from tests.office.conftest import signed_in
from tests.office.test_purchase import works_for

from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.purchase.models import Guarantor

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/purchase/guarantor/"
OFFER = {
    "what": "offer", "valid_days": "30", "term_days": "14", "guarantee_days": "30", "report_within_days": "7",
    "return_within_days": "14", "needs_shipment": "on", "fee_percent": "1.9", "fee": "0.35", "tax_percent": "19",
    "weekday": "1",
}  # fmt: skip


@pytest.fixture
def market(merchant: Merchant, tmp_path: Path) -> Market:
    return Market(merchant, tmp_path)


def text(client: Client) -> str:
    return " ".join(client.get(PAGE).content.decode().split())


def test_terms_are_offered_on_one_side_and_agreed_on_the_other(market: Market) -> None:
    seller, guarantor = works_for(market.merchant), works_for(market.party)
    assert "In force" in text(seller)
    assert "Offer other terms" not in text(seller)

    assert guarantor.post(PAGE, {**OFFER, "to": market.merchant.slug}).status_code == 302
    assert "has not answered yet" in text(guarantor)
    page = text(seller)
    assert all(word in page for word in ("Sicherkauf AG offers you these terms", "1.90 % + 0.35 EUR", "19.00 %"))
    number = seller.get(PAGE).context["sides"][0].asked.offer.pk
    guarantor.post(PAGE, {"what": "accept", "number": number})
    assert "has not answered yet" in text(guarantor)
    seller.post(PAGE, {"what": "accept", "number": number})
    assert "counts from the settlement of Monday, 30 November 2026" in text(guarantor)

    market.passes(7)
    assert "1.90 % + 0.35 EUR" in text(seller)
    assert "Earlier terms and offers" in text(guarantor)
    guarantor.post(PAGE, {"what": "switch", "number": market.terms.pk, "is_approved": "on"})
    assert "No new purchases are taken." in text(seller)


def test_a_guarantor_says_how_much_it_carries(market: Market) -> None:
    guarantor = works_for(market.party)
    told = {"what": "name", "kind": "external", "licence": "BaFin 4711", "debtor_limit": "750.00", "total_limit": ""}
    guarantor.post(PAGE, told)
    kept = Guarantor.objects.get()
    assert (kept.licence, kept.debtor_limit_minor, kept.total_limit_minor) == ("BaFin 4711", 75_000, None)
    answer = guarantor.post(PAGE, {**told, "debtor_limit": "viel"})
    assert (answer.status_code, "This is no amount." in answer.content.decode()) == (422, True)
    assert text(guarantor).count("Changed") >= 2


def test_what_cannot_be_offered_says_so(market: Market) -> None:
    guarantor = works_for(market.party)
    for changed, sentence in (
        ({"to": "niemand"}, "There is no merchant of this name."),
        ({"to": market.merchant.slug, "fee_percent": "1.999"}, "Write a percentage"),
        ({"to": market.party.slug}, "kept apart from the merchant"),
    ):
        answer = guarantor.post(PAGE, {**OFFER, **changed})
        assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    seller = works_for(market.merchant)
    assert seller.post(PAGE, {**OFFER, "to": market.merchant.slug}).status_code == 422  # she is no guarantor
    refused = seller.post(PAGE, {"what": "dance"}, follow=True).content.decode()
    assert "Nobody knows what was to be done" in refused


def test_a_clerk_of_either_side_binds_nobody(market: Market) -> None:
    number = market.terms.pk
    for merchant, deed in (
        (market.merchant, {"what": "accept", "number": number}),
        (market.party, {**OFFER, "to": market.merchant.slug}),
        (market.party, {"what": "switch", "number": number}),
        (market.party, {"what": "name", "kind": "external", "debtor_limit": "1.00"}),
    ):
        carl, _ = Person.objects.get_or_create(email=f"carl@{merchant.slug}.example", defaults={"name": "Carl"})
        Membership.objects.get_or_create(merchant=merchant, person=carl, defaults={"role": Role.CLERK})
        answer = signed_in(carl).post(PAGE, deed)
        assert (deed["what"], answer.status_code) == (deed["what"], 403)
    market.terms.refresh_from_db()
    assert (market.terms.is_on, Guarantor.objects.get().debtor_limit_minor) == (
        True,
        market.guarantor.debtor_limit_minor,
    )
    assert "has not answered yet" not in text(works_for(market.merchant))
