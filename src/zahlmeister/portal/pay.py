"""The buyer's payment page: what to pay, to whom, with which reference, and whether the money is there.

Whoever holds the page's address sees amount, reference and state of one order, and nothing about the buyer. The page
works without scripts; with them there are buttons to copy, and it looks by itself whether the money has arrived.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from zahlmeister.correspondence.asked import asked_of
from zahlmeister.correspondence.models import Sender
from zahlmeister.correspondence.pages import item_of
from zahlmeister.correspondence.senders import language_of, look_of, sender_of
from zahlmeister.flows.say_assigned import assigned_notice
from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.letters.figures import account, money, reference
from zahlmeister.letters.figures import spoken as code_of
from zahlmeister.letters.kinds import Kind
from zahlmeister.letters.look import Look, logo_kind
from zahlmeister.letters.slips.slip import code_to_scan, transfer_slip, value_rows
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import PaymentKind
from zahlmeister.portal.words import LANGUAGES, WORDS, Words, spoken
from zahlmeister.programs.limits import is_shown_too_often, knocks_too_often, seconds_left
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.pay_to import account_for
from zahlmeister.receivables.queries import all_allocations, standing
from zahlmeister.receivables.states import ItemState
from zahlmeister.refusals import Refused


@dataclass(frozen=True, slots=True)
class Visit:
    """What the address leads to, and in which language it is shown."""

    item: OpenItem
    sender: Sender
    look: Look
    language: str

    @property
    def words(self) -> Words:
        return WORDS[self.language]


def counted(page: Callable[[HttpRequest, str], HttpResponse]) -> Callable[[HttpRequest, str], HttpResponse]:
    """A page that may be shown so often in a minute, and no more; who guesses at pages is counted by his address.

    Buyers of a whole country may come from one address, so those who know their page are not counted by it.
    """

    @wraps(page)
    def door(request: HttpRequest, token: str) -> HttpResponse:
        number = item_of(token)
        if number is None:
            is_too_often = knocks_too_often(request, most=settings.MOST_VISITS, door="pay")
        else:
            is_too_often = is_shown_too_often(f"pay:{number}", most=settings.MOST_VISITS)
        return too_often(request) if is_too_often else page(request, token)

    return door


@require_safe
@counted
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The whole page."""
    visit = _visit(request, token)
    if visit is None:
        return nowhere(request)
    asked = _asked(visit)
    picture = code_to_scan(asked) if asked else None
    return private(
        render(
            request,
            "portal/pay.html",
            {
                **_state(visit),
                "token": token,
                "look": visit.look,
                "rows": rows_to_copy(asked, visit.language) if asked else [],
                "code": SafeString(picture.svg()) if picture else "",
                "asked": asked,
                "notice": assigned_notice(visit.item, asked, visit.language),
                "languages": LANGUAGES.items(),
            },
        )
    )


@require_safe
@counted
def state(request: HttpRequest, token: str) -> HttpResponse:
    """How the order stands, for a page that is open."""
    visit = _visit(request, token)
    if visit is None:
        return nowhere(request)
    return private(render(request, "portal/state.html", _state(visit)))


@require_safe
@counted
def slip(request: HttpRequest, token: str) -> HttpResponse:
    """The transfer slip of the buyer's country as PDF."""
    visit = _visit(request, token)
    asked = _asked(visit) if visit else None
    if visit is None or asked is None:
        return nowhere(request)
    pdf = transfer_slip(asked, country=visit.item.order.country.upper(), language=visit.language)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="slip.pdf"'
    return private(response)


@require_safe
def look(request: HttpRequest, token: str) -> HttpResponse:
    """The merchant's colour as a stylesheet."""
    visit = _visit(request, token)
    if visit is None:
        return nowhere(request)
    colours = f":root {{ --accent: {visit.look.colour}; --accent-ink: {visit.look.ink}; }}"
    return HttpResponse(colours, content_type="text/css")


