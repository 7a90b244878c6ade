"""Entries that look like one before, but for their texts, are read without the XML parser.

A bank writes its entries by a program: those of a file have a handful of forms and differ in their texts. The parser
and the walk read the first entry of each form, with a number in place of each text; wherever a number comes out, the
texts of further entries of the same form are put. An entry is of a form when everything but its texts is the same byte
for byte, so what the parser has found well-formed once is well-formed again.

In the file that the parser reads, such an entry is replaced by an empty one with a mark, so that everything around it
is checked as before and comes in the same order. Whatever is unusual is left to the parser: texts with entities,
comments, CDATA, other encodings' rare characters, entries of many details.
"""

import re
import secrets
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from lxml import etree

from zahlmeister.formats.camt_facts import Facts, Walk
from zahlmeister.formats.encoding import Readable

#: What an entry and each of its details say.
Said = tuple[Facts, list[Facts]]

#: A hostile file could hold a million forms, or a huge one; so many are remembered, of so many bytes.
REMEMBERED = 200
LARGEST = 20_000

_BEGIN, _END = b"<Ntry>", b"</Ntry>"
#: A text between two tags that stands in the file as the parser would hand it out.
_TEXT = re.compile(rb">([^<>&\x00-\x08\x0b-\x1f\xef]+)<")
#: Where these stand, what looks like an entry may be none.
_NOT_PLAIN = b"<!", b"<?"
_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml\s[^<>]*\?>")
#: Entities, and the characters of which some may not stand in XML.
_NOT_AS_WRITTEN = b"&", b"\xef"

_Form = tuple[bytes, ...]  # everything but the texts, in the pieces between them


@dataclass(frozen=True, slots=True)
class _Mould:
    """Where in the list of an entry's texts each fact stands; what stands where there is none follows behind."""

    texts: tuple[tuple[str, int], ...]
    money: tuple[tuple[str, int, str | None], ...]
    lists: tuple[tuple[str, int], ...]
    groups: tuple[tuple[str, tuple["_Mould", ...]], ...]

    def filled(self, words: Sequence[str | None]) -> Facts:
        """The facts with these texts."""
        lists: dict[str, list[str]] = {}
        for name, at in self.lists:
            text = words[at]
            if text and text.strip():
                lists.setdefault(name, []).append(text)
        return Facts(
            {name: words[at] for name, at in self.texts},
            {name: (words[at], currency) for name, at, currency in self.money},
            lists,
            {name: [each.filled(words) for each in moulds] for name, moulds in self.groups},
        )


@dataclass(frozen=True, slots=True)
class _Cast:
    """A form that the parser has read."""

    entry: _Mould
    details: tuple[_Mould, ...]
    fixed: tuple[str | None, ...]  # what stands where there is no text: None, or blanks


