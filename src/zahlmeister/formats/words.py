"""Small readings every bank format needs: absent values, dates, and lines the bank broke."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

#: What banks write where they have nothing to say, folded to small letters.
_ABSENT = frozenset(
    {
        "notprovided",
        "not provided",
        "nonref",
        "noref",
        "notavailable",
        "not available",
        "keine information vorhanden",
        "keine angabe",
        "n/a",
        "notabic",
        "-",
    }
)
_ABSENT_BEGIN = frozenset(letter for word in _ABSENT for letter in word[0] + word[0].upper())


def present(text: str | None) -> str | None:
    """The text without outer blanks; None where the bank says nothing: empty, NOTPROVIDED and their kind."""
    if text is None:
        return None
    text = text.strip()
    if not text or (text[0] in _ABSENT_BEGIN and text.lower() in _ABSENT):
        return None
    return text


@lru_cache(maxsize=4096)
def iso_date(text: str) -> date | None:
    """The local day of `2026-11-20`, `2026-11-20+01:00` or `2026-11-20T23:59:00Z`; None if there is none."""
    text = text.strip()
    if text[10:11] not in {"", "T", "Z", "+", "-", " "}:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def rejoined(pieces: Sequence[str], widths: frozenset[int]) -> str | None:
    """Pieces of a text as one: a piece that fills the bank's line was cut hard and is glued, else a blank.

    `widths` are the line widths of the format: 35 and 140 characters in camt, 27 or 65 in MT940.
    """
    if len(pieces) == 1:
        return " ".join(pieces[0].split()) or None
    text = ""
    glue = ""
    for piece in pieces:
        text += glue + piece
        glue = "" if len(piece) in widths else " "
    return " ".join(text.split()) or None
