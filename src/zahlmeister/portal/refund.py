"""The buyer's page for a refund: how it stands, and where it is to go.

Whoever holds the newest link sees amount, state and the ends of the account, and may confirm it or name another. An old
link only has a new one sent to the address that is known; every address without our signature gets the same answer.
"""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from zahlmeister.correspondence.models import Sender
from zahlmeister.correspondence.senders import look_of, sender_of
from zahlmeister.flows.confirm_refund import confirm_refund, name_account, send_link_again
from zahlmeister.letters.figures import day, money
from zahlmeister.letters.figures import spoken as language_of
from zahlmeister.letters.look import Look, logo_kind
from zahlmeister.money.accounts import is_iban, shortened, tidy
from zahlmeister.money.banks import bank_of
from zahlmeister.orders.models import Order
from zahlmeister.portal.pay import nowhere, private, too_often
from zahlmeister.portal.refund_words import WORDS, Words
from zahlmeister.portal.words import LANGUAGES, spoken
from zahlmeister.programs.limits import knocks_too_often
from zahlmeister.refunds.accounts import GoesTo
from zahlmeister.refunds.links import is_open, refund_behind
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.states import RefundState
from zahlmeister.refusals import Refused

#: Calls of one address within a minute.
MOST_CALLS = 30
_ASKS = (RefundState.ACCOUNT_MISSING, RefundState.PLANNED, RefundState.SHORT)


class AccountForm(forms.Form):
    """Another account."""

    name = forms.CharField(max_length=140)
    iban = forms.CharField(max_length=42)


@dataclass(frozen=True, slots=True)
class Visit:
    """What the address leads to, how far, and in which language it is shown."""

    refund: Refund
    order: Order
    look: Look
    language: str
    is_open: bool

    @property
    def words(self) -> Words:
        return WORDS[self.language]


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponseBase:
    """The whole page; a POST confirms, names another account, or has a new link sent."""
    if knocks_too_often(request, most=MOST_CALLS, door="refund"):
        return too_often(request)
    visit = _visit(request, token)
    if visit is None:
        return nowhere(request)
    form = AccountForm()
    wrong = ""
    if request.method == "POST":
        form = AccountForm(request.POST)
        wrong = _do(visit, request.POST.get("do", ""), form)
        if not wrong:
            sent = "&sent=1" if request.POST.get("do") == "again" else ""
            where = reverse("refund", args=[token])
            return private(redirect(f"{where}?language={visit.language}{sent}"))
    context = {**_state(visit), "token": token, "form": form, "wrong": wrong, "was_sent": "sent" in request.GET}
    return private(render(request, "portal/refund.html", context, status=422 if wrong else 200))


@require_safe
def look(request: HttpRequest, token: str) -> HttpResponseBase:
    """The merchant's colour as a stylesheet."""
    visit = _visit(request, token)
    if visit is None:
        return nowhere(request)
    colours = f":root {{ --accent: {visit.look.colour}; --accent-ink: {visit.look.ink}; }}"
    return HttpResponse(colours, content_type="text/css")


@require_safe
def logo(request: HttpRequest, token: str) -> HttpResponseBase:
    """The merchant's logo."""
    visit = _visit(request, token)
    if visit is None or not visit.look.logo:
        return nowhere(request)
    return HttpResponse(visit.look.logo, content_type=f"image/{logo_kind(visit.look.logo)}")


def _visit(request: HttpRequest, token: str) -> Visit | None:
    found = refund_behind(token)
    if found is None or found[0].item is None:
        return None
    refund, is_newest = found
    order = found[0].item.order
    sender = sender_of(refund.merchant_id, order.shop_id) or Sender(name=refund.merchant.name)
    accepted = request.headers.get("Accept-Language", "")
    language = spoken(request.GET.get("language", ""), accepted, language_of(sender.language))
    return Visit(refund, order, look_of(sender), language, is_open(refund, is_newest=is_newest, at=timezone.now()))


def _do(visit: Visit, what: str, form: AccountForm) -> str:
    """Do what was asked for; the sentence why not, empty when it was done."""
    now = timezone.now()
    if what == "again" or not visit.is_open:
        send_link_again(visit.refund, by="buyer", at=now)
        return ""
    try:
        if what == "confirm":
            confirm_refund(visit.refund, at=now)
            return ""
        if not form.is_valid() or not is_iban(tidy(form.cleaned_data["iban"])):
            return visit.words.no_iban
        name_account(visit.refund, GoesTo(form.cleaned_data["name"], form.cleaned_data["iban"]), at=now)
    except Refused:
        return visit.words.not_possible
    return ""


def _state(visit: Visit) -> dict[str, Any]:
    refund, words, language = visit.refund, visit.words, visit.language
    known = shortened(refund.iban) if visit.is_open else ""
    bank = bank_of(refund.iban) if known else None
    facts = {
        "amount": money(refund.amount, language),
        "day": day(refund.paid_on or refund.due_on, language),
        "account": known,
    }
    name = _standing(refund)
    return {
        "words": words,
        "language": language,
        "languages": LANGUAGES.items(),
        "look": visit.look,
        "state": name,
        "sentence": getattr(words, name).format(**facts),
        "order_line": words.order.format(number=visit.order.number),
        "account": known,
        "bank": bank.name if bank else "",
        "asks": visit.is_open and refund.state in _ASKS,
        "may_confirm": bool(refund.iban) and refund.confirmed_at is None,
        "is_old": not visit.is_open and refund.state in _ASKS,
    }


def _standing(refund: Refund) -> str:
    """Which sentence says how the refund stands."""
    if refund.state in {RefundState.PLANNED, RefundState.SHORT, RefundState.COLLECTING} and refund.confirmed_at:
        return "confirmed"
    return {
        RefundState.ACCOUNT_MISSING: "missing",
        RefundState.ORDERED: "confirmed",
        RefundState.PAID: "paid",
        RefundState.CANCELLED: "cancelled",
        RefundState.STOPPED: "stopped",
    }.get(RefundState(refund.state), "planned")
