"""Codes for the day on which the phone is lost: each opens once, and nobody can read them where they are kept.

A code is its place in the list and fifteen digits of chance, which are fifty bits. Kept is a salted hash of each, as of
a password, so that they are seen once, when they are made. Codes from before, of eight digits, have no place in their
list: one that is typed is compared with each of them.
"""

from secrets import randbelow

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import check_password, make_password

from zahlmeister.merchants.models import Person

#: So many codes; the place of each is its first digit.
COUNT = 10
_DIGITS = 15
_OLD = 8
KIND = Authenticator.Type.RECOVERY_CODES
#: For the library of second factors, which knows none of these codes.
_NOTHING_TO_READ: dict[str, list[str]] = {"migrated_codes": []}


def make_codes(person: Person) -> list[str]:
    """Make new codes for somebody; those there were are good no more.

    Returns:
        The codes. Nobody can be shown them again.
    """
    made = [f"{place}{randbelow(10**_DIGITS):0{_DIGITS}}" for place in range(COUNT)]
    kept = {"hashes": {code[0]: make_password(code) for code in made}, **_NOTHING_TO_READ}
    Authenticator.objects.update_or_create(user=person, type=KIND, defaults={"data": kept})
    return [f"{code[0]}-{code[1:6]}-{code[6:11]}-{code[11:]}" for code in made]


def use_code(person: Person, typed: str) -> Authenticator | None:
    """Use a code up, however it is written; None when it is none of this person's, or was used before."""
    code = "".join(sign for sign in typed if sign.isdecimal())
    row = Authenticator.objects.filter(user=person, type=KIND).first()
    if row is None or len(code) not in (_OLD, _DIGITS + 1):
        return None
    for place, kept in row.data["hashes"].items():
        if (len(code) == _OLD or code[0] == place) and check_password(code, kept):
            left = {other: each for other, each in row.data["hashes"].items() if other != place}
            same = Authenticator.objects.filter(pk=row.pk, data=row.data)
            return row if same.update(data=row.data | {"hashes": left}) else None
    return None


def codes_left(person: Person) -> int:
    """How many codes somebody has that were not used."""
    row = Authenticator.objects.filter(user=person, type=KIND).first()
    return len(row.data["hashes"]) if row else 0
