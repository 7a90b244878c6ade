"""What stood in the books at an earlier moment, told from the rows that were only ever added."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from zahlmeister.history.models import Step
from zahlmeister.receivables.models import Allocation, OpenItem

_AT_ONCE = 500
#: Steps of an item after which money is asked for, or not.
_ASKED = {"opened": True, "reopened": True, "cancelled": False}


def were_open(merchant_id: int, asked: Iterable[tuple[int, datetime]]) -> set[tuple[int, datetime]]:
    """Which of these items owed something at these moments.

    Args:
        merchant_id: whose items.
        asked: item number and moment.

    An amount that the shop has changed since counts as it is today.
    """
    wanted = list(dict.fromkeys(asked))
    numbers = sorted({item for item, _ in wanted})
    totals = dict[int, int]()
    steps: dict[int, list[tuple[datetime, bool]]] = defaultdict(list)
    moves: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        totals.update(OpenItem.objects.filter(merchant_id=merchant_id, pk__in=some).values_list("pk", "total_minor"))
        _read_steps(merchant_id, some, steps)
        _read_moves(some, moves)
    return {
        (item, at)
        for item, at in wanted
        if item in totals and _is_asked(steps[item], at) and totals[item] > _paid(moves[item], at)
    }


def _read_steps(merchant_id: int, items: Sequence[int], steps: dict[int, list[tuple[datetime, bool]]]) -> None:
    rows = Step.objects.filter(merchant_id=merchant_id, subject="item", subject_id__in=items)
    for item, verb, at in rows.order_by("subject_id", "ordinal").values_list("subject_id", "verb", "at"):
        if verb in _ASKED:
            steps[item].append((at, _ASKED[verb]))


def _read_moves(items: Sequence[int], moves: dict[int, list[tuple[datetime, int]]]) -> None:
    rows = Allocation.objects.filter(item__in=items)
    for item, at, applied, waived, reverses in rows.values_list(
        "item_id", "at", "applied_minor", "waived_minor", "reverses_id"
    ):
        moves[item].append((at, (applied + waived) * (-1 if reverses else 1)))


def _is_asked(steps: Sequence[tuple[datetime, bool]], at: datetime) -> bool:
    """Whether the last thing said until then was that the order is to be paid."""
    return next((asked for when, asked in reversed(steps) if when <= at), False)


def _paid(moves: Sequence[tuple[datetime, int]], at: datetime) -> int:
    return sum(minor for when, minor in moves if when < at)
