"""Which texts a database can keep: PostgreSQL has none with the sign NUL, and no half of a sign can be written."""

from collections.abc import Mapping
from typing import Any


def is_keepable(told: Any) -> bool:
    """Whether every text within plain data can be kept."""
    if isinstance(told, str):
        return "\0" not in told and not any("\ud800" <= sign <= "\udfff" for sign in told)
    if isinstance(told, Mapping):
        return all(is_keepable(name) and is_keepable(value) for name, value in told.items())
    return not isinstance(told, (list, tuple)) or all(is_keepable(each) for each in told)
