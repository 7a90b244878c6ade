"""Which texts a database can keep: PostgreSQL has none with the sign NUL, and no half of a sign can be written."""

import re
from collections.abc import Mapping
from typing import Any


def is_keepable(told: Any) -> bool:
    """Whether every text within plain data can be kept."""
    if isinstance(told, str):
        return "\0" not in told and not any("\ud800" <= sign <= "\udfff" for sign in told)
    if isinstance(told, Mapping):
        return all(is_keepable(name) and is_keepable(value) for name, value in told.items())
    return not isinstance(told, (list, tuple)) or all(is_keepable(each) for each in told)


def without_halves(told: Any) -> Any:
    """The same plain data, with � for each sign that could not be kept; JSON can spell such signs."""
    if isinstance(told, str):
        return told if is_keepable(told) else _UNKEEPABLE.sub("\N{REPLACEMENT CHARACTER}", told)
    if isinstance(told, dict):
        return {without_halves(name): without_halves(value) for name, value in told.items()}
    return [without_halves(each) for each in told] if isinstance(told, list) else told


_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")
