"""The second factor beside a password: a code of six digits that an app reckons every half minute (RFC 6238)."""

from base64 import b32decode, b32encode
from datetime import datetime
from secrets import token_bytes

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECONDS, DIGITS = 30, 6
#: A clock that is half a minute off, and the time it takes to type.
_NEAR = (0, -1, 1)


def new_secret() -> str:
    """A secret of 160 bits, as apps take it."""
    return b32encode(token_bytes(20)).decode()


def address_for_app(secret: str, who: str, issuer: str) -> str:
    """What the code to scan holds."""
    return _reckoner(secret).get_provisioning_uri(who, issuer)


def step_of(secret: str, code: str, *, at: datetime, after: int) -> int | None:
    """The half minute a code is of; None when it is none of now, or not later than the one used last."""
    now = int(at.timestamp()) // SECONDS
    for step in (now + near for near in _NEAR):
        try:
            _reckoner(secret).verify(code.strip().encode(), step * SECONDS)
        except (InvalidToken, ValueError):
            continue
        return step if step > after else None
    return None


def code_of(secret: str, *, at: datetime) -> str:
    """The code that an app shows at an instant."""
    return _reckoner(secret).generate(int(at.timestamp())).decode()


def _reckoner(secret: str) -> TOTP:
    return TOTP(b32decode(secret), DIGITS, SHA1(), SECONDS)  # noqa: S303 - what every app reckons with; RFC 6238
