"""Money that is collected: mandates, direct debits by them, and the files they go to the bank in."""

from collections.abc import Callable
from uuid import uuid4

from django import forms
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zahlmeister.banking import debit_queries as queries
from zahlmeister.banking.debit_models import Debit, DebitFile, Mandate, SchemeChoice
from zahlmeister.banking.debit_rules import tell_by
from zahlmeister.banking.debit_states import DebitState
from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.outgoing_queries import paying_accounts
from zahlmeister.flows import collect_debit as flow
from zahlmeister.flows import make_debit_file as files
from zahlmeister.flows.collect_debit import Signed, Wanted
from zahlmeister.formats.journals.workbook import Cell
from zahlmeister.formats.payments.mandates import NOTICE_DAYS
from zahlmeister.formats.payments.reasons import reason
from zahlmeister.history.queries import steps_of
from zahlmeister.money.amount import Amount
from zahlmeister.office import sending, typed, words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.export import list_file
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.listing import Address, choice_chip, pages
from zahlmeister.office.sentences import in_words
from zahlmeister.refusals import Refused

DOUBTS = {
    "collected_twice": gettext_lazy("The statement shows it a second time. Ask your bank."),
    "collected_anyway": gettext_lazy("The statement shows it although it was rejected, or it was in no file."),
    "other_amount": gettext_lazy("The statement shows it with another amount. Compare it with your bank."),
    "sent_twice": gettext_lazy("The bank takes the file for one it has already. Do not send it again."),
    "rejected_late": gettext_lazy("The bank rejects what it had collected. Look at the statement."),
    "back_anyway": gettext_lazy("Money went back that had not come, or a second time. Ask your bank."),
}
MOST = 50
#: The answer of the chip that narrows to what needs a person.
WAITS = "waits"
_DAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class MandateForm(forms.Form):
    """A mandate as its debtor has signed it."""

    debtor_name = forms.CharField(label=gettext_lazy("Debtor"), max_length=70)
    debtor_number = forms.CharField(label="IBAN", max_length=42, widget=forms.TextInput({"spellcheck": "false"}))
    reference = forms.CharField(label=gettext_lazy("Mandate reference"), max_length=35)
    signed_on = forms.DateField(label=gettext_lazy("Signed on"), widget=_DAY)
    creditor_id = forms.CharField(label=gettext_lazy("Your creditor id"), max_length=40)
    scheme = forms.ChoiceField(label=gettext_lazy("For"), choices=SchemeChoice.choices)
    notice_days = forms.IntegerField(
        label=gettext_lazy("Told so many days before"),
        initial=NOTICE_DAYS,
        min_value=1,
        max_value=60,
        help_text=gettext_lazy("14, unless you have agreed on fewer with the debtor."),
    )
    is_once = forms.BooleanField(label=gettext_lazy("For one collection only"), required=False)

    def signed(self) -> Signed:
        """What was typed, as the flow wants it."""
        given = dict(self.cleaned_data)
        return Signed(**{**given, "scheme": SchemeChoice(given["scheme"])})


