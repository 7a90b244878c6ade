"""One click ends notices to a person of a merchant: the address stands in each of them, and mail programs know it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from zahlmeister.correspondence.stops import meant_by, stopped_kinds
from zahlmeister.flows.stop_notices import stop_notices, want_notices


@csrf_exempt  # mail programs send the one click without having seen a page (RFC 8058); the address itself is signed
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether it is meant; a POST ends the notices, and one that says `again` takes that back.

    Looking at the page changes nothing: mail servers look at every address before a person does.
    """
    meant = meant_by(token)
    if meant is None:
        return render(request, "portal/unsubscribe.html", {"language": get_language(), "is_ours": False}, status=404)
    merchant_id, person_id, kind = meant
    if request.method == "POST" and "again" in request.POST:
        want_notices(merchant_id, person_id, [kind], at=timezone.now())
    elif request.method == "POST":
        stop_notices(merchant_id, person_id, kind, at=timezone.now())
    is_stopped = kind in stopped_kinds(merchant_id, person_id)
    response = render(
        request,
        "portal/unsubscribe.html",
        {"language": get_language(), "is_ours": True, "is_stopped": is_stopped, "kind": kind.value},
    )
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "same-origin"  # none elsewhere; with none at all a browser's POST has no origin
    return response
