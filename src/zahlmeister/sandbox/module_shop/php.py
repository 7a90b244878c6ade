"""What PHP does to what it is told and to what it says. A PHP string is kept as one character per byte (latin-1)."""

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote_plus, unquote, unquote_plus

Value = str | None | Sequence[str]

_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_NOT_CMD = re.compile(r"[^A-Za-z0-9_.-]")
#: What OXID makes of a request before the module sees it.
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#039;", "\\": "&#092;", "\n": "&#10;"}


def form(text: str) -> dict[str, str]:
    """`$_POST` or `$_GET`: decoded once, a plus sign is a blank."""
    parts = (part.partition("=") for part in text.split("&") if part)
    return {urldecode(name): urldecode(value) for name, _, value in parts}


def urldecode(text: str) -> str:
    """`urldecode()`: a plus sign is a blank."""
    return unquote_plus(text, encoding="latin-1")


def rawurldecode(text: str) -> str:
    """`rawurldecode()`: a plus sign stays."""
    return unquote(text, encoding="latin-1")


def cmd(text: str) -> str:
    """Joomla's default filter CMD: letters, digits, underscore, dot and hyphen stay."""
    return _NOT_CMD.sub("", text).lstrip(".")


def escaped(text: str) -> str:
    """OXID's request filter."""
    return "".join(_ESCAPED.get(sign, sign) for sign in text)


def base64_decode(text: str) -> bytes:
    """`base64_decode()`: foreign signs are passed over, missing padding is forgiven."""
    bare = _NOT_BASE64.sub("", text)
    bare = bare[: len(bare) - 1] if len(bare) % 4 == 1 else bare
    return b64decode(bare + "=" * (-len(bare) % 4))


def utf8_encode(text: str) -> str:
    """`utf8_encode()`: whatever the bytes are, they are taken for latin-1."""
    return text.encode("utf-8").decode("latin-1")


def http_build_query(values: Mapping[str, Value]) -> str:
    """`http_build_query()`: nulls left out, lists numbered."""
    return "&".join(f"{quote_plus(name)}={quote_plus(value.encode('latin-1'))}" for name, value in _flat(values))


def _flat(values: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, str):
            yield name, value
        elif value is not None:
            yield from ((f"{name}[{index}]", one) for index, one in enumerate(value))


def csv(values: Sequence[str]) -> str:
    """`kk_csv()` of each value."""
    return "".join('"' + value.replace(";", ",").replace('"', "") + '";' for value in values)
