"""Whether a merchant is verified, and who runs the installation."""

import pytest
from django.db import IntegrityError, transaction
from tests.stage import Stage

from zahlmeister.flows.verify_merchant import name_operator, verify_merchant
from zahlmeister.history.queries import broken_chains, steps_of
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.operator import customers, operator, require_operator
from zahlmeister.merchants.states import Verification
from zahlmeister.merchants.verification import NotVerified, require_verified
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)


def say(stage: Stage, state: Verification, why: str = "register extract") -> None:
    verify_merchant(stage.merchant, state, why=why, by="operator", at=stage.now)


def test_a_new_merchant_is_not_verified_and_becomes_so(stage: Stage) -> None:
    with pytest.raises(NotVerified, match="Brigittes Wollstube"):
        require_verified(stage.merchant)
    say(stage, Verification.VERIFIED)
    require_verified(stage.merchant)


def test_said_twice_it_stands_in_the_history_once(stage: Stage) -> None:
    for _ in range(2):
        say(stage, Verification.VERIFIED, "passport seen")
    [step] = steps_of(stage.merchant.pk, "merchant", stage.merchant.pk)
    assert (step.verb, step.actor, step.reason) == ("verification_verified", "operator", "passport seen")
    assert not broken_chains(stage.merchant.pk)


def test_what_was_proven_may_fail_later(stage: Stage) -> None:
    say(stage, Verification.VERIFIED)
    say(stage, Verification.FAILED, "the company was dissolved")
    with pytest.raises(NotVerified):
        require_verified(stage.merchant)


def test_a_stale_copy_does_not_let_money_out(stage: Stage) -> None:
    say(stage, Verification.VERIFIED)
    stale = Merchant.objects.get(pk=stage.merchant.pk)
    say(stage, Verification.FAILED)
    with pytest.raises(NotVerified):
        require_verified(stale)


def test_without_a_reason_nothing_changes(stage: Stage) -> None:
    with pytest.raises(Refused, match="rests on"):
        say(stage, Verification.VERIFIED, "  ")
    assert Merchant.objects.get().verification == Verification.MISSING


def test_there_is_one_operator_at_most(stage: Stage) -> None:
    assert operator() is None
    assert customers() == []
    with pytest.raises(Refused, match="no operator"):
        require_operator()
    runs = Merchant.objects.create(name="Zahlstelle GmbH", slug="zahlstelle")
    for _ in range(2):
        name_operator(runs, by="root", at=stage.now)
    assert require_operator() == runs
    assert customers() == [stage.merchant]
    with pytest.raises(Refused, match="Zahlstelle GmbH"):
        name_operator(stage.merchant, by="root", at=stage.now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Merchant.objects.filter(pk=stage.merchant.pk).update(is_operator=True)
