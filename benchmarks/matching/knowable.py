"""Could the merchant himself have assigned it? Decided by rule when the payment is made, without any matcher.

The merchant has the payment, all open orders and patience. He needs two things that agree:

- a number he can read, and a payer who is at least of the customer's surname, or an amount he understands;
- a payment reference whose check character is right (it counts twice), or wrong by one character and one of the two;
- without a number he can read: the customer's whole name and the exact amount, and no other open order has both.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from benchmarks.matching.case import Answer
from benchmarks.matching.deviations import Tells
from benchmarks.matching.orders import Order
from zahlmeister.matching.facts import Item

#: A careful person reads the number from such a text without guessing.
READABLE = {
    *("exact", "in words", "torn", "look-alike", "shortened", "invoice number", "glued", "zeros in front"),
    *("after others", "end-to-end id"),
}
CHECKED = {
    *("exact", "small letters", "blanks", "in words", "glued", "with the number", "in its field"),
}
#: Nobody adds up more of one name's orders in his head.
MOST_TOGETHER = 4
MOST_ORDERS = 12
_TITLES = re.compile(r"\b(dr|prof|dipl|ing|mag|herr|frau)\b")


@dataclass(frozen=True, slots=True)
class Said:
    """What a payment for one order shows to a person."""

    item: Item
    how: str  # how the number is written, `reference, …` for a payment reference
    tells: Tells
    minor: int
    agrees: bool


class Knowledge:
    """All open orders, as far as a person would look things up in them."""

    def __init__(self, orders: Sequence[Order]) -> None:
        self._orders = orders
        self._by_name: dict[int, list[int]] = defaultdict(list)
        self._by_tail: dict[int, list[int]] = defaultdict(list)
        for order in orders:
            for name in _names(order.item):
                self._by_name[hash(name)].append(order.item.id)
            self._by_tail[hash(tail(order.item.number))].append(order.item.id)

    def could_know(self, said: Said) -> bool:
        """Whether a careful merchant would have assigned it."""
        is_exact = said.minor == said.item.open_minor
        kind, _, how = said.how.partition(", ")
        if kind == "reference":
            return how in CHECKED or said.agrees or said.tells > Tells.NOTHING
        if said.how in READABLE:
            return (said.agrees or said.tells > Tells.NOTHING) and self._is_told_apart(said)
        if said.how == "customer number":
            mine = [o for o in self.same_name(said.item) if o.customer_number == said.item.customer_number]
            return is_exact and sum(o.open_minor == said.minor for o in mine) == 1
        return said.tells is Tells.FULLY and is_exact and self.is_only_one(said.item)

    def is_only_one(self, item: Item) -> bool:
        """Whether no other open order is of the same name and amount."""
        return sum(other.open_minor == item.open_minor for other in self.same_name(item)) == 1

    def owes(self, name: str, minor: int) -> bool:
        """Whether somebody of this name owes just this amount."""
        ids = self._by_name.get(hash(plain(name)), ())
        return any(self._orders[number].item.open_minor == minor for number in ids)

    def sums(self, item: Item, minor: int) -> list[Answer]:
        """The ways in which the open orders of this name make an amount; empty when they are too many to add up."""
        mine = [other for other in self.same_name(item) if other.currency == item.currency]
        if len(mine) > MOST_ORDERS:
            return []
        return [
            frozenset(one.id for one in chosen)
            for count in range(1, MOST_TOGETHER + 1)
            for chosen in combinations(mine, count)
            if sum(one.open_minor for one in chosen) == minor
        ]

    def same_name(self, item: Item) -> list[Item]:
        """The open orders of everybody of this name."""
        ids = {number for name in _names(item) for number in self._by_name.get(hash(name), ())}
        return [self._orders[number].item for number in sorted(ids)]

    def _is_told_apart(self, said: Said) -> bool:
        """Whether a shortened number fits one order only, or amount or name tell which."""
        if said.how != "shortened":
            return True
        others = [
            self._orders[number].item
            for number in self._by_tail.get(hash(tail(said.item.number)), ())
            if number != said.item.id
        ]
        mine = {other.id for other in self.same_name(said.item)}
        return not any(
            (not said.agrees or other.open_minor == said.item.open_minor)
            and (said.tells is Tells.NOTHING or other.id in mine)
            for other in others
        )


def tail(number: str) -> str:
    """The last run of digits, without a year glued before it."""
    digits = re.findall(r"\d+", number)
    last = str(digits[-1]) if digits else number
    return (last[4:] if number.startswith("RE-2026") else last).lstrip("0")


def plain(name: str) -> str:
    """A name as a person compares names: no accents, no case, no titles, no order of words."""
    bare = unicodedata.normalize("NFKD", name.lower().replace("ß", "ss")).encode("ascii", "ignore").decode()
    return " ".join(sorted(_TITLES.sub(" ", bare.replace("-", " ").replace(",", " ").replace(".", " ")).split()))


def _names(item: Item) -> Iterable[str]:
    return {plain(name) for name in (item.name, item.company) if name}
