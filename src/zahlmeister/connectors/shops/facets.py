"""Shops that keep several states of an order at once: of the order, of its payment, of its delivery.

Each of them is written as a code such as `payment:open`; the status of an order is all of them, with blanks between.
A merchant who chooses `payment:open` and `delivery:shipped` as open means orders that are both; of two codes of the
same facet one is enough.
"""

from collections.abc import Iterable, Mapping


def joined(states: Mapping[str, str]) -> str:
    """All states of an order in one status; facets without a state are left out."""
    return " ".join(f"{facet}:{state}" for facet, state in states.items() if state)


def by_facet(codes: Iterable[str]) -> dict[str, set[str]]:
    """Codes sorted by facet; a code may itself be several with blanks between."""
    found: dict[str, set[str]] = {}
    for code in " ".join(codes).split():
        facet, _, state = code.partition(":")
        found.setdefault(facet, set()).add(state)
    return found


def one_of(status: str, facet: str) -> str:
    """The state of one facet in a status; empty where it says nothing of it."""
    return next(iter(by_facet([status]).get(facet, ())), "")


def meets(states: Mapping[str, str], wanted: Iterable[str]) -> bool:
    """Whether an order in these states is one of those wanted."""
    return all(states.get(facet, "") in allowed for facet, allowed in by_facet(wanted).items())
