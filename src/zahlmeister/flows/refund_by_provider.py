"""Money goes back by the way it was paid: at the provider, under a key that makes it go only once.

What is asked for is in the books as owed before the provider hears of it; it is sent by a worker, and done once the
provider shows it. An answer that got lost is asked for before anything is sent again, because providers keep keys for a
few hours only. What the provider declines is owed all the same, and the buyer is asked for an account.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from zahlmeister.connectors.providers.contract import Provider
from zahlmeister.flows.ask_refund import limit_of
from zahlmeister.flows.back_at_provider import key_at_provider, order_back
from zahlmeister.flows.centre import by_provider
from zahlmeister.flows.hear_provider import apply
from zahlmeister.flows.spend_intent import spender_of
from zahlmeister.flows.spend_on_items import intent_source, promise
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.connections import spoken_to
from zahlmeister.intents.models import PaymentIntent, ProviderRefund
from zahlmeister.intents.moves import move_refund
from zahlmeister.intents.queries import refundable_minor
from zahlmeister.intents.states import GoesBack, Purpose
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.verification import require_verified
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.models import Allocation, OpenItem
from zahlmeister.refusals import Refused, Unreachable

Clock = Callable[[], datetime]
#: So long nobody else sends one that is being sent.
LEASE = timedelta(minutes=5)
#: How long one that could not be sent is left alone, at first and at the most.
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Wanted:
    """So much of a payment goes back, for one of the orders it has paid. The same `key` again is the same refund."""

    item_id: int
    amount: Amount
    key: str


def refund(
    merchant: Merchant, intent_id: int, wanted: Wanted, *, by: str, at: datetime, person_id: int | None = None
) -> ProviderRefund:
    """Send money of an order back by the way it was paid; `person_id` is who asks, where that is a person.

    Raises:
        Refused: the merchant is not verified, more is asked for than is left of the payment or may go back for the
            order, or the payment was not for this order.
    """
    require_verified(merchant)
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        intent = PaymentIntent.objects.select_related("connection").filter(merchant=merchant, pk=intent_id).first()
        if intent is None or intent.purpose != Purpose.ITEMS:
            raise Refused("There is no such payment for orders.")
        known = ProviderRefund.objects.filter(
            merchant=merchant, intent=intent, key=key_at_provider(intent, wanted.key)
        ).first()
        if known is not None:
            return known
        item = _item(intent, wanted)
        _check_left(intent, wanted.amount)
        limit_of(item).check(wanted.amount.minor)
        back = order_back(intent, wanted.amount, key=wanted.key, by=by, at=at, person_id=person_id)
        promise(intent, item.pk, wanted.amount.minor, f"{back.subject}:{item.pk}", by=by, at=at)
    return back


def left_for_orders(intent: PaymentIntent) -> Amount:
    """What of a payment can go back for its orders: what it has put onto a customer's balance is for none of them."""
    return Amount(max(refundable_minor(intent) - by_provider.credited(intent), 0), intent.currency)


def send_next(*, clock: Clock) -> ProviderRefund | None:
    """A worker's turn: send one refund that is due; None when there is none."""
    now = clock()
    due = ProviderRefund.objects.filter(look_at__lte=now, state=GoesBack.ASKED).select_related("intent__connection")
    for back in due.order_by("look_at", "id")[:5]:
        mine = ProviderRefund.objects.filter(pk=back.pk, look_at=back.look_at, state=GoesBack.ASKED)
        if mine.update(look_at=now + LEASE):
            _send(back, at=now)
            return back
    return None


def _send(back: ProviderRefund, *, at: datetime) -> None:
    intent = back.intent
    try:
        with spoken_to(intent.connection) as provider:
            found = provider.fetch(intent.provider_id, takes=False)
            apply(intent, found, at=at)
            back.refresh_from_db()
            if back.state != GoesBack.ASKED:  # it has left already, or the payment was charged back
                return
            declined = _declined(provider, back)
            apply(intent, provider.fetch(intent.provider_id, takes=False), at=at)  # a chargeback may be why
        if declined:
            _give_up(back, declined, at)
    except Unreachable as stop:
        wait = min(SHORTEST * 2 ** min(back.failures, 12), LONGEST)
        ProviderRefund.objects.filter(pk=back.pk).update(look_at=at + wait, failures=F("failures") + 1, error=str(stop))
    except Refused as stop:  # what the provider shows cannot be kept; a person has to look at it
        ProviderRefund.objects.filter(pk=back.pk).update(failures=F("failures") + 1, error=str(stop))


def _declined(provider: Provider, back: ProviderRefund) -> str:
    """Have it sent; why the provider does not, empty where it does."""
    try:
        provider.refund(back.intent.provider_id, back.amount, back.key)
    except Refused as stop:
        return str(stop)
    return ""


def _give_up(back: ProviderRefund, why: str, at: datetime) -> None:
    """The provider declined it: nothing has left, and it is owed all the same."""
    with transaction.atomic(durable=True):
        lock(back.merchant_id)
        if move_refund(back, GoesBack.FAILED, look_at=None, error=why):
            back.intent = PaymentIntent.objects.select_related("connection").get(pk=back.intent_id)
            spender_of(back.intent.purpose).not_refunded(back.intent, back, at)
            step = Happened("intent", back.intent_id, "refund_declined", back.intent.connection.name, why[:200])
            record(back.merchant_id, [step], at=at)


def _check_left(intent: PaymentIntent, amount: Amount) -> None:
    """Beyond what the payment can give, `order_back` refuses."""
    left = left_for_orders(intent)
    on_balance = Amount(by_provider.credited(intent), intent.currency)
    if on_balance.minor > 0 and amount.minor > left.minor:
        raise Refused(
            f"{on_balance} of this payment went onto the customer's balance; for orders at most {left} can go back."
        )


def _item(intent: PaymentIntent, wanted: Wanted) -> OpenItem:
    paid = Allocation.objects.filter(
        merchant_id=intent.merchant_id, item_id=wanted.item_id, source__startswith=intent_source(intent)
    )
    if not paid.filter(reverses=None, reversal=None).exists():
        raise Refused("This payment has paid nothing of that order.")
    return OpenItem.objects.select_related("order").get(merchant_id=intent.merchant_id, pk=wanted.item_id)
