"""What a guarantor owes for a claim and when, what it covers, and what makes a term a credit."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zahlmeister.money.banking_days import next_banking_day
from zahlmeister.purchase.rules import (
    Carried,
    Circumstances,
    Claim,
    Condition,
    CreditLaw,
    Exposure,
    LimitReached,
    Limits,
    Wanted,
    carry,
    credit_law,
    guarantee_day,
    limit_reached,
    next_settlement,
    settlement_after,
    share,
    unmet,
    week_of,
)

MONDAY, THURSDAY, SUNDAY = 1, 4, 7


@pytest.mark.parametrize(
    ("claim", "value", "price", "due"),
    [
        (Claim(1000), 1000, 1000, 0),
        (Claim(1000, credited=300), 700, 700, 0),
        (Claim(1000, paid=400), 1000, 1000, 400),
        (Claim(1000, paid=1200), 1000, 1000, 1000),  # paid too much: that is the buyer's
        (Claim(1000, credited=300, paid=800), 700, 700, 700),
        (Claim(1000, paid=400, direct=400), 1000, 1000, 0),
        (Claim(1000, paid=400, direct=100), 1000, 1000, 300),
        (Claim(1000, paid=400, is_guaranteed=True), 1000, 1000, 1000),
        (Claim(1000, credited=300, direct=100, is_guaranteed=True), 700, 700, 600),
        (Claim(1000, paid=400, is_guaranteed=True, is_taken_back=True), 1000, 400, 400),
        (Claim(1000, paid=1200, is_taken_back=True), 1000, 1000, 1000),
    ],
)
def test_what_a_guarantor_owes_for_a_claim(claim: Claim, value: int, price: int, due: int) -> None:
    assert (claim.value, claim.price, claim.due) == (value, price, due)
    assert claim.is_whole == (due == price - claim.direct)


def test_a_claim_is_whole_when_paid_or_guaranteed_or_taken_back() -> None:
    part = Claim(1000, paid=999, direct=200)

    assert not part.is_whole
    assert replace(part, paid=1000).is_whole
    assert replace(part, is_guaranteed=True).is_whole
    assert replace(part, is_taken_back=True).is_whole


@given(st.dates(date(2025, 1, 1), date(2028, 12, 31)), st.integers(MONDAY, SUNDAY), st.integers(8, 60))
def test_the_guarantee_is_paid_on_the_last_settlement_whose_money_arrives_in_time(
    captured: date, weekday: int, days: int
) -> None:
    last = captured + timedelta(days=days)
    paid = guarantee_day(captured, weekday, days)

    if paid > captured:
        assert paid.isoweekday() == weekday
        assert next_banking_day(paid) <= last
        assert next_banking_day(paid + timedelta(days=7)) > last
    else:
        assert paid == captured
        assert days < 14


@pytest.mark.parametrize(
    ("captured", "paid"),
    [
        (date(2026, 6, 1), date(2026, 6, 25)),  # until Wednesday, 1 July; arrives on the 26th
        (date(2026, 6, 2), date(2026, 6, 25)),  # the transfer of Thursday the 2nd would arrive on the 3rd
        (date(2026, 6, 3), date(2026, 7, 2)),
        (date(2026, 3, 4), date(2026, 3, 26)),  # until Good Friday: Thursday's money arrives after Easter
    ],
)
def test_a_guarantee_of_thirty_days_counts_the_days_of_the_bank(captured: date, paid: date) -> None:
    assert guarantee_day(captured, THURSDAY) == paid


def test_no_claim_is_paid_before_it_was_captured() -> None:
    assert guarantee_day(date(2026, 12, 23), THURSDAY, 2) == date(2026, 12, 23)


@pytest.mark.parametrize(
    ("weekday", "after", "day"),
    [
        (THURSDAY, date(2026, 11, 18), date(2026, 11, 19)),
        (THURSDAY, date(2026, 11, 19), date(2026, 11, 26)),
        (THURSDAY, date(2026, 11, 20), date(2026, 11, 26)),
        (MONDAY, date(2026, 11, 22), date(2026, 11, 23)),
        (SUNDAY, date(2026, 11, 22), date(2026, 11, 29)),
    ],
)
def test_the_next_settlement_is_never_the_day_itself(weekday: int, after: date, day: date) -> None:
    assert next_settlement(weekday, after) == day


def test_each_week_has_one_settlement_also_when_the_weekday_changes() -> None:
    thursday = date(2026, 11, 19)

    assert settlement_after(THURSDAY, thursday, thursday) == date(2026, 11, 26)
    assert settlement_after(5, thursday, thursday) == date(2026, 11, 27)  # not Friday of the same week
    assert settlement_after(MONDAY, thursday, thursday) == date(2026, 11, 23)
    assert settlement_after(THURSDAY, thursday, date(2026, 12, 1)) == date(2026, 12, 3)  # the missed ones are one


def test_the_week_at_the_turn_of_the_year_is_that_of_the_calendar() -> None:
    assert week_of(date(2027, 1, 1)) == "2026-W53"
    assert week_of(date(2026, 1, 1)) == "2026-W01"


@pytest.mark.parametrize(
    ("minor", "basis_points", "part"),
    [(10_000, 175, 175), (0, 175, 0), (49, 100, 0), (50, 100, 1), (149, 100, 1), (150, 100, 2), (1999, 10_000, 1999)],
)
def test_a_share_is_rounded_half_up(minor: int, basis_points: int, part: int) -> None:
    assert share(minor, basis_points) == part


@pytest.mark.parametrize(
    ("brought", "lines", "carried"),
    [
        (0, 500, Carried(500, 0)),
        (-200, 500, Carried(300, 0)),
        (-500, 500, Carried(0, 0)),
        (-500, 200, Carried(0, -300)),
        (0, -1, Carried(0, -1)),
    ],
)
def test_below_zero_a_week_is_carried_on(brought: int, lines: int, carried: Carried) -> None:
    assert carry(brought, lines) == carried


FINE = Circumstances(
    needs_shipment=True, is_shipped=True, is_disputed=False, return_until=None,
    reported_after_days=7, report_within_days=7, return_reported_after_days=14,
)  # fmt: skip
TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("about", "conditions"),
    [
        (FINE, []),
        (replace(FINE, is_shipped=False), [Condition.SHIPPED]),
        (replace(FINE, is_shipped=False, needs_shipment=False), []),
        (replace(FINE, reported_after_days=8), [Condition.IN_TIME]),
        (replace(FINE, is_disputed=True), [Condition.NO_DISPUTE]),
        (replace(FINE, return_until=TODAY), [Condition.NO_RETURN]),
        (replace(FINE, return_until=TODAY + timedelta(days=1)), [Condition.NO_RETURN]),
        (replace(FINE, return_until=TODAY - timedelta(days=1)), []),
        (replace(FINE, return_reported_after_days=15), [Condition.RETURN_IN_TIME]),
        (replace(FINE, is_disputed=True, reported_after_days=9), [Condition.IN_TIME, Condition.NO_DISPUTE]),
    ],
)
def test_a_guarantee_pays_when_no_condition_is_broken(about: Circumstances, conditions: list[Condition]) -> None:
    assert list(unmet(about, TODAY)) == conditions


def test_the_words_that_systems_are_told_stay_as_they_are() -> None:
    assert [str(one) for one in Condition] == [
        "not_shipped", "reported_late", "disputed", "return_announced", "return_reported_late",
    ]  # fmt: skip
    assert [str(one) for one in LimitReached] == ["debtor_limit", "guarantor_limit"]
    assert [str(one) for one in CreditLaw] == ["third_party", "term_too_long", "charged"]


NOTHING = Exposure(0, 0)


@pytest.mark.parametrize(
    ("limits", "more", "reached"),
    [
        (Limits(1000, 5000), Wanted(300, 300), None),
        (Limits(999, 5000), Wanted(300, 300), LimitReached.DEBTOR),
        (Limits(999, 5000), Wanted(0, 300), None),  # nothing more of the buyer
        (Limits(999, 5000), Wanted(-100, 300), None),
        (Limits(None, 2300), Wanted(300, 300), None),
        (Limits(None, 2299), Wanted(300, 300), LimitReached.TOTAL),
        (Limits(1000, 2299), Wanted(300, 300), LimitReached.TOTAL),
        (Limits(999, 2299), Wanted(300, 300), LimitReached.DEBTOR),
        (Limits(None, 100), Wanted(300, 0), None),
        (Limits(0, None), Wanted(1, 1), LimitReached.DEBTOR),
        (Limits(None, 0), Wanted(1, 1), LimitReached.TOTAL),
        (Limits(None, None), Wanted(10**9, 10**9), None),
    ],
)
def test_no_more_is_promised_than_the_guarantor_wants_to_carry(
    limits: Limits, more: Wanted, reached: LimitReached | None
) -> None:
    assert limit_reached(limits, debtor=Exposure(500, 200), total=Exposure(1500, 500), more=more) == reached


def test_the_smallest_order_counts_too() -> None:
    assert limit_reached(Limits(0, None), debtor=NOTHING, total=NOTHING, more=Wanted(1, 1)) == LimitReached.DEBTOR


def test_open_and_reserved_are_carried_together() -> None:
    assert Exposure(500, 200).sum == 700


@pytest.mark.parametrize(
    ("is_third_party", "term_days", "is_large_seller", "is_charged", "laws"),
    [
        (False, 50, False, False, []),
        (False, 51, False, False, [CreditLaw.TERM_TOO_LONG]),
        (False, 14, True, False, []),
        (False, 15, True, False, [CreditLaw.TERM_TOO_LONG]),
        (True, 14, False, False, [CreditLaw.THIRD_PARTY]),
        (False, 14, False, True, [CreditLaw.CHARGED]),
        (True, 60, False, True, [CreditLaw.THIRD_PARTY, CreditLaw.TERM_TOO_LONG, CreditLaw.CHARGED]),
    ],
)
def test_a_sellers_own_free_and_short_deferral_is_no_credit(
    is_third_party: bool, term_days: int, is_large_seller: bool, is_charged: bool, laws: list[CreditLaw]
) -> None:
    found = credit_law(
        is_third_party=is_third_party, term_days=term_days, is_large_seller=is_large_seller, is_charged=is_charged
    )

    assert found == laws
