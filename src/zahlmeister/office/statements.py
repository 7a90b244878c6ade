"""Statement files handed in, and how far their reading is."""

from collections.abc import Sequence
from typing import BinaryIO, cast

from django.db.models import Q
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from zahlmeister.banking import queries
from zahlmeister.banking.models import BankAccount, Statement, StatementImport
from zahlmeister.banking.states import ImportState
from zahlmeister.flows.describe_table import unknown_table
from zahlmeister.flows.hand_in_statement import HandedIn, Way, discard_import, hand_in_statement, retry_import
from zahlmeister.flows.unpack import Handed, unpacked
from zahlmeister.history.queries import steps_of
from zahlmeister.office import words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.accounts import account_rows
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.listed import Narrowing, Wants, listed
from zahlmeister.receivables.queries import only_recorded
from zahlmeister.refusals import Refused

UNFINISHED = (ImportState.WAITING, ImportState.RUNNING)


@signed_in
def statements(request: OfficeRequest) -> HttpResponseBase:
    """Accounts, the field to hand in files, and the files so far.

    A POST hands in; with `assign_at_once` the first file of an account is assigned like every other one.
    """
    if request.method == "POST":
        return _hand_in(request)
    found = listed(request, queries.imports(request.merchant.pk), _wants())
    named = list(queries.named_accounts(request.merchant.pk))
    return found.file or render(
        request,
        "office/statements.html",
        found.context
        | {
            "accounts": account_rows(request.merchant.pk),
            "lacks_first_statement": queries.lacks_first_statement(request.merchant.pk),
            "to_ask": [each for each in named if each.is_ours is None],
            "strange": [each for each in named if each.is_ours is False],
            "is_reading": any(row.state in UNFINISHED for row in found.rows),
        },
    )


def _wants() -> Wants[StatementImport]:
    states = [(one.value, str(one.label), Q(state=one)) for one in ImportState]
    return Wants(
        _("statements"),
        [
            (_("File"), lambda row: row.name),
            (_("State"), lambda row: str(row.get_state_display())),
            (_("Handed in"), lambda row: timezone.localdate(row.created_at)),
            (_("by"), lambda row: words.actor(row.created_by)),
            (_("Entries"), lambda row: row.entries_done),
            (_("Payments"), lambda row: row.recorded),
            (_("Known before"), lambda row: row.known),
            (_("Assigned"), lambda row: row.settled),
            (_("Suggested"), lambda row: row.suggested),
            (_("Unclear"), lambda row: row.unclear),
        ],
        [Narrowing("state", _("in any state"), states)],
        ("name",),
        "created_at__date",
    )


@signed_in
def statement(request: OfficeRequest, import_id: int) -> HttpResponseBase:
    """One file: how far it is, and in the end what it brought."""
    row = _found(request, import_id)
    statements = queries.statements_of(row)
    return render(
        request,
        "office/statement.html",
        {
            "import": row,
            "is_unfinished": row.state in UNFINISHED,
            "can_tell_columns": unknown_table(row) is not None,
            "statements": statements,
            "early": only_recorded(row.merchant_id, _to_start(statements)) if row.state not in UNFINISHED else [],
            "steps": [
                (step, words.step("import", step.verb), words.actor(step.actor))
                for step in steps_of(row.merchant_id, "import", row.pk)
            ],
        },
    )


@signed_in
def progress(request: OfficeRequest, import_id: int) -> HttpResponseBase:
    """Only how far a file is; asks again every second until it is finished, then loads the summary."""
    row = _found(request, import_id)
    if row.state not in UNFINISHED and request.headers.get("HX-Request"):
        answer = render(request, "office/progress.html", {"import": row, "is_unfinished": False})
        answer.headers["HX-Refresh"] = "true"
        return answer
    return render(request, "office/progress.html", {"import": row, "is_unfinished": row.state in UNFINISHED})


@signed_in
@require_POST
def retry(request: OfficeRequest, import_id: int) -> HttpResponseBase:
    """Read a file again that stopped at an error."""
    row = _found(request, import_id)
    try:
        retry_import(row, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("“%(name)s” is lined up to be read on from where it stopped.") % {"name": row.name})
    return redirect("office:statement", import_id)


@signed_in
@require_POST
def discard(request: OfficeRequest, import_id: int) -> HttpResponseBase:
    """Set a file aside that cannot be read; what was read of it is kept."""
    row = _found(request, import_id)
    try:
        discard_import(row, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
        return redirect("office:statement", import_id)
    told(request, _("“%(name)s” is set aside and asks for nobody any more.") % {"name": row.name})
    return redirect("office:statements")


def _hand_in(request: OfficeRequest) -> HttpResponseBase:
    files = [Handed(file.name or "", cast("BinaryIO", file)) for file in request.FILES.getlist("files")]
    if not files:
        refused(request, _("No file was chosen. Choose the statement your bank offers: camt, MT940 or CSV."))
        return redirect("office:statements")
    way = Way(only_records_first=not request.POST.get("assign_at_once"))
    taken: list[HandedIn] = []
    for file in files:
        try:
            for one in unpacked([file]):
                name = one.name or _("statement")
                by, at = request.user.email, timezone.now()
                taken.append(hand_in_statement(request.merchant, one.file, name, by=by, at=at, way=way))
        except Refused as refusal:  # the others are taken all the same
            refused(request, refusal)
    return _answer(request, taken)


def _answer(request: OfficeRequest, taken: Sequence[HandedIn]) -> HttpResponseBase:
    fresh = [one for one in taken if one.is_new]
    known = len(taken) - len(fresh)
    if known:
        sentence = ngettext(
            "%(count)s file was handed in before with the same content; nothing is booked twice.",
            "%(count)s files were handed in before with the same content; nothing is booked twice.",
            known,
        )
        told(request, sentence % {"count": known})
    if len(taken) == 1 and len(request.FILES.getlist("files")) == 1:
        return redirect("office:statement", taken[0].statement_import.pk)
    if fresh:
        sentence = ngettext(
            "%(count)s file is lined up for reading.", "%(count)s files are lined up for reading.", len(fresh)
        )
        told(request, sentence % {"count": len(fresh)})
    return redirect("office:statements")


def _to_start(statements: Sequence[Statement]) -> list[BankAccount]:
    """The accounts of a file that wait for being started, or have just been started."""
    read = {one.account_id: one.account for one in statements if not one.is_left_out}
    return [account for account in read.values() if account.waits_for_start or account.is_starting]


def _found(request: OfficeRequest, import_id: int) -> StatementImport:
    row = queries.imports(request.merchant.pk).filter(pk=import_id).first()
    if row is None:
        raise Http404
    return row
