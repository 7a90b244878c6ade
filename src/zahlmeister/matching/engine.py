"""Read, find candidates by keys, weigh the clues, consider sets, decide: a batch of payments at a time.

One batch asks the store at most twice for keys and twice for items. Payments that name their order and agree with it in
name and amount are decided after the first round; only the rest looks further.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from zahlmeister.matching.chance import Chance
from zahlmeister.matching.customers import with_shared_identity
from zahlmeister.matching.decide import decide
from zahlmeister.matching.facts import Decision, Item, Outcome, Payment, Policy, Proposal
from zahlmeister.matching.findings import find, spelling_of_item
from zahlmeister.matching.hypothesis import FULL_NAME, Hypothesis, single
from zahlmeister.matching.ignore import is_ignored, is_other_money
from zahlmeister.matching.keys import first_keys, further_keys, sibling_keys
from zahlmeister.matching.neighbours import neighbour_keys
from zahlmeister.matching.noise import without_noise
from zahlmeister.matching.population import STOP, Population
from zahlmeister.matching.reading import Reading, read
from zahlmeister.matching.sets import several, without_twice
from zahlmeister.matching.store import CandidateStore

#: So many candidates are weighed in full; the rest shares fewer or weaker keys.
MOST_WEIGHED = 12
#: … and so many when all of them are named.
MOST_NAMED = 24
#: With more items behind the numbers of a text, it is not plain which one is meant.
MOST_PLAIN = 4
#: Of so many named items the customer's other items are looked for.
MOST_SIBLINGS = 4
#: How much a shared key promises; a name joined with the amount is told from a name alone by a second colon.
_KEY_STRENGTH = {"number": 8, "iban": 6, "mail": 6, "payer": 6, "name": 5, "tail": 5, "place": 3}
OTHER_STRENGTH = 2
#: … and how much more a key that one item has alone.
RARE_KEY = 2
#: Evidence that money is for an order of ours at all.
_OURS = frozenset({"number", "identity"})
#: An item is not weighed that promises less than this and less than this share of the best.
WORTH_WEIGHING = 4
WORTH_BESIDE_THE_BEST = 0.3

Found = Mapping[str, Sequence[int]]


class Matcher:
    """Proposals for payments in order, remembering what earlier ones of the run have paid.

    The command line keeps one for all files. The database passes fresh open amounts with every batch and takes a new
    one each time.
    """

    def __init__(self, store: CandidateStore, policy: Policy, population: Population) -> None:
        self._store = store
        self._policy = policy
        self._population = population
        self._open: dict[int, int] = {}
        self._uncounted = Chance(population, {})

    def propose(self, payments: Sequence[Payment]) -> list[Proposal]:
        """One proposal per payment, in the same order.

        The plain ones come first: an order that is named, by its customer, with its amount, is not taken away by a
        payment earlier in the batch that only seems to fit.
        """
        proposals: dict[int, Proposal] = {}
        readings: dict[int, Reading] = {}
        for i, payment in enumerate(payments):
            reason = is_ignored(payment, self._policy)
            if payment.minor <= 0:
                proposals[i] = Proposal(Decision.UNMATCHED, (), "nothing_fits")  # no money pays no order
            elif reason:
                proposals[i] = Proposal(Decision.IGNORED, (), reason)
            else:
                readings[i] = without_noise(read(payment, self._population), self._policy.noise)
        asked = {i: first_keys(reading) for i, reading in readings.items()}
        found = self._look_up(asked)
        items = self._items(named_ids(found))
        for i, reading in readings.items():
            plain = self._plain(reading, found[i], items)
            if plain is not None:
                proposals[i] = self._booked(plain)
        self._propose_rest({i: r for i, r in readings.items() if i not in proposals}, found, items, proposals)
        return [proposals[i] for i in range(len(payments))]

    def remember(self, item: Item, minor: int, *, settles: bool) -> None:
        """So much of an item is paid now; `settles` says that nothing more is expected."""
        left = self._open.get(item.id, item.open_minor) - minor
        self._open[item.id] = 0 if settles else max(left, 0)

    def _propose_rest(
        self,
        readings: Mapping[int, Reading],
        first: Mapping[int, Found],
        items: dict[int, Item],
        proposals: dict[int, Proposal],
    ) -> None:
        asked = {
            i: (*further_keys(reading, self._population), *_siblings(first[i], items))
            for i, reading in readings.items()
        }
        further = self._look_up(asked)
        chosen = {i: _best_ids({**first[i], **further[i]}) for i in readings}
        missing = {number for ids in chosen.values() for number in ids if number not in items}
        items.update(self._items(missing))
        asked = {}
        near_numbers = set()
        for i, reading in readings.items():
            found = {**first[i], **further[i]}
            candidates = [self._current(items[number]) for number in chosen[i] if number in items]
            proposal, keys = self._weighed(reading, found, candidates)
            if keys is not None:
                near_numbers.add(i)
            others = (
                *(keys or _keys_of_the_rest(reading.payment, proposal, found)),
                *_keys_of_the_payers(proposal, found, items),
            )
            if keys is not None or others:
                asked[i] = others
            else:
                proposals[i] = self._booked(proposal)
        neighbours = self._look_up(asked)
        items.update(self._items(named_ids(neighbours) - items.keys()))
        for i, near in neighbours.items():
            found = {**first[i], **further[i]}
            ids = dict.fromkeys((*chosen[i], *sorted(named_ids({i: near}))))
            candidates = [self._current(items[number]) for number in ids if number in items]
            weighed, _ = self._weighed(readings[i], found, candidates, knows_neighbours=i in near_numbers)
            proposals[i] = self._booked(weighed)

    def _plain(self, reading: Reading, found: Found, items: Mapping[int, Item]) -> Proposal | None:
        """Decide a payment whose number, name and amount all say the same; None when anything is left to ask."""
        ids = set().union(*found.values())
        named = [items[number] for number in ids if number in items]
        if not 1 <= len(named) <= MOST_PLAIN:
            return None
        fitting = [item for item in named if self._fits(reading.payment, item)]
        if len(fitting) != 1:
            return None
        findings = find(reading, self._uncounted, found)
        spellings = {spelling_of_item(findings, item) for item in named}
        hypothesis = single(findings, fitting[0], self._policy)
        if len(spellings - {None}) != 1 or not hypothesis.has(FULL_NAME) or "number" not in hypothesis.kinds():
            return None
        proposal = decide(reading.payment, [hypothesis], self._policy)
        return proposal if proposal.decision is Decision.ASSIGNED else None

    def _fits(self, payment: Payment, item: Item) -> bool:
        """Whether a payment is exactly what is owed for an item, and was before this run."""
        if item.open_minor != payment.minor or item.currency != payment.currency:
            return False
        return self._open.get(item.id, payment.minor) == payment.minor

    def _weighed(
        self, reading: Reading, found: Found, candidates: Sequence[Item], *, knows_neighbours: bool = False
    ) -> tuple[Proposal, tuple[str, ...] | None]:
        """What is proposed, and the keys still to be looked up when the decision hangs on them."""
        payment = reading.payment
        findings = find(reading, Chance(self._population, found, knows_neighbours), found)
        same = [item for item in candidates if item.currency == payment.currency]
        if not same and any(spelling_of_item(findings, item) for item in candidates):
            return Proposal(Decision.UNMATCHED, (), "currency"), None
        singles = with_shared_identity([single(findings, item, self._policy) for item in same])
        sets = several(findings, singles, self._policy)
        answers: list[Hypothesis] = [*(without_twice(singles, sets) if sets else singles), *sets]
        if not _is_ours(answers) and (reason := is_other_money(payment, self._policy)):
            return Proposal(Decision.IGNORED, (), reason), None
        proposal = decide(payment, answers, self._policy)
        return proposal, None if knows_neighbours else neighbour_keys(findings, answers, proposal)

    def _booked(self, proposal: Proposal) -> Proposal:
        """Remember what an assignment takes from its items."""
        if proposal.decision is Decision.ASSIGNED:
            best = proposal.candidates[0]
            for share in best.shares:
                self.remember(share.item, share.minor, settles=best.outcome is not Outcome.UNDERPAID)
        return proposal

    def _current(self, item: Item) -> Item:
        left = self._open.get(item.id)
        return item if left is None else replace(item, open_minor=left)

    def _look_up(self, asked: Mapping[int, Sequence[str]]) -> dict[int, dict[str, Sequence[int]]]:
        """The ids per key for every payment; keys without items have an empty sequence."""
        wanted = dict.fromkeys(chain.from_iterable(asked.values()))
        digest = self._store.digest
        digests = {key: digest(key) for key in wanted}
        found = self._store.look_up(list(dict.fromkeys(digests.values()))) if digests else {}
        return {i: {key: found.get(digests[key], ()) for key in keys} for i, keys in asked.items()}

    def _items(self, ids: Iterable[int]) -> dict[int, Item]:
        wanted = sorted(set(ids))
        return dict(self._store.items(wanted)) if wanted else {}


def propose_batch(
    payments: Sequence[Payment], store: CandidateStore, policy: Policy, population: Population
) -> list[Proposal]:
    """Proposals for one batch of payments of one merchant, in order; each sees what the earlier ones have paid."""
    return Matcher(store, policy, population).propose(payments)


def named_ids(found: Mapping[int, Found]) -> set[int]:
    """The items behind the numbers of a batch."""
    return {number for keys in found.values() for ids in keys.values() for number in ids}


def _siblings(found: Found, items: Mapping[int, Item]) -> list[str]:
    """The keys of the customers whose orders are named: they may pay something else, too."""
    named = dict.fromkeys(number for ids in found.values() for number in ids if number in items)
    return [key for number in list(named)[:MOST_SIBLINGS] for key in sibling_keys(items[number])]


def _keys_of_the_rest(payment: Payment, proposal: Proposal, found: Found) -> tuple[str, ...]:
    """The keys of the customer's other items, where money is left over that may be for one of them."""
    if proposal.decision is not Decision.ASSIGNED:
        return ()
    shares = proposal.candidates[0].shares
    if sum([share.minor for share in shares]) >= payment.minor:
        return ()
    return tuple([key for share in shares for key in sibling_keys(share.item) if key not in found])


