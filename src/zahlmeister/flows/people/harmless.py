"""What a handed-in document is, by its bytes and not by its name, and that it does nothing when it is opened."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from typing import Any

from PIL import Image, UnidentifiedImageError
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from zahlmeister.refusals import Refused

LARGEST = 10 * 1024 * 1024
MOST_PIXELS = 60_000_000
MOST_OBJECTS = 200_000
#: Names in a PDF that make a program do something, or carry another file.
ACTIVE = frozenset(
    {
        "/JavaScript", "/JS", "/Launch", "/SubmitForm", "/ImportData", "/EmbeddedFiles", "/EmbeddedFile", "/RichMedia",
        "/XFA", "/AA",
    }
)  # fmt: skip
PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
_PICTURES = {"PNG": PNG, "JPEG": JPEG}


@dataclass(frozen=True, slots=True)
class Harmless:
    """Bytes that may be kept and shown."""

    content: bytes
    media: str


def harmless(content: bytes, name: str) -> Harmless:
    """The document as it is kept: a PDF as it came, a picture drawn anew, so that nothing hides in it.

    Raises:
        Refused: it is too large, neither PDF nor PNG nor JPEG, protected, damaged, or would do something when opened.
    """
    if len(content) > LARGEST:
        raise Refused(f"“{name}” is larger than 10 MB; scan it with fewer dots.")
    if content.startswith(b"%PDF-"):
        return _pdf(content, name)
    return _picture(content, name)


def _pdf(content: bytes, name: str) -> Harmless:
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise Refused(f"“{name}” is protected by a password; save it without one.")
        pages = len(reader.pages)
        is_active = any(key in ACTIVE for key in _names(reader))
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError, OSError) as error:
        raise Refused(f"“{name}” is damaged; save or scan it again.") from error
    if not pages:
        raise Refused(f"“{name}” is damaged; save or scan it again.")
    if is_active:
        raise Refused(f"“{name}” holds a program or another file; print it to a new PDF and hand that in.")
    return Harmless(content, PDF)


def _names(reader: PdfReader) -> Iterator[str]:
    """The keys and names of every object of a PDF: the packed ones, and those of every generation."""
    yield from _within(reader.trailer)
    packed = ((0, number) for number in reader.xref_objStm)
    plain = ((generation, number) for generation, places in reader.xref.items() for number in places)
    for count, (generation, number) in enumerate(list(chain(packed, plain))):
        if count > MOST_OBJECTS:
            raise ValueError
        yield from _within(reader.get_object(IndirectObject(number, generation, reader)))


def _within(thing: Any, depth: int = 0) -> Iterator[str]:
    if depth > 20:
        raise ValueError
    if isinstance(thing, DictionaryObject):
        for key, value in thing.items():
            yield str(key)
            yield from _within(value, depth + 1)
    elif isinstance(thing, ArrayObject):
        for value in thing:
            yield from _within(value, depth + 1)
    elif isinstance(thing, str):
        yield str(thing)


def _picture(content: bytes, name: str) -> Harmless:
    try:
        with Image.open(BytesIO(content), formats=list(_PICTURES)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Refused(f"“{name}” has more than 60 million dots; scan it with fewer.")
            media, into = _PICTURES[str(picture.format)], BytesIO()
            picture.convert("RGB").save(into, format=picture.format)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise Refused(f"“{name}” is none of PDF, PNG or JPEG, or is damaged.") from error
    return Harmless(into.getvalue(), media)
