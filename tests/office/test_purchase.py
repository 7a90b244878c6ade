"""Purchases on invoice in the office: the seller sees what he is owed and why, the guarantor what it carries."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.test import Client
from tests.guaranteed import Market
from tests.office.conftest import signed_in

from zahlmeister.flows.purchase.dispute import give_up, take_recourse
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.purchase.losses import Losses, losses
from zahlmeister.purchase.states import Recourse

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def market(merchant: Merchant, tmp_path: Path) -> Market:
    market = Market(merchant, tmp_path, fee_minor=60)
    market.confirms()
    market.bills()
    return market


def works_for(merchant: Merchant) -> Client:
    person = Person.objects.create_user(f"eva@{merchant.slug}.example", name="Eva")
    Membership.objects.create(merchant=merchant, person=person, role=Role.OWNER)
    return signed_in(person)


@pytest.fixture
def seller(market: Market) -> Client:
    return works_for(market.merchant)


@pytest.fixture
def guarantor(market: Market) -> Client:
    return works_for(market.party)


def test_the_seller_sees_order_invoice_and_what_the_law_says_of_the_terms(market: Market, seller: Client) -> None:
    page = seller.get("/purchase/").content.decode()
    assert all(
        text in page for text in ("1001", "Anna Weber", "may be consumer credit", "Somebody else than the seller")
    )
    assert "What you carry" not in page
    page = seller.get(f"/purchase/{market.authorisation().pk}/").content.decode()
    assert all(text in page for text in ("R1", "Confirmed", "Shipment", "Still to bill"))
    assert "1001" in seller.get("/purchase/invoices/?q=R1").content.decode()
    assert "No invoice matches" in seller.get("/purchase/invoices/?q=R2").content.decode()


def test_the_guarantor_sees_what_it_carries_and_the_conditions(market: Market, guarantor: Client) -> None:
    market.announces_return(1_000)
    page = guarantor.get("/purchase/").content.decode()
    assert all(text in page for text in ("What you carry", "100.00", "Anna Weber", "Brigittes Wollstube"))
    page = guarantor.get(f"/purchase/invoices/{market.capture().pk}/").content.decode()
    assert "Goods are on their way back." in page
    assert "wurde an Sicherkauf AG abgetreten" in page
    assert "with discharging effect to Sicherkauf AG only" in page


def test_the_seller_notes_an_objection_and_only_the_guarantor_ends_it(
    market: Market, seller: Client, guarantor: Client
) -> None:
    path = f"/purchase/invoices/{market.capture().pk}/"
    seller.post(f"{path}act", {"act": "dispute", "why": "faulty_goods", "until": "2026-12-01"})
    assert "faulty goods" in seller.get(path).content.decode()

    refused = seller.post(f"{path}act", {"act": "end-dispute", "right": "buyer"}, follow=True).content.decode()
    assert "Only the guarantor can decide this." in refused
    guarantor.post(f"{path}act", {"act": "end-dispute", "right": "buyer"})
    assert "the buyer was right" in seller.get(path).content.decode()
    assert market.wrong() == []


def test_what_cannot_be_done_says_so(market: Market, guarantor: Client) -> None:
    path = f"/purchase/invoices/{market.capture().pk}/act"
    for given, sentence in (
        ({"act": "dispute", "why": "mood"}, "Say what the buyer objects."),
        ({"act": "recourse", "why": ""}, "Say why the claim goes back"),
        ({"act": "dance"}, "Nobody knows what was to be done"),
    ):
        assert sentence in guarantor.post(path, given, follow=True).content.decode()


def test_the_calendar_says_what_is_coming_and_what_there_was(market: Market, seller: Client) -> None:
    page = seller.get("/purchase/settlements/").content.decode()
    assert all(
        text in page for text in ("30 November 2026", "21 December 2026", "0.60", "100.00", "Nothing was settled yet")
    )

    market.passes(30)
    page = seller.get("/purchase/settlements/").content.decode()
    assert all(text in page for text in ("Week 49 of 2026", "Week 52 of 2026", "nothing to transfer"))


def test_the_report_adds_up_to_the_transfer(market: Market, seller: Client) -> None:
    market.buyer_pays(4_000, market.capture().reference)
    market.credits(500)
    market.passes(7)
    [week] = market.settlements()
    page = seller.get(f"/purchase/settlements/{week.pk}/").content.decode()
    assert all(text in page for text in ("Paid by the buyer", "Fee", "39.40"))

    answer = seller.get(f"/purchase/settlements/{week.pk}/report.csv")
    assert "20261130_brigitte_settlement_report.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(StringIO(answer.content.decode()), delimiter=";"))
    assert sum(round(float(row["net"]) * 100) for row in rows) == week.transfer_minor == 3_940
    assert {row["bank_reference"] for row in rows} == {f"ZG{week.pk}"}
    assert [(row["line_type"], row["invoice_no"]) for row in rows] == [("fee", "R1"), ("payment", "R1")]


def test_what_is_left_of_an_order_is_let_go(market: Market, seller: Client, guarantor: Client) -> None:
    market.confirms("1002", 5_000)
    path = f"/purchase/{market.authorisation('1002').pk}/"
    assert guarantor.post(f"{path}let-go").status_code == 404
    seller.post(f"{path}let-go")
    assert market.authorisation("1002").state == "cancelled"


def test_exposure_and_payouts_are_drawn_with_their_rows_behind_them(market: Market, guarantor: Client) -> None:
    page = guarantor.get("/purchase/").content.decode()
    assert all(text in page for text in ("Open claims", "Promised", "The first owes 100", "?q=Anna%20Weber"))
    assert "R1" in guarantor.get("/purchase/invoices/?q=Anna%20Weber").content.decode()
    assert "Payouts to come" in guarantor.get("/purchase/settlements/").content.decode()


def test_the_guarantor_sees_what_it_has_lost_by_month_and_merchant(market: Market, guarantor: Client) -> None:
    market.confirms("1002", 30_000, email="eva@post.example")
    market.bills("R2", 30_000, "1002")
    market.confirms("1003", 5_000, email="cora@post.example")
    market.bills("R3", 5_000, "1003")
    take_recourse(market.party, market.capture("R3").pk, Recourse.NOT_SHIPPED, by="eva", at=market.stage.now)
    market.credits(1_000)
    assert [(loss.bought, loss.lost, loss.overdue) for _, loss in losses_of(market).months] == [(39_000, 0, 0)]
    market.passes(30)
    give_up(market.party, market.capture("R2").pk, by="eva", at=market.stage.now, reason="nothing to be had")
    market.works()
    [(_, month)] = losses_of(market).months
    assert losses_of(market).merchants == [("Brigittes Wollstube", month)]
    assert (month.bought, month.lost, month.overdue, month.per_mille) == (39_000, 30_000, 9_000, 769)
    page = guarantor.get("/purchase/").content.decode()
    assert "What you have lost" in page
    assert "300.00" in page
    assert "76.9" in page


def losses_of(market: Market) -> Losses:
    return losses(market.guarantor, today=market.today)
