"""Orders as a shop exports them to a CSV file."""

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import TextIO

from zahlmeister.formats.cash_discount import basis_points, last_day, share
from zahlmeister.formats.order_columns import (
    NOTHING_TOLD,
    Meant,
    check_columns,
    folded,
    kind_meant,
    recognised,
)
from zahlmeister.formats.tracking import tracking_numbers
from zahlmeister.money.accounts import tidy
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order of the file; absent is None. `line` is the line in the file, the header being line 1."""

    line: int
    number: str
    amount: Amount
    ordered_on: date | None = None
    due_on: date | None = None
    invoice_number: str | None = None
    customer_number: str | None = None
    payment_kind: str = "prepayment"  # prepayment, invoice, cod, other
    name: str | None = None
    company: str | None = None
    email: str | None = None
    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    country: str | None = None
    shipping: Amount | None = None
    iban: str | None = None
    reference: str | None = None
    tracking_numbers: tuple[str, ...] = ()
    discount: Amount | None = None  # cash discount that may be taken until `discount_until`, and never without it
    discount_until: date | None = None
    dunning_level: int = 0  # how often the buyer was reminded before the order came to us, up to five
    language: str | None = None  # as the shop writes it, such as de, en-GB or Deutsch
    customer_group: str | None = None  # as the shop calls it


_CURRENCY_SIGNS = {"€": "EUR", "EURO": "EUR", "SFR": "CHF", "SFR.": "CHF", "FR.": "CHF", "$": "USD", "£": "GBP"}
#: How a row begins that adds up those above.
_SUMS = frozenset(["summe", "gesamt", "gesamtsumme", "total", "sum", "grandtotal", "zwischensumme"])
#: Above the header of a CSV stand at most so many lines in which nothing is said.
_HEADER_WITHIN = 10
_SEPARATOR = re.compile(r'"?sep=.?"?', re.IGNORECASE)
_DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%Y/%m/%d", "%Y%m%d")


def read_orders(
    path: Path,
    *,
    name: str | None = None,
    refused: Callable[[str], None] | None = None,
    known: Meant = NOTHING_TOLD,
) -> Iterator[OrderRow]:
    """The orders of a CSV file, in file order, without holding the file in memory.

    UTF-8 with or without byte order mark, UTF-16 with one, or cp1252; separated by comma, semicolon or tab; columns
    found by their header in English or German, unknown ones ignored. `number` and `amount` are required.

    Args:
        path: the file.
        name: how it is called in sentences; its own name otherwise.
        refused: is told the sentence about each order that cannot be read, and the reading goes on behind it.
        known: what a person has told of such files.

    Raises:
        Unreadable: one sentence with file, line, column and why. The orders yielded before stay true.
    """
    called = name or path.name
    with path.open(encoding=_encoding(path, called), newline="") as file:
        yield from _rows(file, called, refused, known.plain())


def first_cells(path: Path, name: str, known: Meant, most: int) -> list[list[str]]:
    """The header and the first rows of a CSV as they stand there; see `read_orders`."""
    with path.open(encoding=_encoding(path, name), newline="") as file:
        header, _ = _first_line(file, name)
        delimiter = _delimiter(header, known.plain())
        try:
            rows = [row for row in islice(csv.reader(file, delimiter=delimiter), most) if any(map(str.strip, row))]
        except csv.Error as error:
            raise Unreadable(f"{name}: a line is no CSV ({error}).") from error
        return [next(csv.reader([header], delimiter=delimiter)), *rows]


def _encoding(path: Path, name: str) -> str:
    with path.open("rb") as file:
        head = file.read(4)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    if not head:
        raise Unreadable(f"{name} is empty; a header line and orders are expected.")
    for magic, meaning in _NO_TABLE.items():
        if head.startswith(magic):
            raise Unreadable(f"{name} is {meaning} and no CSV; export the orders from the shop as CSV.")
    return "utf-8-sig"


#: How files begin that are taken for a table of orders now and then.
_NO_TABLE = {
    b"PK\x03\x04": "an Excel workbook or a ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"%PDF": "a PDF",
    b"<?xm": "an XML file",
    b"<Doc": "an XML file",
}


def _delimiter(header: str, known: Meant) -> str:
    """What parts the columns: by it most are recognised, else by it there are most."""
    return max(
        ";,\t",
        key=lambda mark: (len(recognised(next(csv.reader([header], delimiter=mark)), known)), header.count(mark)),
    )


def _rows(file: TextIO, name: str, refused: Callable[[str], None] | None, known: Meant) -> Iterator[OrderRow]:
    line = 1
    try:
        header, line = _first_line(file, name)
        above = line
        delimiter = _delimiter(header, known)
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        names = next(csv.reader([header], delimiter=delimiter))
        columns = recognised(names, known)
        check_columns(columns, names, f"{name}, line {line}")
        line = above + 1
        for fields in reader:
            if any(field.strip() for field in fields):
                order = order_of(Line(name, line, names, columns, fields, known.kinds), refused)
                if order is not None:
                    yield order
            line = above + reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(f"{name}, line {line}: the line is no CSV ({error}).") from error
    except UnicodeDecodeError as error:
        raise Unreadable(f"{name} is neither UTF-8 nor cp1252: byte {error.object[error.start]:#04x}.") from error


def order_of(line: "Line", refused: Callable[[str], None] | None) -> OrderRow | None:
    """The order of a line; None for a sum below the orders, and where `refused` is told why it cannot be read.

    Raises:
        Unreadable: it cannot be read, and nobody is there to be told.
    """
    if line.is_sum():
        return None
    try:
        return line.order()
    except Unreadable as refusal:
        if refused is None:
            raise
        refused(str(refusal))
        return None


def _first_line(file: TextIO, name: str) -> tuple[str, int]:
    """The header and its line: the first that is not blank and is not what Excel writes above, `sep=;`."""
    for line in range(1, _HEADER_WITHIN + 1):
        header = file.readline(1 << 16)
        if header.strip() and not _SEPARATOR.fullmatch(header.strip()):
            return header.rstrip("\r\n"), line
        if not header:
            break
    raise Unreadable(f"{name}, line 1: the header is missing; a line with the names of the columns is expected.")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file with what is needed to say where something is wrong."""

    file: str
    line: int
    names: list[str]
    columns: dict[str, int]
    fields: list[str]
    kinds: Mapping[str, str] = field(default_factory=dict)  # what a person told of payment methods, folded

    def order(self) -> OrderRow:
        if any(field.strip() for field in self.fields[len(self.names) :]):
            raise Unreadable(
                f"{self.file}, line {self.line}: {len(self.fields)} fields where the header has {len(self.names)}; "
                "a field with a separator inside needs quotes."
            )
        number = self.text("number")
        if number is None:
            raise self.unreadable("number", "the order number is missing")
        currency = self.currency()
        amount = self.amount("amount", currency)
        if amount is None:
            raise self.unreadable("amount", "the amount is missing")
        iban = self.text("iban")
        discount = self.discount(amount)
        return OrderRow(
            line=self.line,
            number=number,
            amount=amount,
            ordered_on=self.day("date"),
            due_on=self.day("due_date"),
            invoice_number=self.text("invoice_number"),
            customer_number=self.customer_number(),
            payment_kind=self.payment_kind(),
            name=self.name(),
            company=self.text("company"),
            email=self.text("email"),
            street=self.text("street"),
            postcode=self.text("postcode"),
            city=self.text("city"),
            country=self.text("country"),
            shipping=self.amount("shipping_cost", currency),
            iban=tidy(iban) if iban else None,
            reference=self.text("reference"),
            tracking_numbers=self.tracking_numbers(),
            discount=discount,
            discount_until=self.discount_until() if discount else None,
            dunning_level=self.dunning_level(),
            language=self.text("language"),
            customer_group=self.text("customer_group"),
        )

    def is_sum(self) -> bool:
        """Whether this is no order but the sum of those above: without a number, and called so."""
        first = next(filter(None, map(folded, self.fields)), "")
        number = self.text("number")
        return first in _SUMS and (number is None or folded(number) == first)

    def text(self, column: str) -> str | None:
        place = self.columns.get(column)
        if place is None or place >= len(self.fields):
            return None
        return self.fields[place].strip() or None

    def name(self) -> str | None:
        parts = (self.text("first_name"), self.text("last_name"))
        return self.text("name") or " ".join(part for part in parts if part) or self._customer_by_name()

    def customer_number(self) -> str | None:
        return None if self._customer_by_name() else self.text("customer_number")

    def _customer_by_name(self) -> str | None:
        """What stands where a customer's number is looked for, when it is none: two words without a digit."""
        written = self.text("customer_number") or ""
        return written if " " in written and not any(map(str.isdigit, written)) else None

    def currency(self) -> str:
        written = (self.text("currency") or "EUR").upper()
        currency = _CURRENCY_SIGNS.get(written, written)
        if len(currency) != 3 or not (currency.isascii() and currency.isalpha()):
            raise self.unreadable("currency", f"“{written}” is no currency; three letters such as EUR are expected")
        return currency

    def amount(self, column: str, currency: str) -> Amount | None:
        written = self.text(column)
        if written is None:
            return None
        at = written.upper().find(currency)
        bare = written if at < 0 else written[:at] + written[at + len(currency) :]
        try:
            return Amount.parse(bare.strip(" €$£\u00a0"), currency)
        except Unreadable as why:
            raise self.unreadable(column, str(why).rstrip(".")) from why

    def day(self, column: str) -> date | None:
        written = self.text(column)
        if written is None:
            return None
        bare = written.partition("T")[0].partition(" ")[0]
        for pattern in _DAYS:
            try:
                return datetime.strptime(bare, pattern).date()  # noqa: DTZ007 - a day of the shop has no time zone
            except ValueError:
                continue
        raise self.unreadable(column, f"“{written}” is no day; 2026-11-20 or 20.11.2026 is expected")

    def tracking_numbers(self) -> tuple[str, ...]:
        try:
            return tracking_numbers(self.text("tracking_number") or "")
        except Unreadable as why:
            raise self.unreadable("tracking_number", str(why).rstrip(".")) from why

    def discount(self, amount: Amount) -> Amount | None:
        """The cash discount in money; None when there is none."""
        stated = self.amount("cash_discount_amount", amount.currency)
        percent = self.text("cash_discount_percent")
        if stated is None and percent is not None:
            try:
                stated = share(amount, basis_points(percent))
            except Unreadable as why:
                raise self.unreadable("cash_discount_percent", str(why).rstrip(".")) from why
        if stated is None or not stated:
            return None
        if not 0 < stated.minor < amount.minor:
            raise self.unreadable("cash_discount_amount", f"{stated} is no cash discount on {amount}")
        return stated

    def discount_until(self) -> date:
        """The last day on which the discount may be taken: the day named, or the days counted from the order's."""
        until, days = self.day("cash_discount_until"), self.text("cash_discount_days")
        try:
            found = last_day(days, self.day("date")) if until is None and days is not None else until
        except Unreadable as why:
            raise self.unreadable("cash_discount_days", str(why)) from why
        found = found or self.day("due_date")
        if found is None:
            raise self.unreadable("cash_discount_until", "nobody says until when the cash discount may be taken")
        return found

    def dunning_level(self) -> int:
        written = self.text("dunning_level") or "0"
        if written not in {"0", "1", "2", "3", "4", "5"}:
            raise self.unreadable("dunning_level", f"“{written}” is no level; 0 to 5 is expected")
        return int(written)

    def payment_kind(self) -> str:
        return kind_meant(self.text("payment_kind") or "", Meant(kinds=self.kinds))

    def unreadable(self, column: str, why: str) -> Unreadable:
        place = self.columns.get(column)
        header = self.names[place].strip() if place is not None else column
        return Unreadable(f"{self.file}, line {self.line}, column “{header}”: {why}.")
