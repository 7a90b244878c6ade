"""Paying at a provider: the customer is sent there and comes back; what counts is what the provider itself says."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from zahlmeister.connectors.providers.contract import Method
from zahlmeister.connectors.providers.leads_to import checked
from zahlmeister.connectors.web import private_is_allowed
from zahlmeister.flows.centre.announce import spread_over
from zahlmeister.flows.hear_provider import look_soon
from zahlmeister.flows.pay_by_provider import Wish, methods_of, start
from zahlmeister.intents.models import PaymentIntent
from zahlmeister.intents.states import OPEN, PAID, IntentState, Purpose
from zahlmeister.letters.figures import money
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.portal.centre.door import Visit, address, shown, signed_in
from zahlmeister.portal.pay import nowhere
from zahlmeister.prepaid.models import Account
from zahlmeister.prepaid.rules import told_number

_BEGINS = "provider-"


@dataclass(frozen=True, slots=True)
class Paying:
    """What is paid, and how; `items` are the invoices chosen, empty for the oldest, None for a top-up.

    `is_back`: what is more than is open goes back, and not onto the balance. `again`: the customer knows that a payment
    for the same is on its way. `keeps`: the customer has agreed that how he pays is stored.
    """

    minor: int
    key: str
    method: Method
    items: Sequence[int] | None
    is_back: bool = False
    again: bool = False
    keeps: bool = False


def method_of(merchant: Merchant, way: str) -> Method | None:
    """Which of the merchant's methods was chosen on the page; None when it was none of them."""
    return next((each for each in methods_of(merchant) if way == f"{_BEGINS}{each.value}"), None)


def may_leave(page: HttpResponseBase) -> HttpResponseBase:
    """Let a page's form lead to a provider: browsers hold the redirect behind a form against `form-action` too."""
    private = " http://127.0.0.1:*" if private_is_allowed() else ""
    page["Content-Security-Policy"] = (
        "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; frame-ancestors 'none'; "
        f"form-action 'self' https:{private}; base-uri 'none'; object-src 'none'"
    )
    return page


def to_provider(visit: Visit, row: Account, paying: Paying) -> HttpResponseBase:
    """Have the payment prepared, and send the customer to the provider.

    Raises:
        Refused: nothing is open, or nobody takes this method.
        Unreachable: the provider does not answer, or leads to a page that is not its own.
    """
    page = address(visit, "back", row.pk, "INTENT").replace("INTENT", "{intent}")
    shares = spread_over(row, paying.minor, paying.items)[0] if paying.items is not None else []
    wish = Wish(
        Purpose.TOP_UP if paying.items is None else Purpose.ITEMS,
        Amount(paying.minor, row.currency),
        paying.method,
        f"{visit.look.name} {told_number(row.number)}",
        f"{settings.PUBLIC_ADDRESS}{page}",
        shares,
        None if paying.is_back else row.pk,
        visit.who.email,
        visit.language,
        paying.again,
        paying.is_back,
        paying.keeps,
    )
    return redirect(checked(start(visit.merchant, wish, at=timezone.now()).redirect_url))


@require_safe
@signed_in
def back(request: HttpRequest, visit: Visit, account_id: int, reference: str) -> HttpResponseBase:
    """The customer is back from the provider. That proves nothing: the payment is looked at soon."""
    row = visit.account(account_id)
    intent = _intent(visit, reference)
    if row is None or intent is None:
        return nowhere(request)
    look_soon(intent, at=timezone.now())
    context = {"account": row, "reference": reference, "intent": intent, **_standing(intent, visit)}
    return shown(request, visit, "back", context)


@require_safe
@signed_in
def state(request: HttpRequest, visit: Visit, account_id: int, reference: str) -> HttpResponseBase:
    """How it stands, for a page that is open."""
    intent = _intent(visit, reference)
    if visit.account(account_id) is None or intent is None:
        return nowhere(request)
    return render(request, "portal/state.html", _standing(intent, visit))


def _intent(visit: Visit, reference: str) -> PaymentIntent | None:
    rows = PaymentIntent.objects.filter(merchant=visit.merchant, reference=reference, email=visit.who.email)
    return rows.select_related("connection").first()


def _standing(intent: PaymentIntent, visit: Visit) -> dict[str, object]:
    amount = money(Amount(intent.paid_minor or intent.amount_minor, intent.currency), visit.language)
    if intent.state in PAID:
        name = f"said_paid_{intent.purpose}" if intent.left.minor == intent.paid_minor else "said_went_back"
    else:
        name = "said_waits" if intent.state in OPEN else "said_not_paid"
    return {
        "sentence": visit.words[name].format(amount=amount),
        "state": "paid" if intent.state == IntentState.SUCCEEDED else "open",
        "is_waiting": intent.state in OPEN,
        "may_go_on": intent.state in OPEN and bool(intent.redirect_url),
    }
