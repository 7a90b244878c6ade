"""Guards on invented payments with known truth: nothing wrong, and not too little found."""

from random import Random

import pytest
from benchmarks.matching.measure import judge_all
from benchmarks.matching.orders import world
from benchmarks.matching.payments import Teller

from zahlmeister.matching.engine import Matcher, propose_batch
from zahlmeister.matching.facts import Policy
from zahlmeister.matching.store import MemoryStore


@pytest.mark.parametrize(("seed", "style"), [(201, "mixed"), (202, "counter")])
def test_nothing_is_booked_wrongly_and_most_is_booked(seed, style):
    random = Random(seed)
    merchant = world(random, 3_000, style=style)
    cases = Teller(random, merchant).cases(1_500)
    store = MemoryStore(order.item for order in merchant.open)
    proposals = Matcher(store, Policy(), store.population()).propose([case.payment for case in cases])
    report = judge_all(cases, proposals)

    assert report.total("wrong") == 0
    assert report.recall > 0.95
    assert report.recall_with_suggestions > 0.99


def test_shares_never_exceed_the_payment_nor_the_item():
    random = Random(203)
    merchant = world(random, 800)
    cases = Teller(random, merchant).cases(500)
    store = MemoryStore(order.item for order in merchant.open)
    proposals = propose_batch([case.payment for case in cases], store, Policy(), store.population())

    for case, proposal in zip(cases, proposals, strict=True):
        for candidate in proposal.candidates:
            assert sum(share.minor for share in candidate.shares) <= case.payment.minor
            assert all(0 <= share.minor <= share.item.open_minor + share.item.fees_minor for share in candidate.shares)
            assert 0 <= candidate.confidence <= 1
        assert len(proposal.candidates) <= 5
        assert list(proposal.candidates) == sorted(proposal.candidates, key=lambda one: -one.confidence)


def test_an_item_is_never_paid_twice_in_one_run():
    random = Random(204)
    merchant = world(random, 300)
    cases = Teller(random, merchant).cases(150)
    store = MemoryStore(order.item for order in merchant.open)
    matcher = Matcher(store, Policy(), store.population())
    paid: dict[int, int] = {}
    for start in range(0, len(cases), 25):
        for proposal in matcher.propose([case.payment for case in cases[start : start + 25]]):
            if proposal.decision == "assigned":
                for share in proposal.candidates[0].shares:
                    paid[share.item.id] = paid.get(share.item.id, 0) + share.minor

    assert paid
    owed = {order.item.id: order.item.open_minor + order.item.fees_minor for order in merchant.open}
    assert all(minor <= owed[number] for number, minor in paid.items())


def test_the_same_twice_is_the_same():
    random = Random(205)
    merchant = world(random, 300)
    payments = [case.payment for case in Teller(random, merchant).cases(100)]
    store = MemoryStore(order.item for order in merchant.open)
    population = store.population()

    assert propose_batch(payments, store, Policy(), population) == propose_batch(payments, store, Policy(), population)


def test_a_merchant_with_one_price_is_asked():
    """A merchant with one price: the amount is a key that decides nothing."""
    from tests.matching.shop import item, payment

    store = MemoryStore(item(f"{20_000_000 + 7 * n}", 2990, f"Anna{n % 900} Berg{n % 1100}") for n in range(5_000))
    asked = [payment(2990, "Anna5 Berg5", "danke")] * 50
    proposals = propose_batch(asked, store, Policy(), store.population())

    assert all(proposal.decision != "assigned" for proposal in proposals)