@require_safe
def logo(request: HttpRequest, token: str) -> HttpResponse:
    """The merchant's logo."""
    visit = _visit(request, token)
    if visit is None or not visit.look.logo:
        raise Http404
    return HttpResponse(visit.look.logo, content_type=f"image/{logo_kind(visit.look.logo)}")


def _visit(request: HttpRequest, token: str) -> Visit | None:
    number = item_of(token)
    rows = OpenItem.objects.select_related("order__merchant", "order__shop")
    item = rows.filter(pk=number).first() if number is not None else None
    if item is None:
        return None
    sender = sender_of(item.merchant_id, item.order.shop_id) or Sender(name=item.order.merchant.name)
    accepted = request.headers.get("Accept-Language", "")
    language = spoken(
        request.GET.get("language", ""), accepted, code_of(language_of(item.order, Kind.PAYMENT_INFORMATION, sender))
    )
    return Visit(item, sender, look_of(sender), language)


def _asked(visit: Visit) -> Asked | None:
    """What is to be transferred; None when nothing is, or when nobody can say where to."""
    item = visit.item
    if item.open_minor <= 0 or item.order.payment_kind not in {PaymentKind.PREPAYMENT, PaymentKind.INVOICE}:
        return None
    paid_to = account_for(item.order)
    try:
        return asked_of(item, paid_to, visit.sender) if paid_to else None
    except Refused:
        return None


def _state(visit: Visit) -> dict[str, Any]:
    item, words = visit.item, visit.words
    paid_minor = sum(
        row.applied_minor + row.surplus_minor for row in standing(all_allocations(item.merchant_id, item=item.pk))
    )
    facts = {
        "open": money(item.open, visit.language),
        "total": money(item.total, visit.language),
        "paid": money(Amount(paid_minor, item.currency), visit.language),
        "surplus": money(item.surplus, visit.language),
    }
    name = _standing(item)
    return {
        "words": words,
        "language": visit.language,
        "state": name,
        "sentence": getattr(words, name).format(**facts),
        "is_waiting": name in {"open", "part_paid"},
        "order_line": words.order.format(number=item.order.number),
        "no_account": words.no_account.format(shop=visit.look.name),
    }


def _standing(item: OpenItem) -> str:
    """Which sentence says how the order stands."""
    if item.state == ItemState.CANCELLED:
        return "cancelled"
    if item.state == ItemState.PAID:
        return "overpaid" if item.surplus_minor else "paid"
    if item.order.payment_kind == PaymentKind.COD:
        return "carrier"
    return "part_paid" if item.state == ItemState.PART_PAID else "open"


def rows_to_copy(asked: Asked, language: str) -> list[tuple[str, str, str]]:
    """What to type, each with its name and as it is copied: without what only helps to read."""
    mark = "." if language == "en" or asked.amount.currency == "CHF" else ","
    copied = {
        account(asked.iban): asked.iban,
        reference(asked.reference): asked.reference,
        money(asked.amount, language): asked.amount.text().replace(".", mark),
    }
    return [(label, value, copied.get(value, value)) for label, value in value_rows(asked, language)]


def nowhere(request: HttpRequest) -> HttpResponse:
    """The same answer for every address that leads nowhere."""
    language = spoken(request.GET.get("language", ""), request.headers.get("Accept-Language", ""), "de")
    context = {"words": WORDS[language], "language": language}
    return private(render(request, "portal/nowhere.html", context, status=404))


def too_often(request: HttpRequest) -> HttpResponse:
    """The answer to whoever has asked too often: when to come again."""
    language = spoken(request.GET.get("language", ""), request.headers.get("Accept-Language", ""), "de")
    context = {"words": WORDS[language], "language": language}
    answer = private(render(request, "portal/too_often.html", context, status=429))
    answer["Retry-After"] = str(seconds_left())
    return answer


def private(response: HttpResponse) -> HttpResponse:
    """No search engine, no cache and no other site is told of the page."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "same-origin"  # none elsewhere; with none at all a browser's POST has no origin
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
