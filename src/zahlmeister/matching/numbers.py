"""Order, invoice and customer numbers in their normal forms, and how people change them by a slip."""

import re
from functools import lru_cache

from rapidfuzz.distance import OSA

from zahlmeister.matching.folding import compact, fold
from zahlmeister.values import value

#: Numbers shorter than this are found everywhere and prove nothing.
SHORTEST = 4
#: Longer numbers are looked up by their halves instead of by all their deletions.
LONGEST_WITH_DELETIONS = 12

_PREFIXED = re.compile(r"([A-Z]*?)(\d+)")
_GROUPS = re.compile(r"\d+")
_YEAR_FIRST = re.compile(r"(?:19|20)\d{2}(\d{4,})")
#: Letters that are read as digits and the other way round.
LOOK_ALIKES = str.maketrans("OQDILZSB", "00011258")


@value(frozen=True, slots=True)
class NumberForms:
    """A number as it may be written: with its prefix, digits alone, and the last group when the year is left out.

    `core` is what a person calls the number: the digits where it is letters followed by digits, else everything.
    """

    compact: str
    core: str
    tail: str
    prefix: str


@lru_cache(maxsize=1 << 17)
def forms(number: str) -> NumberForms:
    """The normal forms of a number from the shop. Empty forms where it has no letter or digit at all."""
    if _is_plain(number):
        return NumberForms(compact=number, core=number, tail=_without_year(number), prefix="")
    whole = compact(number)
    match = _PREFIXED.fullmatch(whole)
    if match is None or len(match[2]) < SHORTEST:
        return NumberForms(compact=whole, core=whole, tail="", prefix="")
    return NumberForms(compact=whole, core=match[2], tail=_tail(fold(number), match[2]), prefix=match[1])


@lru_cache(maxsize=1 << 17)
def exact_forms(number: str) -> tuple[str, ...]:
    """Every spelling that counts as exactly this number, the most exact first."""
    if _is_plain(number):
        short = number.lstrip("0")
        return (number,) if short == number or len(short) < SHORTEST else (number, short)
    form = forms(number)
    spellings = dict.fromkeys((form.compact, form.core, form.core.lstrip("0")))
    return tuple([spelling for spelling in spellings if len(spelling) >= SHORTEST])


def deletions(text: str) -> set[str]:
    """The text with each one of its characters left out.

    Two texts one slip apart (a character wrong, missing, doubled or two swapped) always share one of these
    or are one of these of the other.
    """
    return {text[:i] + text[i + 1 :] for i in range(len(text))}


def halves(text: str) -> set[str]:
    """Both ends of a long number: one slip leaves at least one of them untouched."""
    return {f"<{text[:6]}", f"{text[-6:]}>"}


def is_one_slip(written: str, number: str) -> bool:
    """Whether one wrong, missing, additional or swapped character lies between the two."""
    return abs(len(written) - len(number)) <= 1 and OSA.distance(written, number, score_cutoff=1) == 1


def is_swap(written: str, number: str) -> bool:
    """Whether exactly two neighbouring characters are swapped."""
    if len(written) != len(number):
        return False
    differing = [i for i, (a, b) in enumerate(zip(written, number, strict=True)) if a != b]
    return len(differing) == 2 and differing[1] == differing[0] + 1 and sorted(written) == sorted(number)


def _is_plain(number: str) -> bool:
    """Whether a number is digits and nothing else, as most are: it is what it is."""
    return number.isdigit() and number.isascii() and len(number) >= SHORTEST


def _tail(folded: str, core: str) -> str:
    groups = _GROUPS.findall(folded)
    if len(groups) > 1 and len(groups[-1]) < len(core):
        return _long_enough(str(groups[-1]))
    return _without_year(core)


def _without_year(core: str) -> str:
    year = _YEAR_FIRST.fullmatch(core)
    return _long_enough(year[1]) if year else ""


def _long_enough(digits: str) -> str:
    last = digits.lstrip("0")
    return last if len(last) >= 3 else ""
