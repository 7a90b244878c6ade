"""The limits of money that leaves: four eyes, caps of a day, and how long unclear money may stay."""

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from zahlmeister.flows.change_limits import Limits, change_limits
from zahlmeister.office import shown, typed
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import told
from zahlmeister.office.sentences import in_words
from zahlmeister.office.settings import changed_here
from zahlmeister.receivables.going_back import LONGEST_STAY
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
    day_cap = forms.CharField(
        label=gettext_lazy("At most a day, in all"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("Transfers beyond it wait for the next day. Empty for any amount."),
        widget=forms.TextInput({"inputmode": "decimal"}),
    )
    recipient_cap = forms.CharField(
        label=gettext_lazy("At most a day to one recipient"),
        max_length=20,
        required=False,
        widget=forms.TextInput({"inputmode": "decimal"}),
    )
    days = forms.IntegerField(
        label=gettext_lazy("Unclear money on a pooled account goes back after days"),
        min_value=1,
        max_value=LONGEST_STAY,
    )

    def limits(self, currency: str) -> Limits:
        """What was typed, as the flow wants it.

        Raises:
            Refused: a figure is no amount.
        """
        given = self.cleaned_data
        minor = {
            name: _minor(given[name], currency) for name in ("four_eyes", "day_cap", "recipient_cap") if given[name]
        }
        return Limits(minor["four_eyes"], given["days"], minor.get("day_cap"), minor.get("recipient_cap"))


@signed_in
def limits(request: OfficeRequest) -> HttpResponseBase:
    """Show the limits; a POST of an owner changes them."""
    merchant = request.merchant
    initial = {
        "four_eyes": _typed(merchant.four_eyes_above_minor, merchant.currency),
        "day_cap": _typed(merchant.day_cap_minor, merchant.currency),
        "recipient_cap": _typed(merchant.recipient_cap_minor, merchant.currency),
        "days": merchant.return_after_days,
    }
    form = LimitsForm(request.POST or None, initial=initial, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            change_limits(merchant, form.limits(merchant.currency), by=request.user, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, in_words(refusal))
        else:
            told(request, _("The limits are changed."))
            return redirect("office:limits")
    context = {"form": form, **changed_here(request, "limits")}
    return render(request, "office/limits.html", context, status=422 if form.errors else 200)


def _typed(minor: int | None, currency: str) -> str:
    return "" if minor is None else shown.typed_money(minor, currency, get_language() or "en")


def _minor(text: str, currency: str) -> int:
    found = typed.minor(text, currency)
    if found is None:
        raise Refused(f"“{text}” is no amount: digits such as 1.234,56 or 1234.56 are expected.")
    return found