class Alike:
    """A camt file as the parser is to read it, and what the entries said that it need not read."""

    def __init__(self, stream: Readable, entries: Walk, details: Walk) -> None:
        """Read from a stream of UTF-8.

        Args:
            stream: the file.
            entries: what is to be found in an entry.
            details: likewise, in a detail of it.
        """
        self._stream = stream
        self._walks = entries, details
        self._known: dict[_Form, _Cast | None] = {}
        self._said: deque[Said] = deque()
        self._rest = b""  # the beginning of an entry, or of a tag
        self._is_first = True
        self._is_plain = True
        self._mark = secrets.token_hex(8)  # nobody can write it into a file
        self._place = f'<Ntry at="{self._mark}"/>'.encode()

    def said(self, entry: etree._Element) -> Said | None:
        """What an entry said that stands in its place only; None where the parser has read it."""
        return self._said.popleft() if entry.get("at") == self._mark else None

    def read(self, size: int = -1) -> bytes:
        """What the parser is to read next; b"" at the end."""
        while chunk := self._stream.read(size):
            if told := self._told(self._rest + chunk):
                return told
        last, self._rest = self._rest, b""
        return last

    def _told(self, text: bytes) -> bytes:
        """The text without the entries that could be read; its end may be kept for the next time."""
        begin = 0
        if self._is_first:
            declaration = _DECLARATION.match(text)
            self._is_first, begin = False, declaration.end() if declaration else 0
        self._is_plain = self._is_plain and all(text.find(sign, begin) < 0 for sign in _NOT_PLAIN)
        if not self._is_plain:
            self._rest = b""
            return text
        told, done = [text[:begin]], begin
        while (at := text.find(_BEGIN, begin)) >= 0 and (end := text.find(_END, at)) >= 0:
            begin = end + len(_END)
            said = self._read(text[at:begin])
            if said is not None:
                self._said.append(said)
                told += text[done:at], self._place, b"\n" * text.count(b"\n", at, begin)  # so that lines are counted
                done = begin
        cut = self._complete(text, at if at >= 0 else len(text), begin)
        self._rest = text[cut:]
        return b"".join((*told, text[done:cut]))

    def _complete(self, text: bytes, entry: int, begin: int) -> int:
        """Where the rest begins: an entry that is not complete yet, or a tag that is not; what is too large is none."""
        if len(text) - entry > LARGEST:
            entry = len(text)
        tag = text.rfind(b"<", begin, entry)
        is_torn = tag >= 0 and text.find(b">", tag) < 0 and len(text) - tag <= LARGEST
        return tag if is_torn else entry

    def _read(self, entry: bytes) -> Said | None:
        """What an entry says; None when it is to be read by the parser."""
        if len(entry) > LARGEST or any(sign in entry for sign in _NOT_AS_WRITTEN):
            return None
        parts = _TEXT.split(entry)
        form = tuple(parts[::2])
        if form not in self._known and len(self._known) < REMEMBERED:
            self._known[form] = self._cast(form)
        cast = self._known.get(form)
        if cast is None:
            return None
        try:
            words = [*[part.decode() for part in parts[1::2]], *cast.fixed]
        except UnicodeDecodeError:
            return None  # the parser has a sentence for it
        return cast.entry.filled(words), [detail.filled(words) for detail in cast.details]

    def _cast(self, form: _Form) -> _Cast | None:
        """Let the parser read an entry of this form that has a number for each text; None when it cannot."""
        if any(b":" in part for part in form):
            return None  # a prefix that is explained elsewhere
        numbers = [b">%d<" % at for at in range(len(form) - 1)]
        try:
            entry = etree.fromstring(b"".join(chain(*zip(form, (*numbers, b""), strict=True))), _parser())
        except etree.XMLSyntaxError:
            return None
        details = []
        for each in list(entry.iter("TxDtls")):
            details.append(self._walks[1].facts(each))
            each.clear()
        places = _Places(len(numbers))
        mould = places.mould(self._walks[0].facts(entry))
        moulds = tuple(map(places.mould, details))
        if any(text and text.strip() for text in places.fixed):
            return None  # a text that is not wholly ours, as `a > b`
        return _Cast(mould, moulds, tuple(places.fixed))


class _Places:
    """Turns the numbers that came out of a form into places in the list of texts."""

    def __init__(self, count: int) -> None:
        self._numbers: Mapping[str | None, int] = {str(at): at for at in range(count)}
        self._count = count
        self.fixed: list[str | None] = []

    def mould(self, facts: Facts) -> _Mould:
        """The places of one element's facts."""
        return _Mould(
            tuple([(name, self._at(text)) for name, text in facts.texts.items()]),
            tuple([(name, self._at(text), currency) for name, (text, currency) in facts.money.items()]),
            tuple([(name, self._at(text)) for name, texts in facts.lists.items() for text in texts]),
            tuple([(name, tuple(map(self.mould, each))) for name, each in facts.groups.items()]),
        )

    def _at(self, text: str | None) -> int:
        at = self._numbers.get(text)
        if at is None:
            at = self._count + len(self.fixed)
            self.fixed.append(text)
        return at


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
    )
