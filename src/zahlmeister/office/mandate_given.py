"""The merchant's mandate to the operator: what it says, who has given it, and how it is taken back."""

from django import forms
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zahlmeister.banking.debit_models import Debit
from zahlmeister.banking.debit_queries import mandate_from
from zahlmeister.flows import give_mandate as flow
from zahlmeister.merchants.operator import operator
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.sentences import in_words
from zahlmeister.refusals import Refused

MOST = 20


class GivenForm(forms.Form):
    """An account that the operator may collect from."""

    holder = forms.CharField(label=gettext_lazy("Account holder"), max_length=70)
    number = forms.CharField(label="IBAN", max_length=42, widget=forms.TextInput({"spellcheck": "false"}))
    agrees = forms.BooleanField(label=gettext_lazy("I give this mandate"))


@signed_in
def mandate(request: OfficeRequest) -> HttpResponseBase:
    """The mandate and what was collected by it; a POST of an owner gives one."""
    runs = operator()
    if runs is None or runs == request.merchant:
        raise Http404
    form = GivenForm(request.POST or None, initial={"holder": request.merchant.name}, label_suffix="")
    if request.method == "POST" and form.is_valid():
        given = flow.Given(form.cleaned_data["holder"], form.cleaned_data["number"])
        try:
            flow.give_mandate(request.merchant, given, by=request.user, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("The mandate is given. Every owner gets it by mail."))
            return redirect("office:plan-mandate")
    known = Debit.objects.filter(mandate__customer=request.merchant).select_related("mandate")
    context = {
        "runs": runs,
        "mandate": mandate_from(request.merchant.pk),
        "debits": known.order_by("-created_at")[:MOST],
        "days": flow.NOTICE_AGREED,
        "form": form,
    }
    return render(request, "office/mandate_given.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def revoke(request: OfficeRequest) -> HttpResponseBase:
    """Take every mandate back."""
    try:
        flow.take_mandate_back(request.merchant, by=request.user, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
        return redirect("office:plan-mandate")
    told(request, _("The mandate is taken back. What the bank has already is still collected."))
    return redirect("office:plan-mandate")
