"""A file of transfers is sent by a connection, taken out of the line again, or its fate told by a person."""

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.banking.queries import connections
from zahlmeister.flows import send_payment_file as sending
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.transfers import payment_file_of
from zahlmeister.refusals import Refused

OUTCOMES = {"arrived": True, "lost": False}


@signed_in
@require_POST
def send(request: OfficeRequest, file_id: int, connection_id: int) -> HttpResponseBase:
    """Put the file in line; a worker sends it within seconds."""
    row = payment_file_of(request, file_id)
    way = connections(request.merchant.pk).filter(pk=connection_id).first()
    if way is None:
        raise Http404
    try:
        sending.queue_file(row, way, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("The file is in line; a worker sends it within seconds."))
    return redirect("office:payment-file", file_id)


@signed_in
@require_POST
def take_back(request: OfficeRequest, file_id: int) -> HttpResponseBase:
    """Take the file out of the line."""
    row = payment_file_of(request, file_id)
    try:
        sending.take_back(row, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    return redirect("office:payment-file", file_id)


@signed_in
@require_POST
def outcome(request: OfficeRequest, file_id: int, outcome: str) -> HttpResponseBase:
    """A person has asked the bank."""
    if outcome not in OUTCOMES:
        raise Http404
    row = payment_file_of(request, file_id)
    try:
        sending.tell_outcome(row, has_arrived=OUTCOMES[outcome], by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    return redirect("office:payment-file", file_id)
