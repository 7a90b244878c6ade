"""How a shop and we hide from others what we tell each other: the three ways that the modules know.

The module chooses the first whose probe it can read: RSA (`openssl`), AES in CBC mode (`mcrypt`, old PHP), or nothing
but an encoding (`base64`). None of them notices a change on the way; what protects is HTTPS, this comes on top.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher as Symmetric
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from zahlmeister.connectors.shops.module.wire import NotOurs, text

#: So much of a message goes into one RSA block, whatever the size of the key: 1024 bits less the padding.
CHUNK = 117
_AES_BLOCK = 16
_RUN = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_BETWEEN = re.compile(rb"<[^<>]*>|[\r\n]+")


class Cipher(Protocol):
    """One way to hide messages."""

    @property
    def name(self) -> str:
        """What the modules call it."""

    @property
    def grain(self) -> int:
        """How many bytes travel together: a message that ends with a whole grain could have been cut off there."""

    def hide(self, message: str) -> str:
        """The message as it is put into a form field."""

    def reveal(self, body: bytes) -> bytes:
        """The message inside of a reply, whatever PHP has printed around it; empty when there is none.

        Raises:
            NotOurs: there is something, but no whole message.
        """


@dataclass(frozen=True, slots=True)
class Rsa:
    """PKCS#1 v1.5 in blocks: what we send is for the shop's key, what comes is for ours."""

    theirs: RSAPublicKey
    ours: RSAPrivateKey
    name: str = "openssl"
    grain: int = CHUNK

    def hide(self, message: str) -> str:
        raw = message.encode()
        blocks = [raw[start : start + CHUNK] for start in range(0, len(raw), CHUNK)] or [b""]
        return "\n".join(b64encode(self.theirs.encrypt(block, PKCS1v15())).decode() for block in blocks)

    def reveal(self, body: bytes) -> bytes:
        blocks = self._blocks(body)
        if body.strip() and not blocks:
            raise NotOurs
        try:
            return b"".join(self.ours.decrypt(b64decode(block), PKCS1v15()) for block in blocks)
        except ValueError:
            raise NotOurs from None

    def _blocks(self, body: bytes) -> Sequence[bytes]:
        """Each block has the same length in base64; that is how warnings around and between are told from it."""
        size = len(b64encode(bytes(self.ours.key_size // 8)))
        return [run for run in _RUN.findall(body) if len(run) == size]


@dataclass(frozen=True, slots=True)
class Aes:
    """What mcrypt's `rijndael-128` in CBC mode is; key and start value are the same for each message."""

    key: bytes
    iv: bytes
    name: str = "mcrypt"
    grain: int = _AES_BLOCK

    def hide(self, message: str) -> str:
        raw = message.encode()
        padded = raw + b" " * (-len(raw) % _AES_BLOCK)
        hiding = Symmetric(AES(self.key), CBC(self.iv)).encryptor()
        return b64encode(hiding.update(padded) + hiding.finalize()).decode()

    def reveal(self, body: bytes) -> bytes:
        hidden = _longest(body, lambda content: len(content) % _AES_BLOCK == 0)
        revealing = Symmetric(AES(self.key), CBC(self.iv)).decryptor()
        return (revealing.update(hidden) + revealing.finalize()).rstrip(b"\0").rstrip(b" ")


@dataclass(frozen=True, slots=True)
class Plain:
    """No hiding at all; only over HTTPS, and only where the merchant allows it."""

    name: str = "base64"
    grain: int = 3

    def hide(self, message: str) -> str:
        return b64encode(message.encode()).decode()

    def reveal(self, body: bytes) -> bytes:
        return _longest(body, _is_readable)


def _longest(body: bytes, fits: Callable[[bytes], bool]) -> bytes:
    """The longest line that is base64 and nothing else, markup left out, and whose content fits."""
    pieces = [piece.strip() for piece in _BETWEEN.split(body) if piece.strip()]
    coded = [b64decode(piece) for piece in pieces if _RUN.fullmatch(piece) and len(piece) % 4 == 0]
    fitting = [content for content in coded if fits(content)]
    if pieces and not fitting:
        raise NotOurs
    return max(fitting, key=len, default=b"")


def _is_readable(content: bytes) -> bool:
    """Whether it is text; the words of a warning or the name of a file, taken for base64, are none."""
    return all(sign.isprintable() or sign in "\r\n\t" for sign in text(content))
