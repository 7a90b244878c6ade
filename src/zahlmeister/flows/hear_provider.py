"""Providers are heard: each call that proves to be theirs is kept once, and makes us look how the payment stands.

What a call says is not taken over. The provider is asked, and what it answers is kept move by move, each once, with all
that follows from it in one transaction. A call that comes twice, late, before another one or never therefore makes no
difference but for when we look: payments nobody called about are looked at by themselves, until they are over.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.timezone import localdate

from zahlmeister.connectors.providers.contract import Call, Found, Kind, Move, Seen, Standing
from zahlmeister.flows.spend_intent import spender_of
from zahlmeister.flows.spend_on_items import stop_going_back
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.connections import spoken_to
from zahlmeister.intents.models import PaymentIntent, ProviderConnection, ProviderEvent, ProviderMove, ProviderRefund
from zahlmeister.intents.moves import move as move_intent
from zahlmeister.intents.moves import move_refund
from zahlmeister.intents.queries import going_back_minor
from zahlmeister.intents.rules import next_late_look, next_look, next_second_look
from zahlmeister.intents.states import OPEN, GoesBack, IntentState
from zahlmeister.intents.stored import keep_stored
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import (
    Legs,
    provider_charged_back,
    provider_gave_fee_back,
    provider_kept_fee,
    provider_took,
)
from zahlmeister.merchants.lock import lock
from zahlmeister.money.amount import Amount
from zahlmeister.prepaid.models import AutomaticTopUp
from zahlmeister.refusals import Refusal, Refused

Clock = Callable[[], datetime]
#: So long nobody else looks at a payment that is being looked at.
LEASE = timedelta(minutes=5)
#: How long one whose provider does not answer is left alone, at first and at the most.
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=6)

_STATES = {
    Standing.WAITING: IntentState.AWAITING,
    Standing.PROCESSING: IntentState.PROCESSING,
    Standing.SUCCEEDED: IntentState.PROCESSING,  # until the money is seen
    Standing.FAILED: IntentState.FAILED,
    Standing.CANCELLED: IntentState.CANCELLED,
    Standing.EXPIRED: IntentState.EXPIRED,
}


def hear(connection_id: int, headers: Mapping[str, str], body: bytes, *, at: datetime) -> None:
    """A call came to a connection's address.

    Raises:
        Refused: it is not the provider's.
        Unreachable: whether it is could not be found out; the provider calls again.
    """
    connection = ProviderConnection.objects.filter(pk=connection_id).first()
    if connection is None:
        raise Refused("There is no such provider here.")
    call = Call({name.lower(): text for name, text in headers.items()}, body, at)
    with spoken_to(connection) as provider:
        seen = provider.read_event(call)
    if seen is None:
        return
    with transaction.atomic(durable=True):
        intent = _intent_of(connection, seen)
        if intent is not None:
            _keep_event(connection, intent, seen, at)
            PaymentIntent.objects.filter(pk=intent.pk).update(look_at=at)
            told = PaymentIntent.objects.filter(pk=intent.pk, stored__isnull=False, provider_id="")
            told.update(provider_id=seen.provider_id[:120])  # of a charge whose answer got lost
        if seen.kind is Kind.PAID_OUT:
            ProviderConnection.objects.filter(pk=connection.pk).update(payouts_at=at)


def look_soon(intent: PaymentIntent, *, at: datetime) -> None:
    """Look at a payment at the next turn, because the buyer came back from the provider; proves nothing by itself."""
    PaymentIntent.objects.filter(pk=intent.pk, state__in=OPEN).update(look_at=at)


def look_next(*, clock: Clock) -> PaymentIntent | None:
    """A worker's turn: ask how one payment stands; None when there is none to look at."""
    now = clock()
    due = PaymentIntent.objects.filter(look_at__lte=now).exclude(stored__isnull=False, provider_id="")
    for intent in due.order_by("look_at", "id")[:5]:
        mine = PaymentIntent.objects.filter(pk=intent.pk, look_at=intent.look_at)
        if mine.update(look_at=now + LEASE):
            intent.look_at = now + LEASE
            look(intent, at=now)
            return intent
    return None


def look(intent: PaymentIntent, *, at: datetime) -> None:
    """Ask the provider how a payment stands, and keep what is new. One whose time is over is closed first."""
    has_ended = intent.state in OPEN and at >= intent.expires_at
    if not intent.provider_id:
        _give_up(intent, at)
        return
    try:
        with spoken_to(intent.connection) as provider:
            if has_ended:
                provider.cancel(intent.provider_id)
            found = provider.fetch(intent.provider_id, takes=intent.state in OPEN and not has_ended)
        apply(intent, found, has_ended=has_ended, at=at)
    except Refusal as stop:
        wait = min(SHORTEST * 2 ** min(intent.failures, 12), LONGEST)
        PaymentIntent.objects.filter(pk=intent.pk).update(failures=F("failures") + 1, reason=str(stop)[:240])
        _look_again(intent, at + wait)


