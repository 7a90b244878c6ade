"""The demo's payment providers: a card payment, one that went back in part, one charged back, and a payout to come.

The stand-ins live as long as the office is open; what they had before they know no more, and it is not asked for.
"""

from collections.abc import Callable
from datetime import datetime

from django.utils.timezone import localdate

from zahlmeister.connectors.providers.contract import Method
from zahlmeister.flows.hear_provider import look_next
from zahlmeister.flows.pay_by_provider import Wish, start
from zahlmeister.flows.refund_by_provider import Wanted, refund, send_next
from zahlmeister.intents.connections import keep_keys, webhook_url
from zahlmeister.intents.models import PaymentIntent, ProviderConnection
from zahlmeister.intents.states import Purpose
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.prepaid.models import Account
from zahlmeister.receivables.models import OpenItem
from zahlmeister.sandbox.providers import mollie, paypal, stripe
from zahlmeister.sandbox.providers.till import Till

BY = "demo"
#: Of each provider: its stand-in, what is paid with there, and its keys.
PROVIDERS: dict[str, tuple[type[Till], Method, dict[str, str]]] = {
    "stripe": (
        stripe.StripeStandIn,
        Method.CARD,
        {"api_key": stripe.API_KEY, "webhook_secret": stripe.SIGNING_SECRET},
    ),
    "paypal": (
        paypal.PayPalStandIn,
        Method.PAYPAL,
        {"client_id": paypal.CLIENT_ID, "client_secret": paypal.CLIENT_SECRET, "webhook_id": paypal.WEBHOOK_ID},
    ),
    "mollie": (
        mollie.MollieStandIn,
        Method.INSTANT,
        {"api_key": mollie.API_KEY, "access_token": mollie.ACCESS_TOKEN},
    ),
}
#: What is paid: by which provider, which order, in cents.
PAID = (("stripe", "WS-9822", 23900), ("paypal", "WS-9830", 3150), ("mollie", "WS-9846", 7720))

Clock = Callable[[], datetime]


def open_demo_providers(merchant: Merchant, *, clock: Clock) -> list[Till]:
    """Open the stand-ins, connect them, and have something paid at the first time."""
    is_new = not ProviderConnection.objects.filter(merchant=merchant).exists()
    # what was paid before the stand-ins were opened is unknown to them
    PaymentIntent.objects.filter(merchant=merchant).update(look_at=None)
    tills = {system: _opened(merchant, system, clock) for system in PROVIDERS}
    if is_new:
        _play(merchant, tills, clock)
    for till in tills.values():  # until now nobody has listened
        till.due.clear()
        till.calls = True
    return list(tills.values())


def _opened(merchant: Merchant, system: str, clock: Clock) -> Till:
    kind, method, keys = PROVIDERS[system]
    till = kind(clock)
    at = clock()
    told = {"payouts_at": at, "payouts_since": localdate(at), "created_at": at, "methods": [method.value]}
    row, _ = ProviderConnection.objects.get_or_create(
        merchant=merchant, system=system, defaults={"name": till.title, **told}
    )
    row.address, row.checked_at = till.address, at
    keep_keys(row, keys)
    row.save()
    till.webhook_url = webhook_url(row)
    return till


def _play(merchant: Merchant, tills: dict[str, Till], clock: Clock) -> None:
    for system, number, minor in PAID:
        item = OpenItem.objects.get(merchant=merchant, order__number=number)
        wish = Wish(
            Purpose.ITEMS,
            Amount(minor, "EUR"),
            PROVIDERS[system][1],
            f"Rechnung {number}",
            "https://wollstube.example/danke?payment={intent}",
            [(item.pk, minor)],
        )
        _pays(merchant, tills[system], wish, clock)
    account = Account.objects.filter(merchant=merchant, customer__name="Lena Lang").first()
    if account is not None:
        top_up = Wish(
            Purpose.TOP_UP,
            Amount(4000, "EUR"),
            Method.CARD,
            "Guthaben",
            "https://wollstube.example/danke?payment={intent}",
            account=account.pk,
            email=account.customer.email,
        )
        _pays(merchant, tills["stripe"], top_up, clock)
    intent = PaymentIntent.objects.get(merchant=merchant, shares__0__0=_item(merchant, "WS-9822"))
    part = Wanted(_item(merchant, "WS-9822"), Amount(3900, "EUR"), "demo")
    refund(merchant, intent.pk, part, by=BY, at=clock())
    gone = PaymentIntent.objects.get(merchant=merchant, shares__0__0=_item(merchant, "WS-9830"))
    tills["paypal"].charge_back(gone.provider_id)
    PaymentIntent.objects.filter(pk=gone.pk).update(look_at=clock())
    _work(clock)


def _pays(merchant: Merchant, till: Till, wish: Wish, clock: Clock) -> None:
    intent = start(merchant, wish, at=clock())
    till.approve(intent.provider_id)
    PaymentIntent.objects.filter(pk=intent.pk).update(look_at=clock())
    _work(clock)


def _work(clock: Clock) -> None:
    while send_next(clock=clock) or look_next(clock=clock):
        pass


def _item(merchant: Merchant, number: str) -> int:
    return OpenItem.objects.get(merchant=merchant, order__number=number).pk
