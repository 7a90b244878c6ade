"""A customer's own way in: a password with a code from an app."""

from datetime import datetime
from io import BytesIO

import segno
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST

from zahlmeister.flows.centre.password import Shown, enter_by_password, set_password
from zahlmeister.flows.centre.sessions import end_others, sessions_of
from zahlmeister.letters.figures import day
from zahlmeister.portal.centre.door import (
    SECRET_KEY,
    Visit,
    address,
    at_the_door,
    session_here,
    shown,
    sign_in,
    signed_in,
    too_often,
)
from zahlmeister.prepaid.second_factor import address_for_app, new_secret
from zahlmeister.programs.limits import knocks_too_often
from zahlmeister.refusals import Refused

#: Passwords tried from one address within a minute.
MOST_TRIES = 10


@require_POST
@at_the_door
def by_password(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Sign in by password and code; what was wrong is not said."""
    if knocks_too_often(request, most=MOST_TRIES, door="centre-password"):
        return too_often(request)
    said, now = request.POST, timezone.now()
    given = {name: said.get(name, "") for name in ("email", "password", "code")}  # a password is what was typed
    customer = enter_by_password(visit.merchant, given["email"], given["password"], given["code"], at=now)
    if customer is None:
        context = {"email": given["email"], "wrong": visit.words["password_wrong"], "by_password": True}
        return shown(request, visit, "sign_in", context, status=422)
    sign_in(request, customer, at=now)
    return redirect(address(visit, "home"))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def access(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Set a password, proven by a first code of the app, and by those of now where there are some."""
    secret = request.session.setdefault(SECRET_KEY, new_secret())
    wrong = ""
    if request.method == "POST":
        said, now = request.POST, timezone.now()
        try:
            shown_ = Shown(said.get("current", ""), said.get("current-code", ""))
            customer = set_password(
                visit.who, said.get("password", ""), secret, said.get("code", ""), at=now, shown=shown_
            )
        except Refused:
            wrong = visit.words["password_refused"]
        else:
            sign_in(request, customer, at=now)
            return redirect(f"{address(visit, 'access')}?kept=1")
    now = timezone.now()
    context = {
        "secret": secret,
        "code": SafeString(_picture(address_for_app(secret, visit.who.email, visit.look.name))),
        "has_password": visit.who.has_second_factor,
        "was_kept": "kept" in request.GET,
        "wrong": wrong,
        "sessions": [
            (each, _since(each.began_at, visit), each.pk == session_here(request))
            for each in sessions_of(visit.who, at=now)
        ],
        "has_ended": "ended" in request.GET,
        "asks_again": "again" in request.GET,
    }
    return shown(request, visit, "access", context, status=422 if wrong else 200)


@require_POST
@signed_in
def end_sessions(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Sign out in another browser, or in all others; for who has just come in."""
    said = request.POST.get("session")
    only = None if said is None else int(said) if said.isdecimal() and len(said) < 19 else 0  # 0 is nobody's
    try:
        end_others(visit.who, session_here(request), only=only, at=timezone.now())
    except Refused:
        return redirect(f"{address(visit, 'access')}?again=1#sessions")
    return redirect(f"{address(visit, 'access')}?ended=1#sessions")


def _since(at: datetime, visit: Visit) -> str:
    here = timezone.localtime(at)
    return f"{day(here.date(), visit.language)}, {here:%H:%M}"


def _picture(text: str) -> str:
    out = BytesIO()
    segno.make(text, micro=False).save(out, kind="svg", scale=4, xmldecl=False, svgns=True, omitsize=True)
    return out.getvalue().decode()
