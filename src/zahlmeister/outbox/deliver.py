"""Who delivers which messages: claimed for a while, told outside any transaction, and marked under the claim.

The messages of one merchant, channel and group are claimed together, and while a worker holds some of them no other
one takes more: a shop is spoken to by one worker at a time, and one that is away costs one time-out and not hundreds.
"""

import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.trouble import staying
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import Done, Later, MessageState, Never, Outcome
from zahlmeister.refusals import Refusal

LEASE = timedelta(minutes=10)
#: Messages told one by one are begun for so long, so that the last of them is told before the claim ends.
IN_HAND = LEASE / 4
#: What was not begun by then is due again after this.
_NEXT_TURN = timedelta(seconds=1)
#: The wait after the first failure; it doubles with every further one, up to the longest.
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
#: So long a message is tried before a person has to look.
PATIENCE = timedelta(days=7)
#: What is kept as answer of a message that was tried for so long: the far side was away and said nothing about it.
_UNHEARD = {"heard": "unheard"}
_WAITING = MessageState.WAITING


def free(at: datetime) -> Q:
    """The condition that no worker holds a message."""
    return Q(lease_until__isnull=True) | Q(lease_until__lte=at)


def claim(at: datetime, *, channels: Collection[str], most: int = 50) -> list[Message]:
    """Take the messages that have been due the longest, all of one merchant, channel and group, oldest first.

    A message whose elder sibling (the same subject on the same channel) still waits is not taken. Nothing is taken when
    nothing is due, or when somebody else was quicker.
    """
    first = staying(_due(at).filter(channel__in=channels)).order_by("due_at", "id").first()
    if first is None:
        return []
    together = _due(at).filter(merchant_id=first.merchant_id, channel=first.channel, group=first.group)
    wanted = list(together.order_by("id").values_list("id", flat=True)[:most])
    token = new_id()
    Message.objects.filter(free(at), id__in=wanted, state=_WAITING).update(token=token, lease_until=at + LEASE)
    return list(Message.objects.filter(id__in=wanted, token=token).select_related("merchant").order_by("id"))


def claimed_at(message: Message) -> datetime:
    """When a message in hand was claimed, which is as good as now for whoever delivers it."""
    assert message.lease_until is not None, "only what is claimed is delivered"
    return message.lease_until - LEASE


def one_by_one(
    messages: Sequence[Message], tell: Callable[[Message], Outcome], *, moment: Callable[[], float] = time.monotonic
) -> list[Outcome]:
    """Tell claimed messages one after the other while the claim is sure to hold; the others wait for the next turn.

    When a claim ends, another worker takes its messages, and what is told then is told twice.

    Args:
        messages: of one claim.
        tell: tells one.
        moment: seconds on a clock that only goes forward.
    """
    end = moment() + IN_HAND.total_seconds()
    not_begun = Later("The messages before it took long; it is told in the next turn.", _NEXT_TURN)
    return [tell(message) if moment() < end else not_begun for message in messages]


def while_somebody_answers(
    messages: Sequence[Message], tell: Callable[[Message], Outcome], *, after: timedelta | None = None
) -> list[Outcome]:
    """Tell claimed messages to one far side that may hang up now and then.

    Whoever has just answered is not away: a line that breaks then keeps back only what it broke. One that breaks at
    first, or twice in a row, says that nobody is there, and what is left is not tried.

    Args:
        messages: of one claim.
        tell: tells one; a refusal that it raises says that nobody answered.
        after: how long whatever nobody answered to waits, see `Later`.
    """
    has_answered, away = False, ""

    def told(message: Message) -> Outcome:
        nonlocal has_answered, away
        if away:
            return Later(away, after)
        try:
            outcome = tell(message)
        except Refusal as refusal:
            away = "" if has_answered else str(refusal)
            has_answered = False
            return Later(str(refusal), after)
        has_answered = True
        return outcome

    return one_by_one(messages, told)


