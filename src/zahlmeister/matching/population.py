"""What is typical of a merchant's open items: which amounts, names and numbers are common, and which say something.

Taken from a sample of a few thousand open items, so that the database needs no statistics of its own.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import takewhile
from math import exp
from statistics import median
from typing import Self

from zahlmeister.matching.facts import Item
from zahlmeister.matching.folding import compact, name_words
from zahlmeister.matching.numbers import NumberForms, forms

#: A key with more items than this decides nothing. Stores return at most one id more, so that it shows.
STOP = 40
#: So many items describe a merchant well enough.
SAMPLE = 4_000
#: Items are numbered by microseconds, which a batch counts in even steps; their cubes modulo a prime lie as by chance.
TICK, PRIME = 4_096, 1_048_573
#: A density is that of so many neighbours in the sample, taken at so many places of it.
NEIGHBOURHOOD = 16
#: A name may be cut when more than one in so many of its bearers' and theirs, whose names begin with it, are these.
GOES_ON = 4
#: So many days of orders are taken for granted before the merchant's own count.
FEW_DAYS = 60


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of one shape, such as a counter: its range, and how densely open items lie where in it (0..1)."""

    prefix: str
    length: int
    lowest: int
    highest: int
    places: tuple[int, ...]  # ascending numbers; from each of them on …
    densities: tuple[float, ...]  # … open items lie so densely

    def density(self, digits: str) -> float:
        """How likely a number beside this one is an open item's: what is new is mostly open, what is old is not."""
        return self.densities[max(bisect_right(self.places, int(digits)) - 1, 0)]

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
    ordered: tuple[str, ...] = ()  # these words, ascending
    series: tuple[Series, ...] = ()
    code_lengths: frozenset[int] = frozenset()  # numbers that are not letters followed by digits
    number_lengths: frozenset[int] = frozenset()  # digits of all kinds of numbers
    reference_lengths: frozenset[int] = frozenset()  # letters and digits of the payment references
    postcodes: Mapping[int, int] = field(default_factory=dict)  # their length → how often in the sample
    opened: tuple[int, ...] = ()  # the days of the sample's orders, ascending, counted as `date.toordinal`
    postcodes_known: int = 0  # of all lengths
    shares_of_days: dict[tuple[date, int | None, int | None], float] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, items: Iterable[Item], open_items: int | None = None) -> Self:
        """Describe a sample of open items; `open_items` is how many there are in all."""
        sample = list(items)
        total = max(open_items if open_items is not None else len(sample), 1)
        shapes = [forms(item.number) for item in sample]
        words = Counter(word for item in sample for word in _names_of(item))
        others = [
            forms(n) for item in sample for n in (*item.invoice_numbers, item.customer_number, item.reference) if n
        ]
        return cls(
            open_items=total,
            sample_size=len(sample),
            amounts=Counter(item.open_minor for item in sample),
            words=words,
            ordered=tuple(sorted(words)),
            series=_series(shapes, total / max(len(sample), 1)),
            code_lengths=frozenset(len(shape.core) for shape in shapes if not shape.core.isdigit()),
            number_lengths=frozenset(len(s.core) for s in (*shapes, *others) if s.core.isdigit()),
            reference_lengths=frozenset(len(compact(item.reference)) for item in sample if item.reference),
            postcodes=Counter(len(compact(item.postcode)) for item in sample if item.postcode),
            postcodes_known=sum(bool(item.postcode) for item in sample),
            opened=tuple(sorted(item.opened_on.toordinal() for item in sample if item.opened_on)),
        )

    def may_be_length(self, length: int) -> bool:
        """Whether digits of this many may be one of the merchant's numbers, one slip allowed."""
        if not self.number_lengths:
            return length >= 5
        return not self.number_lengths.isdisjoint((length - 1, length, length + 1))

    def share_of_postcodes(self, length: int) -> float:
        """Which share of the customers has a postcode of so many characters; German ones have five, others four."""
        return (self.postcodes.get(length, 0) + 1) / (self.postcodes_known + 2)

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The letters that stand before the digits of this merchant's numbers, each once."""
        return tuple(dict.fromkeys([series.prefix for series in self.series if series.prefix]))

    @property
    def lengths_of_codes(self) -> frozenset[int]:
        """How long the codes are that may consist of letters alone: order numbers and payment references."""
        return self.code_lengths | self.reference_lengths

    def density(self, form: NumberForms) -> float:
        """How likely a slip in a number hits another open item; 1 when unknown."""
        if not form.core.isdigit():
            return min(self.open_items / 20.0 ** len(form.core), 1)
        for series in self.series:
            if series.prefix == form.prefix and series.length == len(form.core):
                return series.density(form.core)
        return 1 / 4

    def looks_like_a_number(self, digits: str) -> bool:
        """Whether digits are of the kind this merchant gives out."""
        return digits.isdigit() and any(series.may_contain(digits) for series in self.series)

    def is_given_out(self, digits: str) -> bool:
        """Whether digits lie between the lowest and the highest number of a series."""
        return any(len(digits) == s.length and s.lowest <= int(digits) <= s.highest for s in self.series)

    def share_of_amount(self, minor: int, count: int | None) -> float:
        """Which share of the open items has this amount; `count` as found under its key, None if not looked up."""
        return self._share(self.amounts.get(minor, 0), count, common=1 / 40, few=200)

    def share_of_word(self, word: str, count: int | None) -> float:
        """Which share of the open items carries this word in its name."""
        return self._share(self.words.get(word, 0), count, common=1 / 60, few=1_000)

    def goes_on(self, word: str) -> bool:
        """Whether what looks like this name may well be the beginning of a longer one: Winter and Winterberger."""
        longer = takewhile(lambda other: other.startswith(word), self.ordered[bisect_right(self.ordered, word) :])
        return sum(self.words[other] for other in longer) * GOES_ON > self.words.get(word, 0) + 1

    def share_of_days(self, booked_on: date, first: int | None, last: int | None) -> float:
        """Which share of the open items was ordered from `first` to `last` days before a payment; None is no limit."""
        asked = (booked_on, first, last)
        share = self.shares_of_days.get(asked)
        if share is None:
            share = self.shares_of_days[asked] = self._share_of_days(booked_on.toordinal(), first, last)
        return share

    def _share_of_days(self, day: int, first: int | None, last: int | None) -> float:
        days = self.opened
        newest = len(days) if first is None else bisect_right(days, day - first)
        oldest = 0 if last is None else bisect_left(days, day - last)
        usual = _usual_share(first, last)
        return (newest - oldest + FEW_DAYS * usual) / (len(days) + FEW_DAYS)

    def _share(self, in_sample: int, count: int | None, *, common: float, few: int) -> float:
        """A share of the open items; with only a few of them, as if there were some more that differ."""
        if count is not None and count <= STOP:
            return max(count, 1) / max(self.open_items, count + few)
        if not self.sample_size:
            return common
        floor = STOP / max(self.open_items, STOP) if count is not None else 0
        return min(max((in_sample + 1) / (max(self.sample_size, few) + 1), floor), 1)


