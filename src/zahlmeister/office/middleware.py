"""What every answer of the office carries, and what no page lets in."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
    QueryDict,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from zahlmeister.merchants.cells import MOVING, is_fenced
from zahlmeister.office.bodies import OF_STRANGERS, largest, largest_of_people
from zahlmeister.office.session_ages import where_from

#: What a request may want. TRACE, which sends a request back to whoever made a browser send it, is not among it.
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
#: Seconds in which a browser that was here comes encrypted only: two years.
ENCRYPTED_FOR = 63_072_000


class SecurityHeaders:
    """The outermost layer, around files of the house too: what is not wanted here, and what every answer carries.

    A content security policy under which nothing leaves the machine, no inline script runs and nobody frames a page;
    and the word that nobody on the way keeps it, unless the answer says for itself how long.
    """

    POLICY = (
        "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; frame-ancestors 'none'; "
        "form-action 'self'; base-uri 'none'; object-src 'none'"
    )

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_known = request.method in METHODS
        response = self.get_response(request) if is_known else HttpResponseNotAllowed(METHODS)
        said = response.headers
        said.setdefault("Content-Security-Policy", self.POLICY)
        said.setdefault("Cache-Control", "no-store")
        if settings.SECURE:
            said.setdefault("Strict-Transport-Security", f"max-age={ENCRYPTED_FOR}; includeSubDomains")
        return response


class Bodies:
    """Refuses what is larger than its door allows, before anything of it is read; `office.bodies` has the bounds.

    Who was signed in when they opened a page and is not any more is led to the sign-in page, and from there back.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        size = _size(request)
        if size <= OF_STRANGERS or size <= (most := largest(request.path, is_signed_in=SESSION_KEY in request.session)):
            return self.get_response(request)
        if size <= largest_of_people(request.path):
            return HttpResponseRedirect(
                f"{reverse('office:sign-in')}?{urlencode({'next': _back(request)})}", status=303
            )
        sentence = _("What was sent is larger than the %(most)s kB that are taken here.") % {"most": most >> 10}
        if request.path.startswith("/api/"):
            return HttpResponse(sentence, content_type="text/plain; charset=utf-8", status=413)
        return render(request, "413.html", {"exception": sentence}, status=413)


def _back(request: HttpRequest) -> str:
    """The page a form was sent from, without the host."""
    page = urlsplit(where_from(request))
    return urlunsplit(("", "", page.path, page.query, ""))


def _size(request: HttpRequest) -> int:
    said = request.META.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isascii() and said.isdecimal() else 0


class PlainTexts:
    """Lets the sign NUL in nowhere, which PostgreSQL keeps in no text: looked for it is left out, written refused.

    Programs' calls are not looked at here; their doors refuse it in their own words.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _of: list[Any], _named: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Look at a request that a page, and no program, is asked by."""
        if request.path.startswith("/api/"):
            return None
        if "\0" in request.path:
            raise Http404
        if _has_nul(request.GET):
            request.GET = _without_nul(request.GET)  # type: ignore[assignment] # as fixed as the one that came
        if request.method == "POST" and _has_nul(request.POST):
            sentence = _("What was written holds the sign NUL, which is no part of any text. Write it anew.")
            return render(request, "403.html", {"exception": sentence}, status=400)
        return None


class Moving:
    """Tells whoever writes for a merchant that moves to another database to come back in a minute."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, trouble: Exception) -> HttpResponseBase | None:
        """Answer what the fence has refused; see `merchants.cells`."""
        if not is_fenced(trouble):
            return None
        if request.path.startswith("/api/"):
            answer: HttpResponse = JsonResponse({"error": MOVING}, status=503)
        else:
            sentence = _("This merchant moves to another database and can only be read. Try again in a few minutes.")
            answer = render(request, "403.html", {"exception": sentence}, status=503)
        answer.headers["Retry-After"] = "60"
        return answer


def _has_nul(told: QueryDict) -> bool:
    return any("\0" in name or any("\0" in value for value in values) for name, values in told.lists())


def _without_nul(told: QueryDict) -> QueryDict:
    """The same values in a query that nobody can write to either."""
    plain = QueryDict(mutable=True)
    for name, values in told.lists():
        plain.setlist(name.replace("\0", ""), [value.replace("\0", "") for value in values])
    return QueryDict(plain.urlencode())
