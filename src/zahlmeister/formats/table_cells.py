"""What stands in a cell: days and amounts in the forms banks write, and texts that hold several fields."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

from zahlmeister.formats.words import iso_date, present
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable

_WRAPPED = re.compile(r"=\"=?(.*)\"|'(.*)'|=(.*)", re.DOTALL)

#: A reference that a spreadsheet took for a number: most of its digits are gone.
_ROUNDED = re.compile(r"\d[.,]\d+E\+\d+")


def bare(cell: str) -> str | None:
    """What the cell says, without the tricks against spreadsheets: `="01.07.2026"` and `'DE89…'`."""
    text = cell.strip()
    found = _WRAPPED.fullmatch(text)
    said = present(next(each for each in found.groups() if each is not None) if found else text)
    return None if said and _ROUNDED.fullmatch(said) else said


_MARKS = re.compile(r"^[€¤\s]+|[€¤\s]+$")


def amount(text: str, currency: str, *, decimal: str | None = None) -> Amount:
    """The amount as the bank writes it, with or without its currency.

    Args:
        text: as it stands in the file; it is quoted so in the refusal.
        currency: of the amount.
        decimal: the decimal sign where it is known; else `1.300` has two readings and is refused.

    Raises:
        Unreadable: the text is no amount.
    """
    plain = _MARKS.sub("", text.removesuffix(currency).removeprefix(currency))
    sign = re.match(r"[+-]\s+", plain)
    plain = plain[0] + plain[sign.end() :] if sign else plain
    if decimal and re.fullmatch(r"[+-]?\d{1,3}([.,]\d{3})+", plain) and decimal not in plain:
        plain = re.sub("[.,]", "", plain)
    try:
        return Amount.parse(plain, currency)
    except Unreadable as refusal:
        raise Unreadable(str(refusal).replace(f"“{plain}”", f"“{text}”")) from None


_DAY = re.compile(r"(\d\d?)([./-])(\d\d?)\2?(\d{4}|\d\d)?(?:[ ,T].*)?")
_YEAR_FIRST = re.compile(r"(\d{4})[./]?(\d\d)[./]?(\d\d)(?:[ T].*)?")


def day(text: str, *, near: date | None = None, month_first: bool = False) -> date:
    """`28.06.24`, `2026-06-28 10:11:12`, `20260628`, `28/06/2026`, or `28.06` in the year nearest to another day.

    Raises:
        Unreadable: the text is no day of the calendar.
    """
    found = _day(text, near, month_first)
    if found is None:
        raise Unreadable(f"“{text}” is no day of the calendar: a date such as 28.06.2026 is expected.")
    return found


@lru_cache(maxsize=4096)
def _day(text: str, near: date | None, month_first: bool) -> date | None:  # noqa: FBT001 - a key of the cache
    if whole := iso_date(text) or (iso_date(text[:10]) if text[10:11] == "-" else None):
        return whole
    if found := _YEAR_FIRST.fullmatch(text):
        return _calendar(int(found[1]), found[2], found[3])
    found = _DAY.fullmatch(text)
    if not found:
        return None
    first, second = (found[3], found[1]) if month_first and found[2] == "/" else (found[1], found[3])
    if found[4]:
        years = [int(found[4]) + (2000 if len(found[4]) == 2 else 0)]
    else:
        years = [near.year - 1, near.year, near.year + 1] if near else []
    days = [each for year in years if (each := _calendar(year, second, first))]
    return min(days, key=lambda each: abs((each - near).days) if near else 0, default=None)


def _calendar(year: int, month: str, on: str) -> date | None:
    try:
        return date(year, int(month), int(on))
    except ValueError:
        return None


_SLASHES = re.compile(r"(\d\d?)/(\d\d?)/\d{2,4}")


def month_stands_first(texts: Iterable[str]) -> bool | None:
    """Whether dates such as 9/25/2026 begin with the month; None where no date of them tells."""
    pairs = [(int(found[1]), int(found[2])) for text in texts if (found := _SLASHES.match(text))]
    if not pairs:
        return False
    if any(first > 12 for first, _ in pairs):
        return False
    return True if any(second > 12 for _, second in pairs) else None


def labelled(text: str, labels: Mapping[str, str]) -> dict[str, str]:
    """The fields of a text that says `Auftraggeber: … Buchungstext: …`; what stands before the first label is the text.

    Args:
        text: of one cell.
        labels: label → field, "" for what is dropped. A label without colon counts as a whole word only; of two that
            could stand at a place the longer one.
    """
    ordered = sorted(labels, key=len, reverse=True)
    words = "|".join(re.escape(each) if each.endswith(":") else rf"(?<!\w){re.escape(each)}(?!\w)" for each in ordered)
    marks = list(re.finditer(words, text))
    said: dict[str, list[str]] = {"remittance": [text[: marks[0].start()] if marks else text]}
    ends = [*(each.start() for each in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=False):
        said.setdefault(labels[mark[0]], []).append(text[mark.end() : end])
    return {field: " ".join(" ".join(parts).split()) for field, parts in said.items()}


def patterned(text: str, pattern: str) -> dict[str, str]:
    """The fields of a text that is built after a pattern; a text that is not remains the remittance."""
    found = re.fullmatch(pattern, text.strip())
    if not found:
        return {"remittance": text}
    said = {field: value for field, value in found.groupdict().items() if value}
    return {"remittance": ""} | said
