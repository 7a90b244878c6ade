"""The credit check and the purchase that follows it: one reservation, claims a guarantor has bought, and reviews."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from tests.credit.asked import ANNA, ELSEWHERE, anna, rules
from tests.dying import Killed, dying
from tests.guaranteed import Market

from zahlmeister.credit.ladder import RuleSet
from zahlmeister.credit.models import CreditDecision, Precheck, Review
from zahlmeister.credit.rule_sets import publish
from zahlmeister.credit.rules import Application, Decision, Facts, Mode, Outcome
from zahlmeister.flows.purchase.agree_terms import agree_terms
from zahlmeister.flows.purchase.authorise import authorise
from zahlmeister.flows.purchase.buyer_facts import facts_of
from zahlmeister.flows.purchase.check_credit import check
from zahlmeister.flows.purchase.confirm import confirm
from zahlmeister.flows.purchase.forget_buyers import forget_next
from zahlmeister.flows.purchase.release import cancel
from zahlmeister.flows.purchase.replay_credit import replay
from zahlmeister.flows.purchase.review_credit import decide_review
from zahlmeister.flows.verify_merchant import verify_merchant
from zahlmeister.history.queries import steps_of
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import Verification
from zahlmeister.purchase.models import Authorisation, GuaranteeTerms
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def market(merchant: Merchant, tmp_path: Path) -> Market:
    """With the rules that everybody begins with."""
    made = Market(merchant, tmp_path)
    with transaction.atomic():
        publish(merchant.pk, rules(), why="test", preview={}, by="brigitte", at=made.stage.now)
    return made


#: The commit with which the first decision of a merchant is kept; the one before keeps the key of its hashes.
DECIDED = 2


def wants(market: Market, application: Application) -> Authorisation:
    return authorise(market.merchant, application, at=market.stage.now, by="erp")


def facts(market: Market, order: str = "another") -> Facts:
    return facts_of(market.merchant.pk, anna(order=order), at=market.stage.now).whole


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
    with dying(monkeypatch, at=1, moment="before"), pytest.raises(Killed):
        decide_review(market.merchant, made.decision, "Anna rang", **told)
    made.refresh_from_db()
    assert (made.state, CreditDecision.objects.get().stands) == ("review", "review")
    with dying(monkeypatch, at=1, moment="after"), pytest.raises(Killed):
        decide_review(market.merchant, made.decision, "Anna rang", **told)
    made.refresh_from_db()
    assert (made.state, CreditDecision.objects.get().stands) == ("accepted", "accepted")
    assert facts(market).reserved_minor == 8_990


def test_what_the_guarantor_does_not_carry_is_not_accepted_by_half(market: Market) -> None:
    made = wants(market, anna(delivery=ELSEWHERE))
    Authorisation.objects.update(state="declined")
    market.limits(debtor=1)
    said = {"by": "brigitte", "at": market.stage.now}
    with pytest.raises(Refused, match="limit"):
        decide_review(market.merchant, made.decision, "Anna rang", accept=True, **said)
    decision = CreditDecision.objects.get()
    assert (decision.stands, decision.reviews.get().state) == ("review", "open")
    market.limits()
    decide_review(market.merchant, made.decision, "Anna rang", accept=True, **said)
    assert market.authorisation(ANNA.order).state == "accepted"


def test_nobody_need_look_at_an_order_that_is_over(market: Market) -> None:
    application = anna(delivery=ELSEWHERE)
    made = wants(market, application)
    market.stage.later(hours=25)
    market.works()
    decision = CreditDecision.objects.get()
    assert (decision.reviews.get().state, decision.stands, facts(market).reserved_minor) == ("lapsed", "declined", 0)
    with pytest.raises(Refused, match="Nobody waits"):
        decide_review(market.merchant, made.decision, "late", accept=True, by="brigitte", at=market.stage.now)
    again = wants(market, application)
    assert (again.attempt, again.state, Review.objects.filter(state="open").count()) == (2, "review", 1)


def test_a_person_who_decides_between_question_and_order_is_heard(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = anna(delivery=ELSEWHERE)
    with dying(monkeypatch, at=DECIDED, moment="after"), pytest.raises(Killed):
        wants(market, application)
    asked = CreditDecision.objects.get()
    assert not Authorisation.objects.exists()
    decide_review(market.merchant, asked.pk, "Anna rang", accept=True, by="brigitte", at=market.stage.now)
    assert wants(market, application).state == "accepted"


def test_what_was_reserved_by_somebody_who_died_is_free_within_the_hour(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dying(monkeypatch, at=DECIDED, moment="after"), pytest.raises(Killed):
        wants(market, ANNA)
    assert (Authorisation.objects.count(), facts(market).reserved_minor) == (0, 8_990)
    market.stage.later(minutes=61)
    assert facts(market).reserved_minor == 0
    made = wants(market, ANNA)  # decided anew, because others may have taken the limit meanwhile
    assert (made.state, CreditDecision.objects.count(), facts(market).reserved_minor) == ("accepted", 2, 8_990)
    cancel(market.merchant, made.pk, at=market.stage.now, by="erp")
    assert facts(market).reserved_minor == 0


# what other merchants sold


@pytest.fixture
def elsewhere(market: Market) -> Market:
    """Anna owes another merchant of the same guarantor, and was written to for it."""
    other = Merchant.objects.create(name="Teeladen", slug="tee")
    verify_merchant(other, Verification.VERIFIED, why="seen", by="operator", at=market.stage.now)
    publish(other.pk, RuleSet("EUR", {}), why="whoever asks may", preview={}, by="operator", at=market.stage.now)
    agree_terms(other, market.guarantor, GuaranteeTerms(is_approved=True), by="operator", at=market.stage.now)
    mine, market.merchant = market.merchant, other
    told = market.confirms("T1", 40_000, email=ANNA.email)
    market.bills("RT1", 40_000, "T1")
    market.merchant = mine
    market.stage.later(days=40)
    assert told.reference
    return market


def test_debts_with_others_decide_and_are_told_to_nobody(elsewhere: Market) -> None:
    known = facts_of(elsewhere.merchant.pk, anna(order="x"), at=elsewhere.stage.now)
    assert (known.own.open_minor, known.whole.open_minor, len(known.whole.overdue)) == (0, 40_000, 1)

    made = wants(elsewhere, ANNA)
    kept = CreditDecision.objects.get(merchant=elsewhere.merchant)
    assert (made.state, made.reasons[-1], made.public_text) == ("declined", "GUARANTOR", "not_now")
    told = f"{kept.reasons}{kept.facts}{kept.findings}{elsewhere.told()}"
    assert not [word for word in ("OVERDUE", "400.00", "40000", "Teeladen") if word in told]
    newest = list(steps_of(elsewhere.party.pk, "guarantor", elsewhere.guarantor.pk))[-1]
    assert (newest.verb, "OVERDUE" in newest.facts["codes"], newest.facts["order"]) == ("decided", True, ANNA.order)


def test_a_limit_that_others_have_filled_is_one_word(elsewhere: Market) -> None:
    with transaction.atomic():
        everybody = RuleSet("EUR", {})
        publish(elsewhere.merchant.pk, everybody, why="test", preview={}, by="brigitte", at=elsewhere.stage.now)
    elsewhere.limits(debtor=45_000)
    assert wants(elsewhere, ANNA).reasons == ["GUARANTOR"]
    assert wants(elsewhere, anna(order="2", minor=45_001)).reasons == ["debtor_limit"]


def test_whoever_asks_beforehand_is_noted_and_answered_so_often_only(market: Market) -> None:
    def ask(**changes: object) -> Decision:
        return check(market.merchant, anna(**changes), at=market.stage.now, mode=Mode.PRECHECK, by="shop")

    assert {str(ask(order=f"{number}").outcome) for number in range(5)} == {"accepted"}
    last = ask(order="6", email=ANNA.email.upper())
    assert ([reason.code for reason in last.reasons], last.public_text) == (["PRECHECK_TRIES"], "later")
    assert last.retry_after == market.stage.now + timedelta(hours=24)
    assert (Precheck.objects.count(), Precheck.objects.exclude(by="shop").exists()) == (6, False)
    assert ask(email="bernd@example.org", customer_number="K-2").outcome is Outcome.ACCEPTED
    market.stage.later(hours=25)
    assert ask().outcome is Outcome.ACCEPTED
    market.stage.later(days=366)
    forget_next(clock=market.stage.clock)
    assert not Precheck.objects.exists()


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


def test_what_nobody_has_decided_is_forgotten_three_months_later(market: Market) -> None:
    check(market.merchant, anna(delivery=ELSEWHERE), at=market.stage.now)
    decision = CreditDecision.objects.get()
    assert decision.stands == Outcome.REVIEW
    market.stage.later(days=366)
    forget_next(clock=market.stage.clock)
    assert CreditDecision.objects.get().stripped_at is None
    market.stage.later(days=90)
    forget_next(clock=market.stage.clock)
    decision.refresh_from_db()
    assert (decision.application, decision.name, decision.keys.exists()) == ({}, "", False)
