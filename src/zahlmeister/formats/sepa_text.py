"""The keys German banks write into the remittance text: `EREF+…MREF+…SVWZ+…`, also glued and with a colon.

Source: DFÜ agreement, annex 3 (MT940, field 86), and what banks make of it. A reference of at most 35
characters goes on in the next piece only when its own piece fills the bank's line; what follows a shorter one
is text again.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zahlmeister.formats.words import present

#: The text itself; MTLG is the bank's own message.
_TEXT_KEYS = frozenset({"SVWZ", "MTLG"})
#: References and numbers: joined without blanks.
_ID_KEYS = frozenset({"EREF", "KREF", "MREF", "BREF", "RREF", "CRED", "DEBT", "IBAN", "BIC"})
#: Names, codes and amounts.
_OTHER_KEYS = frozenset({"ABWA", "ABWE", "PURP", "RTRN", "SQTP", "ORCR", "ORMR", "DDAT", "MDAT", "COAM", "OAMT"})
_KEYS = _TEXT_KEYS | _ID_KEYS | _OTHER_KEYS

_COLON = re.compile(rf"(?:^|(?<=\s))({'|'.join(sorted(_KEYS))}) ?: ?|(MTLG): ?")
#: A colon alone is no sign, people write `IBAN: …` themselves; one of these shows that the bank writes colons.
_COLON_STYLE = re.compile(r"(?:^|\s)(?:EREF|MREF|CRED|KREF|SVWZ) ?: ?\S")
_MESSAGE = re.compile(r"(MTLG): ?")


@dataclass(frozen=True, slots=True)
class Tagged:
    """A remittance text taken apart: the text proper, the same as the bank cut it, and the rest by key."""

    text: str | None
    pieces: tuple[str, ...]
    fields: dict[str, str]


def tagged(pieces: Sequence[str], *, width: int) -> Tagged | None:
    """Cut the keys out of a text; None when it has none.

    Args:
        pieces: the text as the bank cut it, with its blanks.
        width: the bank's line width, 27 in MT940, 140 in camt.
    """
    whole = "".join(pieces)
    marks = _marks(whole)
    if not marks:
        return None
    cutter = _Cutter(pieces, width)
    spans: dict[str, list[tuple[int, int]]] = {"": [(0, marks[0].start)]}
    fields: dict[str, str] = {}
    for mark, end in zip(marks, [*(following.start for following in marks[1:]), len(whole)], strict=True):
        key = mark.key
        if key in _TEXT_KEYS:
            spans.setdefault(key, []).append((mark.end, end))
            continue
        stop = cutter.end_of_id(mark.end, end) if key in _ID_KEYS else end
        value = whole[mark.end : stop] if key in _ID_KEYS else cutter.text([(mark.end, stop)]) or ""
        if key not in fields and (said := present(_tidied(key, value))):
            fields[key] = said
        spans[""].append((stop, end))
    return _result(cutter, spans, fields, len(whole))


@dataclass(slots=True)
class _Mark:
    """Where a key stands and where what it says begins."""

    key: str
    start: int
    end: int


def _marks(whole: str) -> list[_Mark]:
    """The keys of the text, in order."""
    marks = []
    at = whole.find("+")
    while at >= 0:
        key = whole[max(0, at - 4) : at]
        if key in _KEYS or (key := key[-3:]) in _KEYS:
            marks.append(_Mark(key, at - len(key), at + 1))
        at = whole.find("+", at + 1)
    if ":" in whole:
        pattern = _COLON if _COLON_STYLE.search(whole) else _MESSAGE
        marks += [_Mark(found[found.lastindex or 1], found.start(), found.end()) for found in pattern.finditer(whole)]
        marks.sort(key=lambda mark: mark.start)
    return marks


def _result(cutter: "_Cutter", spans: dict[str, list[tuple[int, int]]], fields: dict[str, str], length: int) -> Tagged:
    proper = sorted(span for key in ("", "SVWZ") for span in spans.get(key, ()) if span[0] < span[1])
    text = cutter.text(proper)
    if not text and "MTLG" in spans:
        proper = spans["MTLG"]
        text = cutter.text(proper)
    if not text and "SVWZ" in spans and fields:
        proper = [(0, length)]  # an empty SVWZ+ says nothing; then the whole text is better than none
        text = cutter.text(proper)
    return Tagged(text, tuple(cutter.parts(proper)), fields)


class _Cutter:
    """Cuts the glued text while keeping in mind where the bank had cut it."""

    def __init__(self, pieces: Sequence[str], width: int) -> None:
        self._pieces = pieces
        starts = [0]
        for piece in pieces:
            starts.append(starts[-1] + len(piece))
        self._starts = starts
        self._width = width
        longest = max((len(piece) for piece in pieces[:-1]), default=0)
        self._full_for_ids = min(width, longest) if longest >= 20 else width

    def parts(self, spans: Sequence[tuple[int, int]]) -> list[str]:
        """The text of these spans in the bank's pieces, without empty ones."""
        return [part for part, _ in self._cut(spans)]

    def text(self, spans: Sequence[tuple[int, int]]) -> str | None:
        """The text of these spans as one: glued where the bank cut at its line's end, else with a blank."""
        whole = "".join(part if is_cut_hard else part + " " for part, is_cut_hard in self._cut(spans))
        return " ".join(whole.split()) or None

    def end_of_id(self, start: int, end: int) -> int:
        """Where a reference that begins at `start` ends: with the first piece that does not fill the line."""
        for begin, piece in zip(self._starts, self._pieces, strict=False):
            over = begin + len(piece)
            if over > start and len(piece) < self._full_for_ids:
                return min(over, end)
        return end

    def _cut(self, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
        for start, end in spans:
            for begin, piece in zip(self._starts, self._pieces, strict=False):
                over = begin + len(piece)
                if over <= start or begin >= end:
                    continue
                part = piece[max(0, start - begin) : end - begin]
                if part.strip():
                    yield part, over <= end and len(piece) >= self._width


def _tidied(key: str, text: str) -> str:
    if key in {"IBAN", "BIC", "CRED"}:
        return "".join(text.split()).upper()
    return " ".join(text.split())
