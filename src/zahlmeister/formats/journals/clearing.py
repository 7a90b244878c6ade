"""Our own clearing accounts as statements (camt.053), so that any accounting program reads the house like a bank.

One statement for each account and month, with its balances and an entry for each booking. Source: ISO 20022
camt.053.001.08; the tests validate against the official schema and read it back by the house's own reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lxml import etree

from zahlmeister.formats.journals.layouts import plain
from zahlmeister.formats.payments.letters import Letters, in_letters
from zahlmeister.refusals import Refused

_SPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


@dataclass(frozen=True, slots=True)
class Entry:
    """A booking as the account sees it: what came in is above zero."""

    reference: str
    minor: int
    on: date
    text: str


@dataclass(frozen=True, slots=True)
class ClearingStatement:
    """An account over some days."""

    account: str
    name: str
    owner: str
    currency: str
    number: int
    first: date
    last: date
    opening: int
    entries: Sequence[Entry]

    @property
    def closing(self) -> int:
        return self.opening + sum(entry.minor for entry in self.entries)


def camt053(statements: Sequence[ClearingStatement], *, made_at: datetime) -> bytes:
    """The file with these statements."""
    root = etree.Element(f"{{{_SPACE}}}Document", nsmap={None: _SPACE})  # type: ignore[dict-item] # - a space without a prefix
    message = _add(root, "BkToCstmrStmt")
    head = _add(message, "GrpHdr")
    _say(head, "MsgId", f"ZM-{made_at:%Y%m%d%H%M%S}")
    _say(head, "CreDtTm", f"{made_at:%Y-%m-%dT%H:%M:%S}")
    for statement in statements:
        _statement(_add(message, "Stmt"), statement, made_at)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _statement(parent: etree._Element, said: ClearingStatement, made_at: datetime) -> None:
    _say(parent, "Id", f"{said.account}-{said.first:%Y%m}"[:35])
    _say(parent, "ElctrncSeqNb", str(said.number))
    _say(parent, "CreDtTm", f"{made_at:%Y-%m-%dT%H:%M:%S}")
    span = _add(parent, "FrToDt")
    _say(span, "FrDtTm", f"{said.first}T00:00:00")
    _say(span, "ToDtTm", f"{said.last}T23:59:59")
    account = _add(parent, "Acct")
    _say(_add(_add(account, "Id"), "Othr"), "Id", said.account[:34])
    _say(account, "Ccy", said.currency)
    _say(account, "Nm", _carried(said.name, 70))
    _say(_add(account, "Ownr"), "Nm", _carried(said.owner, 140))
    for kind, minor, day in (("OPBD", said.opening, said.first), ("CLBD", said.closing, said.last)):
        balance = _add(parent, "Bal")
        _say(_add(_add(balance, "Tp"), "CdOrPrtry"), "Cd", kind)
        _amount(balance, minor, said.currency)
        _say(_add(balance, "Dt"), "Dt", day.isoformat())
    for entry in said.entries:
        _entry(_add(parent, "Ntry"), entry, said.currency)


def _entry(parent: etree._Element, said: Entry, currency: str) -> None:
    _say(parent, "NtryRef", said.reference[-35:])
    _amount(parent, said.minor, currency)
    _say(_add(parent, "Sts"), "Cd", "BOOK")
    for name in ("BookgDt", "ValDt"):
        _say(_add(parent, name), "Dt", said.on.isoformat())
    _say(parent, "AcctSvcrRef", said.reference[-35:])
    code = _add(_add(parent, "BkTxCd"), "Prtry")
    _say(code, "Cd", "ZM")
    detail = _add(_add(parent, "NtryDtls"), "TxDtls")
    _say(_add(detail, "Refs"), "AcctSvcrRef", said.reference[-35:])
    _amount(detail, said.minor, currency)
    _say(_add(detail, "RmtInf"), "Ustrd", _carried(said.text, 140))


def _amount(parent: etree._Element, minor: int, currency: str) -> None:
    amount = _add(parent, "Amt")
    amount.text = plain(abs(minor), currency)
    amount.set("Ccy", currency)
    _say(parent, "CdtDbtInd", "CRDT" if minor >= 0 else "DBIT")


def _carried(text: str, longest: int) -> str:
    """A text in letters that every reader of such files takes; what has no Latin spelling becomes a question mark."""
    found = "".join(_letter(sign) for sign in " ".join(text.split()))
    return found[:longest].strip() or "-"


def _letter(sign: str) -> str:
    try:
        return in_letters(sign, Letters.SWISS)
    except Refused:
        return "?"


def _add(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_SPACE}}}{name}")


def _say(parent: etree._Element, name: str, text: str) -> None:
    _add(parent, name).text = text
