"""How long somebody stays signed in: two bounds that end a session, how many there may be, and how an end looks."""

from collections.abc import Callable
from functools import wraps
from time import time
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from zahlmeister.merchants.models import Person
from zahlmeister.office.areas import POLLED

#: When somebody signed in, and when a page was last asked for, in seconds; the latter is known to a few minutes.
BEGAN, SEEN = "began", "seen"
#: So many sessions one person has at a time; with one more the one that was seen longest ago ends.
MOST_SESSIONS = 10

Door = Callable[..., HttpResponse]


class Sessions(SessionMiddleware):
    """Sessions as Django keeps them, but for one that ends while one of its requests is answered.

    That is a tab that signs out, or a tenth other session, in the wrong moment. Whoever asked goes back to the page
    they were on, which asks them to sign in if they have to, instead of reading “Bad Request”.

    An answer to a page that asks again by itself takes no session from a browser: it may have been asked under a number
    that another answer has replaced meanwhile, and would take the new one.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Keep the session, or lead back."""
        try:
            answer = super().process_response(request, response)
        except SessionInterrupted:
            return HttpResponseRedirect(where_from(request))
        if request.resolver_match is not None and request.resolver_match.url_name in POLLED:
            kept = answer.cookies.get(settings.SESSION_COOKIE_NAME)
            if kept is not None and not kept.value:
                del answer.cookies[settings.SESSION_COOKIE_NAME]
        return answer


def where_from(request: HttpRequest) -> str:
    """The page of this house that a form was sent from; of what was only read, its own address."""
    page = request.headers.get("Referer", "") if request.method == "POST" else ""
    ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if ours else request.get_full_path()


class SessionAges:
    """Ends sessions of people that nobody uses any more, and those that are too old; customers' have their own bound.

    A page that asks again by itself does not count as use: only `office.access` writes down when a session was seen.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session, now = request.session, int(time())
        if SESSION_KEY in session:
            began = session.setdefault(BEGAN, now)
            seen = max(session.get(SEEN, 0), began)
            if now - began > settings.SIGNED_IN or now - seen > settings.IDLE:
                logout(request)
        return self.get_response(request)


def end_surplus(person: Person) -> None:
    """End the sessions beyond the bound, those first that were seen longest ago."""
    for row in UserSession.objects.filter(user=person).order_by("-last_seen_at", "-pk")[MOST_SESSIONS:]:
        row.end()


def renews(view: Door) -> Door:
    """A page on which somebody shows anew who they are: once they have, the session has another number."""

    @wraps(view)
    def door(request: HttpRequest, *of: Any, **named: Any) -> HttpResponse:
        before = list(get_authentication_records(request, request.user))
        answer = view(request, *of, **named)
        if request.user.is_authenticated and get_authentication_records(request, request.user) != before:
            old = request.session.session_key
            request.session.cycle_key()
            UserSession.objects.filter(session_key=old).update(session_key=request.session.session_key)
        return answer

    return door
