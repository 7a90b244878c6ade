"""Which fee a notice adds, and where courts would not follow."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from zahlmeister.dunning.law import fee_limit, flat_compensation
from zahlmeister.money.amount import Amount


class SentBy(StrEnum):
    """How a notice reaches its reader."""

    MAIL = "mail"
    LETTER = "letter"
    REGISTERED = "registered"


class FeeWarning(StrEnum):
    """Why a fee may not stand; the words for it are the office's."""

    FIRST_IS_FREE = "first_is_free"  # the notice that creates default cannot be damage from it
    MAIL_COSTS_NOTHING = "mail_costs_nothing"
    ONLY_PAPER_AND_POSTAGE = "only_paper_and_postage"
    ONLY_IN_PROPORTION = "only_in_proportion"
    ONLY_IF_AGREED = "only_if_agreed"
    UNKNOWN_LAW = "unknown_law"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a fee is asked for: the debtor's country, and whether the debtor was in default before it was sent."""

    country: str
    is_business: bool
    sent_by: SentBy
    was_in_default: bool


def fee_warnings(fee: Amount, notice: Notice) -> list[FeeWarning]:
    """Why this fee may not stand in the debtor's country; none when nothing is known against it."""
    if not fee:
        return []
    found = [] if notice.was_in_default else [FeeWarning.FIRST_IS_FREE]
    limit = fee_limit(
        notice.country, is_business=notice.is_business, sent_by=notice.sent_by.value, currency=fee.currency
    )
    if limit is not None:
        up_to, warning = limit
        return [*found, FeeWarning(warning)] if fee.minor > _minor(up_to, fee.currency).minor else found
    return found if notice.is_business and notice.country in _KNOWN else [*found, FeeWarning.UNKNOWN_LAW]


def flat_sum(country: str, currency: str, *, is_business: bool) -> Amount | None:
    """The flat compensation between businesses, to be offered and never added by itself; None where there is none."""
    found = flat_compensation(country, currency) if is_business else None
    return _minor(found[0], currency) if found else None


_KNOWN = frozenset({"DE", "AT", "CH"})


def _minor(amount: Decimal, currency: str) -> Amount:
    return Amount.parse(str(amount), currency)
