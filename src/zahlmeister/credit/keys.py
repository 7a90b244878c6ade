"""The keys a buyer is found by again, as keyed hashes: whoever reads the table learns nobody's address or account."""

import hmac
from collections.abc import Iterator
from enum import StrEnum
from hashlib import sha256

from zahlmeister.credit.corrections import phone_number
from zahlmeister.credit.look_data import place_key
from zahlmeister.credit.rules import Application, Place
from zahlmeister.matching.folding import name_words
from zahlmeister.merchants.lasting import lasting_key
from zahlmeister.money.accounts import is_iban, tidy
from zahlmeister.refusals import Unreadable

#: What the key of the hashes is called: they cannot be made anew, because nobody keeps what they stand for.
PURPOSE = "credit keys"


class Kind(StrEnum):
    """What sort of key it is."""

    CUSTOMER = "customer"
    EMAIL = "email"
    DOMAIN = "domain"
    PHONE = "phone"
    IBAN = "iban"
    PERSON = "person"  # name and birth date, or a company's name and VAT number
    NAME = "name"
    ADDRESS = "address"
    IP = "ip"
    DEVICE = "device"


#: What a block list can hold.
BLOCKABLE = (Kind.EMAIL, Kind.DOMAIN, Kind.PHONE, Kind.IBAN, Kind.ADDRESS)


def digest(merchant_id: int, kind: str, text: str) -> str:
    """The keyed hash of a key; another merchant's is another one."""
    return _digest(lasting_key(merchant_id, PURPOSE), kind, text)


def digests(merchant_id: int, application: Application) -> list[tuple[Kind, str]]:
    """Every key of an application as its hash, each once."""
    key = lasting_key(merchant_id, PURPOSE)
    found = ((kind, _digest(key, kind, text)) for kind, text in _keys(application))
    return list(dict.fromkeys(found))


def of_subject(merchant_id: int, application: Application) -> str:
    """The hash of everything that a bureau is told of a buyer: a move makes it another one."""
    billing = application.billing
    told = "|".join((_person(application), place_key(billing), billing.city.casefold()))
    return digest(merchant_id, "subject", told)


def blocked(merchant_id: int, kind: Kind, typed: str, country: str) -> tuple[str, str]:
    """The hash of what a person put on the block list, and a hint to recognise it by.

    A domain is `example.org`, or `*.example.org` for all below it. An address is street with number and postcode,
    parted by a comma.

    Raises:
        Unreadable: it is none of its kind.
    """
    text = " ".join(typed.split())
    match kind:
        case Kind.EMAIL if "@" in text:
            return digest(merchant_id, kind, _email(text)), f"{text[:2]}…@{text.rpartition('@')[2]}"
        case Kind.DOMAIN if "." in text and "@" not in text:
            return digest(merchant_id, kind, text.casefold()), text.casefold()
        case Kind.PHONE if number := phone_number(text, country):
            return digest(merchant_id, kind, number), f"{number[:5]}…{number[-2:]}"
        case Kind.IBAN if is_iban(text):
            return digest(merchant_id, kind, tidy(text)), f"{tidy(text)[:4]}…{tidy(text)[-2:]}"
        case Kind.ADDRESS if "," in text:
            return digest(merchant_id, kind, _typed_place(text, country)), f"{text[:3]}…, {text.rpartition(',')[2]}"
        case _:
            raise Unreadable(f"“{text[:40]}” is no {kind} that can be put on the block list.")


def _digest(key: bytes, kind: str, text: str) -> str:
    return hmac.new(key, f"{kind}\0{text}".encode(), sha256).hexdigest()


def _typed_place(text: str, country: str) -> str:
    street, _comma, postcode = text.rpartition(",")
    return place_key(Place(street.strip(), postcode.strip().partition(" ")[0], "", country))


def _keys(application: Application) -> Iterator[tuple[Kind, str]]:
    told = {
        Kind.CUSTOMER: application.customer_number.strip(),
        Kind.EMAIL: _email(application.email) if "@" in application.email else "",
        Kind.PHONE: phone_number(application.phone, application.billing.country),
        Kind.IBAN: tidy(application.iban),
        Kind.PERSON: _person(application) if application.born_on or application.vat_id else "",
        Kind.NAME: _name(application),
        Kind.ADDRESS: place_key(application.billing),
        Kind.IP: application.ip,
        Kind.DEVICE: application.device,
    }
    yield from ((kind, text) for kind, text in told.items() if text)
    yield from ((Kind.DOMAIN, domain) for domain in domains(application.email))
    if application.receives_elsewhere and application.delivery is not None:
        yield Kind.ADDRESS, place_key(application.delivery)


def domains(email: str) -> Iterator[str]:
    """The domain of an address, and every wildcard it falls under: `a.b.example` is `*.b.example` and `*.example`."""
    _local, at, domain = _email(email).rpartition("@")
    if not at:
        return
    yield domain
    labels = domain.split(".")
    yield from (f"*.{'.'.join(labels[place:])}" for place in range(1, len(labels)))


def _email(text: str) -> str:
    return text.strip().casefold()


def _name(application: Application) -> str:
    return " ".join(sorted(name_words(application.name)))


def _person(application: Application) -> str:
    known_by = application.vat_id if application.is_company else application.born_on
    return f"{_name(application)}|{known_by or ''}"
