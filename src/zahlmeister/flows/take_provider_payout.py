"""What a provider paid out meets the payment that it was: by itself where it is certain, else by a person.

The provider's fees that no payment told of are booked with its payout. The payment may have been ignored before, as
money of providers is where nobody has connected them: then it is taken up again first.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.timezone import localdate

from zahlmeister.connectors.providers.contract import Payout
from zahlmeister.flows.meet_payout import book_payout, free_payments, move_payment, naming, payment_for
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.connections import spoken_to, system_of
from zahlmeister.intents.models import ProviderConnection, ProviderPayout
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import (
    FOR_AN_ORDER_AFTER_ALL,
    provider_gave_fee_back,
    provider_kept_fee,
    provider_paid_out,
)
from zahlmeister.matching.folding import compact
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.states import NEEDS_A_PERSON, PaymentState
from zahlmeister.refusals import Refusal, Refused

Clock = Callable[[], datetime]
BY = "house"
#: How often a provider is asked for payouts, and how often the payment of one is looked for, ever more rarely.
ASKED_EVERY, EVERY = timedelta(hours=6), timedelta(minutes=10)
#: So many days are asked for again each time; a payout is told late, and no report shows more than a month.
AGAIN, MONTH = timedelta(days=14), timedelta(days=31)
#: A payment without the number is the payout only so near to its day.
NEAR = timedelta(days=7)
_LONGEST = timedelta(days=1)


def read_next(*, clock: Clock) -> ProviderConnection | None:
    """A worker's turn: ask one provider what it has paid out; None when none is due."""
    now = clock()
    for connection in ProviderConnection.objects.filter(payouts_at__lte=now).order_by("payouts_at", "id")[:5]:
        mine = ProviderConnection.objects.filter(pk=connection.pk, payouts_at=connection.payouts_at)
        if mine.update(payouts_at=now + ASKED_EVERY):
            _read(connection, now)
            return connection
    return None


def take_next(*, clock: Clock) -> ProviderPayout | None:
    """A worker's turn: find the payment of one payout; None when none is found."""
    now = clock()
    due = ProviderPayout.objects.filter(payment=None, look_at__lte=now).select_related("connection__merchant")
    for payout in due.order_by("look_at", "pk"):
        ProviderPayout.objects.filter(pk=payout.pk).update(look_at=now + max(EVERY, (now - payout.announced_at) / 20))
        payment = payment_of(payout)
        if payment is not None:
            return take_payout(payout.connection.merchant, payout.pk, payment.pk, by=BY, at=now)
    return None


def payment_of(payout: ProviderPayout) -> Payment | None:
    """The one free payment of exactly this amount that names the payout's number, or else the provider near its day."""
    found = free_payments(payout, (*NEEDS_A_PERSON, PaymentState.IGNORED))
    named = naming(payout, found)
    if not named:
        title = compact(system_of(payout.connection).title)
        near = [row for row in found if abs(row.booked_on - payout.on) <= NEAR]
        named = [
            row for row in near if title in compact(f"{row.transaction.counterparty} {row.transaction.remittance}")
        ]
    return named[0] if len(named) == 1 else None


def take_payout(merchant: Merchant, payout_id: int, payment_id: int, *, by: str, at: datetime) -> ProviderPayout:
    """This payment is that payout; twice is once.

    Raises:
        Refused: it was another payment already, or the amounts differ.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        payout = _payout(merchant, payout_id)
        if payout.payment_id == payment_id:
            return payout
        payment = payment_for(payout, payment_id)
        if payment.state == PaymentState.IGNORED:
            move_payment(payment, PaymentState.UNCLEAR, by, at)
            book_payout(payout, payment, FOR_AN_ORDER_AFTER_ALL, at)
        move_payment(payment, PaymentState.PAYOUT, by, at)
        ProviderPayout.objects.filter(pk=payout.pk, payment=None).update(payment=payment)
        payout.payment = payment
        book_payout(payout, payment, provider_paid_out(payout.connection_id), at)
        _tell(payout, payment, "paid_out_by_provider", by, at)
    return payout


def give_back_payout(merchant: Merchant, payout_id: int, *, by: str, at: datetime) -> None:
    """The payment was another one: it waits for a person, who may take it all the same; the payout waits for the next.

    Raises:
        Refused: the payout has no payment.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        payout = _payout(merchant, payout_id)
        payment = payout.payment
        if payment is None:
            raise Refused("This payout has no payment; look again.")
        move_payment(payment, PaymentState.UNCLEAR, by, at)
        ProviderPayout.objects.filter(pk=payout.pk).update(payment=None, look_at=at + EVERY)
        book_payout(payout, payment, provider_paid_out(payout.connection_id).turned("provider_did_not_pay_out"), at)
        _tell(payout, payment, "not_paid_out_by_provider", by, at)


def _read(connection: ProviderConnection, at: datetime) -> None:
    rows = ProviderConnection.objects.filter(pk=connection.pk)
    try:
        with spoken_to(connection) as provider:
            payouts = provider.payouts(connection.payouts_since)
    except Refusal as stop:
        wait = min(EVERY * 2 ** min(connection.failures, 8), _LONGEST)
        rows.update(payouts_at=at + wait, failures=F("failures") + 1, error=str(stop))
        return
    for payout in payouts:
        _keep(connection, payout, at)
    until = min(localdate(at), connection.payouts_since + MONTH)
    since = max(connection.payouts_since, until - AGAIN)
    rows.update(failures=0, error="", payouts_since=since)


def _keep(connection: ProviderConnection, told: Payout, at: datetime) -> None:
    """A payout is kept once, with the fees that were told with it."""
    with transaction.atomic(durable=True):
        lock(connection.merchant_id)
        payout, is_new = ProviderPayout.objects.get_or_create(
            merchant_id=connection.merchant_id,
            connection=connection,
            key=told.key[:120],
            defaults={
                "number": told.number[:120],
                "currency": told.amount.currency,
                "amount_minor": told.amount.minor,
                "fees_minor": told.fees.minor,
                "on": told.on,
                "announced_at": at,
                "look_at": at,
            },
        )
        if is_new and told.fees.minor:
            legs = (provider_kept_fee if told.fees.minor > 0 else provider_gave_fee_back)(connection.pk)
            booking = Booking(
                legs, Amount(abs(told.fees.minor), told.fees.currency), f"payout:{payout.pk}:fees", told.on
            )
            post(connection.merchant_id, [booking], at=at)


def _payout(merchant: Merchant, payout_id: int) -> ProviderPayout:
    rows = ProviderPayout.objects.filter(merchant=merchant, pk=payout_id).select_related("payment", "connection")
    payout = rows.first()
    if payout is None:
        raise Refused("This payout does not exist.")
    return payout


def _tell(payout: ProviderPayout, payment: Payment, verb: str, by: str, at: datetime) -> None:
    facts = {"payout": payout.number, "provider": payout.connection.name}
    record(payout.merchant_id, [Happened("payment", payment.pk, verb, by, "", facts)], at=at)
