"""When are two lines of two files the same money?

Banks repeat their references, cut texts differently in every format and change them from one delivery to the next, so
no single field identifies a transaction (see docs/decisions/0003). Lines are compared only within one account, one
booking day and one signed amount; within such a bucket the strongest agreement is looked for first. What finds no
partner is new: honest twins in one file stay two, and the same file twice stays one.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: What banks write into a reference field when they have none.
NO_REFERENCE = frozenset({"", "NONREF", "NOTPROVIDED", "0", "NOREF", "UNKNOWN"})

_FOLDED = str.maketrans({"ß": "SS", "Ä": "A", "Ö": "O", "Ü": "U", "Æ": "A", "Ø": "O", "Œ": "O"})
_DIGRAPHS = re.compile(r"([AOU])E")
_NOT_TEXT = re.compile(r"[^A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class Line:
    """One transaction as far as its identity is concerned; texts are as the file says them."""

    counterparty_number: str
    counterparty: str
    remittance: str
    end_to_end_id: str
    bank_reference: str


def squeezed(text: str) -> str:
    """A text as every format would say it: capitals and digits only, umlauts folded, blanks gone."""
    if text.isascii():
        upper = text.upper()
    else:
        upper = unicodedata.normalize("NFKD", text.upper().translate(_FOLDED)).encode("ascii", "ignore").decode()
    return _DIGRAPHS.sub(r"\1", _NOT_TEXT.sub("", upper))


def fingerprint(line: Line) -> str:
    """What tells this line from others of its bucket: 40 hexadecimal digits over number, name, text and references."""
    parts = (
        line.counterparty_number,
        squeezed(line.counterparty),
        squeezed(line.remittance),
        line.end_to_end_id,
        _reference(line),
    )
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=20).hexdigest()


def pair(incoming: Sequence[Line], stored: Sequence[Line]) -> list[int | None]:
    """For each incoming line of a bucket the index of the stored line that is the same money, or None for new.

    A stored line is taken at most once. The passes go from certain to plausible, so that a plausible partner is not
    taken away from a line that has a certain one.
    """
    answer: list[int | None] = [None] * len(incoming)
    free = set(range(len(stored)))
    for agrees in (_identical, _same_reference_and_text, _same_words, _same_reference):
        _pair_by(agrees, incoming, stored, answer, free)
        if not free:
            break
    return answer


def _pair_by(
    agrees: Callable[[Line, Line], bool],
    incoming: Sequence[Line],
    stored: Sequence[Line],
    answer: list[int | None],
    free: set[int],
) -> None:
    for position, line in enumerate(incoming):
        if answer[position] is None:
            partner = next((index for index in sorted(free) if agrees(line, stored[index])), None)
            if partner is not None:
                answer[position] = partner
                free.discard(partner)


def _identical(a: Line, b: Line) -> bool:
    return a == b or fingerprint(a) == fingerprint(b)


def _same_reference_and_text(a: Line, b: Line) -> bool:
    return _same_reference(a, b) and _cut_agree(squeezed(a.remittance), squeezed(b.remittance))


def _same_words(a: Line, b: Line) -> bool:
    """Another format of the same line: numbers, names and texts agree as far as both say them."""
    if a.end_to_end_id and b.end_to_end_id and a.end_to_end_id != b.end_to_end_id:
        return False
    return _parties_agree(a, b) and _cut_agree(squeezed(a.remittance), squeezed(b.remittance))


def _same_reference(a: Line, b: Line) -> bool:
    """The bank's or the payer's reference agrees and the parties do not contradict; formats may tell other texts."""
    banks = _reference(a) and _reference(a) == _reference(b)
    payers = a.end_to_end_id and a.end_to_end_id == b.end_to_end_id
    return bool(banks or payers) and _parties_agree(a, b)


def _parties_agree(a: Line, b: Line) -> bool:
    numbers = not a.counterparty_number or not b.counterparty_number or a.counterparty_number == b.counterparty_number
    return numbers and _cut_agree(squeezed(a.counterparty), squeezed(b.counterparty))


def _cut_agree(a: str, b: str) -> bool:
    """Equal, or one cut short, or one embedded in what a bank wrote around it."""
    short, long = sorted((a, b), key=len)
    return not short or short in long


def _reference(line: Line) -> str:
    return "" if line.bank_reference in NO_REFERENCE else line.bank_reference
