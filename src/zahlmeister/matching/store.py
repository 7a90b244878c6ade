"""Where the open items and their keys are kept.

The engine asks a `CandidateStore` twice per batch; the database implements it over a key table, the command line
over memory.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from zahlmeister.matching.facts import Item
from zahlmeister.matching.keys import Digest, digest, kept_keys
from zahlmeister.matching.population import SAMPLE, STOP, Population


class CandidateStore(Protocol):
    """The open items (and recently closed ones) of one merchant, found by key."""

    @property
    def digest(self) -> Digest:
        """What makes a key into the number that `look_up` is asked for."""

    def look_up(self, digests: Sequence[int]) -> Mapping[int, Sequence[int]]:
        """The ids of the items per digest, at most STOP + 1 each; digests without items may be absent."""

    def items(self, ids: Sequence[int]) -> Mapping[int, Item]:
        """The items with these ids; those that are gone are absent."""


class MemoryStore:
    """Items and their keys in memory, for the command line, tests and benchmarks."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self.digest: Digest = digest
        self._items: dict[int, Item] = {}
        self._ids: dict[int, int | list[int]] = {}
        for item in items:
            self.add(item)

    def add(self, item: Item) -> None:
        """An item opens: its keys are written. One that is paid is found by its numbers only."""
        self._items[item.id] = item
        for key in kept_keys(item):
            number = self.digest(key)
            present = self._ids.get(number)
            if present is None:
                self._ids[number] = item.id
            elif isinstance(present, int):
                self._ids[number] = [present, item.id]
            elif len(present) <= STOP:
                present.append(item.id)

    def look_up(self, digests: Sequence[int]) -> dict[int, Sequence[int]]:
        found: dict[int, Sequence[int]] = {}
        for number in digests:
            present = self._ids.get(number)
            if present is not None:
                found[number] = (present,) if isinstance(present, int) else present
        return found

    def items(self, ids: Sequence[int]) -> dict[int, Item]:
        return {number: self._items[number] for number in ids if number in self._items}

    def population(self) -> Population:
        """What is typical of the open items, from every n-th of them in the order in which they were added."""
        open_items = [item for item in self._items.values() if item.open_minor > 0]
        return Population.of(open_items[:: max(len(open_items) // SAMPLE, 1)], len(open_items))
