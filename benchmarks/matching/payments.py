"""Invented payments for a world of orders, with everything that goes wrong, and the truth about each."""

from random import Random

from benchmarks.matching.bank import one_of
from benchmarks.matching.case import Case
from benchmarks.matching.orders import World
from benchmarks.matching.stories import STORIES
from benchmarks.matching.transfers import Transfers

#: After so many stories in a row that cannot be told any more, all orders are paid.
MOST_IDLE = 2_000


class Teller:
    """Tells stories about a world: each makes one or several payments."""

    def __init__(self, random: Random, world: World, *, clean: float = 0.0) -> None:
        self._random, self._desk = random, Transfers(random, world, clean=clean)

    def cases(self, count: int) -> list[Case]:
        """So many payments in the order the bank reports them; fewer when no order is left to pay."""
        shares = {name: share for name, (share, _) in STORIES.items()}
        found: list[Case] = []
        idle = 0
        while len(found) < count and idle < MOST_IDLE:
            told = STORIES[one_of(self._random, shares)][1](self._desk)
            idle = 0 if told else idle + 1
            found += told
        return found[:count]
