"""What people type: amounts, days and search words, understood."""

import re
from datetime import date, datetime

from django.utils.translation import get_language

from zahlmeister.money.accounts import is_iban, tidy
from zahlmeister.money.amount import Amount
from zahlmeister.orders.queries import Sought
from zahlmeister.refusals import Unreadable

_MONEY = re.compile(r"[+-]?\d[\d.,'’ ]*[.,]\d{2}")
_MARKED = re.compile(r"(?i)^(?:€|eur)\s*|\s*(?:€|eur)$")
_BEGINNING_OF_IBAN = re.compile(r"(?:AT|BE|CH|CZ|DE|DK|ES|FR|GB|IT|LI|LU|NL|PL|SE)\d{2}[0-9A-Z]{4,30}")
_NUMBER_IN_GROUPS = re.compile(r"\d{1,8}(?: \d{1,8}){2,}")  # as carriers print it
_DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y")


def plain(text: str) -> str:
    """What somebody typed to be looked for, without the one character that PostgreSQL keeps in no text."""
    return text.replace("\0", "")


def sought(text: str, currency: str) -> Sought:
    """Understand a search: `49,90` and `50 €` are amounts, a whole IBAN is an account, else a number or words."""
    text = " ".join(text.split())[:120]
    if not text:
        return Sought()
    bare = _MARKED.sub("", text)
    if _MONEY.fullmatch(bare) or bare != text:
        try:
            return Sought(minor=Amount.parse(bare, currency).minor)
        except Unreadable:
            return Sought(text=text)
    if is_iban(text):
        return Sought(account=tidy(text))
    return Sought(text=text.replace(" ", "") if _NUMBER_IN_GROUPS.fullmatch(text) else text)


def is_part_of_iban(text: str) -> bool:
    """Whether this looks like the beginning of an IBAN, of which only the whole is found."""
    return bool(_BEGINNING_OF_IBAN.fullmatch(tidy(text))) and not is_iban(text)


def day(text: str) -> date | None:
    """A day as a date field or a person writes it; None when it is none."""
    for form in _DAYS:
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a calendar day has no zone
        except ValueError:
            continue
    return None


def month(text: str) -> date | None:
    """The first day of a month written as 2026-11; None when it is none of ours."""
    try:
        first = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a calendar month has no zone
    except ValueError:
        return None
    return first if 2000 <= first.year < 2100 else None


def minor(text: str, currency: str) -> int | None:
    """An amount in minor units; None when the text is none. `1.000` is read as the reader's language groups."""
    thousands = "." if (get_language() or "de").startswith("de") else ","
    if re.fullmatch(rf"\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+", text.strip()):
        text = text.replace(thousands, "")
    try:
        return Amount.parse(text, currency).minor
    except Unreadable:
        return None