def apply(intent: PaymentIntent, found: Found, *, has_ended: bool = False, at: datetime) -> None:
    """Keep everything that is new of a payment, with all that follows from it; twice is once.

    Args:
        intent: the payment, as it was when the provider was asked.
        found: how it stands at the provider.
        has_ended: its time is over, and nobody can pay it any more.
        at: now.

    Raises:
        Refused: a move is in another currency, which a person has to look at; nothing is kept then.
    """
    with transaction.atomic(durable=True):
        lock(intent.merchant_id)
        standing = PaymentIntent.objects.select_related("connection", "merchant").get(pk=intent.pk)
        for move in found.moves:
            _keep(standing, move, at)
        _look_again(intent, _restand(standing, found, has_ended, at))
    intent.refresh_from_db()


def _intent_of(connection: ProviderConnection, seen: Seen) -> PaymentIntent | None:
    rows = PaymentIntent.objects.filter(merchant_id=connection.merchant_id, connection=connection)
    if seen.intent and (found := rows.filter(reference=seen.intent).first()):
        return found
    if not seen.provider_id:
        return None
    return rows.filter(Q(provider_id=seen.provider_id) | Q(payment_number=seen.provider_id)).first()


def _keep_event(connection: ProviderConnection, intent: PaymentIntent, seen: Seen, at: datetime) -> None:
    row, is_new = ProviderEvent.objects.get_or_create(
        merchant_id=connection.merchant_id,
        connection=connection,
        event_id=seen.event_id[:160],
        defaults={
            "intent": intent,
            "kind": seen.kind,
            "provider_id": seen.provider_id[:120],
            "at": seen.at,
            "heard_at": at,
        },
    )
    if not is_new:
        ProviderEvent.objects.filter(pk=row.pk).update(times=F("times") + 1)


def _give_up(intent: PaymentIntent, at: datetime) -> None:
    """The provider never told a number for it, so that no buyer was ever sent there."""
    is_over = at >= intent.expires_at
    if is_over and move_intent(intent, IntentState.EXPIRED, look_at=None):
        return
    _look_again(intent, None if is_over else intent.expires_at)


def _look_again(intent: PaymentIntent, look_at: datetime | None) -> None:
    """Look at a payment then; at once where it was called about since `intent` was read."""
    PaymentIntent.objects.filter(pk=intent.pk, look_at=intent.look_at).update(look_at=look_at)


# ---- one move -----------------------------------------------------------------------------------------------------


def _keep(intent: PaymentIntent, move: Move, at: datetime) -> None:
    if move.amount.currency != intent.currency:
        raise Refused(
            f"{intent.connection.name} moved {move.amount} of a payment in {intent.currency}; book it by hand."
        )
    row, is_new = ProviderMove.objects.get_or_create(
        merchant_id=intent.merchant_id,
        intent=intent,
        key=move.key,
        kind=move.kind,
        defaults={
            "amount_minor": move.amount.minor,
            "at": move.at,
            "recorded_at": at,
            "reason": move.reason[:240],
        },
    )
    row.intent = intent
    if row.fee_minor is None and move.fee is not None:
        ProviderMove.objects.filter(pk=row.pk).update(fee_minor=move.fee.minor)
        _book_fee(intent, row, move.fee.minor, at)
    if not is_new:
        return
    _follow(intent, row, move, at)
    facts = {"minor": move.amount.minor, "key": move.key}
    steps = [Happened("intent", intent.pk, move.kind.value, intent.connection.name, move.reason[:200], facts)]
    record(intent.merchant_id, steps, at=at)


def _follow(intent: PaymentIntent, row: ProviderMove, move: Move, at: datetime) -> None:
    spender, minor = spender_of(intent.purpose), row.amount_minor
    if not minor:
        return  # it says only what it cost
    match move.kind:
        case Kind.SUCCEEDED | Kind.CHARGEBACK_WON:
            _book(intent, row, provider_took(intent.connection_id), minor, at)
            spender.came_in(intent, row, minor, at)
        case Kind.CHARGED_BACK:
            spender.charged_back(intent, row, minor, at)
            _book(intent, row, provider_charged_back(intent.connection_id), minor, at)
        case Kind.REFUNDED:
            back = _back_of(intent, move, at)
            if move_refund(back, GoesBack.DONE, look_at=None, error=""):
                spender.refunded(intent, back, at)
        case Kind.REFUND_FAILED:
            back = _back_of(intent, move, at)
            if move_refund(back, GoesBack.FAILED, look_at=None, error=move.reason[:240]):
                spender.not_refunded(intent, back, at)
        case _:
            pass