def _usual_share(first: int | None, last: int | None) -> float:
    """The share of open items so many days old, where too few are known: a mean of twelve days, a tenth newer."""

    def younger(days: int | None) -> float:
        return 1.0 if days is None else 0.1 * exp(min(days, 0) / 12) + 0.9 * (1 - exp(-max(days, 0) / 12))

    return younger(last) - (0.0 if first is None else younger(first - 1))


def _names_of(item: Item) -> set[str]:
    return {*name_words(item.name or ""), *name_words(item.company or "")}


def is_in_sample(item_id: int, total: int) -> bool:
    """Whether an item, numbered as our database does, is one of those that describe all `total` of them."""
    return pow(item_id // TICK, 3, PRIME) < sample_limit(total)


def sample_limit(total: int) -> int:
    """Below which of PRIME values an item is in the sample, which then has about SAMPLE of `total`."""
    return PRIME * SAMPLE // max(total, SAMPLE)


def _series(shapes: list[NumberForms], scale: float) -> tuple[Series, ...]:
    """Group the numbers by prefix and length; each of the sample stands for `scale` open items."""
    by_shape: dict[tuple[str, int], set[int]] = defaultdict(set)
    for shape in shapes:
        if shape.core.isdigit() and len(shape.core) <= 18:
            by_shape[shape.prefix, len(shape.core)].add(int(shape.core))
    found = []
    for (prefix, length), some in by_shape.items():
        numbers = sorted(some)
        starts = range(0, len(numbers), NEIGHBOURHOOD // 2)
        densities = tuple(_density(numbers, start, scale) for start in starts)
        places = tuple(numbers[start] for start in starts)
        found.append(Series(prefix, length, numbers[0], numbers[-1], places, densities))
    return tuple(found)


def _density(numbers: list[int], start: int, scale: float) -> float:
    """How densely open items lie around one of the sample; 1/4 where there is no other to compare it with.

    Steps of several numbers are even where single ones are not, and their median passes over a jump of the counter.
    """
    first = max(min(start - NEIGHBOURHOOD // 4, len(numbers) - NEIGHBOURHOOD - 1), 0)
    near = numbers[first : first + NEIGHBOURHOOD + 1]
    stride = max(len(near) // 4, 1)
    steps = [b - a for a, b in zip(near, near[stride:], strict=False)]
    return min(scale * stride / median(steps), 1) if steps else 1 / 4
