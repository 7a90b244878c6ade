"""camt.052, camt.053 and camt.054 (ISO 20022), every version, as a stream.

Of the file only the entries of one piece are in memory at a time, and of a large batch entry only one detail: each is
walked once and then thrown away; entries that look alike are not even walked (see `camt_alike`). A document type
declaration is refused before the parser sees it, so neither entity bombs nor external entities get a chance.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from zahlmeister.formats.camt_alike import Alike
from zahlmeister.formats.camt_entry import entry_record
from zahlmeister.formats.camt_facts import Facts, Walk, signed
from zahlmeister.formats.camt_paths import DETAIL, ENTRY, STATEMENT
from zahlmeister.formats.camt_transaction import Account
from zahlmeister.formats.continuity import Continuity
from zahlmeister.formats.encoding import Decoder, Readable, Utf8Stream
from zahlmeister.formats.records import Balance, Closing, Opening, Problem, Record, Source, Status
from zahlmeister.formats.words import iso_date, present
from zahlmeister.refusals import Unreadable

_STATEMENTS = ("Stmt", "Rpt", "Ntfctn")
_KINDS = {"BkToCstmrStmt": "camt.053", "BkToCstmrAcctRpt": "camt.052", "BkToCstmrDbtCdtNtfctn": "camt.054"}


def read_camt(stream: Readable, *, head: str, name: str) -> Iterator[Record]:
    """The records of a camt file.

    Args:
        stream: the file's bytes from the beginning.
        head: its first kilobytes as text, enough to show the prolog.
        name: how the file is called in records and sentences.

    Raises:
        Unreadable: the XML is broken, or a field of an entry is not what it must be. What was yielded stays
        true.
    """
    _refuse_document_type(head, name)
    try:
        decoder = Decoder(_declared_encoding(head))
    except Unreadable as refusal:
        raise Unreadable(f"{name}: {refusal}") from None
    namespace = _NAMESPACE.search(head)
    reading = _Reading(name, namespace=namespace["name"] if namespace else "")
    try:
        yield from reading.records(_WithoutNamespace(Utf8Stream(stream, decoder)))
    except etree.XMLSyntaxError as error:
        raise Unreadable(_broken(reading, error)) from None
    for doubt in decoder.doubts:
        yield Problem(Source(name, reading.format, 0, 0), f"{name}: {doubt}")


@dataclass(slots=True)
class _Reading:
    """Where we are in the file."""

    name: str
    namespace: str = ""
    format: str = "camt"
    statement: int = 0
    entry: int = 0
    is_open: bool = False
    account: Account = field(default_factory=lambda: Account(None, None))
    details: list[Facts] = field(default_factory=list)
    balances: list[Facts] = field(default_factory=list)
    statement_walk: Walk = field(default_factory=lambda: Walk(STATEMENT))
    entry_walk: Walk = field(default_factory=lambda: Walk(ENTRY))
    detail_walk: Walk = field(default_factory=lambda: Walk(DETAIL))
    continuity: Continuity = field(default_factory=lambda: Continuity(has_ids=True, has_numbers=False))

    def records(self, stream: "_WithoutNamespace") -> Iterator[Record]:
        alike = Alike(stream, self.entry_walk, self.detail_walk)
        events = etree.iterparse(
            alike,
            events=("end",),
            tag=("{*}Ntry", "{*}TxDtls", *(f"{{*}}{each}" for each in _STATEMENTS)),
            encoding="utf-8",
            remove_comments=True,
            remove_pis=True,
            resolve_entities=False,
            no_network=True,
            huge_tree=False,
            load_dtd=False,
        )
        for _, element in events:
            local = element.tag.rpartition("}")[2]
            if local == "TxDtls":
                self.details.append(self.detail_walk.facts(element))
                element.clear()  # or its entry would have to be asked for it again
            elif local == "Ntry":
                if not self.is_open:
                    yield from self._open(element.getparent())
                facts, details = alike.said(element) or (self.entry_walk.facts(element), [])
                yield from self._entry(facts, [*self.details, *details])
            elif _is_statement(element):
                yield from self._close(element)
            else:
                continue
            _forget(element)
        if not self.statement:
            yield Problem(self._place(), f"{self.name}: the message holds no statement.")

    def _place(self) -> Source:
        return Source(self.name, self.format, self.statement, self.entry)

    def _problem(self, sentence: str) -> Problem:
        place = self._place()
        return Problem(place, f"{place}: {sentence}")

    def _open(self, statement: etree._Element | None) -> Iterator[Record]:
        """The statement's head is complete when its first entry comes, or its end."""
        if statement is None:
            raise Unreadable(f"{self.name}: an entry stands outside of any statement.")
        self.is_open = True
        self.statement += 1
        self.entry = 0
        self.balances = []
        self.format = _format(statement, self.namespace)
        if self.statement == 1:
            self.continuity.has_numbers = self.format.startswith("camt.053")
        facts = self.statement_walk.facts(statement)
        while len(statement) > 1:
            statement.remove(statement[0])
        self.balances = facts.groups.get("balances", [])
        number = present(facts.texts.get("account_iban")) or present(facts.texts.get("account_other"))
        opening, doubts = _balance(self.balances, _OPENING)
        self.account = Account(
            "".join(number.split()) if number else None,
            present(facts.texts.get("account_currency")) or (opening.amount.currency if opening else None),
        )
        record = Opening(
            source=self._place(),
            account=self.account.number,
            currency=self.account.currency,
            identification=present(facts.texts.get("identification")),
            sequence=present(facts.texts.get("sequence")),
            balance=opening,
            created=present(facts.texts.get("created")),
            is_copy=present(facts.texts.get("copy")) in {"DUPL", "CODU"},
            page=present(facts.texts.get("page")),
        )
        yield record
        for sentence in (*doubts, *self.continuity.begin(record, page=record.page)):
            yield self._problem(sentence)

    def _entry(self, facts: Facts, details: Sequence[Facts]) -> Iterator[Record]:
        self.entry += 1
        entry, doubts = entry_record(facts, details, self.account, self._place())
        self.details = []
        if entry.transactions[0].status is Status.BOOKED:
            self.continuity.book(entry.amount)
        yield entry
        for sentence in doubts:
            yield self._problem(sentence)

    def _close(self, statement: etree._Element) -> Iterator[Record]:
        late = Facts()
        if self.is_open:
            late = self.statement_walk.facts(statement)  # what stands behind the entries
        else:
            yield from self._open(statement)
        self.entry = 0
        balances = [*self.balances, *late.groups.get("balances", [])]
        closing, doubts = _balance(balances, _CLOSING)
        opened, _ = _balance(balances, _OPENING)
        for sentence in (*doubts, *self.continuity.end(closing, opened=opened)):
            yield self._problem(sentence)
        yield Closing(self._place(), closing)
        self.is_open = False


