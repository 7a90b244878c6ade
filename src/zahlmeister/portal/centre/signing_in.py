"""Coming in and going out: by a link, by a password with a second factor, by a token of the shop."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zahlmeister.flows.centre.let_in import ask_link, enter_by_link
from zahlmeister.letters.look import logo_kind
from zahlmeister.portal.centre.door import Visit, address, at_the_door, shown, sign_in, sign_out, too_often
from zahlmeister.portal.pay import nowhere
from zahlmeister.prepaid.links import customer_behind
from zahlmeister.programs.limits import knocks_too_often

#: Links asked for from one address within a minute.
MOST_LINKS = 6


@require_http_methods(["GET", "HEAD", "POST"])
@at_the_door
def ask(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Ask for a link; the answer is the same whoever asks."""
    if request.method != "POST":
        return shown(request, visit, "sign_in")
    if knocks_too_often(request, most=MOST_LINKS, door="centre-link"):
        return too_often(request)
    email = request.POST.get("email", "")[:254]
    ask_link(visit.merchant, email, language=visit.language, at=timezone.now())
    return shown(request, visit, "link_sent", {"email": email})


@require_http_methods(["GET", "HEAD", "POST"])
@at_the_door
def use_link(request: HttpRequest, visit: Visit, token: str) -> HttpResponseBase:
    """The link in the mail: looking at it signs nobody in, because mail servers look first; a POST does."""
    now, wrong = timezone.now(), ""
    if request.method == "POST":
        customer = enter_by_link(visit.merchant, token, request.POST.get("code", ""), at=now)
        if customer is not None:
            sign_in(request, customer, at=now)
            return redirect(address(visit, "home"))
        wrong = visit.words["code_wrong"]
    found = customer_behind(visit.merchant.pk, token, at=now)
    context = {"email": found[0].email, "asks_code": found[0].has_second_factor, "wrong": wrong} if found else {}
    status = 410 if not found else 422 if wrong else 200
    return shown(request, visit, "use_link", context, status=status)


@require_POST
@at_the_door
def leave(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Sign out."""
    sign_out(request)
    answer = redirect(address(visit, "sign-in"))
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@require_safe
@at_the_door
def look(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """The merchant's colour as a stylesheet."""
    del request
    colours = f":root {{ --accent: {visit.look.colour}; --accent-ink: {visit.look.ink}; }}"
    return HttpResponse(colours, content_type="text/css")


@require_safe
@at_the_door
def logo(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """The merchant's logo."""
    if not visit.look.logo:
        return nowhere(request)
    return HttpResponse(visit.look.logo, content_type=f"image/{logo_kind(visit.look.logo)}")
