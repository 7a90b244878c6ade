"""Seal what nobody may read in the database or its backups: passwords and keys of foreign systems.

The key is derived from the installation's secret, which lies beside the database and not in it. A value is bound to
what it is for, so that a sealed password put into another row opens nothing.
"""

import json
from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from zahlmeister.refusals import Refused


class Unopened(Refused):
    """The sealed value was made with another secret, or for something else."""


def seal(values: dict[str, str], purpose: str) -> bytes:
    """Seal a few named values for a purpose such as `connection:17`."""
    return _fernet(settings.SECRET_KEY, purpose).encrypt(json.dumps(values).encode())


def opened(sealed: bytes, purpose: str) -> dict[str, str]:
    """What was sealed for this purpose; nothing when nothing was.

    Raises:
        Unopened: the secret of this installation is another one.
    """
    if not sealed:
        return {}
    try:
        values: dict[str, Any] = json.loads(_fernet(settings.SECRET_KEY, purpose).decrypt(sealed))
    except InvalidToken:
        raise Unopened(
            "The stored access was sealed with another secret.key; restore that file or enter the access again."
        ) from None
    return {name: str(value) for name, value in values.items()}


def made_code(purpose: str) -> str:
    """A code of 160 bits that nobody can guess, and that is the same each time it is made for this purpose."""
    key = HKDF(SHA256(), length=20, salt=None, info=f"zahlmeister code {purpose}".encode())
    return key.derive(settings.SECRET_KEY.encode()).hex()


def signing_key(purpose: str) -> Ed25519PrivateKey:
    """The installation's key for signatures of this kind; its public half may be shown to everybody."""
    key = HKDF(SHA256(), length=32, salt=None, info=f"zahlmeister sign {purpose}".encode())
    return Ed25519PrivateKey.from_private_bytes(key.derive(settings.SECRET_KEY.encode()))


@lru_cache(64)
def _fernet(secret: str, purpose: str) -> Fernet:
    key = HKDF(SHA256(), length=32, salt=None, info=f"zahlmeister seal {purpose}".encode()).derive(secret.encode())
    return Fernet(urlsafe_b64encode(key))
