"""Which items belong to the same customer, and what is known of a customer from any of them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from zahlmeister.matching.facts import Clue, Item
from zahlmeister.matching.folding import compact, name_words
from zahlmeister.matching.hypothesis import EXACT_NUMBER, FULL_NAME, IDENTITY, Hypothesis

#: What tells whose items are paid, though perhaps not which.
_OF_A_CUSTOMER = FULL_NAME | EXACT_NUMBER | {"name_similar", "name_in_text"}


def customer_keys(item: Item) -> frozenset[str]:
    """Whose item it is, as well as the shop tells: two items with a key in common are the same customer's."""
    return _keys(item.customer_number, item.email, item.name, item.company, item.postcode)


@lru_cache(maxsize=1 << 14)
def _keys(
    customer_number: str | None, email: str | None, name: str | None, company: str | None, postcode: str | None
) -> frozenset[str]:
    keys = set()
    if customer_number:
        keys.add(f"number {compact(customer_number)}")
    if email:
        keys.add(f"mail {email.lower()}")
    words = " ".join(sorted({*name_words(name or ""), *name_words(company or "")}))
    if words and postcode and len(keys) < 2:  # namesakes in a town are told apart by number and mail address
        keys.add(f"name {words} {postcode}")
    elif words and not keys:
        keys.add(f"name {words}")
    return frozenset(keys)


def are_one_customers(items: Sequence[Item]) -> bool:
    """Whether items are all of the same customer."""
    return bool(frozenset.intersection(*(customer_keys(item) for item in items)))


def of_one_customer(singles: Sequence[Hypothesis]) -> list[list[Hypothesis]]:
    """The items of each customer with more than one whom the payment seems to come from or to name."""
    if len(singles) < 2 or not any(h.has(_OF_A_CUSTOMER) for h in singles):
        return []
    groups: list[tuple[frozenset[str], list[Hypothesis]]] = []
    for hypothesis in singles:
        keys = customer_keys(hypothesis.items[0])
        group = [hypothesis]
        apart = []
        for known, members in groups:
            if known.isdisjoint(keys):
                apart.append((known, members))
            else:
                keys |= known
                group = members + group
        groups = [*apart, (keys, group)]
    return [group for _, group in groups if len(group) >= 2 and any(h.has(_OF_A_CUSTOMER) for h in group)]


def with_shared_identity(singles: list[Hypothesis]) -> list[Hypothesis]:
    """What shows the payer to be the customer counts for all items of this customer alike.

    A shop may know the account or the customer number with one order and not with another.
    """
    shared: dict[int, Hypothesis] = {}
    for group in of_one_customer(singles):
        best = max((_identity(hypothesis) for hypothesis in group), key=_sum)
        for hypothesis in group:
            own = _identity(hypothesis)
            if _sum(own) < _sum(best):
                others = tuple(clue for clue in hypothesis.clues if clue not in own)
                gained = _sum(best) - _sum(own)
                shared[id(hypothesis)] = replace(hypothesis, clues=(*others, *best), score=hypothesis.score + gained)
    return [shared.get(id(hypothesis), hypothesis) for hypothesis in singles]


def _identity(hypothesis: Hypothesis) -> tuple[Clue, ...]:
    return tuple(clue for clue in hypothesis.clues if clue.kind in IDENTITY or clue.kind == "other_name")


def _sum(clues: tuple[Clue, ...]) -> float:
    return sum(clue.weight for clue in clues)
