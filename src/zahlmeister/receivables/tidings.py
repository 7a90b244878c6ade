"""The money of an order has changed its state: whoever wants to hear of it is told, a little later.

The message is written together with the books and waits some minutes, so that nobody is told of what a clerk takes
back at once. Who is told of what is decided when it goes out, by the figures as they are then.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from zahlmeister.merchants.ids import new_ids
from zahlmeister.merchants.insert import has_rows
from zahlmeister.merchants.models import NoticeRule
from zahlmeister.outbox.write import Said, drop, tell
from zahlmeister.receivables.states import ItemState

CHANNEL = "tidings"
#: So long a change has to stand before anybody hears of it.
PATIENCE = timedelta(minutes=10)
_WORTH_TELLING = (ItemState.PART_PAID, ItemState.PAID, ItemState.CANCELLED)


def subject_of(item_id: int) -> str:
    """Under which messages about an item stand."""
    return f"item:{item_id}"


def notify(merchant_id: int, moved: Mapping[int, tuple[str, str]], *, at: datetime) -> None:
    """Write down the changes that somebody may want to hear of, inside the caller's transaction.

    Args:
        merchant_id: whose items.
        moved: item → its state before and now; what is new has had none.
        at: now.
    """
    changed = {item: states for item, states in moved.items() if states[0]}
    if not changed or not has_rows(NoticeRule, merchant_id):
        return
    said = []
    for (item, (before, now)), number in zip(changed.items(), new_ids(len(changed)), strict=True):
        if before in _WORTH_TELLING:
            drop(merchant_id, channel=CHANNEL, subject=subject_of(item), at=at, why="overtaken")
        if now in _WORTH_TELLING:
            payload = {"item": item, "before": before, "now": now}
            said.append(Said(CHANNEL, subject_of(item), f"item:{item}:{now}:{number}", payload, due_at=at + PATIENCE))
    tell(merchant_id, said, at=at)
