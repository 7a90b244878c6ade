"""MT940 and MT942 (SWIFT), in the dialects of German, Austrian, Swiss, Dutch and other banks, as a stream.

A file is lines; a line that begins with a known tag begins a field, every other line goes on with the one
before. Pages of one statement (`60M`/`62M`) are stitched before anything is added up.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from zahlmeister.formats.continuity import Continuity
from zahlmeister.formats.encoding import Decoder, Readable, lines
from zahlmeister.formats.mt940_entry import entry_record
from zahlmeister.formats.mt940_line import read_balance
from zahlmeister.formats.records import Balance, Closing, Opening, Problem, Record, Source, Status
from zahlmeister.formats.words import present
from zahlmeister.money.accounts import is_iban
from zahlmeister.refusals import Unreadable

_TAG = re.compile(r"(?:\{.*\{4:)?:(20|21|25P?|28C?|60[FM]|61|62[FM]|64|65F?|86|13D?|34F|90[CD]|NSF?|940\d?):")
_END = re.compile(r"-\S?$")


@dataclass(slots=True)
class Field:
    """A field of the file: its tag, its lines without the tag, and the line of the file it begins in."""

    tag: str
    lines: list[str]
    line: int


def read_mt940(stream: Readable, *, name: str) -> Iterator[Record]:
    """The records of an MT940 or MT942 file.

    Raises:
        Unreadable: an entry is not what it must be. What was yielded stays true.
    """
    decoder = Decoder()
    reading = _Reading(name)
    for each in fields(lines(stream, decoder, name=name)):
        yield from reading.take(each)
    yield from reading.finish()
    for doubt in decoder.doubts:
        yield Problem(Source(name, reading.format, 0, 0), f"{name}: {doubt}")


def fields(all_lines: Iterable[str]) -> Iterator[Field]:
    """The fields of the file, in order; what stands outside of any field is left out."""
    current: Field | None = None
    dashes: list[str] = []  # a lone dash ends a message unless text goes on behind it
    for number, line in enumerate(all_lines, start=1):
        tag = _TAG.match(line)
        if tag:
            if current:
                yield current
            current, dashes = Field(tag[1], [line[tag.end() :]], number), []
        elif current is None:
            continue
        elif _END.match(line) or line.startswith(("-}", "{1:")):
            dashes.append(line)
        elif dashes and (current.tag not in {"86", "NS"} or not line.strip() or _is_header(line)):
            yield current
            current, dashes = None, []
        else:
            current.lines.extend((*dashes, line))
            dashes = []
    if current:
        yield current


def _is_header(line: str) -> bool:
    """What banks put between messages: `{1:…`, the bank's BIC, `940`."""
    return line.startswith("{") or line.strip() == "940" or bool(re.fullmatch(r"[A-Z]{6}[A-Z0-9]{2,6}", line.strip()))


