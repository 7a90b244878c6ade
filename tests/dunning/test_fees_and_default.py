"""Since when somebody is in default, which fees would stand, and what keeps a reminder back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from zahlmeister.dunning.fees import FeeWarning, Notice, SentBy, fee_warnings, flat_sum
from zahlmeister.dunning.holds import Circumstances, Hold, holds
from zahlmeister.dunning.in_default import Debt, Default, Reason, in_default
from zahlmeister.money.amount import Amount

DUE = date(2026, 3, 2)
NOW = datetime(2026, 3, 20, 8, 0, tzinfo=UTC)
MAILED = Notice("DE", is_business=False, sent_by=SentBy.MAIL, was_in_default=True)


def consumer(**facts: object) -> Debt:
    return replace(Debt("DE", is_business=False, due_on=DUE), **facts)


def test_a_consumer_is_not_in_default_by_a_date_that_only_the_invoice_names():
    assert in_default(consumer()) is None


def test_a_reminder_after_the_due_date_puts_in_default():
    assert in_default(consumer(reminded_on=date(2026, 3, 10))) == Default(date(2026, 3, 11), Reason.REMINDER)
    assert in_default(consumer(reminded_on=date(2026, 3, 1))) is None


def test_an_agreed_day_needs_no_reminder():
    assert in_default(consumer(due_is_agreed=True)) == Default(date(2026, 3, 3), Reason.AGREED_DAY)


def test_thirty_days_count_against_a_consumer_only_when_he_was_told():
    arrived = consumer(invoice_arrived_on=date(2026, 2, 20))

    assert in_default(arrived) is None
    assert in_default(replace(arrived, thirty_days_told=True)) == Default(date(2026, 4, 2), Reason.THIRTY_DAYS)
    assert in_default(replace(arrived, is_business=True)) == Default(date(2026, 4, 2), Reason.THIRTY_DAYS)


def test_the_earliest_of_several_ways_counts():
    both = consumer(invoice_arrived_on=date(2026, 2, 20), thirty_days_told=True, reminded_on=date(2026, 3, 10))

    assert in_default(both) == Default(date(2026, 3, 11), Reason.REMINDER)


def test_in_austria_default_begins_behind_the_due_date():
    assert in_default(consumer(country="AT")) == Default(date(2026, 3, 3), Reason.AGREED_DAY)


@pytest.mark.parametrize(
    ("fee", "notice", "warnings"),
    [
        ("0.00", MAILED, []),
        ("2.00", MAILED, [FeeWarning.MAIL_COSTS_NOTHING]),
        ("2.00", replace(MAILED, sent_by=SentBy.LETTER), []),
        ("5.00", replace(MAILED, sent_by=SentBy.LETTER), [FeeWarning.ONLY_PAPER_AND_POSTAGE]),
        ("1.00", replace(MAILED, sent_by=SentBy.LETTER, was_in_default=False), [FeeWarning.FIRST_IS_FREE]),
        ("1.00", replace(MAILED, country="AT"), [FeeWarning.ONLY_IN_PROPORTION]),
        ("1.00", replace(MAILED, country="FR"), [FeeWarning.UNKNOWN_LAW]),
        ("1.00", replace(MAILED, country="AT", is_business=True), []),
    ],
)
def test_fees_that_courts_would_not_let_stand_are_warned_of(fee, notice, warnings):
    assert fee_warnings(Amount.parse(fee, "EUR"), notice) == warnings


def test_in_switzerland_a_fee_has_to_be_agreed():
    notice = replace(MAILED, country="CH")

    assert fee_warnings(Amount.parse("10.00", "CHF"), notice) == [FeeWarning.ONLY_IF_AGREED]


def test_forty_euro_are_for_businesses_only():
    assert flat_sum("DE", "EUR", is_business=True) == Amount.parse("40.00", "EUR")
    assert flat_sum("DE", "EUR", is_business=False) is None
    assert flat_sum("CH", "CHF", is_business=True) is None


READY = Circumstances(open_minor=1_000, bank_read_at=NOW - timedelta(hours=2), bank_hours=48)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"open_minor": 0}, Hold.TOO_LITTLE),
        ({"minimum_minor": 1_001}, Hold.TOO_LITTLE),
        ({"bank_read_at": NOW - timedelta(hours=49)}, Hold.STALE_BANK),
        ({"bank_read_at": None}, Hold.STALE_BANK),
        ({"has_waiting_payment": True}, Hold.WAITING_PAYMENT),
        ({"order_blocked_until": NOW.date()}, Hold.BLOCKED_ORDER),
        ({"customer_blocked_until": date.max}, Hold.BLOCKED_CUSTOMER),
        ({"is_disputed": True}, Hold.DISPUTED),
        ({"is_returned": True}, Hold.RETURNED),
        ({"is_gone": True}, Hold.GONE),
        ({"can_be_reached": False}, Hold.NO_ADDRESS),
    ],
)
def test_each_reason_holds_a_reminder_back(change, reason):
    assert list(holds(READY, at=NOW, today=NOW.date())) == []
    assert list(holds(replace(READY, **change), at=NOW, today=NOW.date())) == [reason]


def test_a_block_ends_behind_its_last_day():
    blocked = replace(READY, order_blocked_until=NOW.date() - timedelta(days=1))

    assert list(holds(blocked, at=NOW, today=NOW.date())) == []
