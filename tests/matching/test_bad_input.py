"""Whatever arrives: no crash, nothing assigned wrongly, and no more work than for an honest payment times a few.

Work is counted, not timed: how many keys are looked up, how many items are read, how many functions are called.
"""

import sys

import pytest
from tests.matching.hostile import PATTERNS, text
from tests.matching.shop import item, matcher, orders_of, others, payment

from zahlmeister.matching.engine import MOST_NAMED, Matcher
from zahlmeister.matching.facts import Policy
from zahlmeister.matching.keys import MOST_FIRST_KEYS, MOST_FURTHER_KEYS
from zahlmeister.matching.neighbours import MOST_NEIGHBOURS
from zahlmeister.matching.reading import LONGEST_TEXT
from zahlmeister.matching.store import MemoryStore

LONG = 10_000
ENORMOUS = 10**15
BERND = item("100012345", 2498, "Bernd Klein")
#: An honest payment that is weighed in full takes three to four thousand calls.
MOST_CALLS = 40_000


class CountingStore(MemoryStore):
    """Counts what it is asked."""

    keys = read = 0

    def look_up(self, digests):
        self.keys += len(digests)
        return super().look_up(digests)

    def items(self, ids):
        self.read += len(ids)
        return super().items(ids)


def calls_of(work):
    """How many Python functions a piece of work calls."""
    count = 0

    def counted(_frame, event, _argument):
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("minor", [0, 2498, ENORMOUS])
def test_no_text_is_too_strange(pattern, minor):
    """In every field at once, whole and in pieces; Bernd's amount alone is no reason to assign it to Bernd."""
    said = text(pattern, LONG)
    asked = [
        payment(minor, said, said, creditor_reference=said, end_to_end_id=said, ultimate_payer=said, iban=said),
        payment(minor, said, said, remittance_pieces=tuple(said[at : at + 27] for at in range(0, LONG, 27))),
        payment(minor, said, None, remittance_pieces=tuple(said)),
    ]
    matching = matcher(BERND)
    proposals = []

    assert calls_of(lambda: proposals.extend(matching.propose(asked))) < MOST_CALLS * len(asked)
    assert all(proposal.decision != "assigned" for proposal in proposals)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_is_too_long_costs_nothing(pattern):
    short, long = (payment(2498, "Bernd Klein", text(pattern, length)) for length in (LONGEST_TEXT, LONG))
    matching = matcher(BERND)
    matching.propose([short, long])  # what is remembered of a name is remembered for both

    assert calls_of(lambda: matching.propose([long])) <= 1.1 * calls_of(lambda: matching.propose([short]))


def test_five_hundred_numbers_are_left_to_a_person():
    numbers = [other.number for other in others()[:500]]
    store = CountingStore([*others(), BERND])
    matching = Matcher(store, Policy(), store.population())
    sum_of_all = sum(other.open_minor for other in others()[:500])
    proposals = []

    def work():
        for said in (" ".join(numbers), ", ".join(numbers), "".join(numbers)):
            proposals.extend(matching.propose([payment(sum_of_all, "Bernd Klein", said)]))

    assert calls_of(work) < 3 * MOST_CALLS
    assert all(proposal.decision != "assigned" for proposal in proposals)
    assert store.keys <= 3 * (MOST_FIRST_KEYS + MOST_FURTHER_KEYS + 8 + MOST_NEIGHBOURS)
    assert store.read <= 3 * (MOST_FIRST_KEYS + MOST_NAMED)


def test_fifty_thousand_items_of_one_customer_at_one_price():
    """Her name and the price say nothing; the number she writes says which."""
    count = 50_000
    store = CountingStore(
        item(str(20_000_000 + 7 * n), 2990, "Cora Lindner", id=n, email="cora@example.de", customer_number="40001")
        for n in range(count)
    )
    matching = Matcher(store, Policy(), store.population())
    unnamed = [payment(2990, "Cora Lindner", said) for said in ("danke", "Kundennummer 40001", "cora@example.de")]
    named = payment(2990, "Cora Lindner", "Bestellung 20000707")

    assert calls_of(lambda: matching.propose(unnamed)) < MOST_CALLS * len(unnamed)
    assert all(proposal.decision != "assigned" for proposal in matching.propose(unnamed))
    assert store.read <= 2 * len(unnamed) * MOST_NAMED
    assert orders_of(matching.propose([named])[0]) == ["20000707"]


def test_amounts_at_the_edge_are_nobody_elses():
    """Nothing is owed for the one, and the other is more than any shop sells."""
    free, dear = item("100099001", 0, "Dirk Stein"), item("100099002", ENORMOUS, "Dirk Stein")
    nothing = payment(0, "Bernd Klein", "Bestellung 100012345")
    everything = payment(ENORMOUS, "Dirk Stein", "Bestellung 100099002")
    proposals = matcher(free, dear, BERND).propose([nothing, everything])

    assert proposals[0].decision == "unmatched"
    assert (proposals[1].decision, orders_of(proposals[1])) == ("assigned", ["100099002"])
