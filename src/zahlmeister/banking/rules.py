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
from functools import lru_cache

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
    creditor_reference: str = ""
    message: str = ""  # the kind of file that told it, such as camt.053: references are comparable within one kind


@lru_cache(maxsize=1 << 14)
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
        line.creditor_reference,
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
    return fingerprint(a) == fingerprint(b)


def _same_reference_and_text(a: Line, b: Line) -> bool:
    return _same_reference(a, b) and _cut_agree(squeezed(a.remittance), squeezed(b.remittance))


def _same_reference(a: Line, b: Line) -> bool:
    """The bank's or the payer's reference agrees and nothing contradicts; formats may tell other texts."""
    banks = _reference(a) and _reference(a) == _reference(b)
    payers = a.end_to_end_id and a.end_to_end_id == b.end_to_end_id
    return bool(banks or payers) and not _contradict(a, b)


def _same_words(a: Line, b: Line) -> bool:
    """Another format of the same line: who and what agree, and at least one of them is really said by both."""
    if _contradict(a, b) or not _cut_agree(squeezed(a.remittance), squeezed(b.remittance)):
        return False
    is_same_account = bool(a.counterparty_number) and a.counterparty_number == b.counterparty_number
    is_same_name = bool(a.counterparty and b.counterparty)
    is_same_text = bool(a.remittance and b.remittance)
    return is_same_account or (is_same_text and (is_same_name or not (a.counterparty or b.counterparty)))


def _contradict(a: Line, b: Line) -> bool:
    """Both say something, and not the same: account, name, payer's, structured and bank's reference."""
    said = (
        (a.counterparty_number, b.counterparty_number),
        (a.end_to_end_id, b.end_to_end_id),
        (a.creditor_reference, b.creditor_reference),
        (_reference(a), _reference(b)) if a.message == b.message else ("", ""),
    )
    if any(one and two and one != two for one, two in said):
        return True
    return not _cut_agree(squeezed(a.counterparty), squeezed(b.counterparty))


def _cut_agree(a: str, b: str) -> bool:
    """Equal, or one cut short, or one embedded in what a bank wrote around it; a number is never cut."""
    short, long = sorted((a, b), key=len)
    at = long.find(short)
    while short and at >= 0:
        before, after = long[at - 1 : at] if at else "", long[at + len(short) : at + len(short) + 1]
        if not (before.isdigit() and short[0].isdigit()) and not (after.isdigit() and short[-1].isdigit()):
            return True
        at = long.find(short, at + 1)
    return not short


def _reference(line: Line) -> str:
    return "" if line.bank_reference in NO_REFERENCE else line.bank_reference