_NAMESPACE = re.compile(r"""(?P<before><[Dd]ocument\b[^<>]*?)\sxmlns=(["'])(?P<name>[^"'<>]*)\2""")


class _WithoutNamespace:
    """The message without the namespace of its Document.

    The parser would spell it out again for each element, which is a tenth of the whole work; elements are told apart
    by their local names anyway.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._is_first = True

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        if self._is_first:
            self._is_first = False
            chunk = _NAMESPACE.sub(r"\g<before>", chunk.decode("utf-8", "surrogateescape"), count=1).encode(
                "utf-8", "surrogateescape"
            )
        return chunk


def _is_statement(element: etree._Element) -> bool:
    parent = element.getparent()
    return parent is not None and _kind(parent) is not None


def _kind(message: etree._Element) -> str | None:
    local = message.tag.rpartition("}")[2]
    return next((kind for start, kind in _KINDS.items() if local.startswith(start)), None)


def _format(statement: etree._Element, namespace: str) -> str:
    """`camt.053.001.08`, or `camt.053` where the namespace does not say what the content is."""
    message = statement.getparent()
    kind = _kind(message) if message is not None else None
    kind = kind or "camt"
    version = re.search(re.escape(kind) + r"\.\d{3}\.\d\d", namespace or statement.tag)
    return version[0] if version else kind


def _forget(element: etree._Element) -> None:
    """Free what stands before the element, which was read: memory stays flat."""
    before = element.getprevious()
    if before is None or before.tag != element.tag:
        return
    parent = element.getparent()
    if parent is not None:
        parent.remove(before)


#: Opening booked, or the previous day's closing booked (the German habit); closing booked.
_OPENING = ("OPBD", "PRCD")
_CLOSING = ("CLBD",)


def _balance(balances: list[Facts], types: tuple[str, ...]) -> tuple[Balance | None, list[str]]:
    """The wanted balance and what is wrong with it: below a garbled balance entries are worth reading."""
    for wanted in types:
        for facts in balances:
            if present(facts.texts.get("type")) != wanted:
                continue
            try:
                amount = signed(facts, None, f"the amount of balance {wanted}")
            except Unreadable as refusal:
                return None, [f"The balance is left out: {refusal}"]
            return Balance(amount, iso_date(facts.texts.get("on") or "")), []
    return None, []


_PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)


def _refuse_document_type(head: str, name: str) -> None:
    prolog = _PROLOG.match(head)
    rest = head[prolog.end() :] if prolog else head
    if rest.startswith("<!"):
        raise Unreadable(
            f"{name}: the file declares its own document type or entities (<!DOCTYPE …), which no bank does "
            f"and "
            "which can be used for an attack; it was not read."
        )


_ENCODING = re.compile(r"""<\?xml[^>]*?\bencoding\s*=\s*["']([^"']+)["']""")


def _declared_encoding(head: str) -> str:
    found = _ENCODING.match(head)
    return found[1] if found else "utf-8"


def _broken(reading: _Reading, error: etree.XMLSyntaxError) -> str:
    line = error.position[0]
    where = f"statement {reading.statement}, after entry {reading.entry}" if reading.statement else "its beginning"
    what = (error.msg or "").partition(", line")[0]
    return (
        f"{reading.name}: the XML is cut off or damaged in line {line} ({where}): {what}. "
        "What stands before was read; fetch the file from the bank again."
    )
