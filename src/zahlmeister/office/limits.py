"""The limits of money that leaves: four eyes, and how long unclear money may stay on a pooled account."""

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from zahlmeister.flows.change_limits import LONGEST_STAY, change_limits
from zahlmeister.office import shown, typed
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import told
from zahlmeister.office.sentences import in_words
from zahlmeister.refusals import Refused


class LimitsForm(forms.Form):
    """Both limits."""

    four_eyes = forms.CharField(
        label=gettext_lazy("Two people above"),
        max_length=20,
        help_text=gettext_lazy(
            "What goes to one recipient on one day counts together, so that splitting a transfer does not help."
        ),
        widget=forms.TextInput({"inputmode": "decimal"}),
    )
    days = forms.IntegerField(
        label=gettext_lazy("Unclear money on a pooled account goes back after days"),
        min_value=1,
        max_value=LONGEST_STAY,
    )


@signed_in
def limits(request: OfficeRequest) -> HttpResponseBase:
    """Show the limits; a POST of an owner changes them."""
    merchant = request.merchant
    limit = shown.typed_money(merchant.four_eyes_above_minor, merchant.currency, get_language() or "en")
    initial = {"four_eyes": limit, "days": merchant.return_after_days}
    form = LimitsForm(request.POST or None, initial=initial, label_suffix="")
    if request.method == "POST" and form.is_valid():
        minor = typed.minor(form.cleaned_data["four_eyes"], merchant.currency)
        if minor is None:
            form.add_error("four_eyes", _("Write an amount above zero, such as 12.50."))
        else:
            try:
                change_limits(
                    merchant,
                    four_eyes_above_minor=minor,
                    return_after_days=form.cleaned_data["days"],
                    by=request.user,
                    at=timezone.now(),
                )
            except Refused as refusal:
                form.add_error(None, in_words(refusal))
            else:
                told(request, _("The limits are changed."))
                return redirect("office:limits")
    return render(request, "office/limits.html", {"form": form}, status=422 if form.errors else 200)
