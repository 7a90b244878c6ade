"""Account numbers that nobody reads in the database or its copies.

A number is sealed with AES-SIV under a key that is derived from the installation's newest secret and from what the
column is for. The same number gives the same text, so that the database still finds, joins and keeps unique whole
numbers; nobody finds a part of one, puts them in order, or writes one of his own into the table. A sealed number names
the secret that sealed it:

    ~1f0c93ab.qYk1…         a mark of 32 bits of the secret, and the sealed number in Base64

While the secret changes, rows of both secrets stand side by side, and whoever looks for a number asks for both.
"""

from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import Exact, In, IsNull

from zahlmeister.merchants.seal import Unopened, keys

if TYPE_CHECKING:
    _Text = models.CharField[str, str]
    _Exact = Exact[Any]
    _In = In[Any]
else:
    _Text, _Exact, _In = models.CharField, Exact, In

#: So many numbers are remembered, each in its two spellings; a statement has seldom more payers.
REMEMBERED = 8192
#: Of the mark that a sealed text begins with.
LENGTH = len("~1f0c93ab.")


def sealed_number(number: str, purpose: str) -> str:
    """A number as it stands in a column of this purpose; an empty one stays empty."""
    return _sealed(keys().secrets[0], purpose, number) if number else ""


def spellings(number: str, purpose: str) -> list[str]:
    """Each way in which a number may stand in a column of this purpose, the newest secret's first."""
    return [_sealed(secret, purpose, number) for secret in keys().secrets] if number else [""]


def opened_number(kept: str, purpose: str) -> str:
    """The number that stands in a column of this purpose.

    Raises:
        Unopened: it was sealed with another installation's secret or for another column, or nobody has sealed it.
    """
    return _opened(keys().secrets, purpose, kept) if kept else ""


def newest_sign() -> str:
    """What every number begins with that the newest secret has sealed."""
    return sign_of(keys().secrets[0])


class SealedNumber(_Text):
    """A column of account numbers: plain for whoever asks Django, sealed in the database.

    Equality and `in` find rows; `startswith` and its like are refused by Django, because there is nothing to find.
    Whoever writes SQL of his own seals and opens with `sealed_number` and `opened_number`.

    Args:
        purpose: what the column is for, such as `refund`. It never changes: what was sealed for it would not open.
        max_length: of the plain number.
    """

    def __init__(self, *told: Any, purpose: str, **others: Any) -> None:
        super().__init__(*told, **others)
        self.purpose = purpose

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """What a migration writes down: the purpose, too."""
        name, path, told, others = super().deconstruct()
        return str(name), path, list(told), {**others, "purpose": self.purpose}

    def db_type(self, connection: Any) -> str:
        """A text of any length where lengths are looked at; SQLite does not, and need not write its tables anew."""
        return "text" if connection.vendor == "postgresql" else str(super().db_type(connection))

    def get_lookup(self, lookup: str) -> Any:
        """Whole numbers are found; anything else is no lookup of this column."""
        return _LOOKUPS.get(lookup)

    def get_prep_value(self, value: Any) -> Any:
        """A number as it is written."""
        plain = super().get_prep_value(value)
        return sealed_number(plain, self.purpose) if isinstance(plain, str) else plain

    def sealing(self) -> Callable[[str], str]:
        """What seals many numbers in a row, with the secret that is the newest now."""
        secret, purpose = keys().secrets[0], self.purpose
        return lambda number: _sealed(secret, purpose, number) if number else number

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        """A number as it was."""
        del expression, connection
        return opened_number(value, self.purpose) if value else value


class _Whole(_Exact):
    """Equality with each spelling that a number may have now."""

    ways: Iterable[str] = ()

    def get_prep_lookup(self) -> Any:
        _refuse_columns(self)
        if isinstance(self.rhs, str):
            self.ways = spellings(self.rhs, self.lhs.output_field.purpose)
        return super().get_prep_lookup()

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        if len(ways := list(self.ways)) < 2:
            return super().as_sql(compiler, connection)
        told, parameters = self.process_lhs(compiler, connection)
        return f"{told} IN ({', '.join(['%s'] * len(ways))})", (*parameters, *ways)


class _Among(_In):
    """Likewise, for several numbers."""

    def get_prep_lookup(self) -> Any:
        _refuse_columns(self)
        purpose = self.lhs.output_field.purpose
        return [way for number in self.rhs if number is not None for way in spellings(number, purpose)]


def _refuse_columns(lookup: _Exact | _In) -> None:
    """Each column is sealed for itself: in the database two of them are never equal, whatever numbers they hold."""
    if not lookup.rhs_is_direct_value():
        raise FieldError("A sealed account number is compared with a number, and not with a column or a query.")


_LOOKUPS = {"exact": _Whole, "in": _Among, "isnull": IsNull}


# ---- keys ----------------------------------------------------------------------------------------------------------


@lru_cache(REMEMBERED)
def _sealed(secret: str, purpose: str, number: str) -> str:
    made = column_key(secret, f"number {purpose}").encrypt(number.encode(), None)
    return sign_of(secret) + b2a_base64(made, newline=False).decode()


@lru_cache(REMEMBERED)
def _opened(secrets: tuple[str, ...], purpose: str, kept: str) -> str:
    """With the secret whose sign it bears."""
    try:
        secret = secret_by_sign(secrets)[kept[:LENGTH]]
        made = a2b_base64(kept[LENGTH:], strict_mode=True)
        return column_key(secret, f"number {purpose}").decrypt(made, None).decode()
    except (KeyError, InvalidTag, ValueError):
        raise Unopened(
            "An account number was sealed with another secret.key, or not by this installation; restore that file."
        ) from None


@lru_cache(4)
def secret_by_sign(secrets: tuple[str, ...]) -> dict[str, str]:
    """Each secret by the mark of what it has sealed."""
    return {sign_of(secret): secret for secret in secrets}


@lru_cache(16)
def sign_of(secret: str) -> str:
    """What everything begins with that this secret has sealed in a column."""
    return f"~{_derived(secret, 'number sign', 4).hex()}."


@lru_cache(128)
def column_key(secret: str, what: str) -> AESSIV:
    """The key for what a column holds, such as `number refund`."""
    return AESSIV(_derived(secret, what, 64))


def _derived(secret: str, what: str, length: int) -> bytes:
    made = HKDF(SHA256(), length=length, salt=None, info=f"zahlmeister {what}".encode())
    return made.derive(secret.encode())
