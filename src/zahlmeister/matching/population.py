"""What is typical of a merchant's open items: which amounts, names and numbers are common, and which say something.

Taken from a sample of a few thousand open items, so that the database needs no statistics of its own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Self

from zahlmeister.matching.facts import Item
from zahlmeister.matching.folding import name_words
from zahlmeister.matching.numbers import NumberForms, forms

#: A key with more items than this decides nothing. Stores return at most one id more, so that it shows.
STOP = 40


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of one shape, such as a counter: its range, and how densely open items lie in it (0..1)."""

    prefix: str
    length: int
    lowest: int
    highest: int
    density: float

    def may_contain(self, digits: str) -> bool:
        """Whether a number is of this series, issued before or since: same length, same leading digits."""
        if len(digits) != self.length or len(digits) < 6 or not digits.isdigit():
            return False  # five digits may be a postcode
        span = max(self.highest - self.lowest, 1000)
        return self.lowest - 5 * span <= int(digits) <= self.highest + span


@dataclass(frozen=True, slots=True)
class Population:
    """What is typical of a merchant's open items, from a sample of a few thousand of them.

    Without a sample everything common is taken for very common, so that nothing is assigned on weak grounds.
    """

    open_items: int = 1
    sample_size: int = 0
    amounts: Mapping[int, int] = field(default_factory=dict)  # minor units → how often in the sample
    words: Mapping[str, int] = field(default_factory=dict)  # words of names → how often
    series: tuple[Series, ...] = ()
    code_lengths: frozenset[int] = frozenset()  # numbers that are not letters followed by digits
    number_lengths: frozenset[int] = frozenset()  # digits of all kinds of numbers
    has_references: bool = False

    @classmethod
    def of(cls, items: Iterable[Item], open_items: int | None = None) -> Self:
        """Describe a sample of open items; `open_items` is how many there are in all."""
        sample = list(items)
        total = max(open_items if open_items is not None else len(sample), 1)
        shapes = [forms(item.number) for item in sample]
        others = [forms(n) for item in sample for n in (*item.invoice_numbers, item.customer_number) if n]
        return cls(
            open_items=total,
            sample_size=len(sample),
            amounts=Counter(item.open_minor for item in sample),
            words=Counter(word for item in sample for word in _names_of(item)),
            series=_series(shapes, total / max(len(sample), 1)),
            code_lengths=frozenset(len(shape.core) for shape in shapes if not shape.core.isdigit()),
            number_lengths=frozenset(len(s.core) for s in (*shapes, *others) if s.core.isdigit()),
            has_references=any(item.reference for item in sample),
        )

    def may_be_length(self, length: int) -> bool:
        """Whether digits of this many may be one of the merchant's numbers, one slip allowed."""
        if not self.number_lengths:
            return length >= 5
        return not self.number_lengths.isdisjoint((length - 1, length, length + 1))

    def density(self, form: NumberForms) -> float:
        """How likely a slip in a number hits another open item; 1 when unknown."""
        for series in self.series:
            if series.prefix == form.prefix and series.length == len(form.core):
                return series.density
        return 1 / 4

    def looks_like_a_number(self, digits: str) -> bool:
        """Whether digits are of the kind this merchant gives out."""
        return digits.isdigit() and any(series.may_contain(digits) for series in self.series)

    def share_of_amount(self, minor: int, count: int | None) -> float:
        """Which share of the open items has this amount; `count` as found under its key, None if not looked up."""
        return self._share(self.amounts.get(minor, 0), count, common=1 / 40, few=200)

    def share_of_word(self, word: str, count: int | None) -> float:
        """Which share of the open items carries this word in its name."""
        return self._share(self.words.get(word, 0), count, common=1 / 60, few=1_000)

    def _share(self, in_sample: int, count: int | None, *, common: float, few: int) -> float:
        """A share of the open items; with only a few of them, as if there were some more that differ."""
        if count is not None and count <= STOP:
            return max(count, 1) / max(self.open_items, count + few)
        if not self.sample_size:
            return common
        floor = STOP / max(self.open_items, STOP) if count is not None else 0
        return min(max((in_sample + 2) / (max(self.sample_size, few) + 2), floor), 1)


def _names_of(item: Item) -> set[str]:
    return {*name_words(item.name or ""), *name_words(item.company or "")}


def _series(shapes: list[NumberForms], scale: float) -> tuple[Series, ...]:
    """Group the numbers by prefix and length; the density is that of the usual neighbourhood, not of the range."""
    by_shape: dict[tuple[str, int], list[int]] = defaultdict(list)
    for shape in shapes:
        if shape.core.isdigit() and len(shape.core) <= 18:
            by_shape[shape.prefix, len(shape.core)].append(int(shape.core))
    found = []
    for (prefix, length), numbers in by_shape.items():
        numbers.sort()
        gaps = [b - a for a, b in pairwise(numbers) if b > a]
        density = min(scale / median(gaps), 1) if gaps else 1 / 4
        found.append(Series(prefix, length, numbers[0], numbers[-1], density))
    return tuple(found)
