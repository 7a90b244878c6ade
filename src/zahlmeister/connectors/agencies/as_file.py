"""Claims and tellings as files, and status files back: tables, lines of key=value, and XML, as agencies have them."""

import csv
import hashlib
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

from lxml import etree

from zahlmeister.connectors.agencies.profile import Export
from zahlmeister.connectors.agencies.template import Words, fill
from zahlmeister.refusals import Unreadable

#: A cell that begins like this is reckoned with by a spreadsheet program; an apostrophe makes text of it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: The column under which a line's own hash stands where a status file has no number of its own.
LINE = "line"


def written(export: Export, document: Mapping[str, Any], words: Words) -> bytes:
    """One claim or telling as a file.

    Raises:
        Unreadable: the profile asks for a field that is not there, or a word that it has not.
    """
    fields = {name: str(value) for name, value in fill(dict(export.columns), document, words).items()}
    match export.format:
        case "csv":
            return _table(export, fields)
        case "lines":
            text = "".join(f"{name}={' '.join(value.split())}\r\n" for name, value in fields.items())
            return text.encode(export.encoding, "replace")
        case "xml":
            return _xml(export, fields)
        case _:
            raise Unreadable(f"“{export.format}” is no format of a file for an agency: csv, lines or xml.")


def read(content: bytes, *, delimiter: str = ";") -> Iterator[Mapping[str, str]]:
    """The entries of a status file, a table or XML, each with the names of its columns.

    A line that is not whole, or that the file stops in the middle of, is given without the names of its columns: the
    reader of the news says that nobody can read it, and the whole line comes when the file is whole.

    Raises:
        Unreadable: it is neither, or the XML is broken.
    """
    if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        yield from _entries(content)
        return
    text = _text(content)
    header, *rows = list(csv.reader(StringIO(text, newline=""), delimiter=delimiter)) or [[]]
    if len(header) < 2:
        raise Unreadable(f"The first line names no columns parted by “{delimiter}”.")
    for number, row in enumerate(rows, 2):
        is_cut = number == len(rows) + 1 and not text.endswith("\n")
        if is_cut or len(row) != len(header):
            yield {LINE: delimiter.join(row)}
        elif any(cell.strip() for cell in row):
            entry = {name.strip(): cell.strip() for name, cell in zip(header, row, strict=True)}
            yield entry | {LINE: _hash(entry)}


def _table(export: Export, fields: Mapping[str, str]) -> bytes:
    out = StringIO(newline="")
    writer = csv.writer(out, delimiter=export.delimiter, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(fields)
    writer.writerow([f"'{value}" if value.startswith(_FORMULA) else value for value in fields.values()])
    return out.getvalue().encode(export.encoding, "replace")


def _xml(export: Export, fields: Mapping[str, str]) -> bytes:
    root = etree.Element(export.root)
    record = etree.SubElement(root, export.record)
    for name, value in fields.items():
        etree.SubElement(record, name).text = "".join(sign for sign in value if sign.isprintable() or sign == "\n")
    whole: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return whole


def _entries(content: bytes) -> Iterator[Mapping[str, str]]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"The file is broken XML: {error.msg}.") from error
    for record in root:
        entry = {etree.QName(part).localname: (part.text or "").strip() for part in record if isinstance(part.tag, str)}
        yield entry | {LINE: _hash(entry)}


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _hash(entry: Mapping[str, str]) -> str:
    return hashlib.sha256("\x1f".join(f"{name}={value}" for name, value in sorted(entry.items())).encode()).hexdigest()
