"""When an instant order could not go as such: whether the ordinary transfer may take its place."""

from zahlmeister.formats.payments.reasons import Remedy
from zahlmeister.formats.payments.status import Standing, StatedReason, Verdict

#: Beside what may be tried again later: the creditor's bank cannot be reached this way, or the amount is above what
#: the instant scheme or the bank allows for it. An account that is closed or wrong stays so at any speed.
_ONLY_AS_INSTANT = {"AGNT", "AM02", "CNOR"}


def may_go_ordinary(verdict: Verdict) -> bool:
    """Whether the bank has definitely rejected an instant order, and only because it was to be instant.

    Of what timed out without an answer nothing is known, and it could be paid twice; a rejection without a reason may
    have any.
    """
    return (
        verdict.standing is Standing.REJECTED
        and bool(verdict.reasons)
        and all(_is_about_instant(each) for each in verdict.reasons)
    )


def _is_about_instant(stated: StatedReason) -> bool:
    return stated.known.transfer is Remedy.RETRY or stated.code in _ONLY_AS_INSTANT