def settle(message: Message, outcome: Outcome, *, at: datetime) -> MessageState | None:
    """Note what became of an attempt.

    Returns:
        What has become of the message; None when another worker holds it by now, and nothing was noted.
    """
    tried = {"attempts": message.attempts + 1, "lease_until": None}
    match outcome:
        case Done(answer):
            return _move(message, MessageState.DELIVERED, answer=answer, error="", ended_at=at, **tried)
        case Later(why, after) if (due_at := at + (after or retry_after(message.attempts))) < message.give_up_at:
            return _move(message, _WAITING, due_at=due_at, error=why, **tried)
        case Later(why):
            return _move(message, MessageState.STUCK, answer=_UNHEARD, error=why, ended_at=at, **tried)
        case Never(why):
            return _move(message, MessageState.STUCK, answer={}, error=why, ended_at=at, **tried)


def put_off(messages: Sequence[Message], *, at: datetime) -> None:
    """The far side is away: what else is due for it waits as long as these messages do."""
    first = messages[0]
    until = at + retry_after(min(message.attempts for message in messages))
    waiting = Message.objects.filter(
        free(at), merchant_id=first.merchant_id, channel=first.channel, group=first.group, state=_WAITING
    )
    waiting.filter(due_at__lt=until).update(due_at=until)


def hurry(merchant_id: int, *, channel: str, group: str, at: datetime) -> None:
    """The far side is back: what waits for it is due now, also what has waited for too long and it never heard of.

    What it refused stays with a person, and so does what something newer about the same subject has overtaken.
    """
    _hurry(Message.objects.filter(merchant_id=merchant_id, channel=channel, group=group), at=at)


def hurry_held(merchant_id: int, *, why: str, since: datetime, at: datetime) -> None:
    """What we held back ourselves for a reason that is gone is due now, also what has waited for too long.

    Args:
        merchant_id: whose.
        why: how the reason begins.
        since: what was written before stays with a person.
        at: now.
    """
    held = Message.objects.filter(merchant_id=merchant_id, error__startswith=why, created_at__gte=since)
    _hurry(held.filter(free(at)), at=at)


def _hurry(ours: QuerySet[Message], *, at: datetime) -> None:
    ours.filter(state=_WAITING, due_at__gt=at).update(due_at=at)
    newer = Message.objects.filter(
        merchant=OuterRef("merchant"), channel=OuterRef("channel"), subject=OuterRef("subject"), id__gt=OuterRef("id")
    )
    unheard = ours.filter(
        ~Exists(newer.filter(state=MessageState.DELIVERED)), state=MessageState.STUCK, answer=_UNHEARD
    )
    again = list(unheard.values_list("id", flat=True))
    Message.objects.filter(id__in=again, state=MessageState.STUCK).update(
        state=_WAITING, due_at=at, give_up_at=at + PATIENCE, token=new_id(), answer={}, ended_at=None
    )


def hurry_about(merchant_id: int, *, channel: str, subject: str, at: datetime) -> None:
    """What a message of this subject waited for is there: one that was tried before is due now."""
    waiting = Message.objects.filter(
        free(at), merchant_id=merchant_id, channel=channel, subject=subject, state=_WAITING
    )
    waiting.filter(due_at__gt=at, attempts__gt=0).update(due_at=at)


def retry_after(attempts: int) -> timedelta:
    """How long to wait after a failure that so many others came before."""
    wait: timedelta = FIRST_RETRY * 2 ** min(attempts, 20)
    return min(wait, LONGEST_RETRY)


def _move(message: Message, state: MessageState, **changes: Any) -> MessageState | None:
    mine = Message.objects.filter(pk=message.pk, token=message.token, state=_WAITING)
    return state if mine.update(state=state, **changes) else None


def _due(at: datetime) -> QuerySet[Message]:
    """Messages that may go out now."""
    elder = Message.objects.filter(
        merchant_id=OuterRef("merchant_id"),
        subject=OuterRef("subject"),
        channel=OuterRef("channel"),
        state=_WAITING,
        id__lt=OuterRef("id"),
    )
    return Message.objects.filter(free(at), ~Exists(elder), _nobody_else(at), state=_WAITING, due_at__lte=at)


def _nobody_else(at: datetime) -> Q:
    """The condition that no worker holds another message of the same group."""
    held = Message.objects.filter(
        merchant_id=OuterRef("merchant_id"),
        channel=OuterRef("channel"),
        group=OuterRef("group"),
        state=_WAITING,
        lease_until__gt=at,
    )
    return Q(~Exists(held))
