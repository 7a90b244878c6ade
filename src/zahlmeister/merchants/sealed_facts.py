"""Facts in which account numbers may stand, that nobody reads in the database or its copies.

What a message says, what a connection is set to, what a document was: a dictionary or a list that is never looked
for, and is therefore sealed whole. Chance is in the seal, so that nobody sees whether two rows say the same:

    ~1f0c93ab.qYk1…         a mark of 32 bits of the secret, and in Base64 128 bits of chance and the sealed JSON

What is empty stays an empty text, so that rows which say something are still told from those that say nothing.
"""

import json
import os
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import Exact

from zahlmeister.merchants.seal import Unopened, keys
from zahlmeister.merchants.sealed_number import LENGTH, column_key, secret_by_sign, sign_of

if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
    _Exact = Exact[Any]
else:
    _Field, _Exact = models.Field, Exact

_CHANCE = 16
_encode = json.JSONEncoder(separators=(",", ":")).encode


def sealed_text(text: str, purpose: str) -> str:
    """A text as it stands in a column of this purpose, another one each time; an empty one stays empty."""
    return _sealed(keys().secrets[0], purpose, text) if text else ""


def opened_text(kept: str, purpose: str) -> str:
    """The text that stands in a column of this purpose.

    Raises:
        Unopened: it was sealed with another installation's secret or for another column, or nobody has sealed it.
    """
    if not kept:
        return ""
    try:
        secret = secret_by_sign(keys().secrets)[kept[:LENGTH]]
        made = a2b_base64(kept[LENGTH:], strict_mode=True)
        return column_key(secret, f"facts {purpose}").decrypt(made[_CHANCE:], [made[:_CHANCE]]).decode()
    except (KeyError, InvalidTag, ValueError):
        raise Unopened(
            "What stands in the database was sealed with another secret.key, or not by this installation; "
            "restore that file."
        ) from None


class SealedFacts(_Field):
    """A column of facts: a dictionary or a list for whoever asks Django, sealed in the database.

    Whether it is empty can be asked; anything else is refused by Django, because there is nothing to find.

    Args:
        purpose: what the column is for, such as `message`. It never changes: what was sealed for it would not open.
        default: `dict` or `list`; says what an empty one is.
    """

    def __init__(self, *told: Any, purpose: str, **others: Any) -> None:
        super().__init__(*told, **others)
        self.purpose = purpose

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """What a migration writes down: the purpose, too."""
        name, path, told, others = super().deconstruct()
        return str(name), path, list(told), {**others, "purpose": self.purpose}

    def get_internal_type(self) -> str:
        """A text of any length."""
        return "TextField"

    def get_lookup(self, lookup: str) -> Any:
        """Only what is empty is found; anything else is no lookup of this column."""
        return _Empty if lookup == "exact" else None

    def get_transform(self, lookup: str) -> Any:
        """Nobody looks into what is sealed."""
        del lookup

    def get_prep_value(self, value: Any) -> Any:
        """Facts as they are written."""
        return self.sealing()(value)

    def sealing(self) -> Callable[[Any], str]:
        """What seals the facts of many rows, with the secret that is the newest now."""
        secret, purpose, nothing = keys().secrets[0], self.purpose, self.get_default()
        return lambda facts: "" if facts == nothing else _sealed(secret, purpose, _encode(facts))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        """Facts as they were; None where a question joins no row."""
        del expression, connection
        if value is None:
            return None
        return json.loads(opened_text(value, self.purpose)) if value else self.get_default()


class _Empty(_Exact):
    """The one question that such a column answers."""

    def get_prep_lookup(self) -> Any:
        if self.rhs != self.lhs.output_field.get_default():
            raise FieldError("Sealed facts cannot be looked for; only whether there are any can be asked.")
        return ""


def _sealed(secret: str, purpose: str, text: str) -> str:
    chance = os.urandom(_CHANCE)
    made = column_key(secret, f"facts {purpose}").encrypt(text.encode(), [chance])
    return sign_of(secret) + b2a_base64(chance + made, newline=False).decode()
