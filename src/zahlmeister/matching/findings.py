"""Which numbers of ours a payment names, once the store has answered."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zahlmeister.matching.chance import Chance
from zahlmeister.matching.facts import Item
from zahlmeister.matching.numbers import exact_forms, forms
from zahlmeister.matching.reading import Reading, Spelling

_LETTERS_BEFORE = re.compile(r"([A-Z]+)[ \-/#._:]{0,3}$")


@dataclass(frozen=True, slots=True)
class Findings:
    """A payment with everything known about it before an item is looked at."""

    reading: Reading
    chance: Chance
    named: Mapping[str, Spelling]  # spellings that are a number of ours, none inside another
    owners: Mapping[str, frozenset[int]]  # … and whose
    strange: tuple[Spelling, ...]  # spellings that look like a number of ours and are nobody's

    def spelling_of(self, number: str) -> Spelling | None:
        """Where the payment names this number exactly."""
        for text in exact_forms(number):
            if text in self.named:
                return self.named[text]
        return None

    def prefix_before(self, spelling: Spelling) -> str:
        """The letters that stand before the digits of a spelling."""
        match = _LETTERS_BEFORE.search(self.reading.text[: max(spelling.start, 0)])
        return match[1] if match else ""


def find(reading: Reading, chance: Chance, found: Mapping[str, Sequence[int]]) -> Findings:
    """Sort a payment's spellings by what the store knows: longest first, and nothing inside something longer."""
    named: dict[str, Spelling] = {}
    owners: dict[str, frozenset[int]] = {}
    taken: list[tuple[int, int]] = []
    strange: list[Spelling] = []
    for spelling in sorted(reading.spellings, key=lambda s: -len(s.text)):
        ids = found.get(f"number:{spelling.text}") or found.get(f"number:{spelling.text.lstrip('0')}")
        if not ids or spelling.text in named:
            continue
        if spelling.start >= 0:
            if any(spelling.start < end and start < spelling.end for start, end in taken):
                continue
            taken.append((spelling.start, spelling.end))
        for text in {spelling.text, spelling.text.lstrip("0")}:
            named[text] = spelling
            owners[text] = frozenset(ids)
    for spelling in reading.spellings:
        inside = any(spelling.start < end and start < spelling.end for start, end in taken)
        if not inside and chance.population.looks_like_a_number(spelling.text):
            strange.append(spelling)
    return Findings(reading, chance, named, owners, tuple(strange))


def is_named_by_order_number(findings: Findings, item: Item) -> bool:
    """Whether the payment names the item's order or invoice number or its reference exactly."""
    numbers = (item.number, *item.invoice_numbers, item.reference or "")
    return any(number and findings.spelling_of(number) is not None for number in numbers)


def core_of(item: Item) -> str:
    """The item's number as a person calls it."""
    return forms(item.number).core
