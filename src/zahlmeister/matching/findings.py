"""Which numbers of ours a payment names, once the store has answered."""

import re
from collections.abc import Mapping, Sequence

from zahlmeister.matching.chance import Chance
from zahlmeister.matching.facts import Item
from zahlmeister.matching.folding import fold
from zahlmeister.matching.numbers import exact_forms
from zahlmeister.matching.reading import SECOND, Reading
from zahlmeister.matching.spellings import JOINED, SOLID, Spelling
from zahlmeister.values import value

#: Digits behind a word such as “Bestellung” are taken for its number from this length on.
LABELLED = 5
_LETTERS_BEFORE = re.compile(r"([A-Z]+)[ \-/#._:]{0,3}$")
#: Nobody's numbers begin with more letters than this; a longer word is not read to its beginning.
LONGEST_PREFIX = 40


@value(frozen=True, slots=True)
class Findings:
    """A payment with everything known about it before an item is looked at."""

    reading: Reading
    chance: Chance
    named: Mapping[str, Spelling]  # spellings that are a number of ours, none inside another
    owners: Mapping[str, frozenset[int]]  # … and whose
    strange: tuple[Spelling, ...]  # spellings that look like a number of ours and are nobody's

    def spelling_of(self, number: str) -> Spelling | None:
        """Where the payment names this number exactly."""
        if not self.named:
            return None
        for text in exact_forms(number):
            if text in self.named:
                return self.named[text]
        return None

    def is_as_given(self, spelling: Spelling, number: str) -> bool:
        """Whether what was put together stands in the text just as the shop writes it: `2026-10-4711`."""
        if spelling.how != JOINED or not 0 <= spelling.start < SECOND:
            return False
        return self.reading.text[spelling.start : spelling.end] == fold(number)

    def label_before(self, spelling: Spelling) -> str | None:
        """What the payer calls the number: `order`, `invoice`, `customer`, `number`; None when he does not say."""
        text = self.reading.text[max(spelling.start - 30, 0) : max(spelling.start, 0)]
        match = _LABEL_BEFORE.search(text)
        return None if match is None else match.lastgroup or "number"

    def prefix_before(self, spelling: Spelling) -> str:
        """The letters that stand before the digits of a spelling."""
        return _letters_before(self.reading.text, max(spelling.start, 0))

    def is_prefix_of_orders(self, letters: str) -> bool:
        """Whether these letters stand before order numbers of this merchant."""
        return bool(letters) and any(series.prefix == letters for series in self.chance.population.series)


def find(reading: Reading, chance: Chance, found: Mapping[str, Sequence[int]]) -> Findings:
    """Sort a payment's spellings by what the store knows: longest first, and nothing inside something longer."""
    named: dict[str, Spelling] = {}
    owners: dict[str, frozenset[int]] = {}
    taken: list[tuple[int, int]] = []
    nobodys: list[Spelling] = []
    several = len(reading.spellings) > 1
    for spelling in sorted(reading.spellings, key=_longest_first) if several else reading.spellings:
        if spelling.start >= SECOND and named:
            break  # the other way to put the lines together has nothing to add
        if _is_inside(spelling, taken):
            continue
        short = spelling.text.lstrip("0")
        ids = found.get(f"number:{spelling.text}")
        if not ids and short != spelling.text:
            ids = found.get(f"number:{short}")
        if not ids and _is_whole_of_another(reading, chance, spelling):
            taken.append((spelling.start, spelling.end))
            nobodys.append(spelling)
        if not ids or spelling.text in named:
            continue
        taken.append((spelling.start, spelling.end))
        for text in (spelling.text, short):
            named[text] = spelling
            owners[text] = frozenset(ids)
    strange = nobodys + [
        spelling
        for spelling in reading.spellings
        if _is_of_another_series(reading, chance, spelling, found)
        or (not _is_inside(spelling, taken) and _is_strange(reading, chance, spelling))
    ]
    return Findings(reading, chance, named, owners, tuple(strange))


def _longest_first(spelling: Spelling) -> tuple[bool, int]:
    """For sorting: the first variant of the text before the second, and in each what is longest."""
    return spelling.start >= SECOND, -len(spelling.text)


def _is_of_another_series(
    reading: Reading, chance: Chance, spelling: Spelling, found: Mapping[str, Sequence[int]]
) -> bool:
    """Whether a prefix of ours is glued before the digits, and nobody has the number with this prefix."""
    if spelling.start < 1 or not spelling.text.isdigit():
        return False
    length = len(spelling.text)
    prefixes = [s.prefix for s in chance.population.series if s.prefix and abs(s.length - length) <= 1]
    if not prefixes:
        return False
    prefix = _letters_before(reading.text, spelling.start)
    return prefix in prefixes and not found.get(f"number:{prefix}{spelling.text}")


def _letters_before(text: str, start: int) -> str:
    """The letters that stand before a place in a text, a few separators between them left out."""
    match = _LETTERS_BEFORE.search(text, max(start - LONGEST_PREFIX, 0), start)
    return match[1] if match else ""


def _is_whole_of_another(reading: Reading, chance: Chance, spelling: Spelling) -> bool:
    """Whether groups of digits joined by hyphens, `2026-09-4711`, are a number of ours that is not open.

    Its parts are then nobody's either.
    """
    return (
        spelling.how == JOINED
        and 0 <= spelling.start < SECOND
        and "-" in reading.text[spelling.start : spelling.end]
        and chance.population.looks_like_a_number(spelling.text)
    )


def _is_inside(spelling: Spelling, taken: list[tuple[int, int]]) -> bool:
    """Whether a spelling lies in or across another; what stands in a field of its own lies nowhere."""
    return spelling.start >= 0 and any(spelling.start < end and start < spelling.end for start, end in taken)


_LABEL_BEFORE = re.compile(
    r"(?:(?P<order>BESTELL|AUFTR|ORDER|\bBEST|VORKASSE)|(?P<invoice>RECHN|INVOICE)|(?P<customer>KUND|\bKD)|NR\b|NUMMER)"
    r"[A-Z]*[ .:#-]{0,4}(?:NR|NUMMER)?[ .:#-]{0,3}$|#$"
)


def _is_strange(reading: Reading, chance: Chance, spelling: Spelling) -> bool:
    """Whether a spelling that is nobody's looks like a number of ours, or is called an order number by the payer."""
    text = spelling.text
    if chance.population.looks_like_a_number(text):
        return True
    is_code = len(text) in chance.population.code_lengths and is_codelike(text)
    if len(text) < LABELLED or not (text.isdigit() or is_code) or spelling.how != SOLID:
        return False
    label = _LABEL_BEFORE.search(reading.text[max(spelling.start - 30, 0) : max(spelling.start, 0)])
    return label is not None and label.lastgroup != "customer"


def is_codelike(text: str) -> bool:
    """Whether letters, perhaps with digits, are hardly a word: `NAGDWG`, `G7ARKQ`."""
    return not text.isalpha() or sum(letter in "AEIOUY" for letter in text) * 5 <= len(text)


def spelling_of_item(findings: Findings, item: Item) -> Spelling | None:
    """Where the payment names the item's order, invoice or tracking number or its reference exactly."""
    for number in (item.number, *item.invoice_numbers, item.reference, *item.tracking_numbers):
        if number and (spelling := findings.spelling_of(number)):
            return spelling
    return None
