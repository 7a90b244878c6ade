"""May Anna buy on invoice? From the shop's question to the person who looks at it, over a real bureau on loopback."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.credit.asked import ANNA, ELSEWHERE, HOME, anna, rules
from tests.credit.bureau import contract_with, listening
from tests.flows.test_two_at_once import at_once
from tests.stage import Stage, order

from zahlmeister.connectors.bureaus import concheck
from zahlmeister.credit.decisions import reserve
from zahlmeister.credit.keys import Kind, blocked
from zahlmeister.credit.models import (
    BlockedKey,
    BureauAnswer,
    BureauConnection,
    CreditDecision,
    CreditSettings,
    DecisionKey,
    Review,
    Town,
)
from zahlmeister.credit.rule_sets import publish
from zahlmeister.credit.rules import Application, Decision, Mode, Outcome
from zahlmeister.credit.states import OnError
from zahlmeister.dunning.models import DunningCase, Notice
from zahlmeister.flows.mark_paid import mark_paid
from zahlmeister.flows.purchase import check_credit
from zahlmeister.flows.purchase.buyer_facts import facts_of
from zahlmeister.flows.purchase.check_credit import check
from zahlmeister.flows.purchase.review_credit import ask_person, decide_review
from zahlmeister.history.queries import broken_chains, steps_of
from zahlmeister.merchants.models import Merchant
from zahlmeister.refusals import Refused
from zahlmeister.sandbox.bureau import BureauServer, Fault, Somebody

ACCEPTED, REVIEW, DECLINED, FINAL = Outcome


@pytest.fixture
def bureau(monkeypatch: pytest.MonkeyPatch) -> Iterator[BureauServer]:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    with listening() as server:
        server.knows("Anna Arnold", "1990-05-01", Somebody(Decimal("1.8")))
        yield server


def ask(stage: Stage, application: Application = ANNA, mode: Mode = Mode.CHECK) -> Decision:
    return check(stage.merchant, application, at=stage.now, mode=mode)


def codes(decision: Decision) -> set[str]:
    return {reason.code for reason in decision.reasons}


def publishes(stage: Stage, **changes: object) -> None:
    """The merchant publishes another version of the rules."""
    with transaction.atomic():
        publish(stage.merchant.pk, rules(**changes), why="test", preview={}, by="brigitte", at=stage.now)


def owes(stage: Stage, number: str = "900", amount: str = "49.90", **more: object) -> None:
    """Anna has bought on invoice before."""
    told = {"email": ANNA.email, "payment_kind": "invoice", "customer_number": "K-1", "due_on": date(2026, 11, 18)}
    stage.orders(order(number, amount, "Anna Arnold", **{**told, **more}))


# ---- one application -----------------------------------------------------------------------------------------------


def test_an_accepted_application_is_kept_with_everything_and_reserves_its_amount(stage: Stage) -> None:
    answer = ask(stage)
    row = CreditDecision.objects.get()
    assert (answer.outcome, answer.decision_id) == (ACCEPTED, row.pk)
    assert (row.reserved_minor, row.reserved_until) == (8_990, stage.now + timedelta(hours=1))
    assert {finding["rule"] for finding in row.findings} >= {"complete", "tier", "velocity", "within_limit", "at_night"}
    assert row.application["last_name"] == "Arnold"
    [step] = steps_of(stage.merchant.pk, "credit", row.pk)
    assert (step.verb, step.facts["outcome"]) == ("decided", "accepted")
    assert "Arnold" not in json.dumps(step.facts)


def test_the_same_application_gets_the_same_answer_as_long_as_it_reserves(stage: Stage) -> None:
    first = ask(stage)
    stage.later(minutes=59)
    assert ask(stage) == first
    assert CreditDecision.objects.count() == 1
    stage.later(minutes=2)
    assert ask(stage).decision_id != first.decision_id
    assert [row.ordinal for row in CreditDecision.objects.order_by("ordinal")] == [1, 2]


def test_validating_and_prechecking_decide_nothing(stage: Stage, bureau: BureauServer) -> None:
    contract_with(stage.merchant, bureau)
    assert ask(stage, anna(phone=""), Mode.VALIDATE).outcome is DECLINED
    assert ask(stage, mode=Mode.PRECHECK).outcome is ACCEPTED
    assert (CreditDecision.objects.count(), DecisionKey.objects.count(), bureau.reports) == (0, 0, 0)


def test_mistyped_data_come_back_with_better_values(stage: Stage) -> None:
    for number in range(3):
        ask(stage, anna(order=f"T{number}", minor=1_000))
    assert Town.objects.get().count == 3
    told = anna(
        order="T9", first_name="ANNA", phone="0761/1234567", email="anna@gmial.com",
        billing=replace(HOME, street="hauptstraße 12", house_number="", postcode="D-79098", city="Freibrug"),
    )  # fmt: skip
    assert ask(stage, told, Mode.VALIDATE).corrections == {"first_name": "Anna", "phone": "+497611234567"} | {
        "email": "anna@gmail.com",
        "billing.street": "Hauptstraße",
        "billing.house_number": "12",
        "billing.postcode": "79098",
        "billing.city": "Freiburg",
    }
    assert ask(stage, told, Mode.PRECHECK).corrections["billing.city"] == "Freiburg"


def test_the_rules_of_a_currency_are_its_own(stage: Stage) -> None:
    assert codes(ask(stage, anna(currency="CHF"))) >= {"CURRENCY_NOT_ALLOWED"}


def test_changed_rules_look_again_at_what_was_declined_and_keep_what_was_promised(stage: Stage) -> None:
    promised, declined = ask(stage), ask(stage, anna(order="2", minor=40_000))
    assert declined.outcome is DECLINED
    publishes(stage, debt_limit={"most_minor": 1}, risk_tries={"most": 9})
    assert ask(stage) == promised
    assert ask(stage, anna(order="2", minor=40_000)).rule_set_version == 1


# ---- what the house knows ------------------------------------------------------------------------------------------


def test_facts_come_from_the_houses_own_tables_in_a_bounded_number_of_questions(stage: Stage) -> None:
    owes(stage, "900", "49.90")
    owes(stage, "901", "20.00", email="other@example.org", customer_number="K-1", due_on=date(2026, 12, 1))
    owes(stage, "902", "30.00", due_on=date(2026, 12, 1))
    mark_paid(stage.merchant, stage.item("902").pk, by="brigitte", at=stage.now, source="t")
    item = stage.item("900")
    DunningCase.objects.create(merchant=stage.merchant, item=item, level=1)
    for level, on in enumerate((date(2026, 11, 17), date(2026, 11, 19)), 1):
        Notice.objects.create(
            merchant=stage.merchant, item=item, what="remind", level=level, on=on, sent_by="mail", open_minor=4990,
            by="dunning", created_at=stage.now,
        )  # fmt: skip
    ask(stage, anna(order="A", minor=1_000))
    with CaptureQueriesContext(connection) as few:
        facts = facts_of(stage.merchant.pk, ANNA, at=stage.now).own
    assert facts.open_minor == 6_990
    assert facts.reserved_minor == 1_000
    [overdue] = facts.overdue
    assert (overdue.minor, overdue.noticed_on) == (4_990, (date(2026, 11, 19),))
    assert facts.paid_on == (date(2026, 11, 20),)
    for number in range(20):
        owes(stage, f"8{number:02d}", "1.00", due_on=date(2026, 12, 1))
    with CaptureQueriesContext(connection) as more:
        assert facts_of(stage.merchant.pk, ANNA, at=stage.now).own.open_minor == 8_990
    assert len(few) == len(more) <= 17


def test_a_paid_invoice_makes_him_known_and_its_place_too(stage: Stage) -> None:
    told = {"street": "Bahnhofstr. 3", "postcode": "10115", "city": "Berlin", "country": "DE"}
    owes(stage, "900", "30.00", **told)
    stage.later(days=-40)
    mark_paid(stage.merchant, stage.item("900").pk, by="brigitte", at=stage.now, source="t")
    stage.later(days=40)
    assert ask(stage, anna(delivery=ELSEWHERE)).limit_minor == 50_000


def test_nobody_is_blamed_for_a_neighbours_debt(stage: Stage, tmp_path) -> None:
    other = Stage(Merchant.objects.create(name="Karl", slug="karl"), tmp_path, stage.now)
    owes(other, "900", "700.00", due_on=date(2026, 9, 1))
    kind, typed = Kind.EMAIL, ANNA.email
    digest, hint = blocked(other.merchant.pk, kind, typed, "DE")
    BlockedKey.objects.create(
        merchant=other.merchant, kind=kind, digest=digest, hint=hint, why="owes", by="karl", at=stage.now
    )
    for number in range(9):
        ask(other, anna(order=str(number)))
    assert ask(stage).outcome is ACCEPTED
    facts = facts_of(stage.merchant.pk, anna(order="x"), at=stage.now).own
    assert (facts.open_minor, facts.listed, len(facts.asked)) == (0, frozenset(), 1)


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (Kind.EMAIL, " ANNA@example.org"),
        (Kind.DOMAIN, "example.org"),
        (Kind.DOMAIN, "*.org"),
        (Kind.PHONE, "0761 / 123 45 67"),
        (Kind.IBAN, "DE89 3704 0044 0532 0130 00"),
    ],
)
def test_the_block_list_holds_hashes_and_knows_other_spellings(stage: Stage, kind: Kind, typed: str) -> None:
    digest, hint = blocked(stage.merchant.pk, kind, typed, "DE")
    told = {"why": "fraud", "by": "brigitte", "at": stage.now}
    row = BlockedKey.objects.create(merchant=stage.merchant, kind=kind, digest=digest, hint=hint, **told)
    answer = ask(stage, anna(iban="DE89370400440532013000"))
    assert (answer.outcome, answer.public_text) == (FINAL, "not_now")
    assert kind == Kind.DOMAIN or "anna@example.org" not in f"{row.hint}{row.digest}".lower()
    row.until = date(2026, 11, 19)
    row.save()
    assert ask(stage, anna(iban="DE89370400440532013000", order="2"), Mode.PRECHECK).outcome is not FINAL


def test_a_listed_address_is_for_a_person(stage: Stage) -> None:
    digest, hint = blocked(stage.merchant.pk, Kind.ADDRESS, "Hauptstr. 12, 79098 Freiburg", "DE")
    told = {"why": "fraud", "by": "brigitte", "at": stage.now}
    BlockedKey.objects.create(merchant=stage.merchant, kind=Kind.ADDRESS, digest=digest, hint=hint, **told)
    assert ask(stage).outcome is REVIEW


def test_after_a_decline_for_risk_the_next_attempt_waits_a_day(stage: Stage) -> None:
    owes(stage, due_on=date(2026, 10, 1))
    first = ask(stage)
    assert (first.outcome, first.retry_after) == (DECLINED, stage.now + timedelta(hours=24))
    stage.later(hours=2)
    assert ask(stage) == first
    again = ask(stage, anna(minor=1_000))
    assert (again.public_text, again.retry_after) == ("not_now", stage.now + timedelta(hours=22))
    assert "RISK_TRIES" in codes(again)


# ---- the limit -----------------------------------------------------------------------------------------------------


def test_what_is_reserved_counts_until_it_is_captured_released_or_over(stage: Stage) -> None:
    first = ask(stage, anna(order="A", minor=20_000))
    assert ask(stage, anna(order="B", minor=6_000), Mode.PRECHECK).outcome is DECLINED
    with transaction.atomic():
        reserve(stage.merchant.pk, first.decision_id or 0, 19_000)
    assert ask(stage, anna(order="B", minor=6_000), Mode.PRECHECK).outcome is ACCEPTED
    assert ask(stage, anna(order="A", minor=25_000), Mode.PRECHECK).outcome is ACCEPTED  # its own place is its own
    stage.later(days=31)
    assert ask(stage, anna(order="B", minor=25_000), Mode.PRECHECK).outcome is ACCEPTED


def test_what_was_taken_while_a_bureau_was_asked_is_not_promised_again(
    stage: Stage, bureau: BureauServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are within the limit of a new buyer when they are looked at first; the second comes in between."""
    contract_with(stage.merchant, bureau)
    asked_of, others = check_credit.opinion_of, [anna(order="B", minor=15_000)]

    def meanwhile(*told: object, **more: object) -> object:
        if others:
            assert ask(stage, others.pop()).outcome is ACCEPTED
        return asked_of(*told, **more)

    monkeypatch.setattr(check_credit, "opinion_of", meanwhile)
    assert "ABOVE_LIMIT" in codes(ask(stage, anna(order="A", minor=15_000)))
    assert sum(CreditDecision.objects.values_list("reserved_minor", flat=True)) == 15_000


