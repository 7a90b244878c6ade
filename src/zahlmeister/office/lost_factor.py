"""A second factor was lost: an owner asks to take it away, here or at the operator's, and another owner agrees."""

from collections.abc import Callable
from functools import partial

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.flows.people.lost_factor import agree_to_take, ask_to_take, standing, withdraw_taking
from zahlmeister.merchants.models import FactorLoss, Membership
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.refusals import Refused


@signed_in
@require_POST
def ask(request: OfficeRequest, person_id: int) -> HttpResponseBase:
    """Ask to take a person's second factor away; the field `why` says how it was made sure who it is."""
    rows = Membership.objects.filter(person=person_id).select_related("person")
    row = (rows if request.merchant.is_operator else rows.filter(merchant=request.merchant)).first()
    if row is None:
        raise Http404
    why = request.POST.get("why", "")
    act = partial(ask_to_take, request.merchant, row.person, why, by=request.user, at=timezone.now())
    return _tried(request, act, _("Another owner has to agree now; %(person)s was told.") % {"person": row.person})


@signed_in
@require_POST
def agree(request: OfficeRequest, loss_id: int) -> HttpResponseBase:
    """Agree as the second person."""
    row = _found(request, loss_id)
    act = partial(agree_to_take, row, by=request.user, at=timezone.now())
    sentence = _("The second factor of %(person)s is taken away; a mail with a link for a new password is on its way.")
    return _tried(request, act, sentence % {"person": row.person})


@signed_in
@require_POST
def withdraw(request: OfficeRequest, loss_id: int) -> HttpResponseBase:
    """Leave the factor where it is."""
    row = _found(request, loss_id)
    act = partial(withdraw_taking, row, by=request.user, at=timezone.now())
    return _tried(request, act, _("%(person)s keeps the second factor.") % {"person": row.person})


def waiting(request: OfficeRequest) -> list[FactorLoss]:
    """What waits for a second person at this desk; at the operator's, everybody's."""
    rows = standing(timezone.now())
    return list(rows if request.merchant.is_operator else rows.filter(merchant=request.merchant))


def _found(request: OfficeRequest, loss_id: int) -> FactorLoss:
    rows = FactorLoss.objects.select_related("merchant", "person", "asked_by")
    row = (rows if request.merchant.is_operator else rows.filter(merchant=request.merchant)).filter(pk=loss_id).first()
    if row is None:
        raise Http404
    return row


def _tried(request: OfficeRequest, act: Callable[[], object], sentence: str) -> HttpResponse:
    try:
        act()
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, sentence)
    return redirect("office:operator" if request.merchant.is_operator else "office:people")
