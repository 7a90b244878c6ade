"""How likely a clue is by chance among this merchant's open items."""

from collections.abc import Mapping, Sequence
from math import log2

from zahlmeister.matching.numbers import forms
from zahlmeister.matching.population import STOP, Population
from zahlmeister.matching.weights import (
    MENDED_LONG_REFERENCE,
    MENDED_REFERENCE,
    ODD_AMOUNT,
    OTHERS,
    OUTSIDERS,
    RELATIVES,
    ROUND_AMOUNT,
    STRAY_COPY,
    STRAY_LONG_REFERENCE,
    STRAY_NUMBER,
    STRAY_REFERENCE,
)
from zahlmeister.money.references import has_two_checks
from zahlmeister.values import value

#: With fewer open items than this, the many past customers and orders decide what is common, not the open ones.
FEW_NUMBERS = 500
FEW_NAMES = 2_000


@value(frozen=True, slots=True)
class Chance:
    """The counts found under a payment's keys, and what is typical of the merchant otherwise."""

    population: Population
    found: Mapping[str, Sequence[int]]  # key → ids, absent when it was not looked up
    knows_neighbours: bool = False  # whether the orders one slip away from the numbers in the text are candidates, too

    def prior(self) -> float:
        """How likely a payment is for one particular open item before anything is read, in bits."""
        return -log2(self.population.open_items + 1)

    def of_number(self, number: str, *, with_prefix: bool = False) -> float:
        """That a payment for something else shows exactly this number, with its own prefix before it."""
        form = forms(number)
        density = self.population.density(form)
        often = STRAY_COPY if self.knows_neighbours else STRAY_NUMBER
        stray = often * max(density, 1 / 300) / max(self.population.open_items, FEW_NUMBERS)
        if with_prefix:
            return stray
        if form.core.isdigit():
            return max(stray, self.of_bare_digits(form.core))
        return max(stray, 20.0 ** -len(form.core) / 5)

    def of_bare_digits(self, digits: str) -> float:
        """That a payment for something else shows just these digits, of whatever number they may be."""
        return 10.0 ** -len(digits) / 5

    def of_reference(self, reference: str) -> float:
        """That a payment for something else shows a payment reference with its check digits right."""
        stray = STRAY_LONG_REFERENCE if has_two_checks(reference) else STRAY_REFERENCE
        return stray / max(self.population.open_items, FEW_NUMBERS)

    def of_mended_reference(self, reference: str) -> float:
        """That a payment for something else shows what is a payment reference but for one slip."""
        return MENDED_LONG_REFERENCE if has_two_checks(reference) else MENDED_REFERENCE

    def of_tail(self, tail: str, *, is_labelled: bool) -> float:
        """That a payment for something else shows these few digits, or even calls them the number of an order."""
        return 10.0 ** -len(tail) / (32 if is_labelled else 8)

    def of_name(self, first: str, second: str) -> float:
        """That the payer of something else has this name: a given name and a surname, or two words of a firm's.

        Either another payment of a customer of that name, or anybody of that name who pays for somebody else; how many
        there are of the latter, the frequencies of both words tell, however few such customers have something open.
        """
        low, high = (first, second) if first <= second else (second, first)
        population = self.population
        surnames = population.share_of_word(second, self._count(f"word:{second}"))
        anybody = population.share_of_word(first, None) * surnames
        count = self._count(f"name:{low} {high}")
        if count is not None and count <= STOP:
            customers = max(count, 1) / max(population.open_items, FEW_NAMES)
        else:
            customers = max(3 * anybody, (STOP if count else 1) / max(population.open_items, FEW_NAMES))
        return min(max(OUTSIDERS * customers, OTHERS * anybody), 1.0)

    def of_word(self, word: str) -> float:
        """That the payer of something else has this surname, or a firm's word in its name."""
        return RELATIVES * self.population.share_of_word(word, self._count(f"word:{word}"))

    def of_word_anywhere(self, word: str) -> float:
        """That the payer of something else has this word in his name, as a given name perhaps."""
        return RELATIVES * self.population.share_of_word(word, None)

    def of_amount(self, minor: int, currency: str) -> float:
        """That a payment for something else has this amount, which an open item has."""
        return self.population.share_of_amount(minor, self._count(f"amount:{currency}{minor}"))

    def of_odd_amount(self, minor: int, currency: str) -> float:
        """That a payment for something else has this amount, whether an open item has it or not."""
        return max(self.of_amount(minor, currency), ODD_AMOUNT if minor % 50 else ROUND_AMOUNT)

    def of_customer(self) -> float:
        """That a payment for something else is this very customer's."""
        return OUTSIDERS / max(self.population.open_items, FEW_NAMES) / 4

    def of_key(self, key: str) -> float:
        """That a payment for something else shows a key that belongs to one customer."""
        return self.of_customer() * max(self._count(key) or 1, 1)

    def others_with(self, key: str) -> int | None:
        """How many other items share a key; None when they are too many to count or nobody asked."""
        count = self._count(key)
        return None if count is None or count > STOP else max(count - 1, 0)

    def _count(self, key: str) -> int | None:
        ids = self.found.get(key)
        return None if ids is None else len(ids)
