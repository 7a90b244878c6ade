"""The people of the sandbox: who orders at Brigitte's, and from whose account the money then comes.

Everybody is invented; e-mail addresses stand under `.example`, which belongs to nobody (RFC 2606).
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from zahlmeister.sandbox.chance import Dice, dice
from zahlmeister.sandbox.names import (
    ACCOUNT_DIGITS,
    BANKS,
    COMPANY_FORMS,
    FIRST_NAMES,
    LAST_NAMES,
    ORIGINS,
    STREETS,
    TOWNS,
    Bank,
    Country,
)

COUNTRIES = {Country.GERMANY: 86, Country.AUSTRIA: 8, Country.SWITZERLAND: 6}
MAIL_DOMAINS = ("beispielpost.example", "webpost.example", "freimail.example", "meinpost.example")
_PLAIN_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ł": "l", "ı": "i", "đ": "d"})


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as the shop knows one."""

    first: str
    last: str
    company: str | None
    email: str
    street: str
    postcode: str
    city: str
    country: Country

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Account:
    """A bank account and whose name the bank writes beside it."""

    holder: str
    iban: str
    bank: Bank


@dataclass(frozen=True, slots=True)
class Household:
    """The accounts an order may be paid from: the customer's own, and those of people who pay instead."""

    own: Account
    spouse: Account
    joint: Account
    parent: Account
    employer: Account


def _known(first: str, last: str, street: str, town: tuple[str, str]) -> Person:
    return Person(first, last, None, f"{first.lower()}@beispielpost.example", street, town[0], town[1], Country.GERMANY)


#: The five everybody knows: Anna pays well, Bernd too little, Cora twice, Dirk from his mother's account and
#: Eva never.
ANNA = _known("Anna", "Berger", "Lindenallee 4", ("79098", "Freiburg im Breisgau"))
BERND = _known("Bernd", "Krüger", "Hauptstraße 17", ("44135", "Dortmund"))
CORA = _known("Cora", "Weiß", "Mühlenweg 2", ("23552", "Lübeck"))
DIRK = _known("Dirk", "Hofmann", "Goethestraße 88", ("04109", "Leipzig"))
EVA = _known("Eva", "Nowak", "Rosenstraße 31", ("50667", "Köln"))
KNOWN = (ANNA, BERND, CORA, DIRK, EVA)


def people(seed: int) -> Iterator[Person]:
    """Customers without end, no two with the same e-mail address; the known five come first."""
    yield from KNOWN
    roll = dice(seed, "people")
    for number in count(1):
        yield _person(roll, number)


def household(email: str, name: str, country: Country) -> Household:
    """Whose money may pay for this customer; always the same accounts for the same e-mail address."""
    roll = dice("household", email)
    first, _, last = name.partition(" ")
    spouse = roll.choice(_first_names(roll, country))
    spouse_last = last if roll.happens(75) else _last_name(roll, country)
    couple = roll.choice((f"{first} und {spouse} {last}", f"{spouse} u. {first} {last}", f"{last} {first} + {spouse}"))
    parent = roll.choice(_first_names(roll, country))
    return Household(
        own=_account(roll, name, country),
        spouse=_account(roll, f"{spouse} {spouse_last}", country),
        joint=_account(roll, couple, country),
        parent=_account(roll, f"{parent} {last}", country),
        employer=_account(roll, company_name(roll, last, roll.choice(TOWNS[country])[1], country), country),
    )


def company_name(roll: Dice, last: str, town: str, country: Country) -> str:
    """A firm of that country, named after its owner or its town."""
    return roll.choice(COMPANY_FORMS[country]).format(last=last, town=town)


def iban(roll: Dice, bank: Bank) -> str:
    """An IBAN of an invented account at this bank, with the right check digits (ISO 13616, mod 97-10)."""
    digits = ACCOUNT_DIGITS[bank.country]
    number = f"{roll.randrange(10 ** (digits - 2)):0{digits}d}"
    return with_check_digits(bank.country, bank.code + number)


def with_check_digits(country: str, rest: str) -> str:
    """An IBAN or creditor reference: letters, two check digits, and the rest (ISO 7064, mod 97-10)."""
    remainder = int("".join(str(int(character, 36)) for character in f"{rest}{country}00")) % 97
    return f"{country}{98 - remainder:02d}{rest}"


def plain(text: str) -> str:
    """Small letters a to z, digits and dots: `Jörg Weiß` becomes `joerg.weiss`, `Şahin` becomes `sahin`."""
    spelled = text.lower().translate(_PLAIN_LETTERS)
    bare = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode("ascii")
    return "".join("." if character == " " else character for character in bare if character not in "'&,")


def _person(roll: Dice, number: int) -> Person:
    country = roll.weighted(COUNTRIES)
    first, last = _full_name(roll, country)
    postcode, city = roll.choice(TOWNS[country])
    return Person(
        first=first,
        last=last,
        company=company_name(roll, last, city, country) if roll.happens(9) else None,
        email=f"{plain(f'{first} {last}')}{number}@{roll.choice(MAIL_DOMAINS)}",
        street=f"{roll.choice(STREETS[country])} {roll.randrange(1, 120)}{'a' if roll.happens(8) else ''}",
        postcode=postcode,
        city=city,
        country=country,
    )


def _full_name(roll: Dice, country: Country) -> tuple[str, str]:
    """First and last name mostly of one origin, as families are, and mixed now and then."""
    origin = roll.weighted(ORIGINS[country])
    last_origin = origin if roll.happens(90) else roll.weighted(ORIGINS[country])
    return roll.choice(FIRST_NAMES[origin]), roll.choice(LAST_NAMES[last_origin])


def _first_names(roll: Dice, country: Country) -> tuple[str, ...]:
    return FIRST_NAMES[roll.weighted(ORIGINS[country])]


def _last_name(roll: Dice, country: Country) -> str:
    return roll.choice(LAST_NAMES[roll.weighted(ORIGINS[country])])


def _account(roll: Dice, holder: str, country: Country) -> Account:
    bank = roll.choice(BANKS[country])
    return Account(holder, iban(roll, bank), bank)
