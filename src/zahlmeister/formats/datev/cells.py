"""One cell of a DATEV file: texts, numbers and dates as the import expects them.

The file is Windows-1252. A sign that it does not carry is spelled in Latin letters, and what has no Latin spelling
becomes a question mark; every change is told, because the bookkeeper would otherwise look for a name that is not there.
Source: DATEV's format description of EXTF files, version 700.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from zahlmeister.formats.payments.letters import Letters, in_letters
from zahlmeister.money.amount import exponent
from zahlmeister.refusals import Refused

ENCODING = "cp1252"
#: The most that a booking may come to: ten digits and two decimal places.
LARGEST_MINOR = 999_999_999_999
_NOT_IN_A_VOUCHER = re.compile(r"[^A-Za-z0-9$&%*+\-/]")


@dataclass(frozen=True, slots=True)
class Changed:
    """A text that the file carries in other signs: in which line and column, before and after."""

    line: int
    column: str
    before: str
    after: str

    def __str__(self) -> str:
        return (
            f"Line {self.line}, {self.column}: “{self.before}” has signs that DATEV files cannot carry "
            f"and stands there as “{self.after}”."
        )


@dataclass(slots=True)
class Told:
    """Collects what had to be changed while a file is written."""

    changes: list[Changed] = field(default_factory=list)

    def text(self, text: str, longest: int, *, line: int, column: str) -> str:
        """A text in quotes, at most `longest` signs, with inner quotes doubled; empty is an empty pair of quotes."""
        tidy = " ".join(unicodedata.normalize("NFC", text).split())
        carried = "".join(_carried(sign) for sign in tidy)
        if carried != tidy:
            self.changes.append(Changed(line, column, tidy, carried))
        return quoted(carried[:longest].rstrip() if longest else carried)

    def voucher(self, text: str, longest: int, *, line: int, column: str) -> str:
        """A number of a voucher, by which DATEV finds the open item: other signs become hyphens, blanks go.

        Raises:
            Refused: it is longer than the field; cut off, it could be that of another invoice.
        """
        bare = "".join(text.split())
        allowed = _NOT_IN_A_VOUCHER.sub("-", bare)
        if len(allowed) > longest:
            raise Refused(
                f"Line {line}, {column}: “{text}” has more than {longest} signs. Cut off it could be the number of "
                "another invoice; give the order a shorter number."
            )
        if allowed != bare:
            self.changes.append(Changed(line, column, text, allowed))
        return quoted(allowed)


def quoted(text: str) -> str:
    """A text of the file: in quotes, inner ones doubled."""
    return '"' + text.replace('"', '""') + '"'


def amount(minor: int, currency: str) -> str:
    """A booking's amount with a decimal comma and no grouping: `1234,56`.

    Raises:
        Refused: it is not above zero or does not fit; the side is told by S or H and never by a sign.
    """
    places = exponent(currency)
    in_cents = minor * 100 // 10**places
    if not 0 < in_cents <= LARGEST_MINOR or places > 2:
        raise Refused(
            f"A DATEV booking is above zero and at most 9999999999,99 with two places; {minor} in the smallest "
            f"unit of {currency} is not."
        )
    return f"{in_cents // 100},{in_cents % 100:02d}"


def day_and_month(day: date) -> str:
    """`TTMM`, always four digits; the year is that of the header's fiscal year."""
    return f"{day:%d%m}"


def whole_day(day: date) -> str:
    """`TTMMJJJJ`, for every date of a row but the voucher's."""
    return f"{day:%d%m%Y}"


def _carried(sign: str) -> str:
    if not sign.isprintable():
        return ""
    try:
        sign.encode(ENCODING)
    except UnicodeEncodeError:
        return _spelled(sign)
    return sign


def _spelled(sign: str) -> str:
    try:
        return in_letters(sign, Letters.SEPA)
    except Refused:
        return "?"