THREADS = [
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer at a time into the file"),
]


@pytest.mark.parametrize("attempt", [pytest.param(attempt, marks=THREADS) for attempt in range(3)])
def test_two_applications_at_once_never_share_one_limit(transactional_db: None, stage: Stage, attempt: int) -> None:
    told = [anna(order=name, minor=15_000) for name in "AB"]
    answers = at_once(*(lambda one=one: ask(stage, one) for one in told))
    assert sorted(str(answer.outcome) for answer in answers) == ["accepted", "declined"]
    assert sum(CreditDecision.objects.values_list("reserved_minor", flat=True)) == 15_000


@pytest.mark.parametrize("attempt", [pytest.param(attempt, marks=THREADS) for attempt in range(3)])
def test_the_same_application_twice_at_once_is_decided_once(transactional_db: None, stage: Stage, attempt: int) -> None:
    answers = at_once(*(lambda: ask(stage) for _ in range(3)))
    assert len({answer.decision_id for answer in answers}) == 1
    assert CreditDecision.objects.get().reserved_minor == 8_990


# ---- the bureau ----------------------------------------------------------------------------------------------------


def test_a_bureau_is_asked_once_as_long_as_its_answer_holds(stage: Stage, bureau: BureauServer) -> None:
    contract_with(stage.merchant, bureau)
    assert ask(stage).outcome is ACCEPTED
    assert ask(stage, anna(order="2", minor=6_000)).outcome is ACCEPTED
    assert bureau.reports == 1
    told = bureau.asked[0].json()
    assert (told["Order"]["ProofOfInterest"], told["Person"]["BirthDate"]) == (1, "1990-05-01")
    assert "Arnold" not in json.dumps(list(BureauAnswer.objects.values("subject", "marks", "grade")))
    stage.later(days=31)
    ask(stage, anna(order="3", minor=6_000))
    assert bureau.reports == 2


