"""How much may go back, when, and when it is collected: pure, all amounts in minor units."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from zahlmeister.money.amount import Amount
from zahlmeister.money.banking_days import Calendar, banking_day
from zahlmeister.refusals import Refused

#: At most so many times the order goes back, unless more was paid.
TIMES_THE_ORDER = 2
#: A refund does not wait longer than this, in days.
LONGEST_WAIT = 60
THURSDAY = 4


class AboveLimit(Refused):
    """More is asked for than may go back."""


class GoneBack(StrEnum):
    """How much of a paid order has gone back. What came too much and went back is no part of the order."""

    PART = "refunded_part"
    ALL = "refunded"


def gone_back(of_order: int, total: int) -> GoneBack | None:
    """How much of an order has gone back; None when nothing has.

    Args:
        of_order: what refunds that a statement shows were taken from the order itself.
        total: the order.
    """
    if of_order <= 0:
        return None
    return GoneBack.ALL if of_order >= total else GoneBack.PART


class Rhythm(StrEnum):
    """How often due refunds are collected from the merchant's own account: in a week, or each by itself."""

    WEEKLY = "weekly"
    TWICE = "twice"
    EACH = "each"


@dataclass(frozen=True, slots=True)
class Limit:
    """What may go back in all, and what earlier refunds have taken of it.

    `granted` is what of the order was paid with credit that the merchant had granted: it is no money.
    """

    currency: str
    most: int
    earlier: int
    granted: int = 0

    @property
    def left(self) -> int:
        return max(self.most - self.earlier, 0)

    def check(self, minor: int) -> None:
        """Make sure that so much may go back.

        Raises:
            AboveLimit: it may not; the sentence says how much may.
        """
        if minor <= 0:
            raise AboveLimit("An amount above zero is needed to send back.")
        if minor > self.left:
            left, most = Amount(self.left, self.currency), Amount(self.most, self.currency)
            if self.granted:
                granted = Amount(self.granted, self.currency)
                raise AboveLimit(f"{granted} were paid with granted credit and never go back as money; {left} may.")
            raise AboveLimit(f"At most {left} may still go back; of {most} in all, earlier refunds count.")


def limit_of_order(
    currency: str, *, total: int, paid: int, earlier: int, gone_back: int = 0, only_paid: bool = False
) -> Limit:
    """What may go back for an order: twice its amount, or what was paid if that is more.

    Args:
        currency: of the order.
        total: the order's amount.
        paid: what was paid on it.
        earlier: the sum of its refunds that were not cancelled.
        gone_back: of its payments that were taken back and sent back; what is paid may go back nevertheless.
        only_paid: nothing beyond what was paid, as merchants may have it for refunds that their shop asks for.
    """
    most = paid if only_paid else max(TIMES_THE_ORDER * max(total, 0) - gone_back, paid)
    return Limit(currency, most, earlier)


def limit_of_money(currency: str, *, paid: int, granted: int, earlier: int) -> Limit:
    """What may go back for an order of which something was paid with granted credit: what was paid in money."""
    return Limit(currency, max(paid - granted, 0), earlier, granted)


def due_on(asked_on: date, days: int, *, in_banking_days: bool, currency: str) -> date:
    """The day on which a refund leaves unless the buyer confirms the account before."""
    if not days:
        return asked_on
    if in_banking_days:
        return banking_day(asked_on, later=days, calendar=calendar_of(currency))
    return asked_on + timedelta(days=days)


def calendar_of(currency: str) -> Calendar:
    """The banking days of a currency."""
    return Calendar.SWISS if currency == "CHF" else Calendar.TARGET


@dataclass(frozen=True, slots=True)
class Split:
    """What a refund is taken from: what the order was overpaid by first, then the order itself."""

    of_surplus: int
    of_order: int


def slot(day: date, rhythm: Rhythm) -> tuple[int, int, int]:
    """The time in which is collected once: a week, or a half of one from Monday and from Thursday."""
    year, week, weekday = day.isocalendar()
    return year, week, int(rhythm is Rhythm.TWICE and weekday >= THURSDAY)


def split(minor: int, surplus: int) -> Split:
    """A refund, by what it is taken from."""
    of_surplus = min(minor, surplus)
    return Split(of_surplus, minor - of_surplus)


def netted(surplus: int, *, of_order: int, total_then: int, total_now: int, netted_before: int) -> int:
    """How much of a surplus is no surplus: the order became smaller, and the refund had given that back before.

    Args:
        surplus: what the order seems to be overpaid by.
        of_order: the part of its refunds that was taken from the order itself.
        total_then: the highest amount it had when a refund was promised.
        total_now: its amount now.
        netted_before: what was found in this way before.
    """
    smaller = total_then - total_now - netted_before
    return max(min(surplus, of_order, smaller), 0)


def reference(number: int) -> str:
    """What a refund is called towards buyers, shops and banks."""
    return f"ZMR{number:08d}"


def said_in_transfer(number: int, order_number: str, shop: str) -> str:
    """The text of the transfer: what it is, for which order, and who sends it. At most 140 characters."""
    parts = ("Rueckerstattung", reference(number), order_number, shop) if order_number else ("Rueckzahlung", shop)
    return " ".join(" ".join(part.split()) for part in parts if part)[:140]
