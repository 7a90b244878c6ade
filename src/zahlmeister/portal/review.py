"""Whoever was declined for purchase on invoice asks for a person, and says what speaks for him."""

from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from zahlmeister.credit.links import decision_behind
from zahlmeister.credit.public import text
from zahlmeister.credit.rules import Outcome
from zahlmeister.flows.purchase.review_credit import ask_person
from zahlmeister.refusals import Refused


@csrf_exempt  # the address itself is signed, and nothing but this one question can be asked with it
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, token: str) -> HttpResponse:
    """Show how the decision stands, in the words for buyers; a POST asks for a person, once."""
    decision, language = decision_behind(token), get_language() or "de"
    if decision is None:
        return _answer(request, {"language": language, "decision": None}, 404)
    if request.method == "POST":
        said = request.POST.get("text", "")
        with suppress(Refused):  # somebody has looked, or it is accepted: the page says how it stands
            ask_person(decision.merchant, decision.pk, said, by="buyer", at=timezone.now())
    reviews = list(decision.reviews.order_by("-asked_at"))
    is_declined = decision.stands in (Outcome.DECLINED, Outcome.DECLINED_FINAL)
    context = {
        "language": language,
        "decision": decision,
        "merchant": decision.merchant,
        "said": text("accepted" if decision.stands == Outcome.ACCEPTED else decision.public_text, language),
        "waits": any(one.state == "open" for one in reviews),
        "may_ask": is_declined and not reviews,
        "was_looked_at": is_declined and any(one.state != "open" for one in reviews),
    }
    return _answer(request, context, 200)


def _answer(request: HttpRequest, context: dict[str, object], status: int) -> HttpResponse:
    response = render(request, "portal/review.html", context, status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "same-origin"  # none elsewhere; with none at all a browser's POST has no origin
    return response
