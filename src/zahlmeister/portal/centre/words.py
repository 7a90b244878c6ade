"""The words of the customer centre in the four languages of the three countries, each in a file of its own."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType


@cache
def words_of(language: str) -> Mapping[str, str]:
    """Everything the pages say in `de`, `en`, `fr` or `it`; `{…}` is filled in."""
    with (Path(__file__).with_name("words") / f"{language}.toml").open("rb") as file:
        return MappingProxyType(tomllib.load(file))


def entry_kinds(language: str) -> dict[str, str]:
    """What kinds of entries are called."""
    words = words_of(language)
    return {name.removeprefix("entry_"): said for name, said in words.items() if name.startswith("entry_")}
