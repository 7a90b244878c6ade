"""The entries of an ERP's files, tables and XML, each with its lines, before anybody judges what they say."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO

from lxml import etree

from zahlmeister.connectors.erps.profile import Profile
from zahlmeister.refusals import Unreadable

#: The fields of a document, of a line, and of a tax share, as the house calls them.
HEAD = (
    "kind",
    "number",
    "order",
    "invoice",
    "currency",
    "amount",
    "date",
    "due",
    "reason",
    "carrier",
    "tracking",
    "method",
    "fee",
    "announced",
    "bank_reference",
)
LINE = ("line_name", "line_article", "line_quantity", "line_amount", "line_tax_percent")
TAX = ("tax_percent", "tax_net", "tax_amount")
#: Nobody sends more of them in one file; a larger file is something else.
MOST_BYTES = 64 << 20

Fields = dict[str, str]


@dataclass(slots=True)
class Entry:
    """A document as it stands in a file, under the house's names. `where` says where it begins; `wrong` why it fails.

    Everything is text, empty where the file says nothing.
    """

    where: str
    head: Fields
    lines: list[Fields] = field(default_factory=list)
    taxes: list[Fields] = field(default_factory=list)
    wrong: str = ""


def read(content: bytes, profile: Profile) -> Iterator[Entry]:
    """The entries of a file, in their order.

    Raises:
        Unreadable: it is no file of this profile at all: other columns, broken XML.
    """
    if len(content) > MOST_BYTES:
        raise Unreadable(f"The file is larger than {MOST_BYTES >> 20} MB; split it.")
    return _of_xml(content, profile) if profile.format == "xml" else _of_table(content, profile)


def _of_table(content: bytes, profile: Profile) -> Iterator[Entry]:
    """Rows that follow each other under the same kind and number are one document with several lines."""
    text = _text(content, profile.encoding)
    if "\0" in text:
        raise Unreadable("The file holds the sign NUL; write it in UTF-8, or in the encoding of its layout.")
    reader = csv.reader(StringIO(text, newline=""), delimiter=profile.delimiter)
    header = [name.strip() for name in next(reader, [])]
    if profile.column("number") not in header:
        wanted = f"“{profile.column('number')}”, parted by “{profile.delimiter}”"
        raise Unreadable(f"The first row names no column {wanted}; the file is not of the profile “{profile.title}”.")
    entry: Entry | None = None
    for row in _rows(reader, header, is_cut=not text.endswith(("\n", "\r"))):
        if entry is not None and not row.wrong and _is_same(entry, _fields(HEAD, row.cells, profile)):
            _add(entry, row.cells, profile)
            continue
        if entry is not None:
            yield entry
        entry = Entry(f"row {row.number}", _fields(HEAD, row.cells, profile), wrong=row.wrong)
        _add(entry, row.cells, profile)
    if entry is not None:
        yield entry


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    cells: Mapping[str, str]
    wrong: str = ""


def _rows(reader: Iterator[list[str]], header: list[str], *, is_cut: bool) -> Iterator[_Row]:
    """The rows with their numbers; the last one of a file that has no line break at its end may be half of one."""
    before: _Row | None = None
    for number, row in enumerate(reader, 2):
        if not any(cell.strip() for cell in row):
            continue
        if before is not None:
            yield before
        wrong = "" if len(row) == len(header) else f"It has {len(row)} columns, and the first row names {len(header)}."
        before = _Row(number, dict(zip(header, row, strict=False)), wrong)
    if before is not None and is_cut:
        why = "The file stops within its last row; write the whole row and end it with a line break."
        before = _Row(before.number, before.cells, why)
    if before is not None:
        yield before


def _is_same(entry: Entry, head: Fields) -> bool:
    """Whether a row goes on with the document before it; fields it repeats or leaves out say nothing new."""
    if not head["number"] or head["number"] != entry.head["number"] or head["kind"] not in {"", entry.head["kind"]}:
        return False
    other = [name for name, told in head.items() if told and told != entry.head[name]]
    if other and not entry.wrong:
        entry.wrong = f"Its rows say different things about “{other[0]}”."
    return True


def _add(entry: Entry, cells: Mapping[str, str], profile: Profile) -> None:
    for names, parts in ((LINE, entry.lines), (TAX, entry.taxes)):
        told = _fields(names, cells, profile)
        if any(told.values()):
            parts.append(told)


def _of_xml(content: bytes, profile: Profile) -> Iterator[Entry]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"The file is broken XML: {error.msg}. Write it whole and lay it down again.") from error
    found = [one for one in root.iter("*") if _local(one) == profile.entry]
    if not found:
        raise Unreadable(f"The file has no element “{profile.entry}”; it is not of the profile “{profile.title}”.")
    for one in found:
        yield Entry(
            f"line {one.sourceline}",
            _fields(HEAD, _children(one), profile),
            [_fields(LINE, _children(part), profile) for part in _inside(one, profile.line)],
            [_fields(TAX, _children(part), profile) for part in _inside(one, profile.tax)],
        )


def _inside(element: etree._Element, path: str) -> list[etree._Element]:
    found = [element]
    for name in path.split("/"):
        found = [child for one in found for child in one.iterchildren("*") if _local(child) == name]
    return found


def _children(element: etree._Element) -> Mapping[str, str]:
    """Attributes and child elements alike; the text of an element without either counts under its own name."""
    told = {etree.QName(name).localname: str(value) for name, value in element.attrib.items()}
    return told | {_local(child): child.text or "" for child in element.iterchildren("*") if not len(child)}


def _local(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def _fields(names: tuple[str, ...], told: Mapping[str, str], profile: Profile) -> Fields:
    return {name: " ".join((told.get(profile.column(name)) or "").split()) for name in names}


def _text(content: bytes, encoding: str) -> str:
    """UTF-8 where it is UTF-8, else as the profile says: programs write the one or the other."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252" if encoding.startswith("utf") else encoding, "replace")
