"""Write down what has to be told, in the transaction in which it became true."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from zahlmeister.merchants.insert import insert
from zahlmeister.outbox.deliver import PATIENCE, free
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState


@dataclass(frozen=True, slots=True)
class Said:
    """A message to be written; see `outbox.models.Message`. Without `due_at` it goes out at once."""

    channel: str
    subject: str
    key: str
    payload: dict[str, Any] = field(default_factory=dict)
    group: str = ""
    due_at: datetime | None = None


def tell(merchant_id: int, messages: Sequence[Said], *, at: datetime) -> None:
    """Write messages, inside the caller's transaction. One whose key is written already is passed over."""
    rows = [
        Message(
            merchant_id=merchant_id,
            channel=said.channel,
            group=said.group,
            subject=said.subject,
            key=said.key,
            payload=said.payload,
            due_at=said.due_at or at,
            give_up_at=(said.due_at or at) + PATIENCE,
            created_at=at,
        )
        for said in messages
    ]
    insert(rows, ignore_conflicts=True)


def drop(merchant_id: int, *, channel: str, subject: str, at: datetime, why: str) -> int:
    """Take back what was not told yet, because it is not true or not wanted any more.

    What a worker is delivering at this moment stays.

    Returns:
        How many messages were taken back.
    """
    waiting = Message.objects.filter(
        free(at), merchant_id=merchant_id, channel=channel, subject=subject, state=MessageState.WAITING
    )
    return waiting.update(state=MessageState.DROPPED, error=why, ended_at=at)
