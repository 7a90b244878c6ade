"""How values travel to a module and back: percent-encoded forms there, lists and form lines back.

Facts: PHP decodes a form once and the modules decode each value once more, so a value is encoded twice; a plus sign of
base64 that was encoded once arrives as a blank. Only VirtueMart's filter eats percent signs: there once is right.
"""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, quote

#: A list ends with this: `"201";"202";`
_LIST = re.compile(r'\s*(?:"([^";]*)";)*\s*')
_VALUE = re.compile(r'"([^";]*)";')
_TAG = re.compile(r"<[^<>]*>")


class NotOurs(ValueError):
    """The text is none that a module sends: cut off, or decrypted with another key."""


def form(fields: Mapping[str, str], *, times: int) -> bytes:
    """The fields as the body of a form, each value percent-encoded so many times."""
    return "&".join(f"{name}={_encoded(value, times)}" for name, value in fields.items()).encode("ascii")


def _encoded(value: str, times: int) -> str:
    for _ in range(times):
        value = quote(value, safe="")
    return value


def values(text: str) -> list[str]:
    """The values of a list such as `"201";"202";`; none of an empty one.

    Raises:
        NotOurs: the text is no list, or one that was cut off.
    """
    if not _LIST.fullmatch(text):
        raise NotOurs
    return [value.strip() for value in _VALUE.findall(text)]


def rows(lines: Sequence[Sequence[str]]) -> str:
    """Rows of plain values parted by semicolons, as the modules read them."""
    return "\n".join(";".join(line) for line in lines)


def fields(line: str) -> dict[str, str | tuple[str, ...]]:
    """One order as the module's `http_build_query` wrote it; `products[0]`, `products[1]` become one `products`.

    `line` holds one character per byte (latin-1). A value that is no UTF-8 comes from an old database and is cp1252.
    Where php.ini writes `&amp;` between the fields, that is understood; deeper nesting is left out.
    """
    found: dict[str, str | tuple[str, ...]] = {}
    for name, raw in parse_qsl(line.strip().replace("&amp;", "&"), keep_blank_values=True, encoding="latin-1"):
        value = text(raw.encode("latin-1"))
        key, bracket, rest = name.partition("[")
        if not bracket:
            found[name] = value
        elif rest.count("[") == 0:
            before = found.get(key, ())
            found[key] = (*(before if isinstance(before, tuple) else ()), value)
    return found


def text(raw: bytes) -> str:
    """Bytes of a shop as text: UTF-8, else what German shops used before."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def glimpse(body: bytes) -> str:
    """The first words of a page that is no answer, for a sentence."""
    plain = " ".join(_TAG.sub(" ", text(body[:4000])).split())
    return plain[:100] + ("…" if len(plain) > 100 else "")