LIGHTS = [
    (Somebody(Decimal("3.0")), REVIEW, "BUREAU_YELLOW"),
    (Somebody(Decimal("4.1")), DECLINED, "BUREAU_RED"),
    (Somebody(Decimal("1.5"), "N2"), REVIEW, "BUREAU_YELLOW"),
    (Somebody(Decimal("1.5"), features=("AV",)), DECLINED, "BUREAU_RED"),
    (Somebody(Decimal("1.5"), risk="B11"), DECLINED, "BUREAU_RED"),
    (Somebody(None), REVIEW, "BUREAU_UNKNOWN"),
    (Somebody(Decimal("1.5"), "NW"), REVIEW, "BUREAU_UNKNOWN"),
    (Somebody(Decimal("5.5"), "NW"), REVIEW, "BUREAU_UNKNOWN"),
]


@pytest.mark.parametrize(("somebody", "outcome", "code"), LIGHTS)
def test_what_a_bureau_says_becomes_a_light(
    stage: Stage, bureau: BureauServer, somebody: Somebody, outcome: Outcome, code: str
) -> None:
    contract_with(stage.merchant, bureau)
    bureau.knows("Anna Arnold", "1990-05-01", somebody)
    answer = ask(stage)
    assert (answer.outcome, code in codes(answer)) == (outcome, True)
    assert answer.public_text in {"review", "not_now"}


