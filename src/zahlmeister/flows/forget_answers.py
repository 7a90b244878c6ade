"""What programs were answered is kept for a week, so that a call that comes again is answered as before."""

from collections.abc import Callable
from datetime import datetime

from zahlmeister.programs.writes import forget_answers

Clock = Callable[[], datetime]


def forget_answers_next(*, clock: Clock) -> int | None:
    """A worker's turn: forget some answers whose time is over; None when there are none."""
    return forget_answers(at=clock()) or None
