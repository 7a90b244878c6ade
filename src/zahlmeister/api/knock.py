"""Shops that knock: `/api/shop/neworder.jsf`, `invoice.jsf` and `test.jsf` for modules, `/api/shop/hook/…` for others.

The modules wait two seconds and do not read the answer, so nothing is fetched here: the shop becomes due.
"""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from zahlmeister.flows.hear_of_order import hear_address, hear_module, hear_webhook
from zahlmeister.flows.read_bounces import hear_mailgun
from zahlmeister.programs.limits import knocks_too_often
from zahlmeister.refusals import Refused

#: An order as a module hides it is a few thousand bytes; as Shopify tells it, it may be some hundred thousand.
LONGEST = 1 << 20
#: From one address within a minute.
MOST_KNOCKS = 240

Door = Callable[..., HttpResponse]


def guarded(view: Door) -> Door:
    """Refuse what is too long or comes too often, before anything of it is read."""

    @csrf_exempt
    @require_POST
    def door(request: HttpRequest, **of: int) -> HttpResponse:
        if knocks_too_often(request, most=MOST_KNOCKS, door="knock"):
            return said("Too many calls; the orders are read in any case.", 429)
        if _length(request) > LONGEST:
            return said("Too long for an order.", 413)
        return view(request, **of)

    return door


@guarded
def news(request: HttpRequest) -> HttpResponse:
    """An order was placed or changed, or an invoice was made."""
    told = request.POST
    if told.get("key"):
        return _from_module(request)
    addresses = [*told.getlist("url"), *told.getlist("url[]")]
    if not addresses:
        return said("Nothing was said: neither a key nor the address of a shop.", 400)
    hear_address(addresses, at=timezone.now())
    return said("ok")  # whether there is such a shop is nobody's business


@guarded
def trial(request: HttpRequest) -> HttpResponse:
    """A shop tries whether we listen, and shows its owner our answer."""
    return _from_module(request) if request.POST.get("key") else said("ok")


@guarded
def hook(request: HttpRequest, connection_id: int) -> HttpResponse:
    """WooCommerce and Shopify call this address of one shop, signed; WooCommerce tries it once without a signature."""
    body = request.body
    if re.fullmatch(rb"webhook_id=\d+", body):
        return said("ok")
    try:
        hear_webhook(connection_id, body, request.headers, at=timezone.now())
    except Refused as refusal:
        return said(str(refusal), 403)
    return said("ok")


@guarded
def mailgun(request: HttpRequest, returns_id: int) -> HttpResponse:
    """A mail provider says what became of a merchant's mails, signed."""
    try:
        hear_mailgun(returns_id, request.body, at=timezone.now())
    except Refused as refusal:
        return said(str(refusal), 406)  # it does not try again after this answer
    return said("ok")


def _from_module(request: HttpRequest) -> HttpResponse:
    told = request.POST
    try:
        hear_module(told.get("q", ""), told.get("hash", ""), told.get("key", ""), at=timezone.now())
    except Refused as refusal:
        return said(str(refusal), 403)
    return said("ok")


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return LONGEST + 1


def said(text: str, status: int = 200) -> HttpResponse:
    """An answer in a plain sentence."""
    return HttpResponse(text, content_type="text/plain; charset=utf-8", status=status)
