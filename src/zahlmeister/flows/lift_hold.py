"""Let a house that was put back from a copy send again: every kind of message that waits is sent or let go, by name."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Count, Max, Min, Sum

from zahlmeister.banking.models import BankAccount, BankTransaction
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.outbox.hold import Hold, held, lift
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.states import RefundState
from zahlmeister.refusals import Refused

_AT_ONCE = 500
#: Refunds that leave by themselves once they may.
_LEAVING = (RefundState.PLANNED, RefundState.SHORT, RefundState.COLLECTING)


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many messages of a channel wait, written between these two moments."""

    channel: str
    count: int
    oldest: datetime
    newest: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """How far an account is known, and what left it after the copy was made and belongs to no transfer of ours."""

    name: str
    known_until: str
    unknown_count: int
    unknown_minor: int
    currency: str


def waiting() -> Sequence[Waiting]:
    """What would be told as soon as the hold is lifted, by channel."""
    rows = Message.objects.filter(state=MessageState.WAITING).values_list("channel")
    counted = rows.annotate(Count("pk"), Min("created_at"), Max("created_at")).order_by("channel")
    return [Waiting(*row) for row in counted]


def refunds_to_leave() -> int:
    """How many refunds would be executed."""
    return Refund.objects.filter(state__in=_LEAVING).count()


def accounts(hold: Hold) -> Iterator[Account]:
    """Each account from which money of ours leaves: how far its statements reach, and what they show."""
    paying = PaymentOrder.objects.order_by().values("account")
    for account in BankAccount.objects.filter(pk__in=paying).order_by("pk"):
        entries = BankTransaction.objects.filter(account=account)
        left = entries.filter(amount_minor__lt=0, booked_on__gte=hold.since.date())
        ours = PaymentOrder.objects.filter(transaction__isnull=False)
        unknown = left.exclude(pk__in=ours.values("transaction")).aggregate(Count("pk"), Sum("amount_minor"))
        until = entries.aggregate(until=Max("booked_on"))["until"]
        yield Account(
            account.number,
            str(until or ""),
            unknown["pk__count"],
            -(unknown["amount_minor__sum"] or 0),
            account.currency,
        )


def lift_hold(home: Path, *, send: Collection[str], drop: Collection[str], by: str, at: datetime) -> int:
    """Let go what waits on the channels of `drop`, then let everything else leave. Done again, it does the rest.

    Args:
        home: the installation's folder.
        send: channels whose messages go out although the far side may know them already.
        drop: channels whose messages are not sent.
        by: who decided.
        at: now.

    Returns:
        How many messages were let go.

    Raises:
        Refused: nothing is held, a channel was named twice, or messages wait on one that was not named.
    """
    if held(home) is None:
        raise Refused("Nothing is held here; what is due leaves.")
    if both := sorted(set(send) & set(drop)):
        raise Refused(f"{', '.join(both)} cannot both be sent and be let go; name each once.")
    if left := sorted({each.channel for each in waiting()} - {*send, *drop}):
        raise Refused(f"Messages wait for {', '.join(left)}; say --send or --drop for each. Nothing was changed.")
    dropped = 0
    while count := _drop_some(drop, by, at):
        dropped += count
    lift(home, at)
    return dropped


def _drop_some(channels: Collection[str], by: str, at: datetime) -> int:
    """Let go up to so many messages of one merchant."""
    rows = Message.objects.filter(state=MessageState.WAITING, channel__in=channels).order_by("merchant_id", "id")
    first = rows.first()
    if first is None:
        return 0
    with transaction.atomic(durable=True):
        lock(first.merchant_id)
        ids = list(rows.filter(merchant=first.merchant).values_list("pk", flat=True)[:_AT_ONCE])
        Message.objects.filter(pk__in=ids, state=MessageState.WAITING).update(
            state=MessageState.DROPPED, ended_at=at, lease_until=None
        )
        why = "It may have been told after the copy was made that this house was put back from."
        record(first.merchant_id, [Happened("message", pk, "let_go", by, why) for pk in ids], at=at)
    return len(ids)
