"""A guarantor offers terms and a merchant agrees: nobody is bound before, and a week has one set of terms."""

from datetime import date
from pathlib import Path

import pytest
from tests.guaranteed import Market

from zahlmeister.flows.purchase.agree_terms import agree_terms, answer_offer, offer_terms, switch
from zahlmeister.flows.purchase.settle_week import settle_next
from zahlmeister.flows.verify_merchant import verify_merchant
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification
from zahlmeister.money.banking_days import next_banking_day
from zahlmeister.purchase.models import Due, GuaranteeTerms, Settlement
from zahlmeister.purchase.offer_models import GuaranteeOffer
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def market(merchant: Merchant, tmp_path: Path) -> Market:
    return Market(merchant, tmp_path)


def offers(market: Market, **figures: object) -> GuaranteeOffer:
    wanted = GuaranteeTerms(**figures)
    return offer_terms(market.guarantor, market.merchant, wanted, by="eva", at=market.stage.now)


def agrees(market: Market, offer: GuaranteeOffer, *, accept: bool = True) -> GuaranteeOffer:
    return answer_offer(market.merchant, offer.pk, accept=accept, by="brigitte", at=market.stage.now)


def terms(market: Market) -> GuaranteeTerms:
    market.terms.refresh_from_db()
    return market.terms


def states(market: Market) -> list[str]:
    return list(GuaranteeOffer.objects.order_by("ordinal").values_list("state", flat=True))


def test_what_is_offered_binds_nobody_and_what_is_agreed_counts_from_the_next_settlement(market: Market) -> None:
    market.confirms()
    market.bills("R1", 5_000)
    made = offers(market, fee_minor=60)
    assert (made.state, terms(market).fee_minor) == ("offered", 0)
    assert agrees(market, made).from_on == terms(market).due_on == date(2026, 11, 30)
    market.passes(2)
    market.bills("R2", 1_000)
    market.passes(5)
    assert (terms(market).fee_minor, states(market)) == (60, ["replaced", "in_force"])
    market.bills("R3", 4_000)

    fees = Due.objects.filter(kind="fee").values_list("capture__number", "minor")
    assert list(fees) == [("R3", -60)]
    assert [market.capture(number).version.ordinal for number in ("R1", "R2", "R3")] == [1, 1, 2]
    market.passes(40)
    assert market.wrong() == []


def test_a_condition_that_is_agreed_later_is_none_of_earlier_invoices(market: Market) -> None:
    agree_terms(
        market.merchant, market.guarantor, GuaranteeTerms(needs_shipment=False), by="operator", at=market.stage.now
    )
    market.passes(7)
    market.confirms()
    market.bills("R1", 5_000, ships=False)
    agrees(market, offers(market, needs_shipment=True))
    market.passes(7)
    market.bills("R2", 5_000, ships=False)
    market.passes(45)
    assert (market.capture("R1").withheld, market.capture("R2").withheld) == ([], ["not_shipped"])


@pytest.mark.parametrize("weekday", [2, 3, 4, 5])
def test_on_whatever_weekday_is_settled_from_now_on_everybody_is_paid_in_time(market: Market, weekday: int) -> None:
    for day in range(4):
        number = f"10{day}"
        market.confirms(number)
        market.bills(f"R{day}", order=number)
        market.passes(6)
    agrees(market, offers(market, weekday=weekday))
    market.terms.refresh_from_db()
    switch(market.guarantor, market.terms.pk, is_on=True, is_approved=True, by="eva", at=market.stage.now)
    for _day in range(40):
        market.passes(1)
        market.works()

    assert {one.on.isoweekday() for one in market.settlements()} == {1, weekday}
    for one in market.captures():
        [line] = one.dues.filter(kind="guarantee")
        assert (next_banking_day(line.settlement.on) - one.captured_on).days <= 30
    assert market.wrong() == []


def test_the_same_again_changes_nothing_and_a_later_offer_withdraws_the_first(market: Market) -> None:
    assert offers(market).state == "in_force"
    first, second = offers(market, fee_minor=60), offers(market, fee_minor=50)
    with pytest.raises(Refused, match="cannot become"):
        agrees(market, first)
    agrees(market, second, accept=False)
    agrees(market, offers(market, fee_minor=40))
    agrees(market, offers(market, fee_minor=30))
    assert states(market) == ["in_force", "withdrawn", "declined", "replaced", "agreed"]
    market.passes(7)
    assert (terms(market).fee_minor, states(market)[0]) == (30, "replaced")


def test_nobody_answers_for_another_and_switches_are_the_guarantors(market: Market) -> None:
    made = offers(market, fee_minor=60)
    with pytest.raises(Refused, match="does not exist"):
        answer_offer(market.party, made.pk, accept=True, by="eva", at=market.stage.now)
    stranger = Merchant.objects.create(name="Fremd", slug="fremd")
    with pytest.raises(Refused, match="does not exist"):
        answer_offer(stranger, made.pk, accept=True, by="eva", at=market.stage.now)
    switch(market.guarantor, market.terms.pk, is_on=False, is_approved=True, by="eva", at=market.stage.now)
    with pytest.raises(Refused, match="No new purchases"):
        market.authorises()


def test_terms_that_cannot_be_brought_into_force_keep_no_other_merchant_waiting(market: Market) -> None:
    second = Merchant.objects.create(name="Garn & Co", slug="garn")
    verify_merchant(second, Verification.VERIFIED, why="seen", by="operator", at=market.stage.now)
    agree_terms(second, market.guarantor, GuaranteeTerms(), by="operator", at=market.stage.now)
    agrees(market, offers(market, fee_minor=60))
    GuaranteeOffer.objects.filter(merchant=market.merchant, state="agreed").update(figures={"fee_minor": 60})
    market.stage.later(days=7)
    with pytest.raises(KeyError):
        settle_next(clock=market.stage.clock)
    assert settle_next(clock=market.stage.clock) == GuaranteeTerms.objects.get(merchant=second)
    assert settle_next(clock=market.stage.clock) is None
    assert not Settlement.objects.filter(merchant=market.merchant).exists()  # nor by the old terms
