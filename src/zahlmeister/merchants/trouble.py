"""What a worker cannot do for one row does not keep it from the rows behind.

A row at which the work breaks off unexpectedly rests, longer after each failure, and is tried again: its fault may be
ours and mended by then. What is refused in a sentence is an answer and no trouble; the work itself deals with that.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import F, QuerySet

from zahlmeister.merchants.models import Merchant, Owned, Trouble

Row = TypeVar("Row", bound=Merchant | Owned)

#: How long a row rests after its first failure; after each further one twice as long.
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(hours=6)


def take_first(turn: str, rows: QuerySet[Row], work: Callable[[Row], object], *, at: datetime) -> Row | None:
    """Work on the first of these rows that does not rest.

    Args:
        turn: names the work; the same everywhere it is done.
        rows: those that wait for it, in the order in which they are to be taken.
        work: what is to be done with one.
        at: now.

    Returns:
        The row; None when there is none.

    Raises:
        Exception: whatever stopped the work; it is noted, and the row rests.
    """
    row = awake(turn, rows, at=at).first()
    if row is None:
        return None
    try:
        work(row)
    except Exception as trouble:
        _note(turn, row, trouble, at)
        raise
    Trouble.objects.filter(turn=turn, row=row.pk).delete()
    return row


#: In what order merchants are taken whose work takes long and may be done twice: in none, so that workers who begin at
#: the same moment begin with different ones, and n of them share a night. Nobody claims anything, so nobody who dies
#: keeps a merchant from his turn; the last few may be done by two.
BY_CHANCE = "?"


def awake(turn: str, rows: QuerySet[Row], *, at: datetime) -> QuerySet[Row]:
    """Those of these rows that do not rest after a failure of this turn, and whose merchant is not moving."""
    resting = Trouble.objects.filter(turn=turn, look_at__gt=at)
    return staying(rows.exclude(pk__in=resting.values("row")))


def staying(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Those of these rows whose merchant is not moving to another cell; nothing of one who moves can be written."""
    moving = Merchant.objects.exclude(moving_to="").values("pk")
    whose = "pk__in" if rows.model is Merchant else "merchant__in"
    return rows.exclude(**{whose: moving})


def _note(turn: str, row: Merchant | Owned, trouble: Exception, at: datetime) -> None:
    told = f"{type(trouble).__name__}: {trouble}"[:400]
    whose = row.pk if isinstance(row, Merchant) else row.merchant_id
    known, _new = Trouble.objects.get_or_create(merchant_id=whose, turn=turn, row=row.pk, defaults={"look_at": at})
    rest = min(FIRST_REST * 2 ** min(known.failures, 16), LONGEST_REST)
    Trouble.objects.filter(pk=known.pk).update(failures=F("failures") + 1, look_at=at + rest, what=told)
