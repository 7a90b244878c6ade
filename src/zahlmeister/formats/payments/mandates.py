"""The leave to collect: mandates, what changed about them, and the days a collection must keep."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from zahlmeister.formats.payments.checks import LONGEST_NAME, check_creditor_id, check_iban, check_id
from zahlmeister.formats.payments.letters import Speller
from zahlmeister.money.banking_days import banking_day, is_banking_day
from zahlmeister.refusals import Refused

#: A mandate that was not used for so many months has lapsed (SEPA rulebooks, core and B2B).
LAPSE_MONTHS = 36
#: The debtor is told so many days before, unless a shorter time was agreed with them (SEPA core rulebook).
NOTICE_DAYS = 14


class Scheme(StrEnum):
    """For whom: anybody, with eight weeks to ask the money back; or companies, which cannot ask it back."""

    CORE = "CORE"
    COMPANIES = "B2B"


class Sequence(StrEnum):
    """Which use of the mandate. Since November 2016 the first one may be sent as RCUR like the following."""

    FIRST = "FRST"
    RECURRENT = "RCUR"
    ONLY = "OOFF"
    LAST = "FNAL"


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a mandate was before it was changed; sent once, with the first collection after the change.

    Of the debtor's account either the old IBAN is told, or only that it is another account (`is_other_account`).
    """

    mandate_id: str | None = None
    creditor_id: str | None = None
    creditor_name: str | None = None
    iban: str | None = None
    is_other_account: bool = False

    def __post_init__(self) -> None:
        if not (self.mandate_id or self.creditor_id or self.creditor_name or self.iban or self.is_other_account):
            raise Refused("An amendment says what changed: mandate, creditor id, creditor's name or debtor's account.")
        if self.iban is not None and self.is_other_account:
            raise Refused("An amendment tells the old IBAN or only that the account is another one, not both.")
        if self.mandate_id is not None:
            check_id(self.mandate_id, "former mandate id")
        if self.creditor_id is not None:
            check_creditor_id(self.creditor_id, "before the change")
        if self.iban is not None:
            check_iban(self.iban, "account before the change")

    def spelled(self, speller: Speller, own: str) -> "Amendment":
        """The former name in the bank's letters."""
        if self.creditor_name is None:
            return self
        return replace(self, creditor_name=speller(self.creditor_name, f"former creditor name of {own}", LONGEST_NAME))


@dataclass(frozen=True, slots=True)
class Mandate:
    """The debtor's leave to collect; its id is unique for one creditor, whatever its case."""

    mandate_id: str
    signed_on: date
    amendment: Amendment | None = None

    def __post_init__(self) -> None:
        check_id(self.mandate_id, "mandate id")


@dataclass(frozen=True, slots=True)
class CutOff:
    """Until when a bank takes direct debits: so many banking days before the collection, and the local time.

    The schemes ask for one day, core and B2B alike; the time of day is each bank's own.
    """

    until: time = time(10, 0)
    days: int = 1


def earliest_collection(handed_in_at: datetime, cut_off: CutOff) -> date:
    """The first day on which a file handed in then can still be collected.

    Args:
        handed_in_at: in the local time of the bank.
        cut_off: what the bank asks for.
    """
    day = handed_in_at.date()
    is_late = is_banking_day(day) and handed_in_at.time() > cut_off.until
    return banking_day(day, cut_off.days + is_late)


def latest_notice(collect_on: date, notice_days: int = NOTICE_DAYS) -> date:
    """The last day on which the debtor may be told of the collection."""
    return collect_on - timedelta(days=notice_days)


def earliest_after_notice(told_on: date, notice_days: int = NOTICE_DAYS) -> date:
    """The first banking day on which may be collected after the debtor was told."""
    return banking_day(told_on + timedelta(days=notice_days))


def lapses_on(last_used_on: date) -> date:
    """The day from which a mandate that was last used (or signed) then may not be used any more."""
    year = last_used_on.year + LAPSE_MONTHS // 12
    if (last_used_on.month, last_used_on.day) == (2, 29):
        return date(year, 3, 1)
    return last_used_on.replace(year=year)
