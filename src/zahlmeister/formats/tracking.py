"""Tracking numbers as shops and carriers write them: one or several, grouped by blanks, or spoilt by a spreadsheet."""

import re

from zahlmeister.refusals import Unreadable

#: Carriers' numbers have eight characters at least; shorter pieces are groups of one number.
SHORTEST = 8
LEAST_DIGITS = 4
_BETWEEN = re.compile(r"[;,|\n\r]+")
_NOT_PART = re.compile(r"[^A-Z0-9]+")
#: What spreadsheets put around a number to keep it a text: `="00340434"`, `'00340434`.
_KEPT_AS_TEXT = re.compile(r'^\s*(?:=\s*"|\')|"\s*$')
#: … and what they make of one that was not kept: sixteen digits and more lose the last ones.
_ROUNDED = re.compile(r"\d[.,]?\d*E\+?\d+", re.IGNORECASE)


def tracking_numbers(text: str) -> tuple[str, ...]:
    """The numbers in a field, capital letters and digits only, each once.

    Several are parted by blanks, commas, semicolons or lines. Blanks within a number (`0034 0434 1610`) are told by
    the groups being too short for numbers of their own.

    Raises:
        Unreadable: a spreadsheet has rounded the number.
    """
    found: list[str] = []
    for part in _BETWEEN.split(_KEPT_AS_TEXT.sub("", text)):
        if _ROUNDED.fullmatch(part.strip()):
            raise Unreadable(
                f"“{part.strip()}” is a tracking number that a spreadsheet has rounded; give that column the format "
                "“text” and export it again."
            )
        pieces = [piece for word in part.upper().split() if (piece := _NOT_PART.sub("", word))]
        is_one = any(len(piece) < SHORTEST for piece in pieces)
        found += ["".join(pieces)] if is_one else pieces
    return tuple(dict.fromkeys(number for number in found if _may_be_one(number)))


def _may_be_one(text: str) -> bool:
    return len(text) >= SHORTEST and sum(map(str.isdigit, text)) >= LEAST_DIGITS
