"""What a worker does by turns: each a little; one that fails stops no other, and none is asked more than it needs."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: Whoever waits in front of a page, or for a message, waits this long.
SOON = 0.5
#: What becomes due by the day or by the hour is looked for this often.
NOW_AND_THEN = 30
#: A turn that failed is left alone for so long; the others are not.
TROUBLED = 5

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Turn:
    """Something to be done, a little at a time.

    `take` returns None when there was nothing to do; then it is left alone for `rest` seconds.
    """

    take: Callable[[], object]
    rest: float = SOON
    again_at: float = 0


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of one worker.

    Args:
        turns: in the order in which they are taken.
        moment: seconds on a clock that only goes forward.
        passed_over: what says that somebody else does the work by now; told, and no trouble.
    """

    turns: Sequence[Turn]
    moment: Callable[[], float]
    passed_over: tuple[type[Exception], ...] = ()

    def once(self) -> bool:
        """Take every turn, whether it rests or not.

        Returns:
            Whether any had something to do.

        Raises:
            Exception: what stopped the first turn that failed, after the others were taken.
        """
        troubles: list[Exception] = []
        has_worked = [self._taken(turn, troubles.append) for turn in self.turns]
        if troubles:
            raise troubles[0]
        return any(has_worked)

    def round(self) -> bool:
        """Take every turn that does not rest; one that fails is logged, rests, and stops no other.

        Returns:
            Whether any had something to do.
        """
        rested = [turn for turn in self.turns if turn.again_at <= self.moment()]
        has_worked = [self._taken(turn, _told) for turn in rested]
        return any(has_worked)

    def _taken(self, turn: Turn, troubled: Callable[[Exception], None]) -> bool:
        try:
            has_worked = turn.take() is not None
        except self.passed_over as elsewhere:
            _log.warning("%s", elsewhere)
            return True
        except Exception as trouble:  # noqa: BLE001 - whatever it is, it is told, and the other turns go on
            troubled(trouble)
            turn.again_at = self.moment() + TROUBLED
            return False
        turn.again_at = 0 if has_worked else self.moment() + turn.rest
        return has_worked


def _told(trouble: Exception) -> None:
    _log.error("Something due could not be done.", exc_info=trouble)
