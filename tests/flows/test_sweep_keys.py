"""A settled item leaves the matcher's sight at once; its keys are taken away later, and nobody sees the difference."""

from collections.abc import Iterable

import pytest
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.flows import sweep_keys as flow
from zahlmeister.flows.assign_payment import unassign
from zahlmeister.flows.sweep_keys import Sweeper, sweep_keys
from zahlmeister.matching.keys import item_keys
from zahlmeister.matching.population import STOP
from zahlmeister.receivables.candidates import DatabaseStore
from zahlmeister.receivables.digests import digest_of
from zahlmeister.receivables.facts import item_facts
from zahlmeister.receivables.models import MatchKey, OpenItem, RetiredKeys

PRICE = "amount:EUR2498"
NUMBER = "number:100012345"


def found(stage: Stage, key: str) -> list[int]:
    store = DatabaseStore(stage.merchant.pk)
    number = store.digest(key)
    return sorted(store.look_up([number]).get(number, ()))


def all_keys(items: Iterable[OpenItem]) -> set[tuple[int, int]]:
    """What must be in the table when everything is swept."""
    return {
        (digest_of(item.merchant_id)(key), item.pk)
        for item in items
        for key in item_keys(item_facts(item))
        if item.open_minor or key.startswith("number:")
    }


def kept(stage: Stage) -> set[tuple[int, int]]:
    return set(MatchKey.objects.filter(merchant=stage.merchant).values_list("digest", "item_id"))


def items(stage: Stage) -> list[OpenItem]:
    return list(OpenItem.objects.filter(merchant=stage.merchant).select_related("order"))


def test_what_is_paid_is_found_by_its_number_only_before_and_after_the_sweep(
    transactional_db: None, stage: Stage
) -> None:
    stage.orders(order("100012345", "24.98"), order("100012346", "24.98", "Cora Lindner"))
    paid, other = stage.item("100012345").pk, stage.item("100012346").pk
    assert found(stage, PRICE) == sorted([paid, other])
    stage.pays(Paid(2498, "Bestellung 100012345"))
    assert (found(stage, PRICE), found(stage, NUMBER)) == ([other], [paid])
    assert kept(stage) > all_keys(items(stage))
    sweep_keys(stage.merchant)
    assert (found(stage, PRICE), found(stage, NUMBER)) == ([other], [paid])
    assert kept(stage) == all_keys(items(stage))
    assert not Sweeper().step()


@pytest.mark.parametrize("is_swept", [False, True])
def test_what_is_taken_back_is_found_again(transactional_db: None, stage: Stage, is_swept: bool) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "Bestellung 100012345"))
    if is_swept:
        sweep_keys(stage.merchant)
    unassign(stage.merchant, stage.payment().pk, by="brigitte", at=stage.now)
    assert found(stage, PRICE) == [stage.item("100012345").pk]
    sweep_keys(stage.merchant)
    assert kept(stage) == all_keys(items(stage))


class Stopped(Exception):
    """The sweep ends here."""


@pytest.mark.parametrize("stops_after", [0, 1, 2, 3])
def test_a_sweep_that_stopped_loses_no_key_of_what_opens_again(
    transactional_db: None, stage: Stage, monkeypatch: pytest.MonkeyPatch, stops_after: int
) -> None:
    stage.orders(order("100012345", "24.98"), order("100012346", "30.00", "Cora Lindner"))
    stage.pays(Paid(2498, "Bestellung 100012345"), Paid(3000, "Bestellung 100012346", "Cora Lindner", BERND))
    slices: list[int] = []

    def sweep_or_stop(merchant_id: int, keys: list[tuple[int, int]]) -> None:
        if len(slices) == stops_after:
            raise Stopped
        slices.append(len(keys))
        really_sweep(merchant_id, keys)

    really_sweep = flow.sweep
    with monkeypatch.context() as patched:
        patched.setattr(flow, "KEYS", 5)
        patched.setattr(flow, "sweep", sweep_or_stop)
        with pytest.raises(Stopped):
            sweep_keys(stage.merchant)
    payment = next(paid for paid in stage.payments() if paid.amount_minor == 2498)
    unassign(stage.merchant, payment.pk, by="brigitte", at=stage.now)
    assert found(stage, PRICE) == [stage.item("100012345").pk]
    assert all_keys(items(stage)) <= kept(stage)
    sweep_keys(stage.merchant)
    assert kept(stage) == all_keys(items(stage))


def test_a_worker_sweeps_step_by_step_and_may_settle_a_file_between(
    transactional_db: None, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "KEYS", 5)
    stage.orders(*(order(f"1000123{n:02d}", "24.98", f"Name{n} Weber") for n in range(4)))
    stage.pays(*(Paid(2498, f"Bestellung 1000123{n:02d}", f"Name{n} Weber") for n in range(2)))
    sweeper, steps = Sweeper(), 0
    while sweeper.step():
        steps += 1
        if steps == 4:  # in the middle of it a file comes, and one payment is taken back
            stage.pays(Paid(2498, "Bestellung 100012302", "Name2 Weber"))
            first = next(paid for paid in stage.payments() if "100012301" in paid.transaction.remittance)
            unassign(stage.merchant, first.pk, by="brigitte", at=stage.now)
            assert found(stage, PRICE) == sorted([stage.item("100012301").pk, stage.item("100012303").pk])
    assert steps > 10
    assert kept(stage) == all_keys(items(stage))
    assert not RetiredKeys.objects.exists()


def test_open_items_are_found_behind_a_crowd_of_settled_ones(transactional_db: None, stage: Stage) -> None:
    numbers = [f"1000123{n:02d}" for n in range(60)]
    stage.orders(*(order(number, "24.98", f"Name{number} Weber") for number in numbers))
    stage.pays(*(Paid(2498, f"Bestellung {number}", f"Name{number} Weber") for number in numbers[:-2]))
    assert RetiredKeys.objects.count() == 58 > STOP
    assert found(stage, PRICE) == sorted(stage.item(number).pk for number in numbers[-2:])
