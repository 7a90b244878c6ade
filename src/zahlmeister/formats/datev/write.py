"""Write whole DATEV files: bytes that DATEV imports, and what had to be changed on the way.

A booking's amount is always above zero; on which side it stands of its own account says S (debit) or H (credit).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from zahlmeister.formats.datev.cells import ENCODING, Changed, Told, amount, day_and_month, quoted, whole_day
from zahlmeister.formats.datev.columns import COLUMNS_OF_9, Column, by_name, columns, empty_row
from zahlmeister.formats.datev.header import BOOKINGS, BOOKINGS_9, DEBTORS, Header, Kind, header_line
from zahlmeister.formats.journals.row import BookRow
from zahlmeister.refusals import Refused

Row = TypeVar("Row")

#: DATEV takes so many bookings in one file.
MOST_ROWS = 99_999


@dataclass(frozen=True, slots=True)
class DatevDebtor:
    """One debtor's master data; a company has a `company`, a person a `name`."""

    account: str
    name: str = ""
    first_name: str = ""
    company: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    email: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class DatevFile:
    """The bytes of a file, and each text that stands in it with other signs."""

    content: bytes
    changes: Sequence[Changed]


def booking_file(header: Header, rows: Sequence[BookRow], kind: Kind = BOOKINGS) -> DatevFile:
    """A booking batch.

    Args:
        header: with the first and the last day of the rows.
        rows: at least one, at most 99,999, all between these days.
        kind: version 13, or 9 for older programs.

    Raises:
        Refused: too many rows, none, a day outside, or a field that DATEV would not take.
    """
    if not 0 < len(rows) <= MOST_ROWS:
        raise Refused(f"A DATEV file holds 1 to {MOST_ROWS} bookings, not {len(rows)}.")
    told = Told()
    wide = COLUMNS_OF_9 if kind is BOOKINGS_9 else None
    lines = (_booking(row, header, told, line, wide) for line, row in enumerate(rows, start=3))
    return _file(header, kind, lines, told)


def debtor_file(header: Header, debtors: Sequence[DatevDebtor]) -> DatevFile:
    """Master data of debtors.

    Raises:
        Refused: a field that DATEV would not take.
    """
    told = Told()
    lines = (_debtor(debtor, told, line) for line, debtor in enumerate(debtors, start=3))
    return _file(header, DEBTORS, lines, told)


def parts(rows: Sequence[Row], most: int = MOST_ROWS) -> list[Sequence[Row]]:
    """The rows in files that DATEV takes, in their order."""
    return [rows[start : start + most] for start in range(0, len(rows), most)]


def _file(header: Header, kind: Kind, lines: Iterable[str], told: Told) -> DatevFile:
    of_9 = kind is BOOKINGS_9
    names = [column.name_in_9 if of_9 else column.name for column in columns(kind.table)]
    found = (header_line(header, kind), ";".join(names[: COLUMNS_OF_9 if of_9 else None]), *lines)
    text = "".join(f"{line}\r\n" for line in found)
    return DatevFile(text.encode(ENCODING), tuple(told.changes))


def _booking(row: BookRow, header: Header, told: Told, line: int, wide: int | None) -> str:
    if not (header.first and header.last and header.first <= row.on <= header.last):
        raise Refused(f"Line {line}: {row.on} is outside the days of this file.")
    cells = {
        "Umsatz (ohne Soll/Haben-Kz)": amount(row.minor, header.currency),
        "Soll/Haben-Kennzeichen": quoted("S" if row.is_debit else "H"),
        "Konto": account_number(row.account, header.account_length),
        "Gegenkonto (ohne BU-Schlüssel)": account_number(row.against, header.account_length),
        "BU-Schlüssel": quoted(_tax_key(row.tax_key)),
        "Belegdatum": day_and_month(row.on),
        "Beleglink": quoted(f'BEDI "{row.document}"' if row.document else ""),
        "Sachverhalt": row.matter,
        "Zinssperre": "1" if row.matter else "",
        "Buchungs GUID": quoted(row.guid),
        "Festschreibung": "1" if header.locks else "0",
        "Fälligkeit": whole_day(row.due_on) if row.due_on else "",
        "Generalumkehr (GU)": quoted("1" if row.reverses else ""),
    }
    vouchers = {"Belegfeld 1": row.voucher}
    texts = {"Buchungstext": row.text, "Auftragsnummer": row.order_number}
    if row.source:  # both ways from here to the posting and back; kind and content come together or not at all
        texts |= {"Zusatzinformation - Art 1": "Zahlmeister", "Zusatzinformation- Inhalt 1": row.source}
    if row.kind:
        texts["Buchungstyp"] = row.kind
    names = by_name("bookings")
    cells |= {name: told.voucher(said, names[name].longest, line=line, column=name) for name, said in vouchers.items()}
    return _row("bookings", cells | _texts(names, texts, told, line), wide)


def _debtor(debtor: DatevDebtor, told: Told, line: int) -> str:
    is_company = bool(debtor.company)
    texts = {
        "Name (Adressattyp Unternehmen)": debtor.company,
        "Name (Adressattyp natürl. Person)": "" if is_company else debtor.name,
        "Vorname (Adressattyp natürl. Person)": "" if is_company else debtor.first_name,
        "Adressattyp": "2" if is_company else "1",
        "Adressart": "STR" if debtor.street else "",
        "Straße": debtor.street,
        "Postleitzahl": debtor.postcode,
        "Ort": debtor.city,
        "Land": debtor.country,
        "E-Mail": debtor.email,
        "Kunden-/Lief.-Nr.": debtor.number,
    }
    _digits(debtor.account)
    return _row("debtors", {"Konto": debtor.account} | _texts(by_name("debtors"), texts, told, line))


def _texts(names: dict[str, Column], texts: dict[str, str], told: Told, line: int) -> dict[str, str]:
    return {name: told.text(said, names[name].longest, line=line, column=name) for name, said in texts.items()}


def _row(table: str, cells: dict[str, str], wide: int | None = None) -> str:
    row = list(empty_row(table))
    names = by_name(table)
    for name, cell in cells.items():
        row[names[name].place] = cell
    return ";".join(row[:wide])


def _tax_key(key: str) -> str:
    """DATEV's key of a tax rate, one to four digits; none where the account knows its rate itself."""
    if key and not (key.isascii() and key.isdigit() and len(key) <= 4):
        raise Refused(f"“{key}” is no tax key: up to four digits are expected.")
    return key


def account_number(number: str, length: int) -> str:
    """An account's digits, as long as the client's books have them; one more for a debtor or creditor.

    Raises:
        Refused: it is no number of an account, or too long.
    """
    _digits(number)
    if len(number) > length + 1:
        raise Refused(f"The account {number} has more digits than the client's books; they have {length}.")
    return number


def _digits(number: str) -> None:
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        raise Refused(f"“{number}” is no account: up to nine digits are expected.")
