"""What other rules would have decided, publishing them, and forgetting buyers when their time has come."""

import json
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from tests.credit.asked import ANNA, ELSEWHERE, anna, rules
from tests.flows.test_check_credit import ask, owes
from tests.stage import Stage

from zahlmeister.cli.main import main
from zahlmeister.credit.documents import application_of, facts_of
from zahlmeister.credit.kinds import Effect, State
from zahlmeister.credit.ladder import standard
from zahlmeister.credit.models import CreditDecision, DecisionKey, Review, RuleSetVersion
from zahlmeister.credit.rule_sets import changed, in_force
from zahlmeister.credit.rules import Outcome
from zahlmeister.flows.mark_paid import mark_paid
from zahlmeister.flows.purchase import buyer_facts
from zahlmeister.flows.purchase.forget_buyers import forget_next
from zahlmeister.flows.purchase.publish_rules import publish_rules
from zahlmeister.flows.purchase.replay_credit import replay
from zahlmeister.flows.purchase.review_credit import decide_review
from zahlmeister.history.queries import broken_chains
from zahlmeister.refusals import Refused, Unreadable


def once_more(stage: Stage, set_, days: int = 400):
    return replay(stage.merchant, set_, first_day=stage.now.date() - timedelta(days=days), at=stage.now)


def test_what_is_kept_of_a_decision_decides_it_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    owes(stage, due_on=date(2026, 10, 1))
    known = []
    read = buyer_facts.past_of
    monkeypatch.setattr(buyer_facts, "past_of", lambda *told, **more: known.append(read(*told, **more)) or known[-1])
    for application in (
        anna(order="1", minor=1_000),
        anna(order="2", delivery=ELSEWHERE),
        anna(order="3", minor=90_000),
    ):
        ask(stage, application)
        row = CreditDecision.objects.get(order=application.order)
        assert application_of(row.application) == application
        assert facts_of(row.facts).asked == known[-1].asked
    came = once_more(stage, standard("EUR"))
    assert (came.looked_at, came.differences) == (4, came.differences)
    assert all(one.decision_id is None for one in came.differences)


def test_changed_rules_tell_what_they_would_have_approved_and_saved(stage: Stage) -> None:
    for number, minor in (("A", 12_000), ("B", 3_000)):
        ask(
            stage,
            anna(
                order=number,
                minor=minor,
                email=f"{number}@example.org",
                customer_number=number,
                born_on=date(1990, 1, len(number)),
            ),
        )
        CreditDecision.objects.filter(order=number).update(reserved_minor=0)
    declined = ask(
        stage, anna(order="C", minor=30_000, email="c@example.org", customer_number="C", born_on=date(1980, 1, 1))
    )
    assert declined.outcome is Outcome.DECLINED
    owes(stage, "A", "120.00", due_on=date(2026, 12, 4), email="A@example.org", customer_number="A")
    stage.later(days=90)
    stricter = once_more(stage, rules(tier={"new_minor": 10_000}))
    assert (stricter.accepted_before, stricter.accepted_now) == (2, 1)
    assert (stricter.lost_before, stricter.lost_now) == (12_000, 0)
    assert [(one.order, one.lost_minor) for one in stricter.differences] == [("A", 12_000)]
    kinder = once_more(stage, rules(tier={"new_minor": 50_000}))
    assert (kinder.accepted_now, kinder.unknown_minor, kinder.lost_now) == (3, 30_000, 12_000)
    assert CreditDecision.objects.count() == 3


def test_invoices_sold_before_anybody_was_checked_are_replayed_as_things_stood_then(stage: Stage) -> None:
    owes(stage, "1", "300.00", ordered_on=date(2026, 6, 1), due_on=date(2026, 6, 15))
    owes(stage, "2", "50.00", ordered_on=date(2026, 6, 2), due_on=date(2026, 6, 16))
    owes(stage, "3", "50.00", ordered_on=date(2026, 8, 1), due_on=date(2026, 8, 15))
    mark_paid(stage.merchant, stage.item("2").pk, by="b", at=stage.now, source="t")
    came = once_more(stage, standard("EUR"))
    told = {one.order: (one.now, set(one.codes) & {"ABOVE_LIMIT", "OVERDUE"}) for one in came.differences}
    assert told == {
        "1": (Outcome.DECLINED, {"ABOVE_LIMIT"}),
        "2": (Outcome.DECLINED, {"ABOVE_LIMIT"}),
        "3": (Outcome.DECLINED, {"ABOVE_LIMIT", "OVERDUE"}),
    }
    assert (came.lost_before, came.lost_now) == (35_000, 0)
    assert once_more(stage, standard("EUR"), days=150).looked_at == 1


