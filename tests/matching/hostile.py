"""Texts nobody writes, and some that somebody might: each is repeated to any length."""

from collections.abc import Iterator
from itertools import cycle, islice

PATTERNS = {
    "one long word": "A",
    "words": "BESTELLUNG ",
    "labels without end": "BESTNR",
    "single digits": "7 ",
    "one long number": "9",
    "letters and digits": "A1",
    "look-alikes": "O0l1",
    "separators": "/",
    "a number of hyphens": "1-",
    "empty SEPA keys": "EREF+",
    "SEPA keys": "SVWZ+ABWA+",
    "half a mail address": "A@",
    "mail addresses": "a.b@c.de ",
    "a domain without end": "B.",
    "account numbers": "DE89370400440532013000 ",
    "nearly account numbers": "DE89 3704 ",
    "torn TANs": "T A N ",
    "dates": "12.10.2026 ",
    "times": "DATUM 12.10.2026, 18.34 UHR",
    "amounts": "1.234,56 EUR ",
    "creditor references": "RF18539007547034",
    "payment references": "KABCDEFG ",
    "a duty to report": "AWV-MELDEPFLICHT",
    "right to left": "\u202e12345 ",
    "combining marks": "e\u0301\u0302\u0303",
    "control characters": "\x00\x07\x1b1",
    "one letter, eighteen letters": "\ufdfa",
    "joined emoji": "👩\u200d👧",
    "line ends": "\n",
    "hard blanks": "\u00a0",
    "half characters": "\ud800",
    "foreign digits": "١٢٣４５",
}


def text(pattern: str, length: int) -> str:
    """The pattern again and again, so many characters."""
    return "".join(islice(cycle(PATTERNS[pattern]), length))


def texts(length: int) -> Iterator[tuple[str, str]]:
    """Every pattern with its text."""
    return ((pattern, text(pattern, length)) for pattern in PATTERNS)
