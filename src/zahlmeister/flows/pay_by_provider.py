"""A buyer pays at a provider: the payment is kept, the provider prepares it, and the buyer is sent there.

The row is kept before the provider hears of it, under the key that makes the payment there only once. A buyer who asks
for the same payment again while it is open, in a second tab or by a second click, is sent to the same page.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction

from zahlmeister.connectors.providers.contract import Method, Started, Wanted
from zahlmeister.flows.spend_intent import spender_of
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.connections import connections_for, spoken_to, webhook_url
from zahlmeister.intents.models import PaymentIntent, ProviderConnection
from zahlmeister.intents.moves import move
from zahlmeister.intents.queries import on_its_way
from zahlmeister.intents.rules import next_look
from zahlmeister.intents.states import IntentState, Purpose
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refusals import Refusal, Refused

#: A buyer has so long to pay; Stripe wants half an hour at least and takes a day at most.
TO_PAY = timedelta(hours=1)
#: Where a reference of ours begins that a buyer may see on his statement.
PREFIX = "ZMP"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a buyer wants to pay, and how.

    `shares` are items with minor units, in the order in which they are served; what is paid beyond them goes to the
    last one, to `account` where one is given, or back where it `sends_back`. For a top-up only `account` counts.
    `{intent}` in `back_to` becomes the payment's reference; there the buyer comes back to, whether he has paid or not.
    `again` says that he knows of a payment for the same that is on its way. `keeps`: he has agreed that how he pays is
    stored, so that the account can be topped up by it without him.
    """

    purpose: Purpose
    amount: Amount
    method: Method
    text: str
    back_to: str
    shares: Sequence[tuple[int, int]] = ()
    account: int | None = None
    email: str = ""
    language: str = "de"
    again: bool = False
    sends_back: bool = False
    keeps: bool = False


class OnItsWay(Refused):
    """The same was paid already, and its money is on its way."""


def methods_of(merchant: Merchant) -> list[Method]:
    """What buyers of a merchant can choose from."""
    return [method for method in Method if connections_for(merchant.pk, method)]


def storing_methods_of(merchant: Merchant) -> list[Method]:
    """What the customers of a merchant can agree to be charged by."""
    return [method for method in Method if connections_for(merchant.pk, method, stores=True)]


def start(merchant: Merchant, wish: Wish, *, at: datetime) -> PaymentIntent:
    """Have a payment prepared; the buyer is sent to its `redirect_url`.

    Raises:
        Refused: nobody takes this method, the amount is none, or an item is not the merchant's or of another currency.
        OnItsWay: the same was paid already, and its money is on its way; the buyer has to know that.
        Unreachable: the provider does not answer; asked again it is the same payment.
    """
    spender_of(wish.purpose)
    _check(merchant, wish)
    connection = next(iter(connections_for(merchant.pk, wish.method, stores=wish.keeps)), None)
    if connection is None:
        raise Refused("This merchant takes no payments in this way; choose another one.")
    intent = _kept(merchant, connection, wish, at)
    if intent.redirect_url:
        return intent
    with spoken_to(connection) as provider:
        started = provider.start(wanted_of(connection, intent))
    _awaits(intent, started, at)
    return intent


def check_on_its_way(merchant: Merchant, items: Collection[int], account: int | None, purpose: Purpose) -> None:
    """Make sure that nobody pays the same twice without knowing.

    Raises:
        OnItsWay: a payment for one of these items, or onto this account, is on its way.
    """
    topped_up = account if purpose == Purpose.TOP_UP else None
    found = on_its_way(merchant.pk, items=items, account=topped_up)
    if found:
        raise OnItsWay(f"A payment of {found[0].amount} for the same is on its way; whoever pays again pays twice.")


def _check(merchant: Merchant, wish: Wish) -> None:
    if wish.amount.minor <= 0:
        raise Refused("An amount above zero is needed to pay.")
    if wish.purpose == Purpose.TOP_UP:
        return
    wanted = {item for item, _ in wish.shares}
    found = OpenItem.objects.filter(merchant=merchant, pk__in=wanted, currency=wish.amount.currency).count()
    if not wanted or found != len(wanted):
        raise Refused("One of these orders does not exist, or is in another currency.")
    if any(minor < 0 for _, minor in wish.shares) or sum(minor for _, minor in wish.shares) > wish.amount.minor:
        raise Refused("The parts for the orders are more than the amount.")


def _kept(merchant: Merchant, connection: ProviderConnection, wish: Wish, at: datetime) -> PaymentIntent:
    """The payment, or the same one that is open already."""
    mark = _mark(wish)
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        same = PaymentIntent.objects.filter(
            merchant=merchant,
            connection=connection,
            mark=mark,
            state__in=(IntentState.CREATED, IntentState.AWAITING),
            expires_at__gt=at + TO_PAY / 2,
        )
        known = same.order_by("-id").first()
        if known is not None:
            return known
        if not wish.again:
            check_on_its_way(merchant, [item for item, _ in wish.shares], wish.account, wish.purpose)
        intent = _new(merchant, connection, wish, mark, at)
        intent.save(force_insert=True)
        facts = {"amount": str(intent.amount), "method": intent.method}
        record(merchant.pk, [Happened("intent", intent.pk, "created", "buyer", "", facts)], at=at)
    return intent


def _new(merchant: Merchant, connection: ProviderConnection, wish: Wish, mark: str, at: datetime) -> PaymentIntent:
    number = new_id()
    reference = f"{PREFIX}{number}"
    return PaymentIntent(
        id=number,
        merchant=merchant,
        connection=connection,
        reference=reference,
        mark=mark,
        purpose=wish.purpose,
        shares=[list(share) for share in wish.shares],
        account=wish.account,
        sends_back=wish.sends_back,
        keeps=wish.keeps,
        amount_minor=wish.amount.minor,
        currency=wish.amount.currency,
        method=wish.method,
        text=wish.text[:140],
        language=wish.language,
        email=wish.email,
        back_to=wish.back_to.replace("{intent}", reference),
        created_at=at,
        expires_at=at + TO_PAY,
        look_at=at + TO_PAY,
    )


def _awaits(intent: PaymentIntent, started: Started, at: datetime) -> None:
    """The provider has it; somebody who asked at the same moment has written the same."""
    try:
        move(
            intent,
            IntentState.AWAITING,
            provider_id=started.provider_id,
            redirect_url=started.redirect_url,
            look_at=next_look(at, at),
        )
    except Refusal:
        intent.refresh_from_db()


def wanted_of(connection: ProviderConnection, intent: PaymentIntent) -> Wanted:
    """A payment as its provider is asked for it."""
    return Wanted(
        intent=intent.reference,
        amount=intent.amount,
        method=Method(intent.method),
        purpose=intent.text,
        return_url=intent.back_to,
        cancel_url=intent.back_to,
        webhook_url=webhook_url(connection),
        language=intent.language,
        email=intent.email,
        expires_at=intent.expires_at,
        keeps=intent.keeps,
    )


def _mark(wish: Wish) -> str:
    """The same wish again has the same mark."""
    told = [wish.purpose, str(wish.amount), wish.method, wish.back_to, list(wish.shares), wish.account, wish.email]
    told += [True] if wish.sends_back else []
    told += ["keeps"] if wish.keeps else []
    return sha256(json.dumps(told).encode()).hexdigest()
