"""The text of an MT940 entry, field `:86:`: German, Austrian, Dutch, SWIFT and free.

Germany and Austria: three digits (GVC), a separator of the bank's choice, then sub-fields of two digits.
Lines are cut anywhere, even inside `?2|1`, so line ends go first and no blank comes in their place. The
separator is also a sign people write, so a sub-field only begins where a known key follows that was not there
yet.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from zahlmeister.formats.returns import REASON_OF_TEXT_KEY
from zahlmeister.formats.sepa_text import tagged
from zahlmeister.formats.words import present, rejoined


@dataclass(frozen=True, slots=True)
class Text:
    """What field `:86:` says; absent is None."""

    bank_code: str | None = None
    booking_text: str | None = None
    pieces: tuple[str, ...] = ()
    remittance: str | None = None
    name: str | None = None
    account: str | None = None
    bank: str | None = None
    end_to_end_id: str | None = None
    mandate_id: str | None = None
    customer_reference: str | None = None
    ultimate_party: str | None = None
    creditor_reference: str | None = None
    return_reason: str | None = None
    original_amount: str | None = None
    charges: str | None = None


#: Field 86 has lines of 65 characters, its sub-fields have 27.
_LINE = frozenset({65})
_SUBFIELD = 27

_GERMAN = re.compile(r"\s*(\d{3})([^\w\s])(?=\d\d)")
_KEYS_WITHOUT_CODE = re.compile(r"[^?]*\?2[0-9]")
#: 999 announces free text; another code may stand alone.
_CODE_ALONE = re.compile(r"\s*(999|\d{3}\s*$)")
_SLASH = re.compile(r"\s*/[A-Z]{2,4}/")


def read_text(lines: Sequence[str]) -> Text:
    """Take the text apart in whichever dialect it is written."""
    whole = "".join(lines)
    if german := _GERMAN.match(whole):
        return _german(whole[german.end(2) - 1 :], german[1], german[2])
    if _KEYS_WITHOUT_CODE.match(whole):
        cut = whole.index("?")
        return _german(whole[cut:], None, "?", present(whole[:cut]))
    if _SLASH.match(whole):
        return _slashes(lines)
    if code := _CODE_ALONE.match(whole):
        return _plain([lines[0].lstrip()[3:], *lines[1:]], code[1])
    return _plain(lines, None)


def read_ns(lines: Sequence[str]) -> Text:
    """The non-SWIFT field `:NS:`: 01–14 text, 15–16 name, 17 booking text, 30–31 bank and account."""
    parts = {line[:2]: line[2:] for line in lines if line[:2].isdigit()}
    pieces = tuple(parts[key] for key in sorted(parts) if "01" <= key <= "14" and parts[key].strip())
    return Text(
        booking_text=present(parts.get("17")),
        pieces=pieces,
        remittance=rejoined(pieces, frozenset({_SUBFIELD})),
        name=_joined(parts.get("15"), parts.get("16")),
        account=present(parts.get("31")),
        bank=present(parts.get("30")),
    )


_NUMBERS = (*range(20, 30), *range(60, 64))
_PURPOSE = tuple(f"{number:02d}" for number in _NUMBERS)
_KNOWN = frozenset({"00", "10", *_PURPOSE, *(str(n) for n in range(30, 37)), "38", "70", "71"})


@lru_cache(maxsize=32)
def _mark(separator: str) -> re.Pattern[str]:
    return re.compile(re.escape(separator) + r"(\d\d)")


def _german(text: str, code: str | None, separator: str, booking_text: str | None = None) -> Text:
    parts = _subfields(text, separator)
    pieces = tuple(piece for key in _PURPOSE if (piece := parts.get(key)) and piece.strip())
    keys = tagged(pieces, width=_SUBFIELD) if pieces else None
    fields = keys.fields if keys else {}
    account, foreign = _tight(parts.get("31")), _tight(parts.get("38"))
    return Text(
        bank_code=code if code != "000" else None,
        booking_text=booking_text or present(parts.get("00")),
        pieces=keys.pieces if keys else pieces,
        remittance=keys.text if keys else rejoined(pieces, frozenset(range(_SUBFIELD, 400))),
        name=_joined(parts.get("32"), parts.get("33")),
        account=foreign or account or fields.get("IBAN"),
        bank=present(_tight(parts.get("30"))) or fields.get("BIC"),
        end_to_end_id=fields.get("EREF"),
        mandate_id=fields.get("MREF"),
        customer_reference=fields.get("KREF"),
        ultimate_party=fields.get("ABWA") or fields.get("ABWE"),
        return_reason=REASON_OF_TEXT_KEY.get((parts.get("34") or "").strip()) or fields.get("RTRN"),
        original_amount=fields.get("OAMT"),
        charges=fields.get("COAM"),
    )


def _subfields(text: str, separator: str) -> dict[str, str]:
    """The sub-fields by key; `text` begins with a separator. A key that came already is text."""
    parts: dict[str, str] = {}
    key, start = "", 0
    for mark in _mark(separator).finditer(text):
        if mark[1] not in _KNOWN or mark[1] in parts or mark[1] == key:
            continue
        if key:
            parts[key] = text[start : mark.start()]
        key, start = mark[1], mark.end()
    if key:
        parts[key] = text[start:]
    return parts


def _joined(first: str | None, second: str | None) -> str | None:
    """A name of two sub-fields."""
    pieces = [piece for piece in (first, second) if piece]
    return present(rejoined(pieces, frozenset(range(_SUBFIELD, 100)))) if pieces else None


def _tight(text: str | None) -> str | None:
    return "".join(text.split()).upper() or None if text else None


#: Keys of the structured dialects of SWIFT and the Dutch banks, `/EREF/…/REMI/…`.
_SLASH_KEYS = (
    "EREF|KREF|PREF|MARF|CSID|CNTP|REMI|ORDP|BENM|NAME|ADDR|ISDT|TRTP|IBAN|BIC|RTRN|DBNM|CRNM|DACT|CACT|"
    "DBIC|CBIC|"
    "OAMT|OPRP|ULTC|ULTD|ULTB|PURP|SVCL|UDTR|UCRD|TRCD|BUSP|IDNM|DCID|IREF|EXCH|CHGS|OCMT|ID"
)
_SLASH_KEY = re.compile(rf"/({_SLASH_KEYS})/")


def _slashes(lines: Sequence[str]) -> Text:
    whole = "".join(lines)
    parts: dict[str, str] = {}
    key, start = "", 0
    for mark in _SLASH_KEY.finditer(whole):
        if mark[1] in parts or mark[1] == key:
            continue
        if key:
            parts[key] = whole[start : mark.start()].strip("/ ")
        key, start = mark[1], mark.end()
    if not key:
        return _plain(lines, None)
    parts[key] = whole[start:].strip("/ ")
    account, bank, name = ([*parts.get("CNTP", "").split("/"), "", "", ""])[:3]
    remittance, reference = _remittance_of_slashes(parts.get("REMI"))
    return Text(
        booking_text=present(parts.get("TRTP")),
        pieces=(remittance,) if remittance else (),
        remittance=remittance,
        name=_first(parts.get("NAME"), name, parts.get("DBNM"), parts.get("CRNM")),
        account=_tight(_first(parts.get("IBAN"), account, parts.get("DACT"), parts.get("CACT"))),
        bank=_first(parts.get("BIC"), bank, parts.get("DBIC"), parts.get("CBIC")),
        end_to_end_id=present(parts.get("EREF")),
        mandate_id=present(parts.get("MARF")),
        customer_reference=_first(parts.get("PREF"), parts.get("KREF")),
        ultimate_party=_first(parts.get("ULTD"), parts.get("ULTC"), parts.get("UDTR"), parts.get("UCRD")),
        creditor_reference=reference,
        return_reason=present(parts.get("RTRN")),
    )


def _remittance_of_slashes(text: str | None) -> tuple[str | None, str | None]:
    """`USTD//text` is text, `STRD/CUR/reference` a structured reference."""
    text = present(text)
    if text is None:
        return None, None
    if text.startswith("STRD/"):
        return None, present(text.rpartition("/")[2])
    return present(text.removeprefix("USTD").lstrip("/")), None


def _first(*texts: str | None) -> str | None:
    return next((said for text in texts if (said := present(text))), None)


def _plain(lines: Sequence[str], code: str | None) -> Text:
    pieces = tuple(line for line in lines if line.strip())
    keys = tagged(pieces, width=65) if pieces else None
    if keys is None:
        return Text(bank_code=code, pieces=pieces, remittance=rejoined(pieces, _LINE))
    return Text(
        bank_code=code,
        pieces=keys.pieces,
        remittance=keys.text,
        account=keys.fields.get("IBAN"),
        bank=keys.fields.get("BIC"),
        end_to_end_id=keys.fields.get("EREF"),
        mandate_id=keys.fields.get("MREF"),
        customer_reference=keys.fields.get("KREF"),
        ultimate_party=keys.fields.get("ABWA") or keys.fields.get("ABWE"),
    )
