"""One payment for several items: all named, some named, or only the payer and the sum tell."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from math import comb, log2, prod

from zahlmeister.matching.clues.amount import other_amount_clue
from zahlmeister.matching.customers import are_one_customers, of_one_customer
from zahlmeister.matching.facts import Clue, Item, Policy
from zahlmeister.matching.findings import Findings, spelling_of_item
from zahlmeister.matching.hypothesis import EXACT_NUMBER, NUMBER, SLIPS, Hypothesis
from zahlmeister.matching.spellings import Spelling
from zahlmeister.matching.weights import ALL_OF_SEVERAL, SEVERAL, bits
from zahlmeister.money.amount import minor_text

#: A customer with more open items than this is asked which ones he meant.
MOST_ITEMS = 12
MOST_TOGETHER = 6
MOST_NAMED = 30
MOST_CUSTOMERS = 4
#: How many ways to read numbers that fit several items are told apart.
MOST_READINGS = 8
#: How many combinations are told apart; two already make the answer ambiguous.
MOST_COMBINATIONS = 2
#: Numbers that name an item, with or without what stands before the digits.
NAMES = EXACT_NUMBER | {"number_tail", "order_number_other_prefix", "invoice_number_other_prefix"}
_SUM, _TWICE, _NOT_NAMED = frozenset({"amount_sum"}), frozenset({"amount_twice"}), frozenset({"not_named"})
#: What every further item adds that is named by its number, too: hardly anybody names an order he does not pay.
ALSO_NAMED = 8.0
NOT_NAMED = -1.5
#: Orders of two customers whose sum is another: rather one of the numbers is read wrongly.
OF_STRANGERS = -8.0


def several(findings: Findings, singles: Sequence[Hypothesis], policy: Policy) -> list[Hypothesis]:
    """The answers with more than one item, at most a handful."""
    is_open = [s for s in singles if s.items[0].open_minor > 0]
    named = [s for s in is_open if s.has(NAMES)]
    found: dict[frozenset[int], Hypothesis] = {}
    for apart in _one_per_number(findings, named):
        for chosen in _all_or_fitting(findings, apart, policy):
            _keep(found, _together(findings, chosen, policy, ways=1, is_all=False))
    most = findings.reading.payment.minor + policy.tolerance_minor
    payable = [s for s in is_open if s.items[0].open_minor < most]
    for group in of_one_customer(payable)[:MOST_CUSTOMERS]:
        if len(group) > MOST_ITEMS:
            continue
        fitting = list(_fitting(findings, group, named, policy))
        named_ids = {h.items[0].id for h in named}
        for chosen in fitting:
            free = sum(h.items[0].id not in named_ids for h in chosen)
            choices = comb(len(group) - (len(chosen) - free), free)
            is_all = len(chosen) == len(group)
            _keep(found, _together(findings, chosen, policy, ways=max(len(fitting), choices), is_all=is_all))
    return list(found.values())


def without_twice(singles: Sequence[Hypothesis], sets: Sequence[Hypothesis]) -> list[Hypothesis]:
    """The single items, less those that would be paid twice where two of the same amount make the sum as well.

    Nobody pays one of two equal orders twice and the other one not at all, unless he names one and not the other, be it
    with a slip.
    """
    equal = [one for one in sets if one.has(_SUM) and not one.mentions(_NOT_NAMED) and are_one_customers(one.items)]
    of_sets = [{item.id for item in one.items} for one in equal]

    def is_better_together(one: Hypothesis) -> bool:
        return one.mentions(_TWICE) and not one.has(NUMBER) and any(one.items[0].id in ids for ids in of_sets)

    return [one for one in singles if not is_better_together(one)]


def _keep(found: dict[frozenset[int], Hypothesis], hypothesis: Hypothesis) -> None:
    key = frozenset(item.id for item in hypothesis.items)
    if key not in found or found[key].score < hypothesis.score:
        found[key] = hypothesis


def _one_per_number(findings: Findings, named: list[Hypothesis]) -> list[list[Hypothesis]]:
    """The items named, one for each number in the text; a number that fits two items names only one of them."""
    owners: dict[Spelling, list[Hypothesis]] = defaultdict(list)
    for hypothesis in named:
        spelling = _spelling(findings, hypothesis)
        if spelling is not None:
            owners[spelling].append(hypothesis)
    if not 2 <= len(owners) <= MOST_NAMED:
        return []
    if prod(map(len, owners.values())) > MOST_READINGS:
        return [[max(each, key=lambda h: h.score) for each in owners.values()]]
    return [list(chosen) for chosen in product(*owners.values())]


def _all_or_fitting(findings: Findings, named: list[Hypothesis], policy: Policy) -> Iterator[tuple[Hypothesis, ...]]:
    """All that are named; strangers whose orders make another sum must be named by more than an end of a number."""
    are_exact = all(h.has(EXACT_NUMBER) for h in named)
    if are_exact or _fits(findings, tuple(named), policy) or are_one_customers([h.items[0] for h in named]):
        yield tuple(named)
    if not _fits(findings, tuple(named), policy) and len(named) <= MOST_ITEMS:
        yield from _fitting(findings, named, [], policy)


def _fitting(
    findings: Findings, group: list[Hypothesis], named: list[Hypothesis], policy: Policy
) -> Iterator[tuple[Hypothesis, ...]]:
    """The combinations of a customer's items that make the amount and contain every item named."""
    must = _of_the_group(findings, group, named)
    if must is None:
        return
    named_ids = {h.items[0].id for h in named}
    free = sorted((h for h in group if h.items[0].id not in named_ids), key=lambda h: -h.items[0].open_minor)
    owed = sum(h.items[0].open_minor for h in must)
    count = 0
    for chosen in _sums(free, findings.reading.payment.minor - owed, MOST_TOGETHER - len(must), policy.tolerance_minor):
        if len(chosen) + len(must) >= 2:
            yield (*must, *chosen)
            count += 1
            if count >= MOST_COMBINATIONS:
                return