def test_rules_are_published_with_a_reason_once_and_never_changed(stage: Stage) -> None:
    begun = in_force(stage.merchant.pk, "EUR")
    wanted = changed(begun, {"at_night": {"state": "on", "values": {"last_hour": 6}}})
    for why, set_ in ((" ", wanted), ("nothing", begun)):
        with pytest.raises(Refused):
            publish_rules(stage.merchant, set_, why, preview={}, by="brigitte", at=stage.now)
    row = publish_rules(stage.merchant, wanted, "thieves work at night", preview={}, by="brigitte", at=stage.now)
    now = in_force(stage.merchant.pk, "EUR")
    assert (row.version, now.version, now.of("at_night").state) == (1, 1, State.ON)
    with pytest.raises(Refused, match="published meanwhile"):
        publish_rules(stage.merchant, wanted, "again", preview={}, by="bea", at=stage.now)
    assert ask(stage).rule_set_version == 1
    assert RuleSetVersion.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"complete": {"effect": "accept"}},
        {"tier": {"values": {"new_minor": -1}}},
        {"at_night": {"values": {"last_hour": 25}}},
        {"velocity": {"one_in": 0}},
    ],
)
def test_a_setting_that_means_nothing_is_refused(stage: Stage, change) -> None:
    wanted = changed(in_force(stage.merchant.pk, "EUR"), change)
    with pytest.raises(Refused, match="The rule"):
        publish_rules(stage.merchant, wanted, "x", preview={}, by="brigitte", at=stage.now)


@pytest.mark.parametrize("change", [{"x": {}}, {"tier": {"values": {"x": 1}}}, {"tier": {"state": "maybe"}}])
def test_a_rule_that_there_is_not_is_named(change) -> None:
    with pytest.raises(Unreadable, match="rule"):
        changed(standard("EUR"), change)


def test_the_command_prints_the_difference(transactional_db: None, stage: Stage, tmp_path) -> None:
    ask(stage)
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"debt_limit": {"values": {"most_minor": 100}}}))
    told = CliRunner().invoke(main, ["replay-credit", "--rules", str(file), "--months", "60"])
    assert told.exit_code == 0, told.output
    assert "Accepted: 1 then (89.90 EUR), 0 now" in told.output
    assert "accepted → declined  ABOVE_LIMIT" in told.output
    as_json = CliRunner().invoke(main, ["replay-credit", "--format", "json", "--months", "60"])
    assert json.loads(as_json.output)["accepted_now"] == 1
    file.write_text('{"x": {}}')
    assert "no rule “x”" in CliRunner().invoke(main, ["replay-credit", "--rules", str(file)]).output


def test_data_go_when_their_time_has_come_and_the_bare_decision_years_later(stage: Stage) -> None:
    waiting = ask(stage, anna(delivery=ELSEWHERE))
    decide_review(stage.merchant, waiting.decision_id or 0, "known", accept=False, by="b", at=stage.now)
    stage.later(days=364)
    assert forget_next(clock=stage.clock) is None
    stage.later(days=2)
    assert forget_next(clock=stage.clock) == 1
    row = CreditDecision.objects.get()
    assert (row.name, row.application, row.facts, row.findings, DecisionKey.objects.count()) == ("", {}, {}, [], 0)
    assert all(one["code"] and not one["text"] for one in row.reasons)
    assert row.reasons
    assert once_more(stage, rules()).left_out == 1
    assert broken_chains(stage.merchant.pk) == []
    stage.now = stage.now.replace(year=2030, month=12, day=30)
    assert forget_next(clock=stage.clock) is None
    stage.later(days=2)
    assert forget_next(clock=stage.clock) == 1
    assert (CreditDecision.objects.count(), Review.objects.count()) == (0, 0)


def test_what_still_reserves_or_waits_is_not_forgotten(stage: Stage) -> None:
    number = ask(stage).decision_id
    CreditDecision.objects.update(strip_on=stage.now.date())
    assert forget_next(clock=stage.clock) is None
    CreditDecision.objects.filter(pk=number).update(reserved_minor=0)
    assert forget_next(clock=stage.clock) == 1


def test_a_rule_may_limit_where_it_can(stage: Stage) -> None:
    told = changed(standard("EUR"), {"express_first": {"effect": "limit", "limit_minor": 1}})
    assert told.of("express_first").effect is Effect.LIMIT
    assert ANNA.is_express is False
