"""Since when is a debtor in default, and why? Fees and interest may be asked for from then on, and not before."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

#: § 286 (3) BGB: at the latest so many days after the invoice is due and has arrived.
_THIRTY_DAYS = timedelta(days=30)


class Reason(StrEnum):
    """What put the debtor in default."""

    AGREED_DAY = "agreed_day"  # § 286 (2) BGB, § 907a ABGB, Art. 102 (2) OR
    REMINDER = "reminder"  # § 286 (1) BGB, Art. 102 (1) OR
    THIRTY_DAYS = "thirty_days"  # § 286 (3) BGB


@dataclass(frozen=True, slots=True)
class Debt:
    """What decides on default.

    `due_is_agreed` means that the day stands in the contract; one that only the invoice names binds nobody in Germany.
    `thirty_days_told` means that the invoice or payment information pointed out the thirty days, without which they
    do not count against a consumer.
    """

    country: str
    is_business: bool
    due_on: date | None
    due_is_agreed: bool = False
    invoice_arrived_on: date | None = None
    thirty_days_told: bool = False
    reminded_on: date | None = None


@dataclass(frozen=True, slots=True)
class Default:
    """The first day in default, and why."""

    since: date
    reason: Reason


def in_default(debt: Debt) -> Default | None:
    """The earliest default; None when nothing has put the debtor in default so far."""
    if debt.due_on is None:
        return None
    found = [Default(since, reason) for since, reason in _ways(debt, debt.due_on) if since is not None]
    return min(found, key=lambda one: one.since, default=None)


def _ways(debt: Debt, due_on: date) -> list[tuple[date | None, Reason]]:
    day = timedelta(days=1)
    agreed = due_on + day if debt.due_is_agreed or debt.country == "AT" else None
    reminded = debt.reminded_on + day if debt.reminded_on is not None and debt.reminded_on >= due_on else None
    arrived = debt.invoice_arrived_on
    counts = debt.country == "DE" and arrived is not None and (debt.is_business or debt.thirty_days_told)
    thirty = max(due_on, arrived) + _THIRTY_DAYS + day if counts and arrived is not None else None
    return [(agreed, Reason.AGREED_DAY), (reminded, Reason.REMINDER), (thirty, Reason.THIRTY_DAYS)]
