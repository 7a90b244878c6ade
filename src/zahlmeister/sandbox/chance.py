"""Chance that repeats itself: the same seed rolls the same dice on every machine."""

import random
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


class Dice(random.Random):
    """Dice for made-up people, orders and payments; all chances are whole numbers."""

    def happens(self, percent: int) -> bool:
        """Whether something comes true that comes true so many times in a hundred."""
        return self.randrange(100) < percent

    def weighted(self, table: Mapping[T, int]) -> T:
        """One of the table's keys, each as often as its weight says."""
        (chosen,) = self.choices(list(table), weights=list(table.values()))
        return chosen


def dice(*purpose: object) -> Dice:
    """Dice for one purpose: `dice(7, "bank")` rolls alike for ever and knows nothing of `dice(7, "shop")`."""
    return Dice("/".join(str(part) for part in purpose))