def _back_of(intent: PaymentIntent, move: Move, at: datetime) -> ProviderRefund:
    """What goes back: the row that we asked by, or one for what was sent back at the provider itself.

    What we gave up and what leaves all the same is the provider's doing: it is in the books beside what was given up.
    """
    rows = ProviderRefund.objects.filter(merchant_id=intent.merchant_id, intent=intent)
    asked = rows.filter(key=move.ours[:80]).exclude(state=GoesBack.FAILED).first() if move.ours else None
    if asked is not None:
        return asked
    back, _ = ProviderRefund.objects.get_or_create(
        merchant_id=intent.merchant_id,
        intent=intent,
        key=move.key[:80],
        defaults={"amount_minor": move.amount.minor, "by": intent.connection.name, "created_at": at},
    )
    return back


def _book_fee(intent: PaymentIntent, row: ProviderMove, minor: int, at: datetime) -> None:
    legs = provider_kept_fee if minor > 0 else provider_gave_fee_back
    _book(intent, row, legs(intent.connection_id), abs(minor), at)


def _book(intent: PaymentIntent, row: ProviderMove, legs: Legs, minor: int, at: datetime) -> None:
    if minor > 0:
        source = f"intent:{intent.pk}:{row.pk}:{legs.text}"
        booking = Booking(legs, Amount(minor, intent.currency), source, localdate(row.at))
        post(intent.merchant_id, [booking], at=at)


# ---- how it stands ------------------------------------------------------------------------------------------------


def _restand(
    intent: PaymentIntent,
    found: Found,
    has_ended: bool,  # noqa: FBT001 - its caller's own
    at: datetime,
) -> datetime | None:
    """Keep how it stands; when it is looked at next."""
    sums = _sums(intent)
    state = _state(intent, sums, found.standing, has_ended)
    before = intent.state
    paid_at = intent.paid_at or (at if sums["paid_minor"] else None)
    if state == IntentState.CHARGED_BACK:
        stop_going_back(intent, at)
    if intent.keeps and found.stored is not None:
        keep_stored(intent, found.stored, agrees=_agrees(intent), at=at)
    changes: dict[str, Any] = {**sums, "paid_at": paid_at, "looked_at": at, "failures": 0}
    if found.payment:
        changes["payment_number"] = found.payment[:120]
    if not move_intent(intent, state, reason=found.reason[:240], **changes):
        PaymentIntent.objects.filter(pk=intent.pk).update(**changes)
    if intent.state != before:
        step = Happened("intent", intent.pk, f"became_{intent.state}", intent.connection.name, found.reason[:200])
        record(intent.merchant_id, [step], at=at)
    if state == IntentState.EXPIRED and found.standing is Standing.WAITING:
        return next_late_look(intent.expires_at, at)
    return _look_at(intent, state, paid_at, at)


def _agrees(intent: PaymentIntent) -> bool:
    """Whether the customer still wants to be charged in the way he pays this by; he may have ended it meanwhile."""
    return AutomaticTopUp.objects.filter(account_id=intent.account or 0, is_on=True, way=intent.method).exists()


def _sums(intent: PaymentIntent) -> dict[str, int | bool]:
    """What its moves come to."""
    moved = dict.fromkeys(Kind, 0)
    fee = 0
    kinds = set()
    rows = ProviderMove.objects.filter(merchant_id=intent.merchant_id, intent=intent)
    for kind, minor, kept in rows.values_list("kind", "amount_minor", "fee_minor"):
        moved[Kind(kind)] += minor
        kinds.add(kind)
        fee += kept or 0
    return {
        "paid_minor": moved[Kind.SUCCEEDED],
        "refunded_minor": moved[Kind.REFUNDED] - moved[Kind.REFUND_FAILED],
        "charged_back_minor": moved[Kind.CHARGED_BACK] - moved[Kind.CHARGEBACK_WON],
        "fee_minor": fee,
        "is_disputed": Kind.DISPUTED in kinds,
    }


def _state(
    intent: PaymentIntent,
    sums: Mapping[str, int],
    standing: Standing,
    has_ended: bool,  # noqa: FBT001 - likewise
) -> IntentState:
    if sums["paid_minor"]:
        if sums["charged_back_minor"] > 0:
            return IntentState.CHARGED_BACK
        if sums["refunded_minor"] <= 0:
            return IntentState.SUCCEEDED
        is_all = sums["refunded_minor"] >= sums["paid_minor"]
        return IntentState.REFUNDED if is_all else IntentState.PARTIALLY_REFUNDED
    if standing is Standing.WAITING and (has_ended or intent.state not in OPEN):
        return IntentState.EXPIRED if has_ended else IntentState(intent.state)
    return _STATES[standing]


def _look_at(intent: PaymentIntent, state: IntentState, paid_at: datetime | None, at: datetime) -> datetime | None:
    if paid_at is not None:
        later = next_second_look(paid_at, at)
        goes_back = going_back_minor(intent) > 0
        return min(later or at + LONGEST, at + LONGEST) if goes_back else later
    if state not in OPEN:
        return None
    soon = next_look(intent.created_at, at)
    return min(soon, intent.expires_at) if at < intent.expires_at else soon
