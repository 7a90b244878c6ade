"""What a mandate allows, and on which days a collection may be made; pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from zahlmeister.formats.payments.mandates import (
    CutOff,
    Sequence,
    earliest_after_notice,
    earliest_collection,
    lapses_on,
    latest_notice,
)
from zahlmeister.money.banking_days import banking_day
from zahlmeister.refusals import Refused

#: Banks take a file so many days before the collection at most (SEPA core rulebook).
MOST_DAYS_AHEAD = 14


@dataclass(frozen=True, slots=True)
class Leave:
    """A mandate as far as collecting is concerned. `last_used_on` is the day of its last collection."""

    reference: str
    signed_on: date
    last_used_on: date | None = None
    revoked_on: date | None = None
    is_once: bool = False
    is_ended: bool = False  # by its last collection

    @property
    def lapses_on(self) -> date:
        """The day from which it may not be used any more."""
        return lapses_on(self.last_used_on or self.signed_on)


def check_leave(leave: Leave, collect_on: date, *, others: int) -> None:
    """Make sure that a mandate allows a collection on that day.

    Args:
        leave: the mandate.
        collect_on: the day.
        others: how many other collections of it stand or were made.

    Raises:
        Refused: it does not; the sentence says why.
    """
    own = f"Mandate {leave.reference}"
    if leave.revoked_on is not None:
        raise Refused(f"{own} was revoked on {leave.revoked_on}; a new one must be signed.")
    if leave.signed_on > collect_on:
        raise Refused(f"{own} is signed on {leave.signed_on}, after the day of collection.")
    if leave.lapses_on <= collect_on:
        raise Refused(f"{own} has lapsed on {leave.lapses_on}, unused for 36 months; a new one must be signed.")
    if leave.is_ended or (leave.is_once and others):
        raise Refused(f"{own} was used for the last time; a new one must be signed.")


def sequence(leave: Leave, *, is_last: bool, was_handed_in: bool) -> Sequence:
    """How a collection is called in the file: the only one, the last, the first, or one of several."""
    if leave.is_once:
        return Sequence.ONLY
    if is_last:
        return Sequence.LAST
    return Sequence.RECURRENT if was_handed_in else Sequence.FIRST


def tell_by(collect_on: date, notice_days: int) -> date:
    """The last day on which the debtor may be told."""
    return latest_notice(collect_on, notice_days)


def day_after_notice(wanted: date, told_on: date, notice_days: int) -> date:
    """The day of collection once the debtor was told: as wanted, but a banking day, and the notice is kept."""
    return max(banking_day(wanted), earliest_after_notice(told_on, notice_days))


def day_in_file(collect_on: date, handed_in_at: datetime) -> date | None:
    """The day to ask for in a file made now: as agreed, or the first possible one; None while it is too early."""
    earliest = earliest_collection(handed_in_at, CutOff())
    if collect_on > handed_in_at.date() + timedelta(days=MOST_DAYS_AHEAD):
        return None
    return banking_day(max(collect_on, earliest))
