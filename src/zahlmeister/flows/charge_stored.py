"""Customers who have agreed to it are charged at a provider without being asked, and forgotten there when they want.

The payment is kept before the provider hears of it, under the key that makes it only once there; an answer that got
lost is asked for again. What the provider answers credits nothing: the payment is looked at like every other one.

Before each try it is read anew whether it may still be charged. Where it may not, nothing is charged any more: it is
only looked for, because an earlier try may have got through. What cannot be found out ends as unknown, is looked at by
a person, and nothing is charged after it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.timezone import localdate

from zahlmeister.connectors.providers.contract import Charged, Why
from zahlmeister.flows.pay_by_provider import wanted_of
from zahlmeister.flows.tell_people import Value, owners, said
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.connections import spoken_to
from zahlmeister.intents.models import PaymentIntent, StoredMethod
from zahlmeister.intents.moves import move
from zahlmeister.intents.states import PAID, IntentState, StoredState
from zahlmeister.intents.stored import as_told
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.lock import lock
from zahlmeister.outbox.write import tell
from zahlmeister.prepaid.models import Account
from zahlmeister.refusals import Refusal, Unreachable

Clock = Callable[[], datetime]
#: So long nobody else does what is being done.
LEASE = timedelta(minutes=5)
#: So long after its time a charge is looked for of which it is not known whether it was made.
TO_FIND_OUT = timedelta(days=2)
#: How long one is left alone whose provider does not answer, at first and at the most.
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=6)


def charge_next(*, clock: Clock) -> PaymentIntent | None:
    """A worker's turn: have one charge made that is due; None when there is none."""
    now = clock()
    due = PaymentIntent.objects.filter(
        stored__isnull=False, provider_id="", state=IntentState.CREATED, look_at__lte=now
    ).select_related("connection", "stored")
    for intent in due.order_by("look_at", "id")[:5]:
        mine = PaymentIntent.objects.filter(pk=intent.pk, state=IntentState.CREATED, look_at=intent.look_at)
        if mine.update(look_at=now + LEASE, looked_at=now):
            _charge(intent, at=now)
            return intent
    return None


def forget_stored_next(*, clock: Clock) -> StoredMethod | None:
    """A worker's turn: have a provider forget what a customer is charged by no more; None when none is due."""
    now = clock()
    due = StoredMethod.objects.filter(state=StoredState.LEAVING, look_at__lte=now).select_related("connection")
    for stored in due.order_by("look_at", "id")[:5]:
        if StoredMethod.objects.filter(pk=stored.pk, look_at=stored.look_at).update(look_at=now + LEASE):
            _forget(stored, at=now)
            return stored
    return None


def _charge(intent: PaymentIntent, *, at: datetime) -> None:
    was_tried, stop = intent.looked_at is not None, _stands_in_the_way(intent, at)
    try:
        charged = None if stop and not was_tried else _asked(intent, is_only_looked_for=bool(stop))
    except Refusal as none:
        if isinstance(none, Unreachable) or was_tried:
            _put_off(intent, str(none), at)
            return
        charged = Charged("", Why.DECLINED, str(none))
    if charged is None:
        _call_off(intent, stop, at)
    else:
        _keep(intent, charged, at)


def _stands_in_the_way(intent: PaymentIntent, at: datetime) -> str:
    """Why it may not be charged any more, read in the merchant's turn; empty when it may."""
    with transaction.atomic(durable=True):
        lock(intent.merchant_id)
        standing = PaymentIntent.objects.select_related("connection", "stored").get(pk=intent.pk)
        rows = Account.objects.select_related("customer")
        account = rows.get(merchant_id=intent.merchant_id, pk=standing.account or 0)
        first, today = localdate(standing.created_at), localdate(at)
    assert standing.stored is not None
    reasons = (
        (standing.stored.state != StoredState.USABLE, "The customer has withdrawn it."),
        (at >= standing.expires_at, "Its time is over."),
        ((first.year, first.month) != (today.year, today.month), "The month that it counts in is over."),
        (not standing.connection.is_on, "The provider is switched off."),
        (account.is_blocked or account.customer.is_blocked, "The account is blocked."),
    )
    return next((why for stands, why in reasons if stands), "")