class DebitForm(forms.Form):
    """A collection by one mandate."""

    account = forms.ChoiceField(label=gettext_lazy("To the account"))
    amount = forms.CharField(
        label=gettext_lazy("Amount"), max_length=20, widget=forms.TextInput({"inputmode": "decimal"})
    )
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=140,
        required=False,
        help_text=gettext_lazy("With the order number, so that the money finds its order."),
    )
    collect_on = forms.DateField(label=gettext_lazy("On"), widget=_DAY)
    is_last = forms.BooleanField(label=gettext_lazy("The last one by this mandate"), required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def wanted(self) -> Wanted:
        """What was typed, as the flow wants it."""
        given = self.cleaned_data
        minor = typed.minor(given["amount"], "EUR")
        if minor is None:
            raise Refused(f"“{given['amount']}” is no amount: digits such as 1.234,56 or 1234.56 are expected.")
        source = f"office:{given['key']}"
        return Wanted(source, Amount(minor, "EUR"), given["collect_on"], given["text"], given["is_last"])


def _cells(row: Debit) -> list[Cell]:
    amount, mandate = Amount(row.amount_minor, "EUR"), row.mandate
    return [mandate.debtor_name, mandate.reference, amount, row.text, row.collect_on, row.get_state_display()]


@signed_in
def debits(request: OfficeRequest) -> HttpResponseBase:
    """Collections, mandates, and for which accounts a file can be made."""
    merchant_id, now = request.merchant.pk, timezone.now()
    address = Address(request, file_at="")
    state = address.get("state")
    rows = queries.debits_waiting(merchant_id) if state == WAITS else queries.debits(merchant_id)
    if state and state != WAITS:
        rows = rows.filter(state=state)
    if text := address.q:
        named = Q(mandate__debtor_name__icontains=text) | Q(mandate__reference__icontains=text)
        rows = rows.filter(named | Q(text__icontains=text))
    head = [_("Debtor"), _("Mandate reference"), _("Amount"), _("Text"), _("On"), _("State")]
    if file := list_file(address, _("direct-debits"), head, map(_cells, rows.iterator(chunk_size=2000))):
        return file
    page = pages(rows, address)
    shown_rows = queries.debits(merchant_id).in_bulk(page.ids)
    answers = [(WAITS, _("that need a person")), *((one.value, str(one.label)) for one in DebitState)]
    found = [(account, files.preview(account, at=now)) for account in _accounts(merchant_id)]
    context = {
        "address": address,
        "chips": [choice_chip(address, "state", _("in any state"), answers)],
        "page": page,
        "debits": [shown_rows[number] for number in page.ids],
        "mandates": queries.mandates(merchant_id)[:MOST],
        "files": queries.debit_files(merchant_id)[:10],
        "ready": [(account, shown) for account, shown in found if shown.debits or shown.stopped],
    }
    return render(request, "office/debits.html", context)


@signed_in
def new_mandate(request: OfficeRequest) -> HttpResponseBase:
    """Keep a mandate that was signed."""
    newest = queries.mandates(request.merchant.pk).order_by("-created_at").first()
    initial = {"creditor_id": newest.creditor_id if newest else "", "notice_days": NOTICE_DAYS}
    form = MandateForm(request.POST or None, initial=initial, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            made = flow.keep_mandate(request.merchant, form.signed(), by=request.user.email, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            return redirect("office:mandate", made.pk)
    return render(request, "office/mandate_new.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
def mandate(request: OfficeRequest, mandate_id: int) -> HttpResponseBase:
    """One mandate, what was collected by it, and the next collection."""
    row = _mandate(request, mandate_id)
    accounts = {str(each.pk): each for each in _accounts(request.merchant.pk)}
    initial = {"collect_on": timezone.localdate(), "key": uuid4().hex}
    form = DebitForm(request.POST or None, initial=initial, label_suffix="")
    form.fields["account"].choices = [(number, str(each)) for number, each in accounts.items()]  # type: ignore[attr-defined]  # a choice field has choices
    if request.method == "POST" and form.is_valid():
        account = accounts[form.cleaned_data["account"]]
        try:
            made = flow.draft_debit(row, account, form.wanted(), by=request.user.email, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            return redirect("office:debit", made.pk)
    context = {
        "mandate": row,
        "leave": row.leave,
        "debits": row.debits.select_related("mandate").order_by("-created_at")[:MOST],
        "form": form if not row.revoked_on else None,
        "steps": _steps(row.merchant_id, "mandate", row.pk),
    }
    return render(request, "office/mandate.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def revoke(request: OfficeRequest, mandate_id: int) -> HttpResponseBase:
    """The debtor has taken the leave back."""
    row = _mandate(request, mandate_id)
    flow.revoke_mandate(row, by=request.user.email, at=timezone.now())
    told(request, _("Nothing is collected by this mandate any more."))
    return redirect("office:mandate", mandate_id)


@signed_in
def debit(request: OfficeRequest, debit_id: int) -> HttpResponseBase:
    """One collection: from whom, by which mandate, told when, and what became of it."""
    row = _debit(request, debit_id)
    is_open = row.state in {DebitState.DRAFTED, DebitState.APPROVED}
    context = {
        "debit": row,
        "may_approve": row.state == DebitState.DRAFTED,
        "may_change": is_open,
        "tell_by": tell_by(row.collect_on, row.mandate.notice_days),
        "today": timezone.localdate(),
        "doubt": DOUBTS.get(row.doubt),
        "reason": reason(row.reason).sentence(get_language() or "en") if row.reason else "",
        "steps": _steps(row.merchant_id, "debit", row.pk),
    }
    return render(request, "office/debit.html", context)


@signed_in
@require_POST
def tell(request: OfficeRequest, debit_id: int) -> HttpResponseBase:
    """The debtor was told on the day in the field `on`."""
    day = typed.day(request.POST.get("on", "")) or timezone.localdate()

    def verb(row: Debit) -> object:
        return flow.tell_debtor(row, day, by=request.user.email, at=timezone.now())

    return _decide(request, debit_id, verb)


@signed_in
@require_POST
def approve(request: OfficeRequest, debit_id: int) -> HttpResponseBase:
    """Approve a collection."""
    return _decide(request, debit_id, lambda row: flow.approve_debit(row, by=request.user, at=timezone.now()))


@signed_in
@require_POST
def cancel(request: OfficeRequest, debit_id: int) -> HttpResponseBase:
    """Cancel a collection that is in no file."""
    return _decide(request, debit_id, lambda row: flow.cancel_debit(row, by=request.user, at=timezone.now()))


@signed_in
@require_POST
def looked_at(request: OfficeRequest, debit_id: int) -> HttpResponseBase:
    """What was odd has been looked at."""
    return _decide(request, debit_id, lambda row: flow.settle_debit_doubt(row, by=request.user, at=timezone.now()))


@signed_in
def make_file(request: OfficeRequest, account_id: int) -> HttpResponseBase:
    """What a file made now would hold; a POST makes it."""
    account = next((each for each in _accounts(request.merchant.pk) if each.pk == account_id), None)
    if account is None:
        raise Http404
    if request.method == "POST":
        try:
            made = files.make_debit_files(account, by=request.user.email, at=timezone.now())
        except Refused as refusal:
            refused(request, refusal)
            return redirect("office:debits")
        return sending.made(request, made, "office:debits")
    shown = files.preview(account, at=timezone.now())
    return render(request, "office/debit_file_new.html", {"account": account, "preview": shown})


@signed_in
def debit_file(request: OfficeRequest, debit_file_id: int) -> HttpResponseBase:
    """One file for the bank and its direct debits."""
    row = _file(request, debit_file_id)
    return sending.page(request, row, debits=row.debits.select_related("mandate").order_by("pk")[:500])


@signed_in
@require_POST
def download(request: OfficeRequest, debit_file_id: int) -> HttpResponseBase:
    """The file for the bank; from now on it cannot be withdrawn."""
    row = _file(request, debit_file_id)
    try:
        data = files.export_debit_file(row, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
        return redirect("office:debit-file", debit_file_id)
    named = {"Content-Disposition": f'attachment; filename="{row.message_id}.xml"'}
    return HttpResponse(data, content_type="application/xml", headers=named)


@signed_in
@require_POST
def withdraw(request: OfficeRequest, debit_file_id: int) -> HttpResponseBase:
    """Take a file back that nobody has fetched."""
    row = _file(request, debit_file_id)
    try:
        files.withdraw_debit_file(row, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("The file is withdrawn; its direct debits wait for the next one."))
    return redirect("office:debits")


def _decide(request: OfficeRequest, debit_id: int, verb: Callable[[Debit], object]) -> HttpResponseBase:
    row = _debit(request, debit_id)
    try:
        verb(row)
    except Refused as refusal:
        refused(request, refusal)
    return redirect("office:debit", debit_id)


def _accounts(merchant_id: int) -> list[BankAccount]:
    return [account for account in paying_accounts(merchant_id) if account.currency == "EUR"]


def _steps(merchant_id: int, subject: str, number: int) -> list[tuple[object, str, str]]:
    steps = steps_of(merchant_id, subject, number)
    return [(step, words.step(subject, step.verb), words.actor(step.actor)) for step in steps]


def _mandate(request: OfficeRequest, mandate_id: int) -> Mandate:
    row = queries.mandates(request.merchant.pk).filter(pk=mandate_id).first()
    if row is None:
        raise Http404
    return row


def _debit(request: OfficeRequest, debit_id: int) -> Debit:
    row = queries.debits(request.merchant.pk).select_related("mandate", "account", "file").filter(pk=debit_id).first()
    if row is None:
        raise Http404
    return row


def _file(request: OfficeRequest, file_id: int) -> DebitFile:
    row = sending.file_of(request, {"debit_file_id": file_id})
    assert isinstance(row, DebitFile)
    return row
