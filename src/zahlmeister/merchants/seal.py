"""Seal what nobody may read in the database or its backups: passwords and keys of foreign systems.

The key is derived from the installation's newest secret, which lies beside the database and not in it; what an older
one has sealed opens as long as that is in the key file, too. A value is bound to what it is for, so that a sealed
password put into another row opens nothing.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from zahlmeister.merchants.key_file import Keys
from zahlmeister.merchants.key_file import keys as keys_in
from zahlmeister.refusals import Refused

#: What says where a password goes and whose it is, in every kind of access there is.
_PLACE = ("way", "address", "path", "host", "port", "fingerprint", "database", "organisation", "client_id", "user")


class Unopened(Refused):
    """The sealed value was made with another secret, or for something else."""


def keys() -> Keys:
    """The installation's secrets as they are now."""
    return keys_in(settings.SECRET_FILE)


def seal(values: dict[str, str], purpose: str) -> bytes:
    """Seal a few named values for a purpose such as `connection:17`."""
    return _fernet(keys().secrets[0], purpose).encrypt(json.dumps(values).encode())


def opened(sealed: bytes, purpose: str) -> dict[str, str]:
    """What was sealed for this purpose; nothing when nothing was.

    Raises:
        Unopened: the secret of this installation is another one.
    """
    if not sealed:
        return {}
    try:
        values: dict[str, Any] = json.loads(_fernets(purpose).decrypt(sealed))
    except InvalidToken:
        raise _unopened() from None
    return {name: str(value) for name, value in values.items()}


def sealed_anew(sealed: bytes, purpose: str) -> bytes | None:
    """The same sealed with the newest secret; None when it is already, or nothing is sealed.

    Raises:
        Unopened: no secret of this installation opens it.
    """
    if not sealed:
        return None
    try:
        _fernet(keys().secrets[0], purpose).decrypt(sealed)
    except InvalidToken:
        try:
            return _fernets(purpose).rotate(sealed)
        except InvalidToken:
            raise _unopened() from None
    return None


def is_same_place(before: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether an access as it is wanted leads to the same far side, as the same user, as before."""
    return all(_written(before.get(name)) == _written(wanted.get(name)) for name in _PLACE)


def still_good(known: Mapping[str, str], typed: Mapping[str, str], *, is_same: bool) -> dict[str, str]:
    """The secrets of an access that a person changes: what is typed, and what is kept where nothing is.

    What is kept goes to nobody but those it was typed in for.

    Args:
        known: what is kept.
        typed: what the person typed; an empty value says nothing.
        is_same: whether the access leads where it led; see `is_same_place`.

    Raises:
        Refused: it leads elsewhere, and nothing was typed.
    """
    said = {name: value for name, value in typed.items() if value}
    if is_same:
        return {**known, **said}
    if any(known.values()) and not said:
        raise Refused("Enter the password again: the one that is kept is for another address or user.")
    return said


def made_code(purpose: str) -> str:
    """A code of 160 bits that nobody can guess, and that is the same each time it is made for this purpose."""
    key = HKDF(SHA256(), length=20, salt=None, info=f"zahlmeister code {purpose}".encode())
    return key.derive(keys().secrets[0].encode()).hex()


def signing_key(purpose: str) -> Ed25519PrivateKey:
    """The installation's key for signatures of this kind; its public half may be shown to everybody."""
    return _signing_key(keys().secrets[0], purpose)


def public_key(purpose: str, secret: str) -> bytes:
    """The public half of the key for signatures that a secret stands for."""
    return _signing_key(secret, purpose).public_key().public_bytes_raw()


def is_signature(purpose: str, signature: bytes, text: bytes) -> bool:
    """Whether this installation has signed a text: with its key, or with one that it had before."""
    known = keys()
    ours = [public_key(purpose, secret) for secret in known.secrets]
    before = [key for name, key in known.publics if name == purpose]
    return any(_verifies(key, signature, text) for key in (*ours, *before))


def _verifies(key: bytes, signature: bytes, text: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, text)
    except InvalidSignature:
        return False
    return True


def _signing_key(secret: str, purpose: str) -> Ed25519PrivateKey:
    key = HKDF(SHA256(), length=32, salt=None, info=f"zahlmeister sign {purpose}".encode())
    return Ed25519PrivateKey.from_private_bytes(key.derive(secret.encode()))


def _unopened() -> Unopened:
    return Unopened(
        "The stored access was sealed with another secret.key; restore that file or enter the access again."
    )


def _fernets(purpose: str) -> MultiFernet:
    return MultiFernet([_fernet(secret, purpose) for secret in keys().secrets])


def _written(fact: object) -> str:
    return "" if fact is None else str(fact).strip().rstrip("/")


@lru_cache(128)
def _fernet(secret: str, purpose: str) -> Fernet:
    key = HKDF(SHA256(), length=32, salt=None, info=f"zahlmeister seal {purpose}".encode()).derive(secret.encode())
    return Fernet(urlsafe_b64encode(key))
