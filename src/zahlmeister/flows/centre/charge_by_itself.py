"""A balance is topped up by what its customer has agreed to be charged by; a charge that fails is told to him.

After `MOST` charges in a row that failed, or when what was stored is gone, nothing is charged any more: from then on he
is asked by mail, until he agrees anew.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from zahlmeister.connectors.providers.contract import Why
from zahlmeister.flows.centre.stop_charging import Because, stop_charging
from zahlmeister.flows.centre.tell import tell_of_failed_charge
from zahlmeister.flows.pay_by_provider import PREFIX
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.models import PaymentIntent, StoredMethod
from zahlmeister.intents.states import OVER, PAID, IntentState, Purpose
from zahlmeister.intents.stored import drop_stored, stored_for
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.trouble import take_first
from zahlmeister.prepaid.models import AutomaticTopUp
from zahlmeister.prepaid.rules import told_number

Clock = Callable[[], datetime]
BY = "house"
#: So many charges in a row may fail.
MOST = 3
#: A bank may take so long to say whether it pays.
TO_PAY = timedelta(days=5)


def order_charge(wanted: AutomaticTopUp, stored: StoredMethod, *, at: datetime) -> PaymentIntent:
    """Keep a charge that a worker is to make, inside the caller's turn, in which the top-up was found due."""
    number, account = new_id(), wanted.account
    intent = PaymentIntent.objects.create(
        id=number,
        merchant_id=account.merchant_id,
        connection=stored.connection,
        reference=f"{PREFIX}{number}",
        mark=f"charge:{number}",
        purpose=Purpose.TOP_UP,
        account=account.pk,
        stored=stored,
        amount_minor=wanted.amount_minor,
        currency=account.currency,
        method=stored.method,
        text=f"{account.merchant.name} {told_number(account.number)}"[:140],
        language=account.customer.language,
        email=account.customer.email,
        back_to="",
        created_at=at,
        expires_at=at + TO_PAY,
        look_at=at,
    )
    facts = {"amount": str(intent.amount), "method": intent.method, "label": stored.label}
    record(account.merchant_id, [Happened("intent", intent.pk, "ordered_by_itself", BY, "", facts)], at=at)
    return intent


def follow_next(*, clock: Clock) -> AutomaticTopUp | None:
    """A worker's turn: see what became of one charge; None when none is over."""
    now = clock()
    over = PaymentIntent.objects.filter(stored__isnull=False, state__in=(*PAID, *OVER)).values("pk")
    rows = AutomaticTopUp.objects.filter(charging__in=over).select_related("account__customer", "account__merchant")
    return take_first("follow_charge", rows.order_by("pk"), lambda wanted: _follow(wanted, now), at=now)


def _follow(wanted: AutomaticTopUp, now: datetime) -> None:
    merchant_id = wanted.account.merchant_id
    with transaction.atomic(durable=True):
        lock(merchant_id)
        rows = AutomaticTopUp.objects.select_related("account__customer", "account__merchant")
        standing = rows.filter(pk=wanted.pk, charging=wanted.charging).first()
        if standing is None:
            return
        intent = PaymentIntent.objects.get(merchant_id=merchant_id, pk=standing.charging or 0)
        mine = AutomaticTopUp.objects.filter(pk=standing.pk)
        if intent.state in PAID:
            mine.update(charging=None, failures=0, trouble="")
        elif intent.why == Why.UNKNOWN:
            mine.update(charging=None, trouble=intent.why)
            stop_charging(standing.account, Because.UNKNOWN, key=f"intent:{intent.pk}", at=now)
        elif intent.state == IntentState.CANCELLED and not intent.provider_id:
            mine.update(charging=None, look_at=now)  # called off before it was made: look anew whether one is wanted
        elif not standing.is_on or _is_replaced(standing, intent):
            mine.update(charging=None)
        else:
            _has_failed(standing, intent, now)


def _is_replaced(wanted: AutomaticTopUp, intent: PaymentIntent) -> bool:
    """Whether the customer wants to be charged by something else meanwhile, of which this failure says nothing."""
    newer = stored_for(intent.merchant_id, wanted.account_id, wanted.way)
    return wanted.way != intent.method or (newer is not None and newer.pk != intent.stored_id)


def _has_failed(wanted: AutomaticTopUp, intent: PaymentIntent, now: datetime) -> None:
    failures = wanted.failures + 1
    stops = failures >= MOST or intent.why == Why.GONE
    changes = {"charging": None, "failures": failures, "trouble": intent.why or Why.DECLINED.value}
    if stops:
        changes["way"] = ""
        drop_stored(intent.merchant_id, wanted.account_id, at=now)
    AutomaticTopUp.objects.filter(pk=wanted.pk).update(**changes)
    tell_of_failed_charge(wanted.account, intent.pk, stops=stops, at=now)
    facts = {"why": changes["trouble"], "failures": failures, "stops": stops}
    record(intent.merchant_id, [Happened("account", wanted.account_id, "charge_failed", BY, "", facts)], at=now)
