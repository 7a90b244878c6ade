"""Where payouts go: an account is entered, confirmed by the link in a mail, and approved by somebody else."""

from collections.abc import Callable

from django import forms
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zahlmeister.banking.models import AccountKind, BankAccount
from zahlmeister.flows import payout_account as flow
from zahlmeister.history.queries import steps_of
from zahlmeister.office import words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.sentences import in_words
from zahlmeister.payouts.accounts import active_account, is_token, wanted_account
from zahlmeister.payouts.models import PayoutAccount
from zahlmeister.refusals import Refused


class AccountForm(forms.Form):
    """An account that payouts are to go to."""

    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    name = forms.CharField(
        label=gettext_lazy("Account holder"),
        max_length=70,
        help_text=gettext_lazy("Exactly as the bank knows it: banks compare the name."),
    )
    number = forms.CharField(label="IBAN", max_length=42, widget=forms.TextInput({"spellcheck": "false"}))


@signed_in
def account(request: OfficeRequest) -> HttpResponseBase:
    """The accounts in use and on their way; a POST asks for another one."""
    merchant = request.merchant
    pooled = BankAccount.objects.filter(merchant=merchant, kind=AccountKind.POOLED)
    currencies = sorted(set(pooled.values_list("currency", flat=True))) or [merchant.currency]
    form = AccountForm(request.POST or None, initial={"name": merchant.name}, label_suffix="")
    form.fields["currency"].choices = [(each, each) for each in currencies]  # type: ignore[attr-defined]  # a choice field has choices
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        said = {"name": given["name"], "number": given["number"]}
        try:
            flow.ask_account(merchant, given["currency"], **said, by=request.user, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("Follow the link in the mail that is on its way to you."))
            return redirect("office:payout-account")
    known = [
        one for each in currencies for one in (active_account(merchant.pk, each), wanted_account(merchant.pk, each))
    ]
    context = {
        "form": form,
        "accounts": [(one, _steps(one), one.asked_by_id != request.user.pk) for one in known if one is not None],
        "days": flow.WAITING_DAYS,
    }
    return render(request, "office/payout_account.html", context, status=422 if form.errors else 200)


@signed_in
def confirm(request: OfficeRequest, payout_account_id: int, token: str) -> HttpResponseBase:
    """The link in the mail leads here; a POST confirms."""
    row = _row(request, payout_account_id)
    if not is_token(row, token):
        raise Http404
    if request.method == "POST":
        try:
            flow.confirm_account(row, token, by=request.user, at=timezone.now())
        except Refused as refusal:
            refused(request, refusal)
        else:
            told(request, _("Confirmed. Now somebody else approves it."))
        return redirect("office:payout-account")
    return render(request, "office/payout_account_confirm.html", {"one": row})


@signed_in
@require_POST
def approve(request: OfficeRequest, payout_account_id: int) -> HttpResponseBase:
    """The second person approves."""
    return _decide(
        request, payout_account_id, lambda row: flow.approve_account(row, by=request.user, at=timezone.now())
    )


@signed_in
@require_POST
def refuse(request: OfficeRequest, payout_account_id: int) -> HttpResponseBase:
    """Nothing is to be paid to this account."""
    return _decide(request, payout_account_id, lambda row: flow.refuse_account(row, by=request.user, at=timezone.now()))


def _decide(
    request: OfficeRequest, payout_account_id: int, verb: Callable[[PayoutAccount], object]
) -> HttpResponseBase:
    try:
        verb(_row(request, payout_account_id))
    except Refused as refusal:
        refused(request, refusal)
    return redirect("office:payout-account")


def _row(request: OfficeRequest, payout_account_id: int) -> PayoutAccount:
    rows = PayoutAccount.objects.select_related("merchant", "asked_by")
    row = rows.filter(merchant=request.merchant, pk=payout_account_id).first()
    if row is None:
        raise Http404
    return row


def _steps(row: PayoutAccount) -> list[tuple[object, str, str]]:
    steps = steps_of(row.merchant_id, "payout_account", row.pk)
    return [(step, words.step("payout_account", step.verb), words.actor(step.actor)) for step in steps]