@dataclass(slots=True)
class _Head:
    """The fields before the first entry."""

    identification: str | None = None
    account: str | None = None
    currency: str | None = None
    sequence: str | None = None
    opening: Balance | None = None
    is_page: bool = False  # 60M: goes on where another page ended
    is_interim: bool = False  # MT942
    doubts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Reading:
    """Where we are in the file."""

    name: str
    format: str = "mt940"
    statement: int = 0
    entry: int = 0
    head: _Head | None = None  # a message whose entries have not begun
    opening: Opening | None = None  # the statement that is open
    status: Status = Status.BOOKED
    closing: Balance | None = None
    is_closed_for_good: bool = False  # 62F was seen, not 62M
    line: Field | None = None
    text: Field | None = None
    continuity: Continuity = field(default_factory=lambda: Continuity(has_ids=False, has_numbers=True))

    def take(self, each: Field) -> Iterator[Record]:
        match each.tag:
            case "86" | "NS":
                self._keep_text(each)
            case "61":
                yield from self._flush()
                yield from self._begin()
                self.line = each
            case "20":
                yield from self._end_message()
                self.head = _Head(identification=present(each.lines[0]))
            case "62F" | "62M":
                yield from self._flush()
                yield from self._begin()
                yield from self._closing(each)
            case _:
                yield from self._flush()
                if self.head is not None or each.tag in {"25", "25P", "28", "28C", "60F", "60M"}:
                    yield from self._head_field(each)

    def finish(self) -> Iterator[Record]:
        yield from self._end_message()
        yield from self._end_statement()

    def _place(self) -> Source:
        return Source(self.name, self.format, self.statement, self.entry)

    def _problem(self, sentence: str) -> Problem:
        place = self._place()
        return Problem(place, f"{place}: {sentence}")

    def _keep_text(self, each: Field) -> None:
        """A text belongs to the entry before it; without one it is the bank's note to the statement."""
        if self.line is None:
            return
        if self.text is None:
            self.text = each
        else:
            self.text.lines.extend(each.lines)

    def _head_field(self, each: Field) -> Iterator[Record]:
        if self.head is None:
            if self.opening is not None and self.closing is None:
                yield self._problem(
                    f"Field :{each.tag}: stands in the middle of the statement (line {each.line}) and is left out."
                )
                return
            self.head = _Head()
        _keep(self.head, each)

    def _begin(self) -> Iterator[Record]:
        """The head is complete: a page goes on with the open statement, everything else begins a new one."""
        head, self.head = self.head, None
        if head is None:
            if self.opening is None:
                raise Unreadable(
                    f"{self.name}: an entry comes before any statement: none of :20:, :25: and :60F: stands before it."
                )
            return
        goes_on = self.opening is not None and head.is_page and not self.is_closed_for_good
        if goes_on and self.opening and self.opening.account == head.account:
            yield from self._next_page(head)
            return
        yield from self._end_statement()
        yield from self._open(head)

    def _next_page(self, head: _Head) -> Iterator[Record]:
        if self.closing and head.opening and self.closing.amount != head.opening.amount:
            yield self._problem(
                f"The page begins with {head.opening.amount} where the one before ended with "
                f"{self.closing.amount}; "
                "one may be missing between them."
            )
        self.closing = None

    def _open(self, head: _Head) -> Iterator[Record]:
        self.statement += 1
        self.entry = 0
        self.closing = None
        self.is_closed_for_good = False
        is_interim = head.is_interim and head.opening is None
        self.format = "mt942" if is_interim else "mt940"
        self.status = Status.PENDING if is_interim else Status.BOOKED
        self.continuity.has_numbers = not is_interim
        self.opening = Opening(
            source=self._place(),
            account=head.account,
            currency=head.currency,
            identification=head.identification,
            sequence=head.sequence,
            balance=head.opening,
        )
        yield self.opening
        page = (head.sequence or "").partition("/")[2]
        for sentence in (*head.doubts, *self.continuity.begin(self.opening, page=page)):
            yield self._problem(sentence)

    def _flush(self) -> Iterator[Record]:
        """The entry is complete when its text is."""
        line, self.line = self.line, None
        text, self.text = self.text, None
        if line is None:
            return
        assert self.opening is not None
        self.entry += 1
        words = (text.tag, text.lines) if text else None
        entry = entry_record(line.lines, words, self.opening, self._place(), self.status)
        self.continuity.book(entry.amount)
        yield entry

    def _closing(self, each: Field) -> Iterator[Record]:
        try:
            self.closing = Balance(*read_balance("".join(each.lines[:2])))
        except Unreadable as refusal:
            yield self._problem(f"The closing balance is left out: {refusal}")
        self.is_closed_for_good = each.tag == "62F"

    def _end_message(self) -> Iterator[Record]:
        """A message ends; one that has neither entries nor a closing balance still is a statement."""
        if self.head is not None and (self.head.account or self.head.opening):
            yield from self._begin()
        self.head = None
        yield from self._flush()

    def _end_statement(self) -> Iterator[Record]:
        if self.opening is None:
            return
        self.entry = 0
        for sentence in (*self.continuity.end(self.closing), *self._unfinished()):
            yield self._problem(sentence)
        yield Closing(self._place(), self.closing)
        self.opening = None

    def _unfinished(self) -> Iterator[str]:
        """Nothing but the closing balance tells a whole file from one that was cut off between two lines."""
        assert self.opening is not None
        if self.opening.balance is None or self.is_closed_for_good:
            return
        if self.closing is None:
            yield "The closing balance is missing: the file may be cut off; fetch it from the bank again."
        else:
            yield "Its last page goes on on another, which is not in this file: it may be missing."


def _keep(head: _Head, each: Field) -> None:
    text = each.lines[0].strip()
    match each.tag:
        case "25" | "25P":
            head.account, currency = _account(text)
            head.currency = head.currency or currency
        case "28" | "28C":
            head.sequence = present("".join(each.lines).strip())
        case "60F" | "60M":
            head.is_page = each.tag == "60M"
            try:
                head.opening = Balance(*read_balance("".join(each.lines)))
            except Unreadable as refusal:
                head.doubts.append(f"The opening balance is left out: {refusal}")
            else:
                head.currency = head.opening.amount.currency
        case "34F":
            head.is_interim = True
            head.currency = head.currency or text[:3]
        case "13" | "13D":
            head.is_interim = True
        case _:
            pass


def _account(text: str) -> tuple[str | None, str | None]:
    """The account of `:25:`: an IBAN, alone or behind the BIC, else as it stands."""
    tight = "".join(text.split())
    currency = tight[-3:] if re.fullmatch(r".*\d[A-Z]{3}", tight) else None
    number = tight[:-3] if currency else tight
    for part in (number, number.rpartition("/")[2]):
        if is_iban(part):
            return part, currency
    return present(number), currency
