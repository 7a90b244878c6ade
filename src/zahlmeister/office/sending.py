"""A file of transfers or direct debits: sent by a connection, taken out of the line, or its fate told by a person."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.banking.bank_file import BankFile
from zahlmeister.banking.debit_queries import debit_files
from zahlmeister.banking.outgoing_models import PaymentFile
from zahlmeister.banking.outgoing_queries import payment_files, ways_out
from zahlmeister.banking.outgoing_states import FileState
from zahlmeister.banking.queries import connections
from zahlmeister.flows import send_payment_file as sending
from zahlmeister.history.queries import steps_of
from zahlmeister.office import words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.refusals import Refused

OUTCOMES = {"arrived": True, "lost": False}
ACTIONS = ("send", "take-back", "outcome", "download", "withdraw")


def file_of(request: OfficeRequest, numbers: Mapping[str, int]) -> BankFile:
    """The merchant's file that an address names, by `file_id` or `debit_file_id`."""
    rows = payment_files(request.merchant.pk) if "file_id" in numbers else debit_files(request.merchant.pk)
    [number] = numbers.values()
    row = rows.select_related("account", "merchant", "connection").filter(pk=number).first()
    if row is None:
        raise Http404
    return row


def address(file: BankFile, action: str = "") -> str:
    """The name of the page of a file, or of something that is done with it."""
    return f"office:{file.SUBJECT.replace('_', '-')}{action and '-'}{action}"


def made(request: OfficeRequest, files: Sequence[BankFile], overview: str) -> HttpResponseBase:
    """Files have just been made: to the page of the only one, or to the overview of several."""
    if len(files) == 1:
        return redirect(address(files[0]), files[0].pk)
    sentence = _("%(count)s files are made, because your bank takes each sort and day by itself.")
    told(request, sentence % {"count": len(files)})
    return redirect(overview)


def page(request: OfficeRequest, row: BankFile, **more: Any) -> HttpResponseBase:
    """One file for the bank, what is in it, and what can be done with it."""
    steps = steps_of(row.merchant_id, row.SUBJECT, row.pk)
    context = {
        "file": row,
        "is_debits": not isinstance(row, PaymentFile),
        "may_withdraw": row.state == FileState.MADE,
        "may_download": row.state in {FileState.MADE, FileState.EXPORTED},
        "ways": ways_out(row.account) if row.state == FileState.MADE else [],
        "to": {action.replace("-", "_"): address(row, action) for action in ACTIONS},
        "steps": [(step, words.step(PaymentFile.SUBJECT, step.verb), words.actor(step.actor)) for step in steps],
    }
    return render(request, "office/payment_file.html", context | more)


@signed_in
@require_POST
def send(request: OfficeRequest, /, connection_id: int, **numbers: int) -> HttpResponseBase:
    """Put the file in line; a worker sends it within seconds."""
    row = file_of(request, numbers)
    way = connections(request.merchant.pk).filter(pk=connection_id).first()
    if way is None:
        raise Http404
    if _done(request, lambda: sending.queue_file(row, way, by=request.user.email, at=timezone.now())):
        told(request, _("The file is in line; a worker sends it within seconds."))
    return redirect(address(row), row.pk)


@signed_in
@require_POST
def take_back(request: OfficeRequest, /, **numbers: int) -> HttpResponseBase:
    """Take the file out of the line."""
    row = file_of(request, numbers)
    _done(request, lambda: sending.take_back(row, by=request.user.email, at=timezone.now()))
    return redirect(address(row), row.pk)


@signed_in
@require_POST
def outcome(request: OfficeRequest, /, outcome: str, **numbers: int) -> HttpResponseBase:
    """A person has asked the bank."""
    if outcome not in OUTCOMES:
        raise Http404
    row = file_of(request, numbers)
    arrived = OUTCOMES[outcome]
    _done(request, lambda: sending.tell_outcome(row, has_arrived=arrived, by=request.user.email, at=timezone.now()))
    return redirect(address(row), row.pk)


def _done(request: OfficeRequest, verb: Callable[[], object]) -> bool:
    try:
        verb()
    except Refused as refusal:
        refused(request, refusal)
        return False
    return True
