"""Better values for what a buyer typed: the shop shows them and asks again; nothing is changed by itself."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from rapidfuzz.distance import DamerauLevenshtein

from zahlmeister.credit.rules import Application, Place
from zahlmeister.matching.folding import fold, squeeze

#: A house number stands behind the street, at the end.
_NUMBER_BEHIND = re.compile(
    r"^(?P<street>.*?[^\d\s,].*?)[\s,]+(?P<number>\d+\s*[a-zA-Z]?(?:\s*[-/+]\s*\d*\s*[a-zA-Z]?)?)$"
)
#: What is dialled before a number, by country.
_DIAL = {"DE": "49", "AT": "43", "CH": "41", "LI": "423", "NL": "31", "FR": "33", "IT": "39", "BE": "32", "LU": "352"}
_LETTER_CODES = re.compile(r"^(?:D|DE|A|AT|CH|FL|LI|NL|F|FR|I|IT|B|BE|L|LU)[\s-]+(?=\d)", re.IGNORECASE)
_ALL_ALIKE = 3  # so many letters in capitals are shouting and not initials


def corrections(application: Application, cities: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Fields of the application whose value should be another, with that value.

    Args:
        application: as the buyer typed it.
        cities: towns that mail has reached, by country and postcode.
    """
    return {name: better for name, told, better in _looked_at(application, cities) if better and better != told}


def _looked_at(application: Application, cities: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str, str]]:
    for name in ("first_name", "last_name"):
        yield name, getattr(application, name), _name(getattr(application, name))
    yield "email", application.email, _email(application.email)
    yield "phone", application.phone, phone_number(application.phone, application.billing.country)
    yield "iban", application.iban, re.sub(r"\s", "", application.iban).upper()
    yield from _place("billing", application.billing, cities)
    if application.receives_elsewhere and application.delivery is not None:
        yield from _place("delivery", application.delivery, cities)


def _place(where: str, place: Place, cities: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str, str]]:
    street, number = split_street(place)
    yield f"{where}.street", place.street, _name(street)
    yield f"{where}.house_number", place.house_number, number
    yield f"{where}.country", place.country, place.country.strip().upper()
    yield f"{where}.postcode", place.postcode, country_of(place).postcode
    yield f"{where}.city", place.city, _town(place, cities)


def split_street(place: Place) -> tuple[str, str]:
    """Street and house number, parted where both stand in one field."""
    street, number = " ".join(place.street.split()), " ".join(place.house_number.split())
    if number:
        return street, number
    found = _NUMBER_BEHIND.match(street)
    return (found["street"].rstrip(" ,"), found["number"]) if found else (street, "")


def country_of(place: Place) -> Place:
    """The address with a postcode that has no letters of its country in front: D-79098 is 79098."""
    bare = _LETTER_CODES.sub("", place.postcode.strip().upper())
    inner = bare if place.country.upper() == "NL" else bare.replace(" ", "")
    return replace(place, postcode=inner)


def phone_number(typed: str, country: str) -> str:
    """A number as it is dialled from everywhere: +49761123456; empty when it cannot be one."""
    digits = re.sub(r"\(0\)|[^\d+]", "", typed)
    own = _DIAL.get(country.upper())
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    elif digits.startswith("0") and own:
        digits = f"+{own}{digits[1:]}"
    is_whole = re.fullmatch(r"\+[1-9]\d{6,14}", digits) is not None
    return digits if is_whole and len(set(digits[3:])) > 1 else ""


def known_towns(place: Place, cities: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The towns that mail reached at the place's postcode."""
    return cities.get(postcode_key(place), ())


def postcode_key(place: Place) -> str:
    """Country and postcode as one word: “DE 79098”."""
    return f"{place.country.strip().upper()} {country_of(place).postcode}"


def is_near(typed: str, town: str) -> bool:
    """Whether a town is meant by what was typed: the same, a part of it, or a slip or two away."""
    one, other = (squeeze(fold(text.strip())) for text in (typed, town))
    if one.startswith(other) or other.startswith(one):
        return True
    return DamerauLevenshtein.distance(one, other, score_cutoff=2) <= 1 + (len(other) > 6)


def _town(place: Place, cities: Mapping[str, tuple[str, ...]]) -> str:
    """The town as others write it there, where only its spelling differs."""
    known = known_towns(place, cities)
    near = [town for town in known if is_near(place.city, town)]
    if place.city in known or not near or not place.city.strip():
        return " ".join(place.city.split())
    return near[0]


def _name(typed: str) -> str:
    """A name that is not shouted, whispered or full of blanks."""
    told = " ".join(typed.split())
    letters = [sign for sign in told if sign.isalpha()]
    is_shouted = len(letters) >= _ALL_ALIKE and all(sign.isupper() for sign in letters)
    is_whispered = len(letters) >= _ALL_ALIKE and all(sign.islower() for sign in letters)
    return told.title() if is_shouted or is_whispered else told


def _email(typed: str) -> str:
    """An address whose domain is not one of those that are mistyped most."""
    local, at, domain = typed.strip().rpartition("@")
    if not at:
        return typed
    domain = domain.lower()
    return f"{local}@{_slips().get(domain, domain)}"


@cache
def _slips() -> dict[str, str]:
    with (Path(__file__).parent / "mistyped_domains.csv").open(encoding="utf-8", newline="") as file:
        return {row["typed"]: row["meant"] for row in csv.DictReader(file, delimiter=";")}
