"""The first line of a DATEV file: 31 fields that say whose books, which fiscal year, and what follows."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from zahlmeister.formats.datev.cells import quoted
from zahlmeister.refusals import Refused

VERSION = 700
_NAME = re.compile(r"[\w.\-/ ]{0,30}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of DATEV file: its category, its name and the version of its columns."""

    category: int
    name: str
    version: int
    table: str


BOOKINGS = Kind(21, "Buchungsstapel", 13, "bookings")
#: The same for programs that were not brought up to date since 2018.
BOOKINGS_9 = Kind(21, "Buchungsstapel", 9, "bookings")
DEBTORS = Kind(16, "Debitoren/Kreditoren", 5, "debtors")


@dataclass(frozen=True, slots=True)
class Header:
    """Whose file it is.

    Args:
        consultant: the tax consultant's number at DATEV, 1001 to 9999999.
        client: the client's number there, 1 to 99999.
        year_begins: the first day of the fiscal year.
        account_length: digits of an account of the general ledger, 4 to 8; personal accounts have one more.
        made_at: when the file was made.
        chart: "03" or "04", or nothing for another.
        currency: of the books.
        first, last: the days of the bookings; none in master data.
        name: of the batch, at most 30 signs.
        locks: whether DATEV shall lock the batch when it is imported.
    """

    consultant: int
    client: int
    year_begins: date
    account_length: int
    made_at: datetime
    chart: str
    currency: str
    first: date | None = None
    last: date | None = None
    name: str = ""
    locks: bool = False

    @property
    def year_ends(self) -> date:
        """The last day of the fiscal year: a year after it began, less a day."""
        return self.year_begins.replace(year=self.year_begins.year + 1, day=1) - timedelta(days=1)


def header_line(header: Header, kind: Kind) -> str:
    """The line without its end.

    Raises:
        Refused: a field is outside what DATEV takes.
    """
    _check(header)
    about_bookings = kind.category == BOOKINGS.category
    fields = (
        quoted("EXTF"),
        str(VERSION),
        str(kind.category),
        quoted(kind.name),
        str(kind.version),
        f"{header.made_at:%Y%m%d%H%M%S}{header.made_at.microsecond // 1000:03d}",
        "",  # imported at: DATEV's own
        quoted("ZM"),
        quoted("Zahlmeister"),
        quoted(""),
        str(header.consultant),
        str(header.client),
        f"{header.year_begins:%Y%m%d}",
        str(header.account_length),
        f"{header.first:%Y%m%d}" if header.first else "",
        f"{header.last:%Y%m%d}" if header.last else "",
        quoted(header.name),
        quoted(""),  # the initials of who dictated it
        "1" if about_bookings else "",  # financial bookkeeping, not the annual accounts
        "0" if about_bookings else "",  # for every kind of accounts
        ("1" if header.locks else "0") if about_bookings else "",  # left empty, DATEV would lock
        quoted(header.currency if about_bookings else ""),
        "",
        quoted(""),
        "",
        "",
        quoted(header.chart),
        "",
        "",
        quoted(""),
        quoted(""),
    )
    return ";".join(fields)


def _check(header: Header) -> None:
    rules = (
        (1001 <= header.consultant <= 9_999_999, "The consultant's number is between 1001 and 9999999."),
        (1 <= header.client <= 99_999, "The client's number is between 1 and 99999."),
        (4 <= header.account_length <= 8, "Accounts of the general ledger have 4 to 8 digits."),
        (header.chart in {"03", "04", ""}, "The chart of accounts is 03 or 04."),
        (header.year_begins.day == 1, "A fiscal year begins on the first of a month."),
        (bool(_NAME.fullmatch(header.name)), "A batch's name has up to 30 letters, digits, dots, hyphens and slashes."),
        (_is_inside(header), "The bookings of a DATEV file are of one fiscal year."),
    )
    for is_kept, sentence in rules:
        if not is_kept:
            raise Refused(sentence)


def _is_inside(header: Header) -> bool:
    if header.first is None or header.last is None:
        return header.first is header.last
    return header.year_begins <= header.first <= header.last <= header.year_ends
