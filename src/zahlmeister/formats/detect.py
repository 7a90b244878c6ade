"""What kind of file is this? Decided by content, never by name: banks call a 053 a 054 and a MT940 a .txt."""

import re
from enum import Enum

from zahlmeister.formats.encoding import Decoder
from zahlmeister.refusals import Unreadable

#: So many first bytes are looked at; the longest envelope before a statement is a few kilobytes.
HEAD = 1 << 16


class Kind(Enum):
    """The kinds of file we read."""

    ZIP = "zip"
    GZIP = "gzip"
    CAMT = "camt"
    MT940 = "mt940"
    BERLIN = "berlin-group"
    TABLE = "table"


class NoStatement(Unreadable):
    """The file as a whole is something else: a picture, a web page, a payment file."""


def detect(head: bytes, *, name: str) -> Kind:
    """The kind of file that begins with `head`.

    Raises:
        NoStatement: the sentence says what the file looks like and what to do.
    """
    if not head.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise NoStatement(f"{name}: the file is empty; fetch it from the bank again.")
    _refuse_binary(head, name)
    if head[:4] == b"PK\x03\x04":
        return Kind.ZIP
    if head[:2] == b"\x1f\x8b":
        return Kind.GZIP
    text = head_text(head)
    if text.startswith("<"):
        return _xml(text, name)
    if _MT940.search(text):
        return Kind.MT940
    if text.startswith("{") and _BERLIN.search(text):
        return Kind.BERLIN
    _refuse_other_text(text, name)
    return Kind.TABLE


def head_text(head: bytes) -> str:
    """The beginning of the file as text, without byte order mark and leading blanks."""
    return Decoder().decode(head).lstrip("\ufeff \t\r\n")


_MAGIC = (
    (
        b"%PDF",
        "a PDF; banks print statements for people that way. Ask the online banking for camt.053 or MT940",
    ),
    (b"\x89PNG", "a picture (PNG), not a statement file"),
    (b"\xff\xd8\xff", "a picture (JPEG), not a statement file"),
    (b"GIF8", "a picture (GIF), not a statement file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file. Ask the online banking for camt.053, MT940 or CSV"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive. Unpack it and give the files inside"),
    (b"Rar!", "a RAR archive. Unpack it and give the files inside"),
    (b"{\\rtf", "a text document (RTF), not a statement file"),
    (b"SQLite format 3", "a database, not a statement file"),
)


def _refuse_binary(head: bytes, name: str) -> None:
    for magic, meaning in _MAGIC:
        if head.lstrip(b"\r\n ").startswith(magic):
            raise NoStatement(f"{name}: this looks like {meaning}.")


_CAMT = re.compile(r"<(?:[\w.-]+:)?(?:BkToCstmr(?:Stmt|AcctRpt|DbtCdtNtfctn))\w*[\s/>]")
_PAIN = re.compile(r"<(?:[\w.-]+:)?(CstmrCdtTrfInitn|CstmrDrctDbtInitn|CstmrPmtStsRpt)\b|\b(pain\.00\d)\b")
_HTML = re.compile(r"<!doctype\s+html|<html", re.IGNORECASE)


def _xml(text: str, name: str) -> Kind:
    if _HTML.search(text[:2000]):
        raise NoStatement(
            f"{name}: this is a web page, perhaps the bank's login page saved in place of the statement; "
            "download the statement again while logged in."
        )
    if _CAMT.search(text):
        return Kind.CAMT
    if found := _PAIN.search(text):
        raise NoStatement(
            f"{name}: this is a payment file or payment status report ({found[1] or found[2]}), not a statement."
        )
    if "<OFX" in text:
        raise NoStatement(f"{name}: this is an OFX file, which is not read yet; ask the bank for camt.053 or MT940.")
    raise NoStatement(
        f"{name}: this is XML, but no camt.052, camt.053 or camt.054: none of their elements is in its first part."
    )


_MT940 = re.compile(r"^:(?:20|21|25P?|28C?|60[FM]|61|62[FM]|940):", re.MULTILINE)


_BERLIN = re.compile(r'"transactions"\s*:\s*\{\s*"(?:booked|pending|_links)"')


def _refuse_other_text(text: str, name: str) -> None:
    start = text[:2000]
    if start.startswith("OFXHEADER"):
        raise NoStatement(f"{name}: this is an OFX file, which is not read yet; ask the bank for camt.053 or MT940.")
    if start.startswith("!Type:"):
        raise NoStatement(f"{name}: this is a QIF file, which is not read; ask the bank for camt.053 or MT940.")
    if start.startswith(("HNHBK:", "{", "[")):
        meaning = "a FinTS dialogue" if start.startswith("HNHBK:") else "JSON"
        raise NoStatement(f"{name}: this looks like {meaning}, not a statement file.")
    if "\0" in text:
        raise NoStatement(f"{name}: this is no text, so it is no statement of a kind we know.")
