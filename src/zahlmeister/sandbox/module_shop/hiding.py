"""How a module hides and reveals, written from what PHP's openssl and mcrypt do and not from our own side of it."""

import textwrap
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from zahlmeister.sandbox.module_shop.php import base64_decode

CHUNK = 117
_TRIMMED = " \t\n\r\0\x0b"


class Failed(Exception):
    """PHP's function gave `false`; the text is what the module shows of it."""


@dataclass(slots=True)
class Kept:
    """What the module keeps in the shop's settings; `width` is how long a text its column holds."""

    width: int = 65535
    access_code: str = ""  # md5
    api_key: str = ""
    encryption: str = ""
    private_key: str = ""
    public_key: str = ""

    def put_keys(self, private: str, public: str) -> None:
        self.private_key, self.public_key = private[: self.width], public[: self.width]


def reveal(kept: Kept, encryption: str, text: str) -> str:
    """`kkdecrypt`: what the service has hidden."""
    if encryption == "openssl":
        return _rsa_reveal(kept, text)
    if encryption == "mcrypt":
        return _aes_reveal(kept, text)
    return base64_decode(text).decode("latin-1")


def hide(kept: Kept, text: str) -> str:
    """`kkencrypt`: the answer as the service is to open it."""
    if kept.encryption == "openssl":
        return _rsa_hide(kept, text)
    if kept.encryption == "mcrypt":
        return _aes_hide(kept, text)
    return b64encode(text.encode("latin-1")).decode()


def _rsa_reveal(kept: Kept, text: str) -> str:
    key = _key(kept.private_key, "RSA PRIVATE KEY")
    try:
        blocks = [base64_decode(line) for line in text.split("\n") if line.strip()]
        return b"".join(cast("RSAPrivateKey", key).decrypt(one, padding.PKCS1v15()) for one in blocks).decode("latin-1")
    except ValueError:
        raise Failed("error;0407109F;rsa routines;RSA_padding_check_PKCS1_type_2;pkcs decoding error") from None


def _rsa_hide(kept: Kept, text: str) -> str:
    key = cast("RSAPublicKey", _key(kept.public_key, "PUBLIC KEY"))
    said, rest = "", text
    while True:  # do … while ($s): an empty text gives a block, a rest of “0” is lost
        block, rest = rest[:CHUNK], rest[CHUNK:]
        said += "\n" + b64encode(key.encrypt(block.encode("latin-1"), padding.PKCS1v15())).decode()
        if rest in {"", "0"}:
            return said


@lru_cache(64)
def _key(bare: str, kind: str) -> RSAPrivateKey | RSAPublicKey:
    pem = f"-----BEGIN {kind}-----\n" + "\n".join(textwrap.wrap(bare, 64)) + f"\n-----END {kind}-----\n"
    try:
        if kind == "PUBLIC KEY":
            return cast("RSAPublicKey", load_pem_public_key(pem.encode()))
        return cast("RSAPrivateKey", load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True))
    except ValueError:
        raise Failed("error;0480006C;PEM routines;;no start line") from None


def _aes(kept: Kept) -> Cipher[modes.CBC]:
    try:
        return Cipher(algorithms.AES(kept.private_key.encode()), modes.CBC(kept.public_key.encode()))
    except ValueError:
        raise Failed("mcrypt_generic_init(): Key size is not supported") from None


def _aes_reveal(kept: Kept, text: str) -> str:
    hidden = base64_decode(text)
    revealing = _aes(kept).decryptor()
    whole = hidden + bytes(-len(hidden) % 16)
    return (revealing.update(whole) + revealing.finalize()).decode("latin-1").strip(_TRIMMED)


def _aes_hide(kept: Kept, text: str) -> str:
    raw = text.encode("latin-1")
    raw += b" " * (len(raw) % 16)
    raw += bytes(-len(raw) % 16)
    hiding = _aes(kept).encryptor()
    return b64encode(hiding.update(raw) + hiding.finalize()).decode()
