"""The XML that orders and answers travel in: written by paths, read by local names whatever the namespace."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from lxml import etree

from zahlmeister.formats.payments.letters import Change
from zahlmeister.formats.payments.parties import Address, Party
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
#: A file of orders or answers; statements, which may be larger, are read as a stream elsewhere.
LARGEST = 200_000_000


@dataclass(frozen=True, slots=True)
class Written:
    """A file for the bank, and what had to be spelled in other letters for it."""

    data: bytes
    changes: tuple[Change, ...]


def message(version: str, kind: str) -> etree._Element:
    """The root of a new message such as pain.001.001.09; what is in it goes below its only child."""
    namespace = _NAMESPACE + version
    root = etree.Element(f"{{{namespace}}}Document", nsmap={None: namespace})  # type: ignore[dict-item]  # the stubs forget that a namespace may be the default
    etree.SubElement(root, f"{{{namespace}}}{kind}")
    return root


def put(parent: etree._Element, path: str, text: str | None) -> etree._Element | None:
    """Write the text at a path such as `Cdtr/PstlAdr/Ctry`; nothing where there is none.

    Elements on the way are shared with what was written just before, the last one is always new.
    """
    if text is None:
        return None
    *way, last = path.split("/")
    for name in way:
        parent = _last_child(parent, name)
    element = new(parent, last)
    element.text = text
    return element


def new(parent: etree._Element, name: str) -> etree._Element:
    """A new element of that name, in the namespace of the message."""
    return etree.SubElement(parent, _tag(parent, name))


def _last_child(parent: etree._Element, name: str) -> etree._Element:
    if len(parent) and parent[-1].tag == _tag(parent, name):
        return parent[-1]
    return new(parent, name)


def _tag(element: etree._Element, name: str) -> str:
    return element.tag.rpartition("}")[0] + "}" + name


def put_amount(parent: etree._Element, path: str, amount: Amount) -> None:
    """An amount with its currency."""
    element = put(parent, path, amount.text())
    assert element is not None
    element.set("Ccy", amount.currency)


def put_party(parent: etree._Element, name: str, party: Party) -> None:
    """Name and address."""
    put(parent, f"{name}/Nm", party.name)
    address = party.address
    if address is None:
        return
    place = f"{name}/PstlAdr"
    for field, tag in _ADDRESS.items():
        put(parent, f"{place}/{tag}", getattr(address, field))
    for line in address.lines:
        put(parent, f"{place}/AdrLine", line)


#: The fields of an address in the order of the schema.
_ADDRESS = {"street": "StrtNm", "building": "BldgNb", "postcode": "PstCd", "town": "TwnNm", "country": "Ctry"}


def put_bank(agent: etree._Element, bic: str | None) -> None:
    """A bank by its BIC; where none is known it is not provided, and follows from the IBAN (EPC)."""
    put(agent, "FinInstnId/BICFI" if bic else "FinInstnId/Othr/Id", bic or "NOTPROVIDED")


def put_sums(parent: etree._Element, amounts: Iterable[Amount]) -> None:
    """How many transactions there are and what they add up to, whatever their currencies (ISO 20022)."""
    listed = list(amounts)
    put(parent, "NbOfTxs", str(len(listed)))
    put(parent, "CtrlSum", control_sum(listed))


def control_sum(amounts: Iterable[Amount]) -> str:
    """The sum of the bare numbers, currencies left aside, as CtrlSum wants it."""
    return str(sum((Decimal(amount.text()) for amount in amounts), Decimal(0)))


def as_bytes(root: etree._Element) -> bytes:
    """The message as a file: UTF-8 without byte order mark."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def opened(data: bytes, name: str) -> etree._Element:
    """The root of a received message.

    Raises:
        Unreadable: no XML, cut off, too large, or it declares its own document type, which can be an attack.
    """
    if len(data) > LARGEST:
        raise Unreadable(f"{name}: {len(data)} bytes are more than any file of orders has; it was not read.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        what = " ".join(str(error).partition(", line")[0].split())
        raise Unreadable(f"{name}: this is no XML, or it is cut off: {what}; fetch or write the file again.") from None
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # the stubs forget it
        raise Unreadable(f"{name}: the file declares its own document type, which no bank does; it was not read.")
    return root


def version_of(root: etree._Element) -> str | None:
    """`pain.002.001.10` as the namespace says it, with or without a national ending; None without namespace."""
    found = re.search(r"pain\.\d{3}\.\d{3}\.\d\d", root.tag)
    return found[0] if found else None


def child(element: etree._Element, path: str) -> etree._Element | None:
    """The first element at a path of local names."""
    return element.find(_wild(path))


def children(element: etree._Element, path: str) -> Iterator[etree._Element]:
    """All elements at a path of local names, in order."""
    return element.iterfind(_wild(path))


def said(element: etree._Element, *paths: str) -> str | None:
    """The text at the first path that has one, on one line without outer blanks; None where there is none."""
    for path in paths:
        text = " ".join((element.findtext(_wild(path)) or "").split())
        if text:
            return text
    return None


def needed(element: etree._Element, path: str, where: str) -> str:
    """The text at a path that must be there."""
    text = said(element, path)
    if text is None:
        raise Unreadable(f"{where}: {path} is missing.")
    return text


@lru_cache(maxsize=512)
def _wild(path: str) -> str:
    return "/".join(f"{{*}}{name}" for name in path.split("/"))


def amount_at(element: etree._Element, path: str, where: str) -> Amount:
    """The amount at a path, in its own currency."""
    found = child(element, path)
    currency = found.get("Ccy") if found is not None else None
    if found is None or not currency:
        raise Unreadable(f"{where}: the amount ({path}) or its currency is missing.")
    text = (found.text or "").strip()
    if "," in text:
        raise Unreadable(f"{where}: the amount “{text[:40]}” has a comma; the format knows a dot only.")
    return Amount.parse(_shortened(text), currency)


def _shortened(text: str) -> str:
    """Without zeros behind the cents, which the format allows: `10.500` is 10.50."""
    whole, dot, part = text.partition(".")
    return whole + dot + part[:2] + part[2:].rstrip("0") if dot else text


def party_at(element: etree._Element, path: str, where: str) -> Party:
    """Name and address at a path."""
    found = child(element, path)
    if found is None:
        raise Unreadable(f"{where}: {path} is missing.")
    address = child(found, "PstlAdr")
    return Party(needed(found, "Nm", f"{where}, {path}"), None if address is None else _address(address, where))


def _address(element: etree._Element, where: str) -> Address:
    fields = {field: said(element, tag) for field, tag in _ADDRESS.items()}
    town, country = fields.pop("town"), fields.pop("country")
    if town is None or country is None:
        raise Unreadable(f"{where}: an address without town and country is not taken since November 2026.")
    lines = tuple(" ".join((line.text or "").split()) for line in children(element, "AdrLine"))
    return Address(town, country, lines=lines, **fields)


def instant_at(element: etree._Element, path: str, where: str) -> datetime:
    """Date and time at a path."""
    text = needed(element, path, where)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"{where}: “{text[:40]}” is no date and time ({path}).") from None
