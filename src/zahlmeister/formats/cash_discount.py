"""Cash discount as shops export it: a percentage or an amount, for so many days or until a day."""

import re
from datetime import date, timedelta

from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable

_PERCENT = re.compile(r"(\d{1,2})(?:[.,](\d{1,2})0*)?\s*%?")
_DAYS = re.compile(r"(\d{1,3})(?:[.,]0+)?\s*(?:tage?|days?)?", re.IGNORECASE)


def basis_points(text: str) -> int:
    """A percentage in hundredths of a percent: `2,5 %` is 250.

    Raises:
        Unreadable: it is no percentage below 100 with at most two decimals.
    """
    found = _PERCENT.fullmatch(text.strip())
    if found is None:
        raise Unreadable(f"“{text[:40]}” is no percentage of a cash discount; 2 or 2,5 is expected.")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def share(amount: Amount, points: int) -> Amount:
    """So many hundredths of a percent of an amount, half a cent rounded up."""
    return Amount((amount.minor * points + 5_000) // 10_000, amount.currency)


def last_day(text: str, begins: date | None) -> date:
    """The last day of a term of so many days; the day it begins with is not counted (§ 187 (1), § 188 (1) BGB).

    Raises:
        Unreadable: it is no number of days, or nobody says when the term begins.
    """
    found = _DAYS.fullmatch(text.strip())
    if found is None:
        raise Unreadable(f"“{text[:40]}” is no number of days; 14 is expected")
    if begins is None:
        raise Unreadable("the days of the cash discount cannot be counted, because the order has no date")
    return begins + timedelta(days=int(found[1]))
