"""The credit check and the purchase that follows it: one reservation, claims a guarantor has bought, and reviews."""

from pathlib import Path

import pytest
from django.db import transaction
from tests.credit.asked import ANNA, ELSEWHERE, anna, rules
from tests.dying import Killed, dying
from tests.guaranteed import Market

from zahlmeister.credit.models import CreditDecision
from zahlmeister.credit.rule_sets import publish
from zahlmeister.credit.rules import Application, Facts, Outcome
from zahlmeister.flows.purchase.authorise import authorise
from zahlmeister.flows.purchase.buyer_facts import facts_of
from zahlmeister.flows.purchase.check_credit import check
from zahlmeister.flows.purchase.confirm import confirm
from zahlmeister.flows.purchase.forget_buyers import forget_next
from zahlmeister.flows.purchase.release import cancel
from zahlmeister.flows.purchase.replay_credit import replay
from zahlmeister.flows.purchase.review_credit import decide_review, follow_next
from zahlmeister.merchants.models import Merchant
from zahlmeister.purchase.models import Authorisation

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def market(merchant: Merchant, tmp_path: Path) -> Market:
    """With the rules that everybody begins with."""
    made = Market(merchant, tmp_path)
    with transaction.atomic():
        publish(merchant.pk, rules(), why="test", preview={}, by="brigitte", at=made.stage.now)
    return made


def wants(market: Market, application: Application) -> Authorisation:
    return authorise(market.merchant, application, at=market.stage.now, by="erp")


def facts(market: Market, order: str = "another") -> Facts:
    return facts_of(market.merchant.pk, anna(order=order), at=market.stage.now)


def test_what_an_authorisation_holds_is_reserved_once_and_what_is_billed_is_owed(market: Market) -> None:
    check(market.merchant, ANNA, at=market.stage.now)
    assert facts(market).reserved_minor == 8_990
    made = wants(market, ANNA)
    assert (made.state, facts(market).reserved_minor) == ("accepted", 8_990)
    assert facts(market, ANNA.order).reserved_minor == 0
    confirm(market.merchant, made.pk, at=market.stage.now, by="erp")
    market.bills("R1", 5_000, ANNA.order)
    known = facts(market)
    assert (known.reserved_minor, known.open_minor) == (3_990, 5_000)


def test_a_claim_the_guarantor_bought_counts_and_the_assignment_is_no_payment(market: Market) -> None:
    made = wants(market, ANNA)
    told = confirm(market.merchant, made.pk, at=market.stage.now, by="erp")
    capture = market.bills("R1", 8_990, ANNA.order)
    market.passes(1 + (capture.item.due_on - market.today).days)
    late = facts(market)
    assert (late.open_minor, [one.minor for one in late.overdue], late.paid_on) == (8_990, [8_990], ())
    market.passes(90)
    came = replay(
        market.merchant, rules(debt_limit={"most_minor": 1}), first_day=made.created_at.date(), at=market.stage.now
    )
    assert (came.lost_before, came.lost_now) == (8_990, 0)
    market.buyer_pays(facts(market).open_minor, told.reference)
    assert (facts(market).open_minor, len(facts(market).paid_on)) == (0, 1)


def test_an_order_follows_what_a_person_decides_also_when_he_dies_in_between(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = wants(market, anna(delivery=ELSEWHERE))
    assert made.state == "review"
    told = {"accept": True, "by": "brigitte", "at": market.stage.now}
    with dying(monkeypatch, at=1, moment="after"), pytest.raises(Killed):
        decide_review(market.merchant, made.decision, "Anna rang", **told)
    made.refresh_from_db()
    assert (made.state, CreditDecision.objects.get().stands) == ("review", "accepted")
    assert follow_next(clock=market.stage.clock).pk == made.pk
    made.refresh_from_db()
    assert made.state == "accepted"
    assert follow_next(clock=market.stage.clock) is None
    assert facts(market).reserved_minor == 8_990


def test_a_person_says_no_and_the_order_ends(market: Market) -> None:
    made = wants(market, anna(delivery=ELSEWHERE))
    decided = decide_review(market.merchant, made.decision, "unknown", accept=False, by="brigitte", at=market.stage.now)
    made.refresh_from_db()
    assert (decided.outcome, made.state) == (Outcome.DECLINED_FINAL, "declined_final")
    assert facts(market).reserved_minor == 0


def test_what_was_asked_is_forgotten_with_the_decision_about_it(market: Market) -> None:
    made = wants(market, ANNA)
    cancel(market.merchant, made.pk, at=market.stage.now, by="erp")
    assert Authorisation.objects.get().application
    market.stage.later(days=366)
    forget_next(clock=market.stage.clock)
    kept = Authorisation.objects.get()
    assert (kept.application, kept.name, kept.debtor, kept.state) == ({}, "", "", "cancelled")
