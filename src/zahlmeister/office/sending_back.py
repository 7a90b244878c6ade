"""A payment goes back to who sent it: on its own page, because money leaves."""

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zahlmeister.flows.return_payment import SendTo, return_payment
from zahlmeister.office import words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import told
from zahlmeister.office.payment import found
from zahlmeister.office.sentences import in_words
from zahlmeister.receivables.going_back import return_by
from zahlmeister.refusals import Refused


class SendToForm(forms.Form):
    """Another account, where the one the money came from cannot be paid to."""

    name = forms.CharField(
        label=gettext_lazy("Recipient"),
        max_length=140,
        help_text=gettext_lazy("Exactly as the recipient's bank knows it: the bank compares it."),
    )
    iban = forms.CharField(label="IBAN", max_length=42, widget=forms.TextInput({"spellcheck": "false"}))


@signed_in
def send_back(request: OfficeRequest, payment_id: int) -> HttpResponseBase:
    """To whom, how much, from where; a POST drafts the transfer."""
    row = found(request, payment_id)
    why = words.unusable(row.transaction)
    form = SendToForm(request.POST or None, initial={"name": row.transaction.counterparty}, label_suffix="")
    refusal = ""
    if request.method == "POST" and (not why or form.is_valid()):
        to = SendTo(form.cleaned_data["name"], form.cleaned_data["iban"]) if why else None
        try:
            order = return_payment(request.merchant, row.pk, by=request.user, at=timezone.now(), to=to)
        except Refused as refused:
            refusal = in_words(refused)
        else:
            told(request, _("The transfer is drafted. It leaves when it is approved."))
            return redirect("office:transfer", order.pk)
    context = {
        "payment": row,
        "said": row.transaction,
        "unusable": why,
        "form": form if why else None,
        "refusal": refusal,
        "return_by": return_by(row, request.merchant.return_after_days),
    }
    status = 422 if refusal or (form.errors and why) else 200
    return render(request, "office/send_back.html", context, status=status)
