"""The bank's text exactly as it came, with the parts marked that were recognised."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_BETWEEN = r"[\s\-./]*"  # banks break numbers and words at their line width


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the text; the pieces joined are the text."""

    text: str
    is_marked: bool


def marked(text: str, known: Iterable[str]) -> list[Part]:
    """Cut the text at everything known that stands in it, whatever blanks the bank put inside."""
    patterns = [_pattern(word) for word in sorted(set(known), key=len, reverse=True) if len(word.strip()) >= 3]
    if not patterns:
        return [Part(text, is_marked=False)] if text else []
    parts = []
    end = 0
    for match in re.finditer("|".join(patterns), text, re.IGNORECASE):
        if match.start() > end:
            parts.append(Part(text[end : match.start()], is_marked=False))
        parts.append(Part(match[0], is_marked=True))
        end = match.end()
    if end < len(text):
        parts.append(Part(text[end:], is_marked=False))
    return parts


def _pattern(word: str) -> str:
    signs = [re.escape(sign) for sign in "".join(word.split())]
    return rf"(?<!\w){_BETWEEN.join(signs)}(?!\w)" if word.isalpha() else _BETWEEN.join(signs)