FAULTS = [Fault.SILENT, Fault.ERROR, Fault.BUSY, Fault.GARBAGE, Fault.NONSENSE, Fault.HALF]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bureau_that_is_ill_stops_or_is_passed_over_as_the_merchant_wants(
    stage: Stage, bureau: BureauServer, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concheck, "SECONDS", 0.2)
    bureau.seconds, bureau.fault = 0.4, fault
    row = contract_with(stage.merchant, bureau, on_error=OnError.STOP)
    answer = ask(stage)
    assert (answer.outcome, "BUREAU_SILENT" in codes(answer)) == (REVIEW, True)
    row.refresh_from_db()
    assert row.error
    BureauConnection.objects.update(on_error=OnError.CONTINUE)
    assert ask(stage, anna(order="2", minor=6_000)).outcome is ACCEPTED
    assert BureauAnswer.objects.count() == 0


def test_the_next_bureau_is_asked_where_the_first_is_not_heard(stage: Stage, bureau: BureauServer) -> None:
    with listening() as ill:
        ill.fault = Fault.ERROR
        contract_with(stage.merchant, ill, name="Erste", on_error=OnError.FALLBACK)
        contract_with(stage.merchant, bureau, name="Zweite", position=1, on_error=OnError.FALLBACK)
        assert ask(stage).outcome is ACCEPTED
        bureau.fault = Fault.ERROR
        answer = ask(stage, anna(order="2", minor=6_000, born_on=date(1991, 1, 1)))
    assert "BUREAU_SILENT" in codes(answer)