def _of_the_group(findings: Findings, group: list[Hypothesis], named: list[Hypothesis]) -> list[Hypothesis] | None:
    """The customer's items that are named; None when a number in the text can only be somebody else's."""
    spellings = {_spelling(findings, h) for h in named}
    mine: dict[Spelling | None, list[Hypothesis]] = defaultdict(list)
    for hypothesis in group:
        spelling = _spelling(findings, hypothesis)
        if spelling in spellings:
            mine[spelling].append(hypothesis)
    if len(mine) < len(spellings):
        return None
    return [max(owners, key=lambda h: h.score) for owners in mine.values()]


def _spelling(findings: Findings, hypothesis: Hypothesis) -> Spelling | None:
    """Where the text names an item, be it by the end of its number only."""
    exact = spelling_of_item(findings, hypothesis.items[0])
    tails = [clue.facts[1] for clue in hypothesis.clues if clue.kind == "number_tail"]
    return exact or next((s for s in findings.reading.spellings if tails and s.text.lstrip("0") == tails[0]), None)


def _sums(
    free: list[Hypothesis], target: int, most: int, tolerance: int, start: int = 0
) -> Iterator[tuple[Hypothesis, ...]]:
    """Depth first over items sorted by falling amount; at most MOST_ITEMS items, so it ends soon."""
    if abs(target) <= tolerance:
        yield ()
        return
    if most <= 0 or target < 0:
        return
    for i in range(start, len(free)):
        amount = free[i].items[0].open_minor
        if amount <= target + tolerance:
            for rest in _sums(free, target - amount, most - 1, tolerance, i + 1):
                yield (free[i], *rest)


def _fits(findings: Findings, chosen: tuple[Hypothesis, ...], policy: Policy) -> bool:
    owed = sum(h.items[0].open_minor for h in chosen)
    return abs(findings.reading.payment.minor - owed) <= policy.tolerance_minor


def _together(
    findings: Findings, chosen: tuple[Hypothesis, ...], policy: Policy, *, ways: int, is_all: bool
) -> Hypothesis:
    items = tuple(h.items[0] for h in chosen)
    numbers = sorted((c for h in chosen for c in h.clues if c.kind in NAMES), key=lambda clue: -clue.weight)
    unnamed = len(chosen) - len(numbers) if numbers else 0
    others = max((_other_clues(findings, h) for h in chosen), key=lambda clues: sum(clue.weight for clue in clues))
    first = numbers[:1]
    further = [Clue(clue.kind, min(ALSO_NAMED, clue.weight), clue.facts) for clue in numbers[1:]]
    missing = [Clue("not_named", NOT_NAMED * unnamed, (str(unnamed),))] if unnamed else []
    clues = (*first, *further, *missing, *others, _sum_clue(findings, chosen, policy, ways))
    usual = log2(ALL_OF_SEVERAL if is_all else SEVERAL)
    if not _fits(findings, chosen, policy) and not are_one_customers(items):
        usual += OF_STRANGERS
    score = findings.chance.prior() + usual + sum(clue.weight for clue in clues)
    return Hypothesis(items, clues, score)


def _other_clues(findings: Findings, hypothesis: Hypothesis) -> list[Clue]:
    """The clues about the payer; a missing number is not held against a set that others name.

    What names an item exactly is no slip of another item's number besides.
    """
    return [
        clue
        for clue in hypothesis.clues
        if clue.kind not in NAMES
        and not clue.kind.startswith("amount")
        and clue.kind != "other_open_number"
        and not (clue.kind in SLIPS and clue.facts[1] in findings.named)
    ]


def _sum_clue(findings: Findings, chosen: tuple[Hypothesis, ...], policy: Policy, ways: int) -> Clue:
    payment = findings.reading.payment
    owed = sum(h.items[0].open_minor for h in chosen)
    text = minor_text(owed, payment.currency)
    if _fits(findings, chosen, policy):
        chance = findings.chance.of_odd_amount(payment.minor, payment.currency)
        return Clue("amount_sum", bits("amount_sum", min(chance * max(ways, 1), 1)), (text, str(len(chosen))))
    return other_amount_clue(findings, _sum_of([h.items[0] for h in chosen], payment.minor), policy)


def _sum_of(items: list[Item], paid: int) -> Item:
    """Several items as one, to explain why another amount is paid: without the shipping of one or of all, say."""
    owed = sum(item.open_minor for item in items)
    shippings = [item.shipping_minor or 0 for item in items]
    left_out = next((s for s in (sum(shippings), *shippings) if s and owed - s == paid), None)
    days = [item.discount_until for item in items if item.discount_minor and item.discount_until]
    return replace(
        items[0],
        open_minor=owed,
        shipping_minor=left_out,
        discount_minor=sum(item.discount_minor for item in items),
        discount_until=min(days, default=None),
        fees_minor=sum(item.fees_minor for item in items),
    )
