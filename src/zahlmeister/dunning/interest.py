"""Default interest: simple, day by day, in slices that begin anew with every rate and every part payment.

Interest is never asked on interest (§ 289 BGB, Art. 105 (3) OR). The first day is the one after default began, the
last the one before the money came: of two readings of the law the one that asks for less. Each slice is kept exactly;
rounding is done once, half up, at the end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from zahlmeister.dunning.law import Interest

_DAY = timedelta(days=1)


class DayCount(StrEnum):
    """How days become years; no law says which, calculators and courts differ."""

    ACT_365 = "act/365"
    ACT_ACT = "act/act"  # the days of a leap year are 366ths
    THIRTY_360 = "30e/360"


@dataclass(frozen=True, slots=True)
class PartPayment:
    """So much of the debt was there on a day; that day it bears no interest any more."""

    on: date
    minor: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Days on which debt and rate stay the same. `days` are those of the day count."""

    first: date
    last: date
    days: int
    principal_minor: int
    percent: Decimal
    minor: Fraction


@dataclass(frozen=True, slots=True)
class InterestClaim:
    """What is asked for, and how it was reckoned."""

    slices: tuple[Slice, ...]
    minor: int


def accrue(
    principal_minor: int,
    first: date,
    last: date,
    *,
    interest: Interest,
    payments: Sequence[PartPayment] = (),
    day_count: DayCount = DayCount.ACT_365,
) -> InterestClaim:
    """Default interest from the first to the last day, both counted.

    Args:
        principal_minor: what was owed on the first day, in minor units.
        first: the day after default began.
        last: the day up to which interest is asked for.
        interest: the rates of the debtor's country.
        payments: what came since, in any order; what came before the first day is not part of the principal.
        day_count: how days become years.
    """
    slices = tuple(_slices(principal_minor, first, last, interest, sorted(payments, key=lambda one: one.on), day_count))
    total = sum((one.minor for one in slices), Fraction())
    return InterestClaim(slices, int(total + Fraction(1, 2)))


def _slices(
    principal: int, first: date, last: date, interest: Interest, payments: Sequence[PartPayment], day_count: DayCount
) -> Iterator[Slice]:
    borders = {rate.first for rate in interest.rates} | {payment.on for payment in payments}
    if day_count is DayCount.ACT_ACT:
        borders |= {date(year, 1, 1) for year in range(first.year + 1, last.year + 1)}
    starts = [first, *sorted(border for border in borders if first < border <= last), last + _DAY]
    for start, following in pairwise(starts):
        owed = principal - sum(payment.minor for payment in payments if payment.on <= start)
        days, year = _days(start, following, day_count)
        rate = interest.on(start)
        if owed > 0 and rate.percent > 0 and days > 0:
            minor = Fraction(owed) * Fraction(rate.percent) * days / (100 * year)
            yield Slice(start, following - _DAY, days, owed, rate.percent, minor)


def _days(start: date, following: date, day_count: DayCount) -> tuple[int, int]:
    """So many days, and how many make a year."""
    match day_count:
        case DayCount.ACT_365:
            return (following - start).days, 365
        case DayCount.ACT_ACT:
            return (following - start).days, (date(start.year + 1, 1, 1) - date(start.year, 1, 1)).days
        case DayCount.THIRTY_360:
            months = (following.year - start.year) * 12 + following.month - start.month
            return months * 30 + min(following.day, 30) - min(start.day, 30), 360
