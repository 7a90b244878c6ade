"""How FinTS 3.0 writes its messages: segments of elements of parts, `HKIDN:3:2+280:10070000+brigitte'`.

Written for the sandbox bank alone, from the specification (Formals, chapter B), so that the house's library has a peer
that it does not share its mistakes with.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

ENCODING = "iso-8859-1"
_SIGNS = re.compile(r"[?:+'@]")
_LENGTH = re.compile(rb"@(\d+)@")


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: its name, its number in the message, and its elements, each of one or more parts."""

    name: str
    number: int
    elements: tuple[tuple[bytes, ...], ...]

    def text(self, element: int, part: int = 0) -> str:
        """A part of an element as text; empty when it is left out. Elements count from 1 behind the head."""
        parts = self.elements[element] if element < len(self.elements) else ()
        return parts[part].decode(ENCODING) if part < len(parts) else ""

    def data(self, element: int) -> bytes:
        """An element of bytes."""
        return self.elements[element][0] if element < len(self.elements) else b""


def segments(message: bytes) -> list[Segment]:
    """The segments of a message, those inside the envelope (HNVSD) in its place."""
    found = []
    for elements in _split(message):
        head = [part.decode(ENCODING) for part in elements[0]]
        segment = Segment(head[0], int(head[1]), tuple(elements))
        found.extend(segments(segment.data(1)) if segment.name == "HNVSD" else [segment])
    return found


def escaped(text: str) -> str:
    """Text as it stands in an element."""
    return _SIGNS.sub(lambda found: f"?{found[0]}", text)


def binary(data: bytes) -> str:
    """Bytes as they stand in an element."""
    return f"@{len(data)}@{data.decode(ENCODING)}"


def envelope(dialog: str, number: int, inner: list[str]) -> bytes:
    """A message of the bank: the segments numbered from 2 on, in the envelope that every message has."""
    body = "".join(_numbered(text, at) for at, text in enumerate(inner, start=2))
    packed = binary(body.encode(ENCODING))
    cipher = f"PIN:1+998+1+1::0+1:20261123:090000+2:2:13:{binary(b'0' * 8)}:5:1+280:0:0:V:0:0+0"
    rest = f"HNVSK:998:3+{cipher}'HNVSD:999:1+{packed}'HNHBS:{len(inner) + 2}:1+{number}'"
    head = f"+300+{dialog}+{number}+{dialog}:{number}'"
    size = len(f"HNHBK:1:3+{0:012d}{head}{rest}")
    return f"HNHBK:1:3+{size:012d}{head}{rest}".encode(ENCODING)


def _numbered(text: str, number: int) -> str:
    """`HIRMS::2:5+…` gets the number it has in its message."""
    name, _, rest = text.partition(":")
    return f"{name}:{number}{rest[rest.index(':') :]}'"


def _split(message: bytes) -> Iterator[list[tuple[bytes, ...]]]:
    elements: list[tuple[bytes, ...]] = []
    parts: list[bytes] = []
    part = bytearray()
    at = 0
    while at < len(message):
        sign = message[at : at + 1]
        at += 1
        if sign == b"?":
            part += message[at : at + 1]
            at += 1
        elif sign == b"@" and (length := _LENGTH.match(message, at - 1)):
            start, size = length.end(), int(length[1])
            part += message[start : start + size]
            at = start + size
        elif sign in {b":", b"+", b"'"}:
            parts.append(bytes(part))
            part.clear()
            if sign != b":":
                elements.append(tuple(parts))
                parts = []
            if sign == b"'":
                yield elements
                elements = []
        else:
            part += sign
