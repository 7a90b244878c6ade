"""What a person can do about a purchase on invoice: let it go, note an objection or a promise, decide what follows."""

from collections.abc import Callable

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.flows.purchase import dispute as flow
from zahlmeister.flows.purchase.release import cancel, release
from zahlmeister.office import typed
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.purchase.models import Authorisation
from zahlmeister.purchase.states import Dispute, Recourse
from zahlmeister.refusals import Refused


@signed_in
@require_POST
def let_go(request: OfficeRequest, purchase_id: int) -> HttpResponseBase:
    """Let go what is left of an order: all of it, where nothing was billed."""
    found = Authorisation.objects.filter(merchant=request.merchant, pk=purchase_id).first()
    if found is None:
        raise Http404
    act = release if found.captured_minor else cancel
    try:
        act(request.merchant, found.pk, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("What was left of the order is let go."))
    return redirect("office:purchase", purchase_id)


@signed_in
@require_POST
def act(request: OfficeRequest, claim_id: int) -> HttpResponseBase:
    """One of the things that can be done about an invoice; `act` says which."""
    try:
        flow.either_side(request.merchant, claim_id)
    except Refused as unknown:
        raise Http404 from unknown
    todo = _ACTS.get(request.POST.get("act", ""), _unknown)
    try:
        todo(request, claim_id)
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("Noted."))
    return redirect("office:purchase-claim", claim_id)


def _unknown(_request: OfficeRequest, _claim_id: int) -> None:
    raise Refused("Nobody knows what was to be done; look again.")


def _dispute(request: OfficeRequest, claim_id: int) -> None:
    why = request.POST.get("why", "")
    if why not in Dispute.values:
        raise Refused("Say what the buyer objects.")
    until = typed.day(request.POST.get("until", ""))
    flow.dispute(request.merchant, claim_id, Dispute(why), until, by=request.user.email, at=timezone.now())


def _end_dispute(request: OfficeRequest, claim_id: int) -> None:
    is_buyer_right = request.POST.get("right") == "buyer"
    by, now = request.user.email, timezone.now()
    flow.end_dispute(request.merchant, claim_id, is_buyer_right=is_buyer_right, by=by, at=now)


def _promise(request: OfficeRequest, claim_id: int) -> None:
    until = typed.day(request.POST.get("until", ""))
    flow.promise(request.merchant, claim_id, until, by=request.user.email, at=timezone.now())


def _recourse(request: OfficeRequest, claim_id: int) -> None:
    why = request.POST.get("why", "")
    if why not in Recourse.values:
        raise Refused("Say why the claim goes back to the merchant.")
    flow.take_recourse(request.merchant, claim_id, Recourse(why), by=request.user.email, at=timezone.now())


def _give_up(request: OfficeRequest, claim_id: int) -> None:
    flow.give_up(request.merchant, claim_id, by=request.user.email, at=timezone.now())


_ACTS: dict[str, Callable[[OfficeRequest, int], None]] = {
    "dispute": _dispute,
    "end-dispute": _end_dispute,
    "promise": _promise,
    "recourse": _recourse,
    "give-up": _give_up,
}