def test_a_bureau_is_not_asked_where_the_law_or_sense_forbids(stage: Stage, bureau: BureauServer) -> None:
    contract_with(stage.merchant, bureau)
    untold = ask(stage, anna(was_told=False))
    assert "BUREAU_SILENT" in codes(untold)
    publishes(stage, complete={"needs": ()})
    nobody = ask(stage, anna(order="2", minor=6_000, born_on=None))
    assert "BUREAU_UNKNOWN" in codes(nobody)
    declined = ask(stage, anna(order="3", minor=99_000, email="c@example.org", customer_number="", born_on=None))
    assert declined.outcome is DECLINED
    assert bureau.asked == []
    CreditSettings.objects.create(merchant=stage.merchant, told_since=date(2026, 11, 1), told_by="terms, § 7")
    ask(stage, anna(order="4", minor=6_000, was_told=False))
    assert bureau.reports == 1


# ---- people --------------------------------------------------------------------------------------------------------


def test_a_person_accepts_what_waits_and_the_amount_is_reserved(stage: Stage) -> None:
    waiting = ask(stage, anna(delivery=ELSEWHERE))
    assert waiting.outcome is REVIEW
    assert Review.objects.get().due_at == stage.now + timedelta(hours=24)
    assert CreditDecision.objects.get().reserved_minor == 0
    decided = decide_review(
        stage.merchant, waiting.decision_id or 0, "Anna rang", accept=True, by="brigitte", at=stage.now
    )
    assert (decided.outcome, decided.public_text) == (ACCEPTED, "accepted")
    assert CreditDecision.objects.get().reserved_minor == 8_990
    assert ask(stage, anna(delivery=ELSEWHERE)).outcome is ACCEPTED
    with pytest.raises(Refused, match="Nobody waits"):
        decide_review(stage.merchant, waiting.decision_id or 0, "no", accept=False, by="bea", at=stage.now)
    verbs = [step.verb for step in steps_of(stage.merchant.pk, "credit", waiting.decision_id or 0)]
    assert verbs == ["decided", "reviewed"]
    assert broken_chains(stage.merchant.pk) == []


def test_whoever_was_declined_may_have_a_person_look(stage: Stage) -> None:
    owes(stage, due_on=date(2026, 10, 1))
    declined = ask(stage)
    number = declined.decision_id or 0
    for _ in range(2):
        ask_person(stage.merchant, number, "I paid it yesterday.", by="buyer", at=stage.now)
    assert Review.objects.get().text == "I paid it yesterday."
    with pytest.raises(Refused, match="Say why"):
        decide_review(stage.merchant, number, " ", accept=True, by="brigitte", at=stage.now)
    kept = decide_review(stage.merchant, number, "still unpaid", accept=False, by="brigitte", at=stage.now)
    assert kept.outcome is FINAL
    assert CreditDecision.objects.get().outcome == DECLINED
    with pytest.raises(Refused, match="has decided"):
        ask_person(stage.merchant, number, "again", by="buyer", at=stage.now)


def test_a_neighbour_decides_nothing_here(stage: Stage, tmp_path) -> None:
    other = Merchant.objects.create(name="Karl", slug="karl")
    waiting = ask(stage, anna(delivery=ELSEWHERE))
    for act in (
        lambda: decide_review(other, waiting.decision_id or 0, "x", accept=True, by="karl", at=stage.now),
        lambda: ask_person(other, waiting.decision_id or 0, "x", by="karl", at=stage.now),
    ):
        with pytest.raises(Refused, match="does not exist"):
            act()
