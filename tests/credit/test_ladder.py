"""The ladder of rules as a table, and what must hold whatever a merchant sets."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.credit.asked import ANNA, DUNNED, ELSEWHERE, HOME, NOW, TODAY, anna, asked, codes, rules

from zahlmeister.credit.kinds import KINDS, Effect, State
from zahlmeister.credit.ladder import decide, needs_bureau, standard
from zahlmeister.credit.look_data import place_key
from zahlmeister.credit.public import text
from zahlmeister.credit.reasons import REASONS, because
from zahlmeister.credit.rules import (
    Application,
    Article,
    Asked,
    Earlier,
    Facts,
    Light,
    Method,
    Mode,
    Opinion,
    Outcome,
    Overdue,
    Place,
    Receiving,
)

ACCEPTED, REVIEW, DECLINED, FINAL = (
    Outcome.ACCEPTED,
    Outcome.REVIEW,
    Outcome.DECLINED,
    Outcome.DECLINED_FINAL,
)
PAID = Facts(paid_on=tuple(TODAY - timedelta(days=40 * n) for n in range(1, 7)))


def opinion(light: Light, grade: str = "2.7") -> Facts:
    return Facts(opinion=Opinion(light, "Auskunft", grade))


def before(hours: int, minor: int = 1_000, order: str = "A", outcome: Outcome = ACCEPTED, sort: str = "") -> Asked:
    return Asked(NOW - timedelta(hours=hours), minor, order, frozenset({"email"}), outcome, sort)


def test_anna_may_buy_and_the_limit_of_a_new_buyer_holds() -> None:
    answer = asked()
    assert answer.decision.outcome is ACCEPTED
    assert answer.decision.limit_minor == 25_000
    assert codes(answer) == ["DEBT_LIMIT", "TIER_LIMIT"]
    assert answer.decision.public_text == "accepted"


DATA = [
    (anna(born_on=None), "FIELD_MISSING", "born_on"),
    (anna(phone=""), "FIELD_MISSING", "phone"),
    (anna(phone="0000000"), "FIELD_UNREADABLE", "phone"),
    (anna(last_name="A"), "FIELD_MISSING", "last_name"),
    (anna(email="anna@"), "FIELD_UNREADABLE", "email"),
    (anna(iban="DE00"), "FIELD_UNREADABLE", "iban"),
    (anna(billing=replace(HOME, house_number="")), "FIELD_MISSING", "billing.house_number"),
    (anna(billing=replace(HOME, postcode="7909")), "FIELD_UNREADABLE", "billing.postcode"),
    (anna(delivery=replace(ELSEWHERE, city="")), "FIELD_MISSING", "delivery.city"),
    (anna(company="Wolle GmbH", billing=replace(HOME, city="")), "FIELD_MISSING", "billing.city"),
    (anna(articles=(Article("Wolle", 8_000),)), "AMOUNT_WRONG", "articles"),
]


@pytest.mark.parametrize(("application", "code", "field"), DATA)
def test_what_is_missing_is_named_and_may_be_corrected(application: Application, code: str, field: str) -> None:
    for mode in Mode:
        answer = asked(application, mode=mode)
        assert answer.decision.outcome is DECLINED
        assert (code, field) in [(one.code, one.field) for one in answer.decision.reasons]
        assert answer.decision.public_text == "data"
        assert answer.decision.retry_after is None


def test_a_company_needs_no_birth_date_and_a_pick_up_shop_no_house_number() -> None:
    shop = Place("Postfiliale 512", "79098", "Freiburg", "DE", receiving=Receiving.PICK_UP_SHOP)
    answer = asked(
        anna(company="Wolle GmbH", born_on=None, first_name="", delivery=shop), set_=rules(delivery=State.OFF)
    )
    assert answer.decision.outcome is ACCEPTED


def test_a_street_may_hold_its_number() -> None:
    assert asked(anna(billing=replace(HOME, street="Hauptstraße 12", house_number=""))).decision.is_accepted


TERMS = [
    (anna(billing=replace(HOME, country="CH", postcode="8001")), {}, "COUNTRY_NOT_ALLOWED"),
    (anna(delivery=replace(ELSEWHERE, country="CH", postcode="8001")), {}, "DELIVERY_COUNTRY_NOT_ALLOWED"),
    (anna(currency="CHF"), {}, "CURRENCY_NOT_ALLOWED"),
    (anna(company="Wolle GmbH"), {"buyer_kind": {"kinds": ("person",)}}, "COMPANIES_NOT_ALLOWED"),
    (anna(), {"buyer_kind": {"kinds": ("company",)}}, "PERSONS_NOT_ALLOWED"),
    (anna(minor=499), {}, "BASKET_TOO_SMALL"),
    (anna(minor=150_001), {}, "BASKET_TOO_LARGE"),
    (anna(delivery=replace(ELSEWHERE, receiving=Receiving.PICK_UP_BOX)), {}, "PICK_UP_PLACE"),
    (anna(), {"method_invoice": {"is_offered": 0}}, "METHOD_NOT_ALLOWED"),
]


@pytest.mark.parametrize(("application", "changes", "code"), TERMS)
def test_the_terms_hold_for_everybody(application: Application, changes: dict[str, object], code: str) -> None:
    answer = asked(application, PAID, rules(**changes))
    assert answer.decision.outcome is DECLINED
    assert code in codes(answer)
    assert answer.decision.public_text == "terms"


def test_who_is_too_young_is_told_nothing_of_it() -> None:
    answer = asked(anna(born_on=date(2008, 11, 21)))
    assert (answer.decision.outcome, answer.decision.public_text) == (DECLINED, "identity")
    assert asked(anna(born_on=date(2008, 11, 20))).decision.is_accepted


def test_goods_that_go_elsewhere_are_looked_at_unless_he_paid_for_goods_that_went_there() -> None:
    application = anna(delivery=ELSEWHERE)
    assert asked(application).decision.outcome is REVIEW
    known = Facts(known_places=frozenset({place_key(replace(ELSEWHERE, street="Bahnhofstr."))}))
    assert asked(application, known).decision.is_accepted


PAST = [
    (Facts(listed=frozenset({"email"})), FINAL, "LISTED"),
    (Facts(is_insolvent=True), FINAL, "INSOLVENT"),
    (Facts(overdue=(Overdue(4_990, TODAY - timedelta(days=14)),)), DECLINED, "OVERDUE"),
    (Facts(overdue=(DUNNED,)), DECLINED, "DUNNED"),
    (Facts(overdue=(Overdue(4_990, TODAY, is_collected=True),)), DECLINED, "IN_COLLECTION"),
    (Facts(open_minor=16_011), DECLINED, "ABOVE_LIMIT"),
    (Facts(open_minor=8_000, reserved_minor=8_011), DECLINED, "ABOVE_LIMIT"),
    (Facts(asked=tuple(before(2, order=name) for name in "ABC")), REVIEW, "TOO_MANY_ORDERS"),
    (Facts(asked=(before(30, 91_011),)), REVIEW, "TOO_MUCH_MONEY"),
    (Facts(names_at_address=5), REVIEW, "MANY_NAMES"),
    (opinion(Light.RED), DECLINED, "BUREAU_RED"),
    (opinion(Light.YELLOW), REVIEW, "BUREAU_YELLOW"),
    (opinion(Light.UNKNOWN), REVIEW, "BUREAU_UNKNOWN"),
    (opinion(Light.SILENT), REVIEW, "BUREAU_SILENT"),
]


@pytest.mark.parametrize(("facts", "outcome", "code"), PAST)
def test_the_buyers_past_counts(facts: Facts, outcome: Outcome, code: str) -> None:
    answer = asked(facts=facts)
    assert answer.decision.outcome is outcome
    assert code in codes(answer)
    assert answer.decision.public_text == ("review" if outcome is REVIEW else "not_now")
    assert asked(facts=facts, mode=Mode.VALIDATE).decision.is_accepted


NOT_AGAINST = [
    Facts(overdue=(Overdue(4_990, TODAY - timedelta(days=13)),)),
    Facts(overdue=(Overdue(4_990, date(2026, 9, 1), is_disputed=True, is_collected=True),)),
    Facts(open_minor=16_010),
    Facts(asked=(before(25, order="A"), before(2, order="B"), before(3, order="B"))),
    Facts(asked=tuple(before(2, order=ANNA.order) for _ in range(9))),
    Facts(names_at_address=4),
    opinion(Light.GREEN),
]


@pytest.mark.parametrize("facts", NOT_AGAINST)
def test_what_does_not_speak_against_him(facts: Facts) -> None:
    assert asked(facts=facts).decision.is_accepted


@pytest.mark.parametrize(
    "claim",
    [
        replace(DUNNED, noticed_on=DUNNED.noticed_on[:1]),
        replace(DUNNED, noticed_on=(TODAY - timedelta(days=27), TODAY)),
        replace(DUNNED, is_disputed=True),
    ],
)
def test_a_claim_counts_by_law_only_after_two_notices_four_weeks_and_no_objection(claim: Overdue) -> None:
    assert "DUNNED" not in codes(asked(facts=Facts(overdue=(claim,))))


TIERS = [
    (anna(registered_on=None), Facts(), "guest", 15_000),
    (anna(), Facts(), "new", 25_000),
    (anna(registered_on=None), Facts(paid_on=(TODAY - timedelta(days=30),)), "known", 50_000),
    (anna(), Facts(paid_on=(TODAY - timedelta(days=29),)), "new", 25_000),
    (anna(), PAID, "trusted", 75_000),
    (anna(), replace(PAID, dunned=1), "known", 50_000),
]


@pytest.mark.parametrize(("application", "facts", "tier", "limit"), TIERS)
def test_who_is_better_known_may_owe_more(application: Application, facts: Facts, tier: str, limit: int) -> None:
    answer = asked(application, facts)
    assert answer.decision.limit_minor == limit
    assert next(one for one in answer.findings if one.rule == "tier").seen.inputs["tier"] == tier


def test_nobody_is_declined_for_his_address_alone() -> None:
    harsh = rules(many_names={"effect": Effect.DECLINE}, listed_address={"effect": Effect.DECLINE})
    facts = Facts(names_at_address=9, listed=frozenset({"address"}))
    answer = asked(facts=facts, set_=harsh)
    assert answer.decision.outcome is REVIEW
    assert "ADDRESS_ALONE" in codes(answer)
    assert asked(facts=replace(facts, is_insolvent=True), set_=harsh).decision.outcome is FINAL
    assert asked(facts=replace(facts, overdue=(DUNNED,)), set_=harsh).decision.outcome is DECLINED


def test_an_address_does_not_count_at_all_where_the_buyer_was_not_told() -> None:
    answer = asked(anna(was_told=False), Facts(names_at_address=9, listed=frozenset({"address"})))
    assert answer.decision.is_accepted
    spoken = [one for one in answer.findings if one.rule in {"many_names", "listed_address"}]
    assert [(one.counts, one.seen.reasons[-1].code) for one in spoken] == [(False, "NOT_TOLD")] * 2


def test_after_a_decline_for_risk_asking_again_waits_a_day() -> None:
    first = asked(facts=Facts(overdue=(DUNNED,)))
    assert first.decision.retry_after == NOW + timedelta(hours=24)
    again = asked(facts=Facts(asked=(before(5, outcome=DECLINED, sort="risk"),)))
    assert (again.decision.outcome, again.decision.public_text) == (DECLINED, "later")
    assert again.decision.retry_after == NOW + timedelta(hours=19)
    assert asked(facts=Facts(asked=(before(24, outcome=DECLINED, sort="risk"),))).decision.is_accepted


def test_a_buyer_may_mistype_himself_three_times_a_day() -> None:
    tries = [before(hours, outcome=DECLINED, sort="identity") for hours in (20, 10, 1)]
    assert asked(facts=Facts(asked=tuple(tries[1:]))).decision.is_accepted
    answer = asked(facts=Facts(asked=tuple(tries)))
    assert codes(answer)[0] == "IDENTITY_TRIES"
    assert answer.decision.retry_after == NOW + timedelta(hours=4)
    shared_house = tuple(replace(one, shares=frozenset({"address", "ip"})) for one in tries)
    assert asked(facts=Facts(asked=shared_house)).decision.is_accepted


def test_a_good_customers_small_order_is_asked_no_further() -> None:
    kind = rules(known_good=State.ON)
    facts = replace(PAID, names_at_address=9, opinion=Opinion(Light.RED))
    answer = asked(facts=facts, set_=kind)
    assert answer.decision.is_accepted
    assert answer.accepted_early
    assert asked(anna(minor=10_001), facts, kind).decision.outcome is DECLINED
    assert asked(facts=replace(facts, open_minor=70_000), set_=kind).decision.outcome is DECLINED


def test_a_rule_may_lower_the_limit_instead_of_declining() -> None:
    careful = rules(express_first={"effect": Effect.LIMIT, "limit_minor": 5_000})
    answer = asked(anna(is_express=True), set_=careful)
    assert (answer.decision.outcome, answer.decision.limit_minor) == (DECLINED, 5_000)
    assert asked(anna(is_express=True, minor=5_000), set_=careful).decision.is_accepted


def test_each_method_is_decided_on_its_own() -> None:
    both = rules(method_direct_debit={"is_offered": 1})
    answer = asked(anna(others=(Method.DIRECT_DEBIT,)), set_=both)
    assert answer.decision.methods == {Method.INVOICE: ACCEPTED, Method.DIRECT_DEBIT: DECLINED}
    with_account = anna(others=(Method.DIRECT_DEBIT,), iban="DE89370400440532013000")
    assert asked(with_account, set_=both).decision.methods[Method.DIRECT_DEBIT] is ACCEPTED
    assert asked(with_account).decision.methods[Method.DIRECT_DEBIT] is DECLINED


def test_the_bureau_is_asked_for_large_orders_only_and_for_one_in_n() -> None:
    assert needs_bureau(rules(), ANNA)
    assert not needs_bureau(rules(), anna(minor=4_999))
    off = {f"bureau_{light}": State.OFF for light in Light if light is not Light.GREEN}
    assert not needs_bureau(rules(**off), ANNA)
    sampled = rules(**{f"bureau_{light}": {"one_in": 10} for light in Light if light is not Light.GREEN})
    hits = sum(needs_bureau(sampled, anna(order=str(n))) for n in range(200))
    assert 5 < hits < 45


def test_goods_and_hours_that_thieves_like() -> None:
    phones = anna(articles=(Article("Telefon", 8_990, category="Phone"),))
    assert "RISKY_GOODS" in codes(asked(phones))
    night = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    assert asked(at=night).decision.is_accepted
    assert "AT_NIGHT" in codes(asked(set_=rules(at_night=State.ON), at=night))
    late = {"state": State.ON, "first_hour": 22, "last_hour": 6}
    assert "AT_NIGHT" in codes(asked(set_=rules(at_night=late), at=night))


def test_an_address_where_no_mail_arrived_is_looked_at_and_a_slip_is_corrected() -> None:
    facts = Facts(cities={"DE 79098": ("Freiburg im Breisgau", "Freiburg")})
    assert "ADDRESS_DOUBTFUL" in codes(asked(anna(billing=replace(HOME, city="Hamburg")), facts))
    slip = asked(anna(billing=replace(HOME, city="Freibrug")), facts)
    assert slip.decision.is_accepted
    assert slip.decision.corrections == {"billing.city": "Freiburg"}


def test_public_texts_are_vague_and_complete() -> None:
    forbidden = ("score", "auskunft", "bureau", "schufa", "schuld", "debt", "mahn", "limit", "liste", "list ", "prob")
    for key in ("accepted", "review", "data", "identity", "terms", "not_now", "later"):
        for language in ("de", "en", "fr"):
            told = text(key, language).lower()
            assert not any(word in told for word in forbidden), told


def test_every_reason_has_a_sentence_that_can_be_filled() -> None:
    assert because("RETURNS", percent=80).text == "80 % of what was bought came back."
    assert all(kind.text for kind in REASONS.values())
    assert all("probab" not in kind.text.lower() for kind in REASONS.values())


# ---- what must hold whatever is set --------------------------------------------------------------------------

ORDER = list(Outcome)
minors = st.integers(0, 200_000)
facts_made = st.builds(
    Facts,
    open_minor=minors,
    reserved_minor=minors,
    overdue=st.lists(
        st.builds(Overdue, minors, st.dates(date(2026, 1, 1), TODAY), is_disputed=st.booleans()), max_size=2
    ).map(tuple),
    paid_on=st.lists(st.dates(date(2025, 1, 1), TODAY), max_size=6).map(tuple),
    dunned=st.integers(0, 2),
    listed=st.sets(st.sampled_from(["email", "address"])).map(frozenset),
    names_at_address=st.integers(0, 8),
    opinion=st.none() | st.builds(Opinion, st.sampled_from(Light)),
)
applications = st.builds(
    lambda minor, express, told, registered: anna(
        minor=minor, is_express=express, was_told=told, registered_on=registered
    ),
    minors,
    st.booleans(),
    st.booleans(),
    st.none() | st.just(date(2026, 1, 1)),
)
set_made = st.fixed_dictionaries(
    {},
    optional={code: st.sampled_from(State) for code in ("known_good", "tier", "overdue", "many_names", "bureau_red")},
).map(lambda states: rules(**states))
LIMITS = [
    (code, value.name)
    for code, kind in KINDS.items()
    if code in {"debt_limit", "tier", "known_good", "basket"}
    for value in kind.values
    if value.name.endswith("_minor") and not value.name.startswith("least")
]


@given(applications, facts_made, set_made, st.sampled_from(LIMITS), minors)
def test_a_lower_limit_never_approves_more(application, facts, set_, where, lower) -> None:
    code, name = where
    setting = set_.of(code)
    lowered = {**setting.values, name: min(lower, int(setting.values[name]))}
    stricter = replace(set_, settings={**set_.settings, code: replace(setting, values=lowered)})
    now, then = (decide(application, facts, one, at=NOW).decision.outcome for one in (set_, stricter))
    assert ORDER.index(then) >= ORDER.index(now)


@given(applications, facts_made, set_made, st.sampled_from(sorted(KINDS)), minors)
def test_a_rule_switched_off_never_changes_a_decision(application, facts, set_, code, minor) -> None:
    setting = set_.of(code)
    values = {name: minor if isinstance(value, int) else value for name, value in setting.values.items()}
    without = {other: one for other, one in set_.settings.items() if other != code}
    off = {**without, code: replace(setting, state=State.OFF, values=values)}
    answers = [decide(application, facts, replace(set_, settings=one), at=NOW).decision for one in (off, without)]
    assert answers[0] == answers[1]


@given(applications, facts_made, set_made, st.sampled_from(sorted(KINDS)))
def test_a_rule_in_the_shadow_is_recorded_and_never_applied(application, facts, set_, code) -> None:
    shadowed, off = (
        decide(
            application,
            facts,
            replace(set_, settings={**set_.settings, code: replace(set_.of(code), state=state)}),
            at=NOW,
        )
        for state in (State.SHADOW, State.OFF)
    )
    assert shadowed.decision == off.decision
    assert [one.counts for one in shadowed.findings if one.rule == code] in ([False], [])
    assert all(one.rule != code for one in off.findings)


@given(applications, facts_made, set_made)
def test_every_decline_has_its_reasons_and_the_buyer_hears_none(application, facts, set_) -> None:
    answer = decide(application, facts, set_, at=NOW).decision
    assert answer.is_accepted or answer.reasons
    told = text(answer.public_text, "de")
    assert not any(reason.code in told or reason.text in told for reason in answer.reasons)


def test_the_same_content_has_the_same_fingerprint() -> None:
    assert anna().fingerprint() == anna().fingerprint()
    others = [anna(minor=1), anna(born_on=None), anna(customer_history=(Earlier(TODAY, 1),)), anna(delivery=ELSEWHERE)]
    assert len({one.fingerprint() for one in (ANNA, *others)}) == 5


def test_a_merchants_rules_begin_with_those_of_everybody() -> None:
    assert standard("EUR").version == 0
    assert set(standard("CHF").settings) == set(KINDS)
