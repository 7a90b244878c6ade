"""What is decided about a shop that is read again and again: pure figures, told the time."""

from datetime import datetime, timedelta

#: The wait after the first failure; it doubles with every further one, up to the longest.
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
#: Where trying again is of little use (a wrong password), it is not tried more often than this.
LASTING_RETRY = timedelta(hours=1)
#: A shop that has not answered for so long is switched off until a person looks.
PATIENCE = timedelta(days=14)

#: So many orders may be missing at once without anybody wondering …
FEW_MISSING = 5
#: … and this share of them in percent, when they are more.
SHARE_MISSING = 30


def is_suspicious(*, known: int, missing: int, confirmed: int = 0) -> bool:
    """Whether a list of open orders is too short to be believed: so many of the known ones are not on it.

    A shop whose status was renamed, or whose module was switched off, answers with a short list or an empty one.
    Believing it would stop asking for everything. `confirmed` missing ones were said to be right by a person.
    """
    if missing <= confirmed:
        return False
    if missing == known:
        return known > FEW_MISSING // 2
    return missing > FEW_MISSING and missing * 100 > known * SHARE_MISSING


def next_try(*, failures: int, after: int | None, is_lasting: bool) -> timedelta:
    """How long to leave a shop alone after so many failures before this one; `after` is its own wish in seconds."""
    doubled: timedelta = FIRST_RETRY * 2 ** min(failures, 20)
    wait = min(doubled, LONGEST_RETRY)
    wanted = timedelta(seconds=after or 0)
    return max(wait, wanted, LASTING_RETRY if is_lasting else timedelta())


def is_given_up(*, troubled_since: datetime | None, at: datetime) -> bool:
    """Whether a shop has been away for too long to be tried any more."""
    return troubled_since is not None and at - troubled_since >= PATIENCE
