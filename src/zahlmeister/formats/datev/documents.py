"""The package of documents that DATEV's import takes beside a batch: a ZIP with `document.xml`, which names each file.

A booking whose *Beleglink* holds the same GUID is shown with its document. Source: DATEV's interface “XML online”,
document.xml version 5.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

_SPACE = "http://xml.datev.de/bedi/tps/document/v05.0"
_SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"
_SPACES: dict[str | None, str] = {None: _SPACE, "xsi": _SCHEMA}
#: ZIP files keep no earlier day; with a day of its own the same package would be another file each time.
_NO_DAY = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Document:
    """A document: its name at DATEV (a GUID), the name of its file, and its bytes."""

    guid: str
    name: str
    content: bytes


def document_package(documents: Sequence[Document], *, made_at: datetime) -> bytes:
    """The ZIP file; files of one name get their place in front."""
    named = [(f"{place:04d}_{one.name}", one) for place, one in enumerate(documents, start=1)]
    root = etree.Element(
        f"{{{_SPACE}}}archive",
        {f"{{{_SCHEMA}}}schemaLocation": f"{_SPACE} Document_v050.xsd", "version": "5.0"},
        nsmap=_SPACES,  # type: ignore[arg-type] # - lxml's stubs do not know a space without a prefix
    )
    root.set("generatingSystem", "Zahlmeister")
    header = etree.SubElement(root, f"{{{_SPACE}}}header")
    etree.SubElement(header, f"{{{_SPACE}}}date").text = f"{made_at:%Y-%m-%dT%H:%M:%S}"
    content = etree.SubElement(root, f"{{{_SPACE}}}content")
    for name, one in named:
        document = etree.SubElement(content, f"{{{_SPACE}}}document", guid=one.guid)
        etree.SubElement(document, f"{{{_SPACE}}}extension", {f"{{{_SCHEMA}}}type": "File", "name": name})
    listed = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return zipped([("document.xml", listed), *((name, one.content) for name, one in named)])


def zipped(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A ZIP of these files, the same to the byte for the same files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            info = zipfile.ZipInfo(name, _NO_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return target.getvalue()
