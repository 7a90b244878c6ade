"""The history: each step is chained to the one before it, and whoever changes one is found out."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from zahlmeister.history.models import Step
from zahlmeister.history.queries import broken_chains, steps_of
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.insert import Later
from zahlmeister.merchants.models import Merchant

AT = datetime(2026, 11, 20, 8, 30, 15, 123456, tzinfo=UTC)


def tell(merchant: Merchant, *verbs: str, subject: int = 1) -> None:
    record(
        merchant.pk, [Happened("item", subject, verb, "brigitte", facts={"ä": [1, "zwei"]}) for verb in verbs], at=AT
    )


def test_steps_are_counted_per_subject(merchant: Merchant) -> None:
    tell(merchant, "opened", "paid")
    tell(merchant, "opened", subject=2)
    tell(merchant, "reopened")
    assert [(step.ordinal, step.verb) for step in steps_of(merchant.pk, "item", 1)] == [
        (1, "opened"),
        (2, "paid"),
        (3, "reopened"),
    ]
    assert broken_chains(merchant.pk) == []


@pytest.mark.parametrize("change", [{"verb": "cancelled"}, {"reason": "anders"}, {"actor": "x"}, {"facts": {"ä": 2}}])
def test_a_changed_step_is_found(merchant: Merchant, change: dict[str, object]) -> None:
    tell(merchant, "opened", "paid", "reopened")
    Step.objects.filter(ordinal=2).update(**change)
    assert broken_chains(merchant.pk) == [("item", 1, 2)]


def test_a_step_that_was_taken_out_is_found(merchant: Merchant) -> None:
    tell(merchant, "opened", "paid", "reopened")
    Step.objects.filter(ordinal=2).delete()
    assert broken_chains(merchant.pk) == [("item", 1, 2)]


def test_of_two_writers_of_the_same_step_one_loses(merchant: Merchant) -> None:
    tell(merchant, "opened")
    with pytest.raises(IntegrityError), transaction.atomic():
        record(merchant.pk, [Happened("item", 1, "opened", "other")], at=AT, new_subjects={"item"})


def test_what_was_thought_out_side_by_side_is_chained_when_it_is_written(merchant: Merchant) -> None:
    one, two = Later(), Later()
    for later, verb in ((one, "part_paid"), (two, "paid")):
        record(merchant.pk, [Happened("item", 1, verb, "matcher", facts={"minor": 5})], at=AT, later=later)
    assert not steps_of(merchant.pk, "item", 1)
    one.write()
    two.write()
    assert [(step.ordinal, step.verb) for step in steps_of(merchant.pk, "item", 1)] == [(1, "part_paid"), (2, "paid")]
    assert broken_chains(merchant.pk) == []
