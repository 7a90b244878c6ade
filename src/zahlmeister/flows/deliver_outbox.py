"""Deliver the outbox: claim what is due for one receiver, tell it outside any transaction, note what became of it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.db import OperationalError, transaction

from zahlmeister.flows import deliver_letter, deliver_mail, tell_agency, tell_of_money, tell_people
from zahlmeister.flows.call_programs import call_programs
from zahlmeister.flows.centre import deliver as deliver_centre
from zahlmeister.flows.centre import tell as tell_centre
from zahlmeister.flows.erps import tell_erp
from zahlmeister.flows.tell_shop import tell_shops
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.ids import new_id
from zahlmeister.outbox.deliver import PATIENCE, claim, put_off, settle
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import NEXT_MESSAGE, Done, Later, MessageState, Outcome
from zahlmeister.receivables import tidings
from zahlmeister.refusals import Refused, Unreachable

INTERNAL = "An error inside Zahlmeister keeps this from being told; it is tried again. Please report it."

Clock = Callable[[], datetime]
#: Tells messages of one receiver, oldest first, and says of each what became of it. `Unreachable`: of none anything.
Deliverer = Callable[[Sequence[Message]], Sequence[Outcome]]

#: Channel → who delivers it.
DELIVERERS: dict[str, Deliverer] = {
    "mail": deliver_mail.deliver,
    "letter": deliver_letter.deliver,
    "shop": tell_shops,
    "webhook": call_programs,
    "agency": tell_agency.deliver,
    tell_erp.CHANNEL: tell_erp.deliver,
    tidings.CHANNEL: tell_of_money.deliver,
    tell_people.CHANNEL: tell_people.deliver,
    tell_centre.CHANNEL: deliver_centre.deliver,
}


def deliver_next(*, clock: Clock, deliverers: Mapping[str, Deliverer] = DELIVERERS) -> list[Message] | None:
    """A worker's turn: deliver what is due for one receiver; None when nothing is due."""
    messages = claim(clock(), channels=deliverers)
    if not messages:
        return None
    try:
        outcomes = _told(deliverers[messages[0].channel], messages)
    except Unreachable as away:
        outcomes = [Later(str(away))] * len(messages)
        put_off(messages, at=clock())
    for message, outcome in zip(messages, outcomes, strict=True):
        _note(message, outcome, clock())
    return messages


def replay(merchant_id: int, message_id: int, *, by: str, at: datetime) -> None:
    """A person has a message tried anew that could not be delivered.

    Raises:
        Refused: it is not stuck, or something newer about the same subject has been delivered meanwhile.
    """
    with transaction.atomic(durable=True):
        message = _message(merchant_id, message_id)
        newer = Message.objects.filter(
            merchant_id=merchant_id, channel=message.channel, subject=message.subject, id__gt=message.pk
        )
        if newer.filter(state=MessageState.DELIVERED).exists():
            raise Refused("Something newer about the same subject was delivered since; this one would be out of date.")
        _move(message, MessageState.WAITING, due_at=at, give_up_at=at + PATIENCE, token=new_id(), ended_at=None)
        record(merchant_id, [Happened("message", message.pk, "replayed", by)], at=at)


def replay_all(merchant_id: int, *, channel: str, group: str, by: str, at: datetime) -> int:
    """A person has everything tried anew that one receiver could not be told.

    Returns:
        How many messages are tried; one that something newer has overtaken stays.
    """
    stuck = Message.objects.filter(
        merchant_id=merchant_id, channel=channel, group=group, state=MessageState.STUCK
    ).order_by("id")
    tried = 0
    for message_id in stuck.values_list("id", flat=True):
        try:
            replay(merchant_id, message_id, by=by, at=at)
        except Refused:
            continue
        tried += 1
    return tried


def let_go(merchant_id: int, message_id: int, *, by: str, at: datetime, why: str = "") -> None:
    """A person decides that a message that could not be delivered is not needed.

    Raises:
        Refused: it is not stuck.
    """
    with transaction.atomic(durable=True):
        message = _message(merchant_id, message_id)
        if message.state != MessageState.STUCK:
            raise Refused("Only a message that could not be delivered can be let go; look again.")
        _move(message, MessageState.DROPPED, ended_at=at)
        record(merchant_id, [Happened("message", message.pk, "let_go", by, why)], at=at)


def _told(deliver: Deliverer, messages: Sequence[Message]) -> Sequence[Outcome]:
    """Tell messages together. One that nobody knows how to tell is found by telling each alone, and keeps none back."""
    try:
        return deliver(messages)
    except (Unreachable, OperationalError):  # the far side or the database is away: no message's fault
        raise
    except Exception as bug:
        if len(messages) > 1:
            return [outcome for message in messages for outcome in _told(deliver, [message])]
        logging.getLogger(__name__).exception("Message %s could not be told.", messages[0].pk)
        return [Later(f"{INTERNAL} ({type(bug).__name__}: {bug})")]


def _note(message: Message, outcome: Outcome, at: datetime) -> None:
    with transaction.atomic(durable=True):
        if settle(message, outcome, at=at) is MessageState.STUCK and not isinstance(outcome, Done):
            record(message.merchant_id, [Happened("message", message.pk, "stuck", "system", outcome.why)], at=at)


def _message(merchant_id: int, message_id: int) -> Message:
    message = Message.objects.filter(merchant_id=merchant_id, pk=message_id).first()
    if message is None:
        raise Refused("There is no such message; look again.")
    return message


def _move(message: Message, state: MessageState, **changes: object) -> None:
    before = MessageState(message.state)
    mine = Message.objects.filter(pk=message.pk, state=before)
    if state not in NEXT_MESSAGE[before] or not mine.update(state=state, **changes):
        raise Refused(f"The message is {before.label} and cannot become {state.label}; look again.")
