"""The line of an MT940 entry, field `:61:`, and balances: short dates, marks, funds letters, references.

Source: SWIFT MT940 field specifications; FinTS 4.0, financial data formats. Banks leave out the entry date,
put the third letter of the currency behind the mark (`CR15000,` is a credit in EUR and no reversal), end
amounts with the comma, and write longer references than the 16 characters they have.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from zahlmeister.formats.words import present
from zahlmeister.money.accounts import is_iban
from zahlmeister.money.amount import Amount, exponent
from zahlmeister.refusals import Unreadable

_LINE = re.compile(
    r"(?P<value>\d{6})(?P<entry>\d{4}|\s{4})?\s*"
    r"(?P<mark>[RE]?[CD])(?P<funds>[A-Z])?\s*"
    r"(?P<amount>\d[\d.,]*)\s*"
    r"(?P<type>[A-Z][A-Z0-9 ]{3})?(?P<rest>.*)",
    re.DOTALL,
)
_BALANCE = re.compile(r"(?P<mark>[CD])(?P<on>\d{6}|0)(?P<currency>[A-Z]{3})(?P<amount>[\d.,]+)")
_AMOUNT = re.compile(r"0*(\d{1,15})(?:[,.](\d{0,5}))?")


@dataclass(frozen=True, slots=True)
class Line:
    """What field `:61:` says."""

    value_on: date
    booked_on: date | None
    amount: Amount  # signed as booked
    is_reversal: bool
    is_expected: bool  # EC/ED: announced only
    swift_type: str | None  # NTRF, NMSC, NRTI …
    customer_reference: str | None
    bank_reference: str | None
    counterparty_iban: str | None  # where Dutch banks put it
    supplement: tuple[str, ...]  # further lines


def read_line(lines: list[str], currency: str) -> Line:
    """Take `:61:` apart.

    Raises:
        Unreadable: what is wrong with it, without the place.
    """
    first, *more = lines
    found = _LINE.fullmatch(first)
    if found is None and more:  # some programs wrap even here
        first, *more = first.rstrip() + more[0].lstrip(), *more[1:]
        found = _LINE.fullmatch(first)
    if found is None or (found["type"] is None and found["rest"].strip()):
        raise Unreadable(
            f"“{_short(first)}” is no entry line: value date, C or D, amount with a comma and the kind of "
            f"booking "
            "are expected."
        )
    value_on = short_date(found["value"], "the value date")
    mark = found["mark"]
    amount = Amount(minor(found["amount"], currency), currency)
    reference, _, bank_reference = found["rest"].partition("//")
    if len(reference) > 16 and reference[10:16].isspace():  # a padded reference with the name behind it
        more = [reference[16:], *more]
        reference = reference[:16]
    customer, iban = _reference(reference)
    if iban is None and more and is_iban(more[0].strip()):
        iban = more[0].strip()
    return Line(
        value_on=value_on,
        booked_on=_entry_date(found["entry"], value_on),
        amount=amount if mark in {"C", "RD", "EC"} else -amount,
        is_reversal=mark[0] == "R",
        is_expected=mark[0] == "E",
        swift_type=(found["type"] or "").strip() or None,
        customer_reference=customer,
        bank_reference=present(bank_reference),
        counterparty_iban=iban,
        supplement=tuple(line.strip() for line in more if line.strip()),
    )


def read_balance(text: str) -> tuple[Amount, date | None]:
    """A balance such as `C260131EUR1234,56`; without a day where that is missing (`0`) or impossible.

    Raises:
        Unreadable: no balance.
    """
    found = _BALANCE.match(text.strip())
    if found is None:
        raise Unreadable(f"“{_short(text)}” is no balance: C or D, date, currency and amount are expected.")
    amount = Amount(minor(found["amount"], found["currency"]), found["currency"])
    try:
        on = short_date(found["on"], "the date")
    except Unreadable:
        on = None
    return (-amount if found["mark"] == "D" else amount), on


def minor(text: str, currency: str) -> int:
    """An amount with a decimal comma in whole minor units; the comma may stand last or be left out.

    Raises:
        Unreadable: the text is no such amount.
    """
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise Unreadable(f"“{_short(text)}” is no amount: digits and one comma such as 1234,56 are expected.")
    places = exponent(currency)
    part = found[2] or ""
    if part[places:].strip("0"):
        raise Unreadable(f"“{text}” has more than the {places} decimal places of {currency}.")
    return int(found[1] + part[:places].ljust(places, "0"))


@lru_cache(maxsize=1024)
def short_date(text: str, what: str) -> date:
    """`YYMMDD`, of this century until 2079.

    Raises:
        Unreadable: no day of the calendar.
    """
    try:
        year = int(text[:2])
        return date(year + (2000 if year < 80 else 1900), int(text[2:4]), int(text[4:6]))
    except ValueError:
        raise Unreadable(f"{what} “{text}” is no day of the calendar.") from None


@lru_cache(maxsize=1024)
def _entry_date(text: str | None, value_on: date) -> date | None:
    """`MMDD` has no year: the one that brings it nearest to the value date."""
    if not text or text.isspace():
        return None
    days = []
    for year in (value_on.year - 1, value_on.year, value_on.year + 1):
        try:
            days.append(date(year, int(text[:2]), int(text[2:])))
        except ValueError:
            continue  # 29 February exists in some of the years only
    if not days:
        raise Unreadable(f"the entry date “{text}” is no day of the calendar.")
    return min(days, key=lambda day: abs((day - value_on).days))


def _reference(text: str) -> tuple[str | None, str | None]:
    """The customer reference, or the other side's IBAN where the bank puts that."""
    text = text.strip()
    if len(text) > 14 and is_iban(text):
        return None, text
    reference = present(text.removeprefix("KREF+"))
    # a keyword alone says only that the reference stands in :86:
    return (None if reference in {"EREF", "PREF", "KREF", "MARF", "KREF+"} else reference), None


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
