"""The keys of a shop: made by us, two pairs, so that the shop does not hold the key that opens its own replies.

The sizes: a shop keeps its private key in a column of its settings table. A column of type TEXT holds one of 2048 bits
(1592 characters), an old one may only hold one of 1024 bits (812 characters). The longer one is tried first; a shop
that cannot read its probe then gets the shorter one. Both are only a second layer below HTTPS.
"""

import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from string import ascii_letters, digits
from typing import cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from zahlmeister.connectors.shops.module.ciphers import Aes, Cipher, Plain, Rsa

_ALPHABET = ascii_letters + digits
#: Letters and digits of an access code or API key: 190 bits.
CODE_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """What a shop and we share. `shop_key` opens what we send, `our_key` what the shop sends."""

    access_code: str
    api_key: str
    shop_key: RSAPrivateKey
    our_key: RSAPrivateKey
    aes_key: str
    aes_iv: str

    def shop_private(self) -> str:
        """As the module wants it: PKCS#1 in base64 on one line."""
        return _private(self.shop_key)

    def our_public(self) -> str:
        """As the module wants it: SubjectPublicKeyInfo in base64 on one line."""
        return _public(self.our_key.public_key())

    def ciphers(self) -> dict[str, Cipher]:
        """All ways to hide, by the module's name of them, the strongest first."""
        rsa = Rsa(self.shop_key.public_key(), self.our_key)
        return {one.name: one for one in (rsa, Aes(self.aes_key.encode(), self.aes_iv.encode()), Plain())}

    def kept(self, cipher: Cipher) -> dict[str, str]:
        """What is to be kept sealed for this cipher, and no more: the shop's own private key is forgotten."""
        access = {"access_code": self.access_code, "api_key": self.api_key, "cipher": cipher.name}
        if isinstance(cipher, Rsa):
            return {**access, "shop_key": _public(self.shop_key.public_key()), "our_key": _private(self.our_key)}
        return {**access, "aes_key": self.aes_key, "aes_iv": self.aes_iv}


def new_keys(bits: int, known: Mapping[str, str]) -> Keys:
    """Fresh keys; access code and API key stay those that a shop already has, if it has."""
    return Keys(
        access_code=known.get("access_code") or _code(CODE_LENGTH),
        api_key=known.get("api_key") or _code(CODE_LENGTH),
        shop_key=generate_private_key(65537, bits),
        our_key=generate_private_key(65537, bits),
        aes_key=_code(32),
        aes_iv=_code(16),
    )


def kept_cipher(kept: Mapping[str, str]) -> Cipher:
    """The cipher that was agreed on with a shop, of what `Keys.kept` gave."""
    match kept["cipher"]:
        case "openssl":
            theirs = cast("RSAPublicKey", load_der_public_key(b64decode(kept["shop_key"])))
            # our own key, sealed by us: looking for weaknesses in it each time would take longer than the shop
            ours = load_der_private_key(b64decode(kept["our_key"]), None, unsafe_skip_rsa_key_validation=True)
            return Rsa(theirs, cast("RSAPrivateKey", ours))
        case "mcrypt":
            return Aes(kept["aes_key"].encode(), kept["aes_iv"].encode())
        case _:
            return Plain()


def _code(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _private(key: RSAPrivateKey) -> str:
    return b64encode(key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())).decode()


def _public(key: RSAPublicKey) -> str:
    return b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