def _asked(intent: PaymentIntent, *, is_only_looked_for: bool) -> Charged | None:
    assert intent.stored is not None
    with spoken_to(intent.connection) as provider:
        ask = provider.charged if is_only_looked_for else provider.charge
        return ask(wanted_of(intent.connection, intent), as_told(intent.stored))


def _put_off(intent: PaymentIntent, told: str, at: datetime) -> None:
    """It is not known whether it was charged: that is asked again, until a person has to look."""
    if at >= intent.expires_at + TO_FIND_OUT:
        _keep(intent, Charged("", Why.UNKNOWN, told), at)
        return
    changes = {"look_at": at + _wait(intent.failures), "failures": F("failures") + 1, "reason": told[:240]}
    PaymentIntent.objects.filter(pk=intent.pk, provider_id="").update(**changes)


def _call_off(intent: PaymentIntent, why: str, at: datetime) -> None:
    """It was surely not charged, and is not any more."""
    with transaction.atomic(durable=True):
        lock(intent.merchant_id)
        intent.refresh_from_db()
        if intent.provider_id or intent.state != IntentState.CREATED:
            return
        move(intent, IntentState.CANCELLED, look_at=None, reason=why)
        step = Happened("intent", intent.pk, "charge_called_off", "house", why)
        record(intent.merchant_id, [step], at=at)


def _keep(intent: PaymentIntent, charged: Charged, at: datetime) -> None:
    """How the provider took it; what has become of it is looked for at the next turn."""
    told = {"provider_id": charged.provider_id[:120], "reason": charged.reason[:240], "failures": 0}
    with transaction.atomic(durable=True):
        lock(intent.merchant_id)
        intent.refresh_from_db()
        if intent.state in PAID or intent.provider_id not in {"", charged.provider_id}:
            return  # the provider called meanwhile, and says more than its answer
        if charged.why is None:
            if intent.state == IntentState.CREATED:
                move(intent, IntentState.PROCESSING, look_at=at, **told)
            return
        move(intent, IntentState.FAILED, look_at=None, why=charged.why, **told)
        if charged.why is Why.GONE:
            StoredMethod.objects.filter(pk=intent.stored_id or 0).update(state=StoredState.GONE, look_at=None)
        verb = "charge_unknown" if charged.why is Why.UNKNOWN else "charge_declined"
        facts = {"why": charged.why.value}
        step = Happened("intent", intent.pk, verb, intent.connection.name, charged.reason[:200], facts)
        record(intent.merchant_id, [step], at=at)
        if charged.why is Why.UNKNOWN:
            _tell_owners(intent, at)


def _tell_owners(intent: PaymentIntent, at: datetime) -> None:
    """Somebody has to look at the provider whether it was charged."""
    provider = {"provider": intent.connection.name, "reference": intent.reference}
    values: dict[str, Value] = {"amount": intent.amount, **provider}
    key, page = f"intent:{intent.pk}:unknown", f"/providers/payments/{intent.pk}/"
    mails = [said(HouseKind.CHARGE_UNKNOWN, key, one, values, page=page) for one in owners(intent.merchant_id)]
    tell(intent.merchant_id, mails, at=at)


def _forget(stored: StoredMethod, *, at: datetime) -> None:
    mine = StoredMethod.objects.filter(pk=stored.pk, state=StoredState.LEAVING)
    try:
        with spoken_to(stored.connection) as provider:
            provider.forget(as_told(stored))
    except Unreachable:
        mine.update(look_at=at + _wait(stored.failures), failures=F("failures") + 1)
    else:
        mine.update(state=StoredState.GONE, look_at=None)


def _wait(failures: int) -> timedelta:
    return min(SHORTEST * (1 << min(failures, 12)), LONGEST)