def _keys_of_the_payers(proposal: Proposal, found: Found, items: Mapping[int, Item]) -> list[str]:
    """The keys of all items of the customers whose account it is, where a single item does not settle it.

    In a crowd of namesakes their other items are not among the best found.
    """
    if proposal.decision is Decision.ASSIGNED and len(proposal.candidates[0].shares) == 1:
        return []
    known = dict.fromkeys(number for key, ids in found.items() if key.startswith("iban:") for number in ids)
    owners = [items[number] for number in list(known)[:MOST_SIBLINGS] if number in items]
    return [key for key in dict.fromkeys(chain.from_iterable(map(sibling_keys, owners))) if key not in found]


def _best_ids(found: Found) -> list[int]:
    """The items that share the most telling keys with a payment; a key of too many items tells nothing."""
    strength: dict[int, float] = defaultdict(float)
    for key, ids in found.items():
        if not 0 < len(ids) <= STOP:
            continue
        kind, _, rest = key.partition(":")
        joined = 2 if kind == "word" and ":" in rest else 0
        points = _KEY_STRENGTH.get(kind, OTHER_STRENGTH) + joined + RARE_KEY / len(ids)
        for number in ids:
            strength[number] += points
    least = min(WORTH_BESIDE_THE_BEST * max(strength.values(), default=0), WORTH_WEIGHING)
    ranked = sorted((-points, number) for number, points in strength.items() if points >= least)
    named = sum(points <= -_KEY_STRENGTH["number"] for points, _ in ranked)
    return [number for _, number in ranked[: max(MOST_WEIGHED, min(named, MOST_NAMED))]]


def _is_ours(answers: Sequence[Hypothesis]) -> bool:
    """Whether an answer names an order or its customer."""
    return any(answer.score > 0 and not _OURS.isdisjoint(answer.kinds()) for answer in answers)
