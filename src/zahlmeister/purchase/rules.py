"""What a guarantor owes for a claim and when, what it covers, and what the law says of terms; pure, in minor units."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from zahlmeister.money.banking_days import next_banking_day

#: Unpaid claims are paid so many days after their capture, in any case.
GUARANTEE_DAYS = 30
#: The longest time that an authorisation may be good for.
LONGEST_VALIDITY = 120
#: Basis points of the whole.
_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Claim:
    """A captured claim in figures.

    `paid` is what the buyer has paid of it, to whomever; `direct` is the part that he paid to the merchant. Nothing of
    what was credited counts as paid. `is_guaranteed` says that the guarantor pays the rest, `is_taken_back` that the
    claim is the merchant's again.
    """

    gross: int
    credited: int = 0
    paid: int = 0
    direct: int = 0
    is_guaranteed: bool = False
    is_taken_back: bool = False

    @property
    def value(self) -> int:
        """What the buyer owes or owed in all."""
        return self.gross - self.credited

    @property
    def price(self) -> int:
        """What the guarantor owes for it in the end: its value, or no more than came in where it was taken back."""
        return min(self.value, self.paid) if self.is_taken_back else self.value

    @property
    def due(self) -> int:
        """What is due to the merchant by now: what was paid, or all of it; less what he has in his hands."""
        reached = self.value if self.is_guaranteed and not self.is_taken_back else min(self.value, self.paid)
        return reached - self.direct

    @property
    def is_whole(self) -> bool:
        """Whether nothing of its price is missing."""
        return self.due == self.price - self.direct


def guarantee_day(captured_on: date, weekday: int, days: int = GUARANTEE_DAYS) -> date:
    """The settlement that pays a claim nobody has paid: the last whose transfer arrives within so many days.

    Args:
        captured_on: the day of the capture.
        weekday: of the settlements, Monday is 1.
        days: the longest that the merchant waits for his money; a week and a day, or more.
    """
    last = captured_on + timedelta(days=days)
    day = last - timedelta(days=(last.isoweekday() - weekday) % 7)
    while next_banking_day(day) > last and day > captured_on:
        day -= timedelta(days=7)
    return max(day, captured_on)


def next_settlement(weekday: int, after: date) -> date:
    """The next weekday of settlements after a day; Monday is 1."""
    return after + timedelta(days=(weekday - after.isoweekday() - 1) % 7 + 1)


def settlement_after(weekday: int, due: date, today: date) -> date:
    """The settlement behind one that is made today: there is one for each week, also when the weekday has changed.

    Args:
        weekday: of the settlements from now on, Monday is 1.
        due: the day that is settled.
        today: which is later where days were missed; those are settled by one.
    """
    after = next_settlement(weekday, max(due, today))
    return after + timedelta(days=7) if week_of(after) == week_of(due) else after


def week_of(day: date) -> str:
    """The name of the week that a settlement is of: there is one for each."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def share(minor: int, basis_points: int) -> int:
    """A share in basis points, rounded half up."""
    return (minor * basis_points * 2 + _WHOLE) // (2 * _WHOLE)


@dataclass(frozen=True, slots=True)
class Carried:
    """What a settlement transfers, and what it leaves for the next one; below zero the merchant owes it."""

    transfer: int
    forward: int


def carry(brought: int, lines: int) -> Carried:
    """What was brought forward and the lines of a week: above zero it is transferred, below it is carried on."""
    total = brought + lines
    return Carried(max(total, 0), min(total, 0))


class Condition(StrEnum):
    """What a guarantee asks of the merchant; the stable word is what an ERP is told."""

    SHIPPED = "not_shipped"
    IN_TIME = "reported_late"
    NO_DISPUTE = "disputed"
    NO_RETURN = "return_announced"
    RETURN_IN_TIME = "return_reported_late"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a capture on the day on which its guarantee is looked at; days late are above zero when late."""

    needs_shipment: bool
    is_shipped: bool
    is_disputed: bool
    return_until: date | None
    reported_after_days: int
    report_within_days: int
    return_reported_after_days: int = 0
    return_within_days: int = 14


def unmet(about: Circumstances, today: date) -> Iterator[Condition]:
    """The conditions that are not met today; without one the guarantor pays."""
    if about.needs_shipment and not about.is_shipped:
        yield Condition.SHIPPED
    if about.reported_after_days > about.report_within_days:
        yield Condition.IN_TIME
    if about.is_disputed:
        yield Condition.NO_DISPUTE
    if about.return_until is not None and about.return_until >= today:
        yield Condition.NO_RETURN
    if about.return_reported_after_days > about.return_within_days:
        yield Condition.RETURN_IN_TIME


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a guarantor wants to carry: of one buyer, and in all; None is without end."""

    debtor: int | None
    total: int | None


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a guarantor carries: open claims, and what was promised and is not captured yet."""

    open: int
    reserved: int

    @property
    def sum(self) -> int:
        return self.open + self.reserved


class LimitReached(StrEnum):
    """Which limit an order does not fit in; the stable word of the reason."""

    DEBTOR = "debtor_limit"
    TOTAL = "guarantor_limit"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much more a guarantor would carry: of the buyer, and in all."""

    debtor: int
    total: int


def limit_reached(limits: Limits, *, debtor: Exposure, total: Exposure, more: Wanted) -> LimitReached | None:
    """Whether so much more is more than the guarantor wants to carry; less of anything is always carried."""
    if limits.debtor is not None and more.debtor > 0 and debtor.sum + more.debtor > limits.debtor:
        return LimitReached.DEBTOR
    if limits.total is not None and more.total > 0 and total.sum + more.total > limits.total:
        return LimitReached.TOTAL
    return None


class CreditLaw(StrEnum):
    """Why terms may be consumer credit (directive (EU) 2023/2225, applied from 20 November 2026)."""

    THIRD_PARTY = "third_party"
    TERM_TOO_LONG = "term_too_long"
    CHARGED = "charged"


#: A seller's own free deferral stays out of the directive up to so many days; that of a large online seller shorter.
_FREE_DAYS, _FREE_DAYS_LARGE = 50, 14


def credit_law(*, is_third_party: bool, term_days: int, is_large_seller: bool, is_charged: bool) -> list[CreditLaw]:
    """What makes an invoice's term a consumer credit, with checks and information that go with it.

    Art. 2 (2) (h) of the directive leaves out a deferral that the seller grants himself, free of charge but for limited
    costs of delay, and without a third party that offers or buys the credit, for 50 days (14 days for large sellers).
    """
    longest = _FREE_DAYS_LARGE if is_large_seller else _FREE_DAYS
    found = {
        CreditLaw.THIRD_PARTY: is_third_party,
        CreditLaw.TERM_TOO_LONG: term_days > longest,
        CreditLaw.CHARGED: is_charged,
    }
    return [law for law, applies in found.items() if applies]
