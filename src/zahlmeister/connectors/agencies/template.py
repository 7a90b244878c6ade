"""Fill the shapes of a profile with a document: the small language in which a field mapping is written.

A text such as `{debtor.name}` stands for a value of the document, `{principal|minor}` for one that is written another
way, and a text around several of them is filled in. `{each = "reminders", put = {…}}` makes a list, in which a name
with a dot in front, such as `{.fee}`, is one of the entry's own. A key that ends in `?` falls away when its value is
empty.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from zahlmeister.refusals import Unreadable

_PLACE = re.compile(r"\{([^{}|]+)(?:\|([^{}]+))?\}")

Words = Mapping[str, Mapping[str, str]]


def fill(shape: Any, document: Mapping[str, Any], words: Words, entry: Mapping[str, Any] | None = None) -> Any:
    """The shape with every place filled.

    Args:
        shape: as a profile holds it: tables, lists and texts.
        document: what the places name.
        words: tables of words, such as how the far side calls our kinds.
        entry: the entry of a list that is being made.

    Raises:
        Unreadable: the shape names something that the document does not have.
    """
    match shape:
        case {"each": str(name), "put": put}:
            entries = _value(name, document, entry)
            return [fill(put, document, words, one) for one in entries]
        case dict():
            filled = {key: fill(value, document, words, entry) for key, value in shape.items()}
            return {
                key.removesuffix("?"): value
                for key, value in filled.items()
                if not (key.endswith("?") and value in ("", None, [], {}))
            }
        case list():
            return [fill(one, document, words, entry) for one in shape]
        case str():
            return _text(shape, document, words, entry)
        case _:
            return shape


def _text(shape: str, document: Mapping[str, Any], words: Words, entry: Mapping[str, Any] | None) -> Any:
    whole = _PLACE.fullmatch(shape)
    if whole:
        return _written(whole, document, words, entry)
    return _PLACE.sub(lambda place: str(_written(place, document, words, entry)), shape)


def _written(place: re.Match[str], document: Mapping[str, Any], words: Words, entry: Mapping[str, Any] | None) -> Any:
    value = _value(place[1], document, entry)
    for way in (place[2] or "").split("|"):
        if way:
            value = _way(way, words)(value)
    return value


def _value(name: str, document: Mapping[str, Any], entry: Mapping[str, Any] | None) -> Any:
    here: Any = entry if name.startswith(".") else document
    for part in name.lstrip(".").split("."):
        if not isinstance(here, Mapping) or part not in here:
            raise Unreadable(f"The profile asks for “{name}”, which is not there; see the list of fields.")
        here = here[part]
    return "" if here is None else here


def _way(way: str, words: Words) -> Callable[[Any], Any]:
    if way in words:
        return lambda value: _word(way, words[way], str(value))
    if way.startswith("date:"):
        return lambda value: date.fromisoformat(value).strftime(way.removeprefix("date:")) if value else ""
    if way.startswith("most:"):
        return lambda value: str(value)[: int(way.removeprefix("most:"))]
    try:
        return _WAYS[way]
    except KeyError:
        raise Unreadable(f"The profile writes a value as “{way}”, which the house does not know.") from None


def _word(table: str, words: Mapping[str, str], value: str) -> str:
    try:
        return words[value] if value in words else words["*"]
    except KeyError:
        raise Unreadable(f"The profile has no word for “{value}” in its table “{table}”.") from None


def _minor(value: str) -> int:
    return int(Decimal(value or "0").scaleb(2))


_WAYS: Mapping[str, Callable[[Any], Any]] = {
    "minor": _minor,
    "number": lambda value: Decimal(value or "0"),
    "comma": lambda value: str(value).replace(".", ","),
    "upper": lambda value: str(value).upper(),
    "first_name": lambda value: str(value).rpartition(" ")[0],
    "last_name": lambda value: str(value).rpartition(" ")[2],
    "yes_no": lambda value: "yes" if value else "no",
    "ja_nein": lambda value: "ja" if value else "nein",
}
