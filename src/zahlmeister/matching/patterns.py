"""Patterns that merchants write against the whole text of a payment: matched in linear time, or refused when written.

The engine is RE2: it has no backtracking, so that no pattern and no text can make it slow. What it does not know
(looking around, groups mentioned again) is refused in a sentence.
"""

from functools import lru_cache
from typing import Any

import re2

from zahlmeister.refusals import Refused

LONGEST = 200
#: Bytes that one compiled pattern may take; `(a{1000}){1000}` would take gigabytes.
_MOST_MEMORY = 1 << 20


def check(pattern: str) -> None:
    """Make sure that a pattern can be used.

    Raises:
        Refused: it is too long, too large or no pattern; the sentence says why.
    """
    if len(pattern) > LONGEST:
        raise Refused("A pattern has at most 200 letters.")
    try:
        _compiled(pattern)
    except re2.error as error:
        why = error.args[0].decode(errors="replace") if error.args else ""
        raise Refused(f"“{pattern}” is no pattern that can be used: {why}.") from error


def fits(pattern: str, text: str) -> bool:
    """Whether a pattern describes the whole text, in capitals or not; what lies before and after needs `.*`."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.dot_nl = True
    options.log_errors = False
    options.max_mem = _MOST_MEMORY
    return re2.compile(pattern, options)
