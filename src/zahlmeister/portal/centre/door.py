"""Who stands at the door of a merchant's customer centre, and what every page of it shows."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from zahlmeister.correspondence.models import Sender
from zahlmeister.correspondence.senders import look_of
from zahlmeister.flows.centre.asked import centre_sender
from zahlmeister.flows.centre.sessions import begin, end_here, sessions_at
from zahlmeister.letters.figures import spoken as code_of
from zahlmeister.letters.look import Look
from zahlmeister.merchants.models import Merchant
from zahlmeister.portal.centre.words import words_of
from zahlmeister.portal.pay import nowhere, private
from zahlmeister.portal.words import LANGUAGES, spoken
from zahlmeister.prepaid.models import Account, Customer
from zahlmeister.prepaid.queries import accounts_of, centre_of
from zahlmeister.programs.devices import device
from zahlmeister.programs.limits import knocks_too_often

#: Calls of one address within a minute.
MOST_CALLS = 120
#: Where the browser's session keeps who came in: the customer, and the number of the row.
_KEY = "centre-session"
#: Where the session keeps the secret of a second factor until its first code.
SECRET_KEY = "centre-secret"  # noqa: S105 - the name of its place

Extra = ParamSpec("Extra")


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody in the centre of a merchant; `customer` is None before signing in."""

    merchant: Merchant
    sender: Sender
    language: str
    customer: Customer | None = None

    @property
    def words(self) -> Mapping[str, str]:
        return words_of(self.language)

    @property
    def look(self) -> Look:
        return look_of(self.sender)

    @property
    def who(self) -> Customer:
        """The customer of a page that only customers see."""
        assert self.customer is not None, "the door lets only customers through"
        return self.customer

    def account(self, number: int) -> Account | None:
        """One of the customer's own accounts; None for everybody else's."""
        return next((each for each in accounts_of(self.who) if each.pk == number), None)


Page = Callable[Concatenate[HttpRequest, Visit, Extra], HttpResponseBase]
Door = Callable[Concatenate[HttpRequest, str, Extra], HttpResponseBase]


def at_the_door(page: Page[Extra]) -> Door[Extra]:
    """A page that anybody may open; addresses without a centre all get the same answer."""

    @wraps(page)
    def door(request: HttpRequest, slug: str, *args: Extra.args, **kwargs: Extra.kwargs) -> HttpResponseBase:
        if knocks_too_often(request, most=MOST_CALLS, door="centre"):
            return too_often(request)
        visit = _visit(request, slug)
        if visit is None:
            return nowhere(request)
        return _private(page(request, visit, *args, **kwargs))

    return cast("Door[Extra]", door)  # Django gives the merchant's name as a keyword


def signed_in(page: Page[Extra]) -> Door[Extra]:
    """A page for customers; everybody else is asked to sign in."""

    @wraps(page)
    def inside(request: HttpRequest, visit: Visit, /, *args: Extra.args, **kwargs: Extra.kwargs) -> HttpResponseBase:
        if visit.customer is None:
            return redirect(address(visit, "sign-in"))
        return page(request, visit, *args, **kwargs)

    return at_the_door(inside)


def sign_in(request: HttpRequest, customer: Customer, *, at: datetime) -> None:
    """Remember who came in. The session gets a new key, so that nobody who knew the old one is signed in too."""
    request.session.cycle_key()
    request.session.pop(SECRET_KEY, None)
    end_here(session_here(request))
    began = begin(customer, device(request.headers.get("User-Agent", "")), at=at)
    logging.getLogger("zahlmeister.doors").info("Customer %s is signed in.", customer.pk, extra={"request": request})
    request.session[_KEY] = [customer.pk, began.pk]


def sign_out(request: HttpRequest) -> None:
    """Forget who came in; whoever works in the office by the same browser stays signed in there."""
    end_here(session_here(request))
    for name in (_KEY, SECRET_KEY):
        request.session.pop(name, None)


def session_here(request: HttpRequest) -> int:
    """The number of the session of this browser; none has the number 0."""
    return int(request.session.get(_KEY, (0, 0))[1])


def address(visit: Visit, name: str, *args: object) -> str:
    """The address of a page of this centre."""
    return reverse(f"centre:{name}", args=[visit.merchant.slug, *args])


def shown(
    request: HttpRequest, visit: Visit, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponseBase:
    """A page in the frame of the centre."""
    frame = {
        "words": visit.words,
        "language": visit.language,
        "languages": LANGUAGES.items(),
        "look": visit.look,
        "slug": visit.merchant.slug,
        "customer": visit.customer,
    }
    return render(request, f"centre/{template}.html", {**frame, **(context or {})}, status=status)


def too_often(request: HttpRequest) -> HttpResponseBase:
    """Somebody comes more often than a person can."""
    language = spoken("", request.headers.get("Accept-Language", ""), "de")
    context = {"words": words_of(language), "language": language}
    return private(render(request, "centre/too_often.html", context, status=429))


def _visit(request: HttpRequest, slug: str) -> Visit | None:
    merchant = Merchant.objects.filter(slug=slug).first()
    if merchant is None or not centre_of(merchant.pk).is_on:
        return None
    sender = centre_sender(merchant.pk) or Sender(name=merchant.name)
    customer = _customer(request, merchant)
    otherwise = customer.language if customer else code_of(sender.language)
    accepted = "" if customer else request.headers.get("Accept-Language", "")
    wanted = request.GET.get("language", "") or request.session.get("centre-language", "")
    if request.GET.get("language") in LANGUAGES:
        request.session["centre-language"] = request.GET["language"]
    return Visit(merchant, sender, spoken(wanted, accepted, otherwise), customer)


def _customer(request: HttpRequest, merchant: Merchant) -> Customer | None:
    kept = request.session.get(_KEY)
    if not kept:
        return None
    session = sessions_at(timezone.now()).select_related("customer__merchant").filter(pk=kept[1], merchant=merchant)
    found = session.filter(customer=kept[0], customer__is_blocked=False).first()
    return found.customer if found else None


def _private(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "same-origin"  # forms prove by it where they come from
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
